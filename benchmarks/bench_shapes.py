"""How long a shape of 40 lines, 15 holes, a loop and two choices takes to read and to fill.

Run with `python benchmarks/bench_shapes.py`. The best of five, because the rest is the machine.
"""

from __future__ import annotations

import tempfile
import timeit
from pathlib import Path
from types import SimpleNamespace

from mlopsgen.shapes import Shapes

SHAPE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: [[ model.name ]]
  namespace: [[ served.namespace ]]
  labels: [[ served.labels ]]
  annotations:
    serving.kserve.io/deploymentMode: Standard
    #% if served.autoscaled
    serving.kserve.io/autoscalerClass: hpa
    #% else
    serving.kserve.io/autoscalerClass: none
    #% endif
spec:
  predictor:
    minReplicas: [[ model.min_replicas ]]
    maxReplicas: [[ model.max_replicas ]]
    serviceAccountName: [[ served.account ]]
    containers:
      - name: kserve-container
        image: [[ served.image ]]
        args: [[ args ]]
        env:
          #% for variable in served.variables
          - name: [[ variable.name ]]
            value: [[ variable.value ]]
          #% endfor
          - {name: HOME, value: /tmp}
        ports:
          - {containerPort: 8080, name: http, protocol: TCP}
        #% if model.gpus
        resources:
          limits: {nvidia.com/gpu: [[ model.gpus ]]}
          requests: [[ served.requests ]]
        #% endif
        securityContext:
          runAsNonRoot: true
          runAsUser: [[ served.user ]]
    tolerations: [[ served.tolerations ]]
    nodeSelector: [[ served.selector ]]
"""
VALUES = {
    "model": SimpleNamespace(name="iris", min_replicas=1, max_replicas=2, gpus=1),
    "served": SimpleNamespace(
        namespace="mlops",
        labels={"app": "iris"},
        autoscaled=True,
        account="iris",
        image="ghcr.io/acme/iris:1",
        variables=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        requests={"cpu": "1"},
        user=1000,
        tolerations=[],
        selector={},
    ),
    "args": ["--http_port=8080"],
}
FILLS = 20_000
READS = 50


def main() -> None:
    """Print the times of one fill and one reading."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "shape.yaml").write_text(SHAPE, encoding="utf-8")
        shapes = Shapes(Path(folder))
        fills = timeit.repeat(lambda: shapes.one("shape.yaml", **VALUES), number=FILLS)
        reads = timeit.repeat(
            lambda: Shapes(Path(folder)).one("shape.yaml", **VALUES), number=READS
        )
    lines, holes = SHAPE.count("\n"), SHAPE.count("[[")
    print(f"a shape of {lines} lines with {holes} holes")
    print(f"fill           {min(fills) / FILLS * 1e6:6.1f} us")
    print(f"read and fill  {min(reads) / READS * 1e6:6.0f} us")


if __name__ == "__main__":
    main()
