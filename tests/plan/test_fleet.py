"""Who reconciles a cluster, by which names, and as whom."""

from mlopsgen import names
from mlopsgen.check import check
from mlopsgen.facts import component, component_names
from mlopsgen.load import fleet
from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.plan.applications import _WAVES
from mlopsgen.plan.fleet import TAUGHT
from mlopsgen.spec.fleet import within
from tests.fleet import clusters, platform, read


def _plan(folder, environment, document=None):
    loaded = read(document or clusters(), folder)
    given, beside = platform(loaded, environment), fleet(loaded)
    assert list(check(given, environment, Lock(), beside)) == []
    return plan(given, environment, Lock(), beside)


def test_a_hub_reconciles_itself_as_if_it_were_alone(tmp_path):
    keeper = _plan(tmp_path, "ops").keeper

    assert (keeper.away, keeper.callers, keeper.folder) == (False, (), "argocd")
    assert keeper.destination == {"server": "https://kubernetes.default.svc"}
    assert keeper.application("network") == "network"
    assert (keeper.project(), keeper.project("root")) == ("acme", "acme-root")
    assert keeper.team("search") == names.project("acme", "search")


def test_another_cluster_is_named_and_so_is_all_that_is_its(tmp_path):
    keeper = _plan(tmp_path, "prod").keeper

    assert (keeper.away, keeper.folder) == (True, "hub")
    assert keeper.destination == {"name": "acme-prod"}
    assert keeper.application("network") == "acme-prod.network"
    assert keeper.project() == "acme-prod.generated"
    assert keeper.team("search") == "acme-prod.namespace-search"


def test_argo_cd_takes_one_role_in_each_cluster_and_these_let_nobody_else(tmp_path):
    hub, prod = _plan(tmp_path, "ops"), _plan(tmp_path, "prod")

    roles = {each.role_arn: each for each in hub.parts["argocd"].identities}
    assert set(roles) == set(prod.keeper.callers)
    for identity in roles.values():
        [statement] = identity.statements
        assert statement.actions == ("sts:AssumeRole",)
        assert statement.resources == (
            "arn:aws:iam::111122223333:role/acme-dev-argocd",
            "arn:aws:iam::444455556666:role/acme-prod-argocd",
        )


def test_components_of_a_cluster_are_owned_as_with_an_argo_cd_of_its_own(tmp_path):
    document = clusters(prod={"components": {"karpenter": {}, "prometheus": {}}})
    own = clusters(prod={**document["environments"]["prod"], "gitops": {"hub": None}})
    own["environments"]["prod"]["components"]["argocd"] = {}
    del own["environments"]["prod"]["cluster"]

    away, home = _plan(tmp_path, "prod", document), _plan(tmp_path, "prod", own)

    assert "argocd" not in away.parts
    for name, part in away.parts.items():
        assert part.owner == home.parts[name].owner


def test_only_the_callers_of_a_hub_are_let_out_to_other_clusters(tmp_path):
    reason = "the APIs of the clusters that it reconciles"

    found = [each for each in _plan(tmp_path, "ops").flows if each.because == reason]

    assert {each.source.name for each in found} == {"argocd-controller", "argocd-server"}
    assert {port.number for each in found for port in each.ports} == {443}
    assert not any(each.because == reason for each in _plan(tmp_path, "prod").flows)


def test_a_repository_of_another_cluster_is_reached_on_its_port(tmp_path):
    document = clusters(prod={"gitops": {"repository": "ssh://git@git.acme.com:2222/prod.git"}})

    found = _plan(tmp_path, "ops", document).flows

    readers = [each for each in found if each.source.name == "argocd-repo-server"]
    assert 2222 in {port.number for each in readers for port in each.ports}


def test_names_that_are_ours_leave_room_for_the_longest_cluster():
    charts = [
        chart.name
        for name in component_names()
        for chart in (
            component(name).chart,
            component(name).crd_chart,
            component(name).companion_chart,
        )
        if chart
    ]
    longest = names.Scope("a" * 20, "e" * names.ENVIRONMENT_LIMIT)

    for name in (*_WAVES, *component_names(), *charts, "root"):
        assert len(within(longest.cluster, name)) <= names.APPLICATION_LIMIT, name
    assert len(longest.role("argocd-application-controller")) <= names.ROLE_LIMIT


def test_what_is_taught_is_of_components_that_there_are():
    assert set(TAUGHT) <= set(component_names())
