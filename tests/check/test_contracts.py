import pytest

from mlopsgen.diagnostics import Severity
from mlopsgen.facts import runtime, runtime_names
from mlopsgen.lock import Lock, LockedModel
from tests.check.platforms import a_balancer, a_step, found, running

ENTRY = LockedModel(version="1", uri="s3://acme-artifacts/mlflow/1/models/m-1/artifacts")
SOURCES = ("models:/iris@champion", "models:/iris@challenger", "models:/iris/3", "models:/other@x")
LOCK = Lock({"default": dict.fromkeys(SOURCES, ENTRY)})
RIGHT = {"python": "3.10", "dependencies": {"mlflow": "2.10.2", "scikit-learn": "1.4.1.post1"}}


def _platform(env, *, registers="iris@challenger", models=None):
    said = {"pythonEnv": env} if env else {}
    registered = {"registers": registers} if registers else {}
    document = running({"fit": a_step(**registered, **said)})
    default = {"iris": {"runtime": "mlflow", "source": "models:/iris@champion"}}
    return {**document, "storage": _STORAGE, "models": default if models is None else models}


_STORAGE = {
    "artifacts": {"bucket": "acme-artifacts"},
    "database": {"instanceClass": "db.t4g.small"},
}


def _found(env, **keys):
    findings = found(_platform(env, **keys), lock=LOCK)
    return [each for each in findings if each.code.startswith("REG")]


def test_what_is_made_as_it_is_served_has_no_findings():
    assert _found(RIGHT) == []


@pytest.mark.parametrize("python", ["3.9", "3.11", "3.12.4"])
def test_another_minor_version_of_python_is_refused(python):
    [finding] = _found({**RIGHT, "python": python})

    assert finding.code == "REG001"
    assert finding.at[-2:] == ("pythonEnv", "python")
    assert f"is `{python}`; `mlflow`, which serves `iris`, has Python 3.10" in finding.message
    assert finding.fix == 'make the model with Python 3.10 and write `python: "3.10"`'
    assert [(each.at, each.message) for each in finding.related] == [
        (("models", "iris", "runtime"), "`docker.io/seldonio/mlserver:1.5.0` serves `iris`")
    ]


def test_a_patch_of_python_makes_no_difference():
    assert _found({**RIGHT, "python": "3.10.4"}) == []


@pytest.mark.parametrize(
    ("library", "version", "good"),
    [
        ("scikit-learn", "1.4.0", True),
        ("scikit-learn", "1.4.2", True),
        ("scikit-learn", "1.3.2", False),
        ("scikit-learn", "1.5.0", False),
        ("scikit_learn", "1.5.0", False),
        ("Scikit.Learn", "1.5.0", False),
        ("mlflow", "2.9.0", True),
        ("mlflow", "2.22.0", True),
        ("mlflow", "3.7.0", False),
        ("numpy", "1.24.0", True),
        ("numpy", "2.0.0", False),
        ("xgboost", "2.1.4", True),
        ("xgboost", "3.0.0", False),
        ("acme-features", "9.9", True),
    ],
)
def test_pickles_need_the_same_minor_version_and_files_no_later_major_one(library, version, good):
    findings = _found({"python": "3.10", "dependencies": {"mlflow": "2.10.2", library: version}})

    assert [each.at[-1] for each in findings] == ([] if good else [library])


def test_a_format_that_is_not_pickled_does_not_mind_python():
    models = {"iris": {"runtime": "xgboost", "source": "models:/iris@champion"}}
    env = {"python": "3.12", "dependencies": {"xgboost": "2.0.3"}}

    assert _found(env, models=models) == []


def test_each_runtime_is_held_against_the_step_and_names_its_models():
    models = {
        f"m{number}": {"runtime": "sklearn", "source": "models:/iris@champion"}
        for number in range(5)
    } | {"flow": {"runtime": "mlflow", "source": "models:/iris/3"}}
    findings = _found(RIGHT, models=models)

    assert [(each.code, each.at[-1]) for each in findings] == [
        ("REG001", "python"),
        ("REG001", "scikit-learn"),
    ]
    assert "`sklearn`, which serves `m0`, `m1`, `m2` and 2 more, has Python 3.11" in (
        findings[0].message
    )
    assert len(findings[0].related) == 3


def test_a_canary_counts_as_serving():
    canary = {"source": "models:/iris@challenger", "weight": 5}
    models = {
        "iris": {
            "runtime": "sklearn",
            "source": "s3://acme-models/iris",
            "canary": canary,
            "exposure": a_balancer(),
        }
    }

    assert {each.code for each in _found(RIGHT, models=models)} == {"REG001"}


def test_what_nobody_serves_is_held_against_nothing():
    models = {"other": {"runtime": "sklearn", "source": "models:/other@x"}}

    assert _found({**RIGHT, "python": "3.8"}, models=models) == []
    assert _found(None, models=models) == []


def test_saying_nothing_is_worth_a_warning_with_the_line_to_write():
    [finding] = _found(None)

    assert (finding.code, finding.severity) == ("REG002", Severity.WARNING)
    assert finding.at[-1] == "registers"
    line = 'pythonEnv: {python: "3.10", dependencies: {scikit-learn: "1.4.1.post1"}}'
    assert finding.fix == f"write `{line}`, with the versions in the image"


def test_saying_nothing_of_the_libraries_that_load_it_is_worth_a_warning():
    [finding] = _found({"python": "3.10", "dependencies": {"torch": "2.6.0"}})

    assert (finding.code, finding.at[-1]) == ("REG002", "pythonEnv")
    assert "says none of `mlflow`, `scikit-learn`" in finding.message


def test_a_step_that_registers_nothing_has_nothing_to_say():
    [finding] = _found(RIGHT, registers=None)

    assert (finding.code, finding.at[-1]) == ("REG003", "pythonEnv")


@pytest.mark.parametrize("name", runtime_names())
def test_what_is_pickled_is_a_library_with_a_version(name):
    contract = runtime(name).contract

    if contract is not None:
        assert set(contract.pickled) <= set(contract.libraries)
        assert contract.python or not contract.pickled
