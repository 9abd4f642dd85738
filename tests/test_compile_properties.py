"""Whatever passes the rules compiles, and passes the platform's own proofs."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlopsgen.compiler import compile_platform

NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,60}[a-z0-9])?", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)

COMPONENTS = {
    name: {}
    for name in (
        "argo-workflows", "argocd", "aws-load-balancer-controller", "cert-manager",
        "dcgm-exporter", "external-secrets", "grafana", "karpenter", "kserve", "mlflow",
        "nvidia-device-plugin", "prometheus", "vllm",
    )
}  # fmt: skip
POOLS = {
    "general": {"kind": "managed", "instanceTypes": ["m5.4xlarge"], "min": 3, "max": 6},
    "gpu": {
        "kind": "karpenter",
        "instanceFamilies": ["g5", "g6"],
        "taints": ["nvidia.com/gpu=true:NoSchedule"],
    },
}

GATEWAYS = {
    "web": {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}
}
EXPOSURES = st.builds(
    lambda name, way: {**way, "host": f"{name}.example.com"},
    NAMES,
    st.sampled_from([{"alb": "internal"}, {"gateway": "web"}]),
)
CLASSIC = st.fixed_dictionaries(
    {
        "runtime": st.sampled_from(["sklearn", "xgboost", "lightgbm", "mlflow"]),
        "source": st.sampled_from(["s3://acme-models/a/1", "s3://acme-models/b"]),
        "scale": st.integers(1, 5).flatmap(
            lambda low: st.fixed_dictionaries(
                {"min": st.just(low), "max": st.integers(low, 20), "target": st.integers(1, 100)}
            )
        ),
        "resources": st.fixed_dictionaries(
            {
                "cpu": st.sampled_from([1, 0.5, "250m"]),
                "memory": st.sampled_from(["512Mi", "2Gi"]),
            }
        ),
    },
    optional={"exposure": EXPOSURES, "env": st.dictionaries(st.just("GREETING"), TEXTS)},
)
LLMS = st.fixed_dictionaries(
    {
        "runtime": st.just("vllm"),
        "source": st.just("hf://TinyLlama/TinyLlama-1.1B-Chat-v1.0"),
        "vllm": st.fixed_dictionaries({"maxModelLen": st.integers(1, 2048)}),
        "gpus": st.just(1),
        "pool": st.just("gpu"),
        "resources": st.just({"cpu": 2, "memory": "8Gi"}),
    },
    optional={"exposure": EXPOSURES},
)
PIPELINES = st.dictionaries(
    NAMES,
    st.fixed_dictionaries(
        {
            "steps": st.dictionaries(
                NAMES,
                st.fixed_dictionaries(
                    {
                        "image": st.just("ghcr.io/acme/step:1.2.3"),
                        "command": st.lists(TEXTS, min_size=1, max_size=3),
                    }
                ),
                min_size=1,
                max_size=3,
            )
        },
        optional={"parameters": st.dictionaries(NAMES, TEXTS, max_size=2)},
    ),
    max_size=2,
)
PLATFORMS = st.fixed_dictionaries(
    {
        "apiVersion": st.just("mlopsgen/v1alpha1"),
        "name": st.from_regex(r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?", fullmatch=True),
        "aws": st.just({"region": "eu-west-1", "accountId": "111122223333"}),
        "gitops": st.just({"repository": "https://github.com/acme/platform.git"}),
        "storage": st.just({"artifacts": {"bucket": "acme"}}),
        "components": st.just(COMPONENTS),
        "nodePools": st.just(POOLS),
        "gateways": st.just(GATEWAYS),
        "namespaces": st.just({"mlops": {"quota": {"cpu": 64}, "owners": ["team"]}}),
        "models": st.dictionaries(NAMES, st.one_of(CLASSIC, LLMS), max_size=4),
        "pipelines": PIPELINES,
        "alerts": st.just({"builtin": "all"}),
        "dashboards": st.just({"builtin": "all"}),
    }
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(platform=PLATFORMS)
def test_what_passes_the_rules_passes_the_proofs(platform, tmp_path_factory):
    file = tmp_path_factory.mktemp("any") / "platform.yaml"
    file.write_text(json.dumps(platform), encoding="utf-8")

    compilation = compile_platform(file)

    families = {item.finding.code.rstrip("0123456789") for item in compilation.findings}
    assert "ADMIT" not in families
    if compilation.ok:
        assert compilation.count > 50
