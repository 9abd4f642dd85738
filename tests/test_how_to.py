"""The how-to pages do what they say."""

import pytest

from tests.build import ROOT
from tests.how_to import PAGES, steps

STEPS = [
    pytest.param(step, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, step in enumerate(steps(page), 1)
]
INGRESS = "apps/models-mlops/ingress-iris.yaml"
CANARY, NEWER, TRIGGERS = (
    ROOT / "docs" / "how-to" / f"{name}.md" for name in ("canary", "canary-kserve-0.20", "triggers")
)


@pytest.mark.parametrize("step", STEPS)
def test_a_change_has_the_effect_that_the_page_shows(step):
    assert step.effect() == step.shown


def test_more_and_less_weight_touch_the_ingress_and_nothing_else():
    more, less, _ = steps(CANARY)

    assert more.changed() == less.changed() == [INGRESS]


def test_with_a_newer_kserve_more_weight_touches_the_model_and_its_canary_too():
    more, _ = steps(NEWER)

    assert more.changed() == [
        "apps/models-mlops/inferenceservice-iris.yaml",
        INGRESS,
        "apps/models-mlops/poddisruptionbudget-iris-canary.yaml",
    ]


@pytest.mark.parametrize("page", [CANARY, NEWER], ids=lambda page: page.stem)
def test_a_promotion_touches_the_model_and_what_it_may_read(page):
    *_, promotion = steps(page)

    assert promotion.changed() == [
        "apps/models-mlops/inferenceservice-iris.yaml",
        "docs/access.md",
        "terraform/platform.tfvars.json",
    ]


def test_a_trigger_is_changed_without_a_change_of_the_pipeline():
    more, elsewhere = steps(TRIGGERS)

    assert more.changed() == ["apps/triggers/sensor-argo-events.retrain.yaml"]
    assert elsewhere.changed() == [
        "apps/triggers/sensor-argo-events.retrain.yaml",
        "docs/access.md",
        "terraform/platform.tfvars.json",
    ]
