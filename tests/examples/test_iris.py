"""The steps of the example iris: what they refuse, and that they fit what serves their model."""

import json
import re
import sys

import joblib
import pytest
import yaml

from mlopsgen.facts import runtime
from tests.examples.iris import FOLDER, step

files, validate, features = step("files"), step("validate"), step("features")
evaluate, load_test = step("evaluate"), step("load_test")

PLATFORM = yaml.safe_load((FOLDER / "platform.yaml").read_text(encoding="utf-8"))
STEPS = PLATFORM["pipelines"]["iris-training"]["steps"]
CONTRACT = runtime(PLATFORM["models"]["iris"]["runtime"]).contract
HEADER = [*files.COLUMNS, files.LABEL]


def _pins(file):
    text = (FOLDER / "requirements" / file).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("file", ["training.txt", "load-test.txt"])
def test_both_images_have_the_libraries_of_the_serving_runtime(file):
    pins = _pins(file)

    assert {name: pins[name] for name in CONTRACT.libraries} == CONTRACT.libraries


def test_what_loads_a_model_is_the_same_in_both_images():
    training, serving = _pins("training.txt"), _pins("load-test.txt")

    assert {name: training[name] for name in step("register").MADE_OF} == {
        name: serving[name] for name in step("register").MADE_OF
    }


def test_the_platform_says_what_the_images_have():
    said = STEPS["model-promotion"]["pythonEnv"]

    assert said["python"] == CONTRACT.python
    assert said["dependencies"] == CONTRACT.libraries


def test_the_containerfile_takes_python_and_server_of_the_runtime():
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    served = runtime(PLATFORM["models"]["iris"]["runtime"]).image

    assert f"python:{CONTRACT.python}-" in text
    assert f"FROM docker.io/{served.repository}:{served.tag} AS load-test" in text
    assert text.count("USER 8737:8737") == 2


def test_every_requirement_is_pinned_with_its_hash():
    for file in (FOLDER / "requirements").glob("*.txt"):
        for entry in re.split(r"\n(?=\S)", file.read_text(encoding="utf-8").strip()):
            assert re.match(r"[a-z0-9-]+==\S+", entry), entry
            assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ([], ["5.1", "3.5", "1.4", "0.2", "setosa"], "the columns are []"),
        (HEADER[::-1], ["5.1", "3.5", "1.4", "0.2", "setosa"], "the columns are"),
        (HEADER, ["5.1", "3.5", "1.4", "setosa"], "line 2 has 4 values, not 5"),
        (HEADER, ["nan", "3.5", "1.4", "0.2", "setosa"], "sepal_length is `nan`"),
        (HEADER, ["inf", "3.5", "1.4", "0.2", "setosa"], "sepal_length is `inf`"),
        (HEADER, ["5.1", "", "1.4", "0.2", "setosa"], "sepal_width is ``"),
        (HEADER, ["51", "3.5", "1.4", "0.2", "setosa"], "sepal_length is `51`"),
        (HEADER, ["5.1", "3.5", "1.4", "-0.2", "setosa"], "petal_width is `-0.2`"),
        (HEADER, ["5.1", "3.5", "1.4", "0.2", "Setosa "], "species is `Setosa `"),
    ],
)
def test_values_that_no_model_should_see_are_refused(header, row, said):
    assert any(said in one for one in validate.problems(header, [row]))


def _flowers(*counts):
    return [
        files.Flower((4.5 + number / 100, 3.0, 1.4, 0.2), species)
        for species, count in enumerate(counts)
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("flowers", "unique", "said"),
    [
        (_flowers(20, 20, 20), _flowers(20, 20, 20), "60 different rows, not 100"),
        (_flowers(50, 50, 50) + _flowers(4), _flowers(50, 50, 50), "4 of 154 rows"),
        (_flowers(70, 70, 10), _flowers(70, 70, 10), "10 of 150 rows are virginica"),
        (_flowers(70, 70), _flowers(70, 70), "0 of 140 rows are virginica"),
    ],
)
def test_tables_that_no_model_should_see_are_refused(flowers, unique, said):
    assert any(said in one for one in validate.shortcomings(flowers, unique))


def test_a_good_table_is_not_refused():
    flowers = _flowers(50, 50, 50)

    assert list(validate.shortcomings(flowers, flowers)) == []


def test_validation_shows_what_is_wrong_and_leaves_nothing(tmp_path, monkeypatch):
    raw = tmp_path / "raw.csv"
    raw.write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["validate", "--raw", str(raw), "--out", str(tmp_path / "o")])

    with pytest.raises(SystemExit, match="the data is refused"):
        validate.main()

    assert not (tmp_path / "o").exists()


def test_an_empty_file_is_refused(tmp_path, monkeypatch):
    raw = tmp_path / "raw.csv"
    raw.touch()
    monkeypatch.setattr(sys, "argv", ["validate", "--raw", str(raw), "--out", str(tmp_path / "o")])

    with pytest.raises(SystemExit, match="the columns are"):
        validate.main()


def test_a_row_is_held_out_or_not_whatever_else_is_in_the_table():
    flowers = _flowers(50, 50, 50)
    chosen = {flower for flower in flowers if features.held_out(flower)}

    assert {flower for flower in reversed(flowers[:70]) if features.held_out(flower)} <= chosen
    assert 0 < len(chosen) < len(set(flowers)) / 2


GOOD, BAD = {"accuracy": 0.95, "f1_macro": 0.95}, {"accuracy": 0.5, "f1_macro": 0.4}
GUESS = {"accuracy": 0.33, "f1_macro": 0.17}


@pytest.mark.parametrize(
    ("own", "least", "guess", "now", "said"),
    [
        (BAD, 0.9, GUESS, None, ["accuracy 0.500, under minimum-accuracy 0.9"]),
        (BAD, 0.1, GOOD, None, ["F1 0.400, no better than guessing 0.950"]),
        (BAD, 0.1, GUESS, GOOD, ["F1 0.400, under the champion's 0.950"]),
        (GOOD, 0.9, GUESS, GOOD, []),
        (GOOD, 0.9, GUESS, None, []),
    ],
)
def test_a_model_is_held_against_a_threshold_guessing_and_the_champion(
    own, least, guess, now, said
):
    assert evaluate.objections(own, least, guess, now) == said


@pytest.mark.parametrize("names", [[], ["a.pkl", "b.joblib"]])
def test_the_server_takes_exactly_one_pickle(tmp_path, names):
    for name in names:
        joblib.dump(1, tmp_path / name)

    with pytest.raises(SystemExit, match=f"there are {len(names)}"):
        load_test.loaded(tmp_path)


def test_a_model_that_was_made_with_others_is_told_by_library_and_python(tmp_path):
    (tmp_path / "requirements.txt").write_text("joblib==0.1\nnosuch==1.0\n", encoding="utf-8")
    (tmp_path / "python_env.yaml").write_text("python: 2.7.18\n", encoding="utf-8")

    joblib_said, missing, python = load_test.differences(tmp_path)

    assert joblib_said == f"joblib is {joblib.__version__} here and 0.1 in the model"
    assert missing == "nosuch is missing here and 1.0 in the model"
    assert python.endswith("here and 2.7.18 in the model")


@pytest.mark.parametrize(
    "tested", [{"name": "other", "passed": True}, {"name": "iris-classifier", "passed": False}]
)
def test_only_what_passed_the_load_test_is_promoted(tmp_path, monkeypatch, tested):
    report = tmp_path / "load-test.json"
    report.write_text(json.dumps({**tested, "version": "1"}), encoding="utf-8")
    monkeypatch.setenv("MODEL_NAME", "iris-classifier")
    monkeypatch.setenv("MODEL_ALIAS", "challenger")
    monkeypatch.setattr(sys, "argv", ["promote", "--load-test", str(report)])

    with pytest.raises(SystemExit, match="no version of iris-classifier passed the load test"):
        step("promote").main()
