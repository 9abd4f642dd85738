"""Measures whole builds: W(N) is N models of six objects each, 6,000 objects for W(1000), and
P(N) a pipeline of N steps, each behind the one before, with a condition and a fan-out.

Prints medians in milliseconds, stage by stage inside one process, and of the whole command.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mlopsgen.check import check
from mlopsgen.compiler import rendered
from mlopsgen.emit import EMITTERS
from mlopsgen.load import load, overlaid
from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.prove import prove
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Platform
from mlopsgen.write import write

HEAD = """\
apiVersion: mlopsgen/v1beta1
name: wide
aws: {region: eu-west-1, accountId: "111122223333"}
gitops: {repository: https://github.com/acme/wide.git}
storage: {artifacts: {bucket: acme-wide}}
components:
  argocd: {}
  aws-load-balancer-controller: {}
  cert-manager: {}
  external-secrets: {}
  kserve: {}
  prometheus: {}
nodePools:
  general: {kind: managed, instanceTypes: [m5.2xlarge], min: 300, max: 1000}
namespaces: {mlops: {}}
models:
"""
MODEL = """\
  model-{n:04d}:
    runtime: sklearn
    source: s3://acme-models/model-{n:04d}/1
    scale: {{min: 2, max: 5, metric: cpu, target: 70}}
    resources: {{cpu: 1, memory: 2Gi}}
    secrets: {{API_TOKEN: aws-sm:wide/models#model-{n:04d}}}
    exposure: {{alb: internal, host: model-{n:04d}.models.example.com}}
"""


def platform(count: int) -> str:
    """Return a platform of *count* models, each with everything a model can have."""
    return HEAD + "".join(MODEL.format(n=number) for number in range(count))


PIPELINE = """\
apiVersion: mlopsgen/v1beta1
name: deep
aws: {region: eu-west-1, accountId: "111122223333"}
storage: {artifacts: {bucket: acme-deep}}
components: {argo-workflows: {}}
nodePools:
  general: {kind: managed, instanceTypes: [m5.2xlarge], min: 300, max: 1000}
namespaces: {mlops: {}}
pipelines:
  deep:
    parameters: {dataset: iris}
    steps:
      plan:
        image: ghcr.io/acme/deep:1.0.0
        command: [plan]
        outputs: {rows: /out/rows}
        outputParameters: {shards: /out/shards, score: /out/score}
"""
STEP = """\
      step-{n:04d}:
        image: ghcr.io/acme/deep:1.0.0
        command: [step]
        after: [{before}]
        when: plan.score > 0.5 && parameters.dataset == 'iris'
        withParam: plan.shards
        inputs: {{rows: plan.rows}}
        parameters: {{score: plan.score}}
        retries: 3
        memoize: {{key: [dataset], ttl: 24h}}
        outputs: {{shard: /out/shard}}
"""


def pipeline(count: int) -> str:
    """Return a platform with one pipeline of *count* steps."""
    names = ["plan", *(f"step-{number:04d}" for number in range(1, count))]
    steps = (STEP.format(n=number, before=names[number - 1]) for number in range(1, count))
    return PIPELINE + "".join(steps)


def median(runs: int, work: Callable[[], object]) -> float:
    """Return the median of *runs* timings of *work*, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def stages(file: Path, runs: int) -> dict[str, float]:
    """Return the median of each stage of one build, after a first one that fills the caches."""
    loaded = load(file)
    data = overlaid(loaded, "default")
    spec = Platform.model_validate(data)
    shapes = Shapes(TEMPLATES)
    decided = plan(spec, "default", Lock())

    def emitted() -> list:  # type: ignore[type-arg]
        return [artifact for emit in EMITTERS for artifact in emit(decided, shapes)]

    artifacts = emitted()
    files = tuple(rendered(artifacts))
    list(prove(decided, artifacts))
    count = sum(len(artifact.objects) for artifact in artifacts)
    print(f"  {count} objects in {len(files)} files")

    def fresh() -> None:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder) / "generated", {"default": files})

    out = file.parent / "generated"
    write(out, {"default": files})
    return {
        "load": median(runs, lambda: load(file)),
        "spec": median(runs, lambda: Platform.model_validate(data)),
        "check": median(runs, lambda: list(check(spec, "default", Lock()))),
        "plan": median(runs, lambda: plan(spec, "default", Lock())),
        "emit": median(runs, emitted),
        "prove": median(runs, lambda: list(prove(decided, artifacts))),
        "render": median(runs, lambda: tuple(rendered(artifacts))),
        "write, first": median(runs, fresh),
        "write, nothing new": median(runs, lambda: write(out, {"default": files})),
    }


def command(folder: Path, runs: int, *, fresh: bool) -> float:
    """Return the median of the whole command, into a new folder each time or the same."""
    outs = iter(range(10**6))

    def once() -> None:
        name = f"out-{next(outs)}" if fresh else "generated"
        command = [sys.executable, "-m", "mlopsgen", "build", "--out", name]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    return median(runs, once)


def _cases(sizes: list[int]) -> list[tuple[str, str]]:
    """Return the platforms that are measured, with what they are called."""
    cases = [(f"W({size})", platform(size)) for size in sizes]
    return [*cases, ("P(100)", pipeline(100))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[10, 100, 1000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    gc.disable()  # as the command does
    for label, text in _cases(options.sizes):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = folder / "platform.yaml"
            file.write_text(text, encoding="utf-8")
            print(label)
            for stage, spent in stages(file, options.runs).items():
                print(f"  {stage:20} {spent:9.1f} ms")
            print(f"  {'command, first':20} {command(folder, options.runs, fresh=True):9.1f} ms")
            print(f"  {'command, again':20} {command(folder, options.runs, fresh=False):9.1f} ms")


if __name__ == "__main__":
    main()
