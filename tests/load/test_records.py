from hashlib import sha256

import pytest

from mlopsgen.load import load, overlaid
from tests.load.projects import a_project

PYTHON = "w = 1\n"
DIGEST = sha256(PYTHON.encode()).hexdigest()
PLATFORM = "pipelines: {churn: {source: 'jobs/churn.py:w', steps: {train: {pool: big}}}}\n"
RECORD = (
    "pipelines:\n  churn:\n"
    f"    recorded: {{source: 'jobs/churn.py:w', files: {{jobs/churn.py: {DIGEST}}}}}\n"
    "    steps: {train: {image: 'a/b:1.0.0', pool: small}, test: {image: 'a/b:1.0.0'}}\n"
)
FILE = "jobs/churn.recorded.yaml"


def _project(folder, **files):
    return a_project(
        folder,
        {"platform.yaml": PLATFORM, "jobs/churn.py": PYTHON, FILE: RECORD}
        | {name.replace("__", "/") + ".yaml": text for name, text in files.items()},
    )


def _messages(loaded):
    return [(found.code, found.message) for found in loaded.findings]


def test_a_record_gives_what_the_platform_does_not_say_itself(tmp_path):
    loaded = _project(tmp_path)

    assert loaded.findings == ()
    steps = loaded.base["pipelines"]["churn"]["steps"]
    assert steps == {
        "train": {"image": "a/b:1.0.0", "pool": "big"},
        "test": {"image": "a/b:1.0.0"},
    }


def test_places_lead_to_the_file_that_says_it(tmp_path):
    source = _project(tmp_path).source

    own = source.locate(("pipelines", "churn", "steps", "train", "pool"))
    recorded = source.locate(("pipelines", "churn", "steps", "train", "image"))
    assert (own.file, own.line) == ("platform.yaml", 1)
    assert (recorded.file, recorded.line) == (FILE, 4)


def test_an_overlay_goes_over_both(tmp_path):
    loaded = _project(
        tmp_path,
        platform=PLATFORM
        + "environments: {dev: {pipelines: {churn: {steps: {test: {pool: x}}}}}}\n",
    )

    steps = overlaid(loaded, "dev")["pipelines"]["churn"]["steps"]
    assert steps["test"] == {"image": "a/b:1.0.0", "pool": "x"}


def test_a_record_is_not_included_a_second_time(tmp_path):
    loaded = _project(
        tmp_path, platform="include: [jobs/*.yaml]\n" + PLATFORM, jobs__other="m: {}\n"
    )

    assert loaded.findings == ()


def test_a_pipeline_without_a_record_says_how_to_make_one(tmp_path):
    loaded = a_project(tmp_path, {"platform.yaml": PLATFORM, "jobs/churn.py": PYTHON})

    assert _messages(loaded) == [
        ("REC001", f"`pipelines.churn` was never recorded: there is no file `{FILE}`")
    ]
    assert loaded.findings[0].fix == "run `mlopsgen record churn`"


def test_a_record_older_than_the_code_is_refused(tmp_path):
    _project(tmp_path)
    (tmp_path / "jobs/churn.py").write_text("w = 2\n", encoding="utf-8")
    loaded = load(tmp_path / "platform.yaml")

    assert _messages(loaded) == [
        ("REC002", "`jobs/churn.py` has changed since `pipelines.churn` was recorded")
    ]


def test_a_file_that_is_gone_makes_the_record_old(tmp_path):
    _project(tmp_path)
    (tmp_path / "jobs/churn.py").unlink()

    assert _messages(load(tmp_path / "platform.yaml")) == [
        ("REC002", "`jobs/churn.py` can't be read any more since `pipelines.churn` was recorded")
    ]


def test_a_record_reads_nothing_outside_the_project(tmp_path):
    text = RECORD.replace("files: {jobs/churn.py", "files: {../../../etc/hosts")
    loaded = a_project(tmp_path, {"platform.yaml": PLATFORM, FILE: text})

    assert [found.code for found in loaded.findings] == ["REC002"]


@pytest.mark.parametrize(
    "text",
    [
        "pipelines: {churn: {steps: {}}}\n",
        "pipelines: {other: {recorded: {files: {a: b}}}}\n",
        "pipelines: []\n",
        "pipelines: {churn: {recorded: {files: {a: 1}}}}\n",
        "pipelines: {churn: {recorded: {files: {}}}}\n",
        RECORD + "models: {}\n",
    ],
)
def test_what_mlopsgen_did_not_write_is_no_record(tmp_path, text):
    loaded = a_project(tmp_path, {"platform.yaml": PLATFORM, FILE: text})

    assert _messages(loaded) == [("REC003", f"`{FILE}` holds no record of `churn`")]


def test_a_broken_record_is_told_like_any_file(tmp_path):
    loaded = a_project(tmp_path, {"platform.yaml": PLATFORM, FILE: "a: [\n"})

    assert {found.code for found in loaded.findings} == {"LOAD006"}


def test_without_records_only_the_platform_is_read(tmp_path):
    a_project(tmp_path, {"platform.yaml": PLATFORM})
    loaded = load(tmp_path / "platform.yaml", records=False)

    assert loaded.findings == ()
    assert loaded.base["pipelines"]["churn"]["source"] == "jobs/churn.py:w"
