"""Who installs what."""

from tests.build import a_plan


def test_without_argo_cd_terraform_installs_everything():
    parts = a_plan(components={"kserve": {}, "cert-manager": {}}).parts

    assert {part.owner for part in parts.values()} == {"terraform"}


def test_with_argo_cd_each_chart_has_the_owner_that_suits_it():
    parts = a_plan(components={"argocd": {}, "kserve": {}, "cert-manager": {}}).parts

    assert parts["argocd"].owner == parts["cert-manager"].owner == "terraform"
    assert parts["kserve"].owner == "argocd"


def test_users_choose_the_owner():
    parts = a_plan(components={"argocd": {}, "kserve": {"owner": "terraform"}}).parts

    assert parts["kserve"].owner == "terraform"
