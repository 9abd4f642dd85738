"""What each program is asked about what was generated, as arguments.

Options are those of kubeconform 0.7.0, Trivy 0.69.3, Checkov 3.3.30, Helm 3.19.0, Terraform 1.11
and promtool 2.42. Each is asked for an exit code that isn't 0 when something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlopsgen.tools.trees import Environment, Release

CATALOGUE = (
    "https://raw.githubusercontent.com/datreeio/CRDs-catalog/"
    "7b1e26ef9deea49293714d204c1a2270aab1178f/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
)
"""Schemas of CRDs, at the commit of 2026-08-20, whose schemas accept what the reference platform
becomes. They are of the newest versions then, not always of the pinned ones; what the API server
checks at those is proved by the build."""

COPY = Path("project")
"""The folder, within the one to work in, that a copy of the project is put into."""

_NO_FIXTURES = ("--skip-path", r"/policies/[a-z-]+\.(admit|deny)\.yaml$")


@dataclass(frozen=True, slots=True)
class Step:
    """One start of a program; when `fetches`, a failure is that of who it fetches from."""

    arguments: tuple[str, ...]
    fetches: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a tool is asked; steps follow each other until one fails.

    `environment` is "" for what all of them share. `online` is for checks that fetch something.
    `copied` is for programs that would write into the project: they are given a copy of it.
    """

    tool: str
    environment: str
    title: str
    steps: tuple[Step, ...]
    folder: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    online: bool = False
    copied: bool = False


def checks(
    environments: Sequence[Environment], out: Path, terraform: Path | None, work: Path
) -> Iterator[Check]:
    """Yield what is checked of *environments* in *out*, and of the folder *terraform*."""
    for each in environments:
        yield from _alerts(each)
        yield from _objects(each)
        for release in each.releases:
            yield _rendered(each, release, work)
    if terraform:
        yield Check(
            tool="terraform",
            environment="",
            title=f"{terraform} is formatted",
            steps=(Step(("fmt", "-check", "-recursive", "-no-color", str(terraform))),),
        )
        names = {terraform / "environments" / each.name: each.name for each in environments}
        for root, name in {terraform / "bootstrap": "", **names}.items():
            if root.is_dir():
                yield _modules(name, root, work)
    if environments:
        yield from _settings(out, terraform)


def _alerts(environment: Environment) -> Iterator[Check]:
    folder = environment.folder / "prometheus"
    for said, arguments, names in (
        ("rules of alerts", ("check", "rules"), environment.rules),
        ("tests of alerts", ("test", "rules"), environment.tests),
    ):
        if names:
            yield Check(
                tool="promtool",
                environment=environment.name,
                title=said,
                steps=(Step((*arguments, *names)),),
                folder=folder,
            )


def _objects(environment: Environment) -> Iterator[Check]:
    folders = [environment.folder / name for name in ("apps", "argocd", "hub")]
    present = [str(folder) for folder in folders if folder.is_dir()]
    if not present:
        return
    read = [word for folder in present for word in ("--filename", folder)]
    # Without --local kubectl asks a cluster which kinds there are; with it, none is asked.
    label = ("label", "--local", "--dry-run=client", "--output=name", "--recursive")
    yield Check(
        tool="kubectl",
        environment=environment.name,
        title="objects can be read",
        steps=(Step((*label, *read, "mlopsgen/doctor=read")),),
        variables={"KUBECONFIG": "/dev/null"},
    )
    cluster = ("-kubernetes-version", f"{environment.cluster}.0") if environment.cluster else ()
    locations = ("-schema-location", "default", "-schema-location", CATALOGUE)
    yield Check(
        tool="kubeconform",
        environment=environment.name,
        title="objects fit the schemas of their kinds",
        steps=(Step(("-strict", "-summary", *cluster, *locations, *present)),),
        online=True,
    )


def _rendered(environment: Environment, release: Release, work: Path) -> Check:
    folder = work / "charts" / environment.name / release.name
    values = [word for path in release.values for word in ("--values", str(path))]
    apis = [word for api in environment.apis for word in ("--api-versions", api)]
    cluster = ["--kube-version", f"{environment.cluster}.0"] if environment.cluster else []
    named = ["--namespace", release.namespace]
    render = ("template", release.name, str(folder / release.chart), *named, *cluster)
    return Check(
        tool="helm",
        environment=environment.name,
        title=f"{release.name}: {release.chart} {release.version} renders with its values",
        steps=(
            Step(("pull", *_from(release), "--untar", "--untardir", str(folder)), fetches=True),
            Step((*render, *apis, *values)),
        ),
        online=True,
    )


def _from(release: Release) -> tuple[str, ...]:
    """Return where a chart is: Argo CD names an OCI registry without its scheme."""
    version = ("--version", release.version)
    if release.repository.startswith("https://"):
        return (release.chart, "--repo", release.repository, *version)
    host = release.repository.removeprefix("oci://").rstrip("/")
    return (f"oci://{host}/{release.chart}", *version)


def _modules(environment: str, root: Path, work: Path) -> Check:
    chdir = f"-chdir={work / COPY / root}"
    # No backend: neither the state nor an account is needed to compare modules with providers.
    init = (chdir, "init", "-backend=false", "-input=false", "-no-color")
    return Check(
        tool="terraform",
        environment=environment,
        title=f"{root} is valid",
        steps=(Step(init, fetches=True), Step((chdir, "validate", "-no-color"))),
        online=True,
        copied=True,
    )


def _settings(out: Path, terraform: Path | None) -> Iterator[Check]:
    # What policies have to refuse is unsafe on purpose; nothing applies it.
    apart = ("--skip-dirs", str(out / "*" / "policies"))
    severe = ("--exit-code", "1", "--severity", "HIGH,CRITICAL")
    # Not over the Terraform: the reasons for what is left out there are written for Checkov.
    yield Check(
        tool="trivy",
        environment="",
        title=f"{out} has no unsafe setting",
        steps=(Step(("config", "--quiet", "--skip-check-update", *severe, *apart, str(out))),),
    )
    yield _scanned(out, "kubernetes", *_NO_FIXTURES)
    if terraform:
        yield _scanned(terraform, "terraform")


def _scanned(folder: Path, framework: str, *options: str) -> Check:
    """Return what Checkov is to look at. With Terraform it can't read what to leave out."""
    where = ("--directory", str(folder), "--framework", framework, *options)
    return Check(
        tool="checkov",
        environment="",
        title=f"{folder}: no unsafe setting",
        steps=(Step((*where, "--quiet", "--compact", "--skip-download")),),
    )
