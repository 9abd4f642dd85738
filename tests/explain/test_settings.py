"""Where a value comes from, in each environment."""

import pytest

from mlopsgen.diagnostics import Place
from mlopsgen.explain.keys import Unknown, explained, parsed
from mlopsgen.explain.project import project
from mlopsgen.explain.settings import HIDDEN, missing, settings

PLATFORM = """\
apiVersion: mlopsgen/v1beta1
name: acme
aws: {region: eu-west-1, accountId: "111122223333"}
components: {cert-manager: {}, kserve: {}}
nodePools: {general: {kind: managed, instanceTypes: [m5.large], min: 2, max: 4}}
namespaces: {mlops: {}}
families:
  tabular: {runtime: sklearn, source: "s3://models/{model}", scale: {min: 2, max: 4}}
models:
  churn: {family: tabular, env: {LEVEL: debug, API_TOKEN: correct-horse-battery}}
  fraud:
    family: tabular
    scale: {max: 8}
    resources: {cpu: 0.5, memory: 3Gi}
include: [team.yaml]
environments:
  dev: {}
  prod:
    families: {tabular: {scale: {max: 6}}}
    models: {fraud: {scale: {max: 20}, resources: null}}
"""
TEAM = """\
models:
  late: {runtime: xgboost, source: s3://models/late, priority: high}
"""


@pytest.fixture
def found(tmp_path):
    (tmp_path / "team.yaml").write_text(TEAM, "utf-8")
    (tmp_path / "platform.yaml").write_text(PLATFORM, "utf-8")
    return lambda *environments: project(tmp_path / "platform.yaml", environments)


def said(whole, text):
    key = explained(parsed(text))
    assert not isinstance(key, Unknown), key.said
    return [
        (one.environments, one.value, one.place and (one.place.file, one.place.line), one.because)
        for one in settings(key, whole, whole.loaded.source)
    ]


def test_a_value_of_the_base_is_the_same_everywhere(found):
    assert said(found(), "aws.region") == [(("dev", "prod"), "eu-west-1", ("platform.yaml", 3), "")]


def test_an_overlay_says_what_it_replaces(found):
    whole = found()
    key = explained(("models", "fraud", "scale", "max"))
    dev, prod = settings(key, whole, whole.loaded.source)

    assert (dev.value, dev.place.line, dev.instead) == ("8", 13, None)
    assert (prod.value, prod.place.line, prod.because) == ("20", 20, "in `environments.prod`")
    assert prod.instead == Place("platform.yaml", 13, 18)


def test_a_value_of_a_family_names_the_family(found):
    assert said(found(), "models.churn.scale.max") == [
        (("dev",), "4", ("platform.yaml", 8), "of `families.tabular.scale.max`"),
        (
            ("prod",),
            "6",
            ("platform.yaml", 19),
            "of `families.tabular.scale.max`, in `environments.prod`",
        ),
    ]


def test_a_placeholder_of_a_family_is_filled_in(found):
    [(_, value, place, _)] = said(found(), "models.churn.source")

    assert (value, place) == ("s3://models/churn", ("platform.yaml", 8))


def test_an_included_file_is_named(found):
    assert said(found("dev"), "models.late.priority") == [(("dev",), "high", ("team.yaml", 2), "")]


def test_what_nobody_wrote_is_the_default(found):
    assert said(found("dev"), "models.late.scale.max") == [(("dev",), "1", None, "the default")]
    assert said(found("dev"), "models.late.vllm.dtype") == [
        (("dev",), "", None, "there is no `models.late.vllm`")
    ]
    assert said(found("dev"), "models.late.pool") == [(("dev",), "", None, "nobody wrote it")]


def test_a_null_brings_the_default_back(found):
    dev, prod = said(found(), "models.fraud.resources.memory")

    assert dev == (("dev",), "3Gi", ("platform.yaml", 14), "")
    assert prod[1] == "2Gi"
    assert prod[3].startswith("the default")


def test_a_star_stands_for_every_name(found):
    names = {
        one.path[1]: one.value
        for one in settings(
            explained(("models", "*", "runtime")), found("dev"), found("dev").loaded.source
        )
    }

    assert names == {"churn": "sklearn", "fraud": "sklearn", "late": "xgboost"}


def test_what_looks_like_a_secret_is_not_shown(found):
    assert [one[1] for one in said(found("dev"), "models.churn.env.API_TOKEN")] == [HIDDEN]
    assert [one[1] for one in said(found("dev"), "models.churn.env.LEVEL")] == ["debug"]
    assert "horse" not in str(said(found(), "models.*.env.*"))
    assert "horse" not in str(said(found(), "models.*.env"))


@pytest.mark.parametrize(
    ("text", "near"), [("models.frad.scale", "models.fraud"), ("nodePools.genral", "general")]
)
def test_a_name_that_is_not_there_is_answered_with_one_that_is(found, text, near):
    answer = missing(explained(parsed(text)), found())

    assert near in answer.said
    assert missing(explained(parsed("models.fraud.scale")), found()) is None


def test_a_file_that_cannot_be_read_has_no_values(tmp_path):
    whole = project(tmp_path / "platform.yaml", [])

    assert said(whole, "models.x.scale.max") == []
    assert [item.finding.code for item in whole.wrong(compiled=True)] == ["LOAD001"]
