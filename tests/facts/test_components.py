"""Every catalogue file is checked against itself and the others: no network, no chart."""

import re

import pytest
import yaml

from mlopsgen import facts
from mlopsgen.facts.components import Component
from mlopsgen.facts.reading import CATALOGUE, CatalogueError, read

FILES = sorted((CATALOGUE / "components").glob("*/*.yaml"))
LABEL = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SMALLEST = """\
component: thing
kind: chart
chart: {name: thing, repository: "", version: 1.0.0, source: thing 1.0.0 Chart.yaml}
app: {version: 1.0.0, source: thing 1.0.0 Chart.yaml}
"""


def _id(path):
    return f"{path.parent.name}-{path.stem}"


def _of(path):
    return facts.component(path.parent.name, path.stem)


def _broken(tmp_path, text):
    file = tmp_path / "thing" / "1.0.0.yaml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_who_has_a_port_of_udp_is_called_by_udp(path):
    found = _of(path)
    called = set()
    if found.flows is not None:
        called = {(one.workload, one.port) for one in found.flows.inside if one.protocol == "UDP"}
    listening = {
        (key, number)
        for key, workload in found.workloads.items()
        for name, number in workload.ports.items()
        if "udp" in name
    }

    assert called == listening


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_file_is_named_for_what_it_holds(path):
    component = _of(path)
    pinned = component.chart or component.app

    assert component.component == path.parent.name
    assert path.stem == (pinned.version.removeprefix("v") if pinned else "managed")


@pytest.mark.parametrize("name", facts.component_names())
def test_a_component_has_one_default_version(name):
    defaults = [
        version for version in facts.versions(name) if facts.component(name, version).default
    ]

    assert len(defaults) == 1
    assert facts.component(name) is facts.component(name, defaults[0])


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_chart_says_which_values_it_takes_and_what_it_runs(path):
    component = _of(path)

    if component.kind == "chart":
        assert component.values is not None
        assert component.values.keys == tuple(sorted(set(component.values.keys)))
        assert component.workloads
        assert component.release is not None
        assert component.pod_security is not None


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_what_we_write_ourselves_is_one_server_that_could_not_be_stricter(path):
    component = _of(path)

    if component.kind == "manifests":
        assert component.release is not None
        assert component.pod_security is not None
        assert component.pod_security.level == "restricted"
        assert len(component.workloads) == len(component.services) == 1
        assert component.images is not None
        assert len(component.images.images) == 1
    assert component.in_cluster is (component.kind in {"chart", "manifests"})


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_pod_below_restricted_says_why(path):
    level = _of(path).pod_security

    assert level is None or level.level == "restricted" or level.because


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_labels_and_ports_are_what_kubernetes_accepts(path):
    component = _of(path)
    labels = [*component.workloads.values(), *component.services.values()]
    ports = [port for workload in component.workloads.values() for port in workload.ports.values()]

    assert all(workload.labels for workload in component.workloads.values())
    for labelled in labels:
        for key, value in labelled.labels.items():
            assert LABEL.fullmatch(key), key
            assert LABEL.fullmatch(value), value
    assert [port for port in ports if not 0 < port < 65536] == []


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_service_reaches_a_port_of_its_workload(path):
    component = _of(path)

    for name, service in component.services.items():
        held = component.workloads[service.workload].ports.values()
        assert {port.target_port for port in service.ports} <= set(held), name


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_webhook_goes_through_a_service_of_its_workload(path):
    component = _of(path)

    for webhook in component.webhooks:
        service = component.services[webhook.service]
        assert service.workload == webhook.workload
        assert webhook.port in {port.target_port for port in service.ports}
        assert webhook.registered


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_an_endpoint_is_a_named_port_of_its_workload(path):
    component = _of(path)

    for endpoint in component.metrics:
        if endpoint.workload:
            assert endpoint.port in component.workloads[endpoint.workload].ports


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_metrics_are_named_as_prometheus_names_them(path):
    component = _of(path)
    named = [(name, metric) for point in component.metrics for name, metric in point.names.items()]

    for name, metric in named:
        assert METRIC.fullmatch(name)
        assert len(set(metric.labels)) == len(metric.labels)
        assert not name.endswith(("_bucket", "_sum")), name


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_chart_renders_the_kinds_of_its_workloads(path):
    component = _of(path)

    if component.objects is not None:
        kinds = {f"apps/{workload.kind}" for workload in component.workloads.values()}
        operators = {"argo-events", "prometheus"}
        made_by_an_operator = {"apps/StatefulSet"} if path.parent.name in operators else set()
        assert kinds - made_by_an_operator <= set(component.objects.namespaced)
        assert not set(component.objects.cluster) & set(component.objects.namespaced)


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_what_lowers_pod_security_is_a_value_of_the_chart(path):
    component = _of(path)

    for key in component.pod_security.unless if component.pod_security else ():
        assert component.takes(key)


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_a_flow_ends_at_a_port_that_somebody_listens_on(path):
    component = _of(path)

    if component.flows is None:
        return
    assert {*component.flows.api_server, *component.flows.https} <= component.workloads.keys()
    for flow in component.flows.inside:
        assert flow.caller in component.workloads
        assert flow.port in component.workloads[flow.workload].ports.values()
    for flow in component.flows.components:
        assert flow.caller in component.workloads
        other = facts.component(flow.component)
        assert flow.port in other.workloads[flow.workload].ports.values()


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_what_selects_the_pods_of_a_job_selects_no_other_pods(path):
    component = _of(path)

    for job in component.jobs.values():
        others = [each.labels for each in (*component.workloads.values(), *component.jobs.values())]
        others.remove(job.labels)
        assert not any(job.labels.items() <= labels.items() for labels in others)


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_what_a_component_requires_is_in_the_catalogue(path):
    requires = _of(path).requires

    if requires is not None:
        assert set(requires.components) <= set(facts.component_names())


@pytest.mark.parametrize("path", FILES, ids=_id)
def test_components_that_are_required_come_in_an_earlier_wave(path):
    component = _of(path)

    for name in component.requires.components if component.requires else ():
        assert facts.component(name).release.wave < component.release.wave


@pytest.mark.parametrize("path", sorted(CATALOGUE.rglob("*.yaml")), ids=_id)
def test_catalogue_files_use_no_aliases(path):
    events = yaml.parse(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)

    assert [event for event in events if isinstance(event, yaml.AliasEvent)] == []


def test_versions_of_the_platform_differ_from_those_of_their_apps():
    argo = facts.component("argo-workflows", "0.46.1")

    assert (argo.chart.version, argo.app.version) == ("0.46.1", "v3.7.4")
    assert facts.component("kserve", "0.16.0").chart.version == "v0.16.0"


def test_a_chart_takes_the_values_it_has_and_no_others():
    kserve = facts.component("kserve")

    assert kserve.takes("kserve.controller.deploymentMode")
    assert kserve.takes("kserve.controller.resources.limits.cpu")
    assert not kserve.takes("kserve.controller.deploymentmode")
    assert not kserve.takes("kserve.controller.resourcesx")
    assert not facts.component("vllm").takes("anything")


def test_an_open_map_takes_keys_with_dots_in_them():
    assert facts.component("argocd").takes("configs.params.server.insecure")


def test_karpenter_stops_at_the_kubernetes_version_it_supports():
    assert facts.component("karpenter", "1.8.0").requires.kubernetes.max == "1.34"


def test_an_unknown_component_names_those_that_are_known():
    with pytest.raises(facts.UnknownFact) as caught:
        facts.component("kserv")

    assert (caught.value.kind, caught.value.name) == ("component", "kserv")
    assert "kserve" in caught.value.known


def test_an_unknown_version_names_those_that_are_known():
    with pytest.raises(facts.UnknownFact) as caught:
        facts.component("kserve", "0.15.0")

    assert caught.value.known == ("0.16.0", "0.20.0")
    assert str(caught.value).endswith("no version of kserve `0.15.0`; it has 0.16.0, 0.20.0")


def test_the_smallest_file_loads(tmp_path):
    assert read(_broken(tmp_path, SMALLEST), Component).component == "thing"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", source: thing 1.0.0 Chart.yaml}\napp", "}\napp"),
        ("source: thing 1.0.0 Chart.yaml", "source: somewhere"),
        ("kind: chart", "kind: chart\nwaves: 3"),
        ("kind: chart", "kind: operator"),
        ("kind: chart", "kind: chart\ndefault: 1"),
        ("kind: chart", "kind: [chart"),
    ],
)
def test_a_broken_file_fails_with_its_name(tmp_path, old, new):
    file = _broken(tmp_path, SMALLEST.replace(old, new, 1))

    with pytest.raises(CatalogueError, match=r"^thing/1\.0\.0\.yaml: "):
        read(file, Component)
