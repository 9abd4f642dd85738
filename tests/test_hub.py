"""Several clusters and one Argo CD, from platform.yaml to files."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlopsgen.compiler import compile_platform
from mlopsgen.diagnostics import Severity
from tests.fleet import AUTHORITY, at, clusters, written


def _trees(document, folder, *environments):
    compilation = compile_platform(written(document, folder), environments)
    assert compilation.ok, [item.finding.message for item in compilation.findings]
    return {
        name: {file.path: file.data for file in files} for name, files in compilation.trees.items()
    }


def test_one_environment_alone_is_the_same_as_among_all(tmp_path):
    together = _trees(clusters(), tmp_path)

    for name, files in together.items():
        assert _trees(clusters(), tmp_path, name) == {name: files}


def test_the_order_of_environments_does_not_count(tmp_path):
    document = clusters()
    first = _trees(document, tmp_path)
    for names in permutations(document["environments"]):
        shuffled = {name: document["environments"][name] for name in names}
        assert _trees({**document, "environments": shuffled}, tmp_path) == first


def test_a_hub_that_reconciles_nobody_is_as_one_without_a_word_of_it(tmp_path):
    document = clusters()
    document["environments"] = {"ops": document["environments"]["ops"]}
    named = _trees(document, tmp_path)
    del document["gitops"]["hub"]

    assert _trees(document, tmp_path) == named


def test_a_model_of_one_cluster_changes_nothing_of_the_hub(tmp_path):
    served = {
        "components": {"kserve": {}, "cert-manager": {}},
        "namespaces": {"search": {}},
        "models": {
            "iris": {"runtime": "sklearn", "source": "hf://acme/iris", "namespace": "search"}
        },
    }
    one = _trees(clusters(dev=served), tmp_path, "ops")
    served["models"]["rose"] = {**served["models"]["iris"], "source": "hf://acme/rose"}

    assert _trees(clusters(dev=served), tmp_path, "ops") == one


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(["ops", "dev", "prod", "https://x.com", AUTHORITY, "{{ .root }}", "a\nb"]),
    st.lists(st.text(max_size=2), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
PLACES = [
    ("gitops",),
    ("gitops", "hub"),
    ("gitops", "revision"),
    ("gitops", "admins"),
    ("cluster",),
    ("cluster", "address"),
    ("cluster", "certificateAuthority"),
    ("components",),
    ("components", "argocd"),
    ("namespaces",),
    ("aws",),
    ("name",),
]


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.sampled_from(["", "ops", "dev", "prod"]), st.sampled_from(PLACES), VALUES),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_written_there_are_files_or_findings(tmp_path_factory, changes):
    document = clusters()
    for environment, place, value in changes:
        node = document["environments"][environment] if environment else document
        for step in place[:-1]:
            below = node.get(step)
            node[step] = below if isinstance(below, dict) else {}
            node = node[step]
        node[place[-1]] = value

    compilation = compile_platform(written(document, tmp_path_factory.mktemp("any")))

    errors = [each for each in compilation.findings if each.finding.severity is Severity.ERROR]
    assert bool(compilation.trees) != bool(errors)
    assert not any("fault of mlopsgen" in each.finding.fix for each in errors), errors


@pytest.mark.parametrize("text", ["{{ .cluster }}", "v1\nkind: Secret", "'\"", "-"])
def test_no_revision_becomes_structure_or_a_template(tmp_path, text):
    document = clusters(prod={"gitops": {"revision": text}, "cluster": at("PROD")})

    files = _trees(document, tmp_path, "ops")["ops"]

    lines = files["apps/clusters/applicationset-acme-clusters.yaml"].decode().splitlines()
    assert len([line for line in lines if line.startswith("kind:")]) == 1
    assert sum("{{" in line for line in lines) == sum("{{" in text for _ in (1,)) + 7
