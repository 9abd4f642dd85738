"""How long 6,000 Kubernetes objects of some 40 lines take to become YAML, against libyaml's dumper.

Run with `python benchmarks/bench_serialize.py`. Medians of five runs, in seconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import yaml

from mlopsgen.serialize import to_json, to_yaml

OBJECTS = 6000
RUNS = 5


def an_object(number: int) -> dict[str, Any]:
    """Return an object whose names and numbers differ from those of the others."""
    name = f"model-{number // 6}"
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "mlops"}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": f"{name}-{number % 6}",
            "namespace": "mlops",
            "labels": labels,
            "annotations": {"serving.kserve.io/deploymentMode": "Standard", "argocd/wave": "3"},
        },
        "spec": {
            "predictor": {
                "minReplicas": 1,
                "maxReplicas": number % 7 + 1,
                "serviceAccountName": name,
                "containers": [
                    {
                        "name": "kserve-container",
                        "image": f"ghcr.io/acme/{name}:1.{number}@sha256:{number:064x}",
                        "args": [f"--model_name={name}", "--http_port=8080", f"/mnt/{name}"],
                        "env": [
                            {"name": "MODEL_NAME", "value": name},
                            {"name": "WORKERS", "value": str(number % 4)},
                        ],
                        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
                        "resources": {
                            "requests": {"cpu": "500m", "memory": "2Gi", "nvidia.com/gpu": 1},
                            "limits": {"cpu": "2", "memory": "4Gi", "nvidia.com/gpu": 1},
                        },
                        "securityContext": {"runAsNonRoot": True, "readOnlyRootFilesystem": True},
                    }
                ],
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
                "nodeSelector": {},
            }
        },
    }


def median(run: Callable[[], object]) -> float:
    """Return the median time of *run*, in seconds."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print the medians."""
    objects = [an_object(number) for number in range(OBJECTS)]
    lines = to_yaml(objects[:1]).count("\n")
    print(f"{OBJECTS} objects of {lines} lines")
    start = time.perf_counter()
    for one in objects:
        to_yaml([one])
    print(f"to_yaml, first time  {time.perf_counter() - start:.3f} s")
    print(f"to_yaml              {median(lambda: [to_yaml([one]) for one in objects]):.3f} s")
    print(f"to_json              {median(lambda: [to_json(one) for one in objects]):.3f} s")
    dumper = yaml.CSafeDumper
    slow = median(lambda: [yaml.dump(one, Dumper=dumper, sort_keys=False) for one in objects])
    print(f"yaml.CSafeDumper     {slow:.3f} s")


if __name__ == "__main__":
    main()
