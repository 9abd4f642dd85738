"""Platforms in which everything that a model can have comes together, for property tests."""

from copy import deepcopy

from hypothesis import strategies as st

from mlopsgen.facts import runtime, runtime_names
from mlopsgen.facts.metrics import scraped

NAMES = st.one_of(
    st.from_regex(r"[a-z]([-a-z0-9]{0,6}[a-z0-9])?", fullmatch=True),
    st.from_regex(r"[a-z]([-a-z0-9]{0,60}[a-z0-9])?", fullmatch=True),
)
TEXTS = st.text(
    st.one_of(
        st.characters(codec="ascii", exclude_categories=["Cc"]),
        st.characters(categories=["L", "N", "S"]),
    ),
    min_size=1,
    max_size=30,
)
FOLDERS = st.from_regex(r"/[a-z0-9._-]{0,8}[a-z0-9]", fullmatch=True)
PORTS = st.one_of(st.just(8080), st.integers(1024, 65535))
IMAGE = "ghcr.io/acme/step:1.2.3"

COMPONENTS = {
    name: {}
    for name in (
        "argo-events", "argo-workflows", "argocd", "aws-load-balancer-controller", "cert-manager",
        "dcgm-exporter", "external-secrets", "feast", "grafana", "karpenter", "keda", "kserve",
        "mlflow", "nvidia-device-plugin", "prometheus", "vllm",
    )
}  # fmt: skip
GATEWAYS = {
    "web": {"namespace": "ingress", "pods": {"namespace": "proxies", "labels": {"proxy": "web"}}}
}
TAINTS = ["nvidia.com/gpu=true:NoSchedule"]
POOLS = {
    "general": {"kind": "managed", "instanceTypes": ["m5.4xlarge"], "min": 3, "max": 40},
    "gpu": {"kind": "karpenter", "instanceFamilies": ["g5", "g6"], "taints": TAINTS},
    "few": {
        "kind": "managed",
        "instanceTypes": ["g5.12xlarge"],
        "min": 1,
        "max": 8,
        "taints": TAINTS,
    },
}
LAB = {"podSecurity": "baseline", "claims": ["weights"]}
QUOTAS = st.sampled_from([{}, {"quota": {"cpu": 64, "pods": 80}}, {"quota": {"gpus": 12}}])

TINY = {
    "parameters": 1100048384,
    "layers": 22,
    "attentionHeads": 32,
    "kvHeads": 4,
    "headDim": 64,
    "hiddenSize": 2048,
    "intermediateSize": 5632,
    "vocabularySize": 32000,
    "maxContext": 2048,
    "dtype": "float16",
}
ENGINES = st.fixed_dictionaries(
    {"maxModelLen": st.integers(1, 2048)},
    optional={
        "gpuMemoryUtilization": st.sampled_from([0.5, 0.9]),
        "dtype": st.sampled_from(["auto", "half", "bfloat16"]),
        "kvCacheDtype": st.sampled_from(["auto", "fp8"]),
        "pipelineParallelSize": st.sampled_from([1, 2]),
        "maxNumSeqs": st.integers(1, 300),
        "maxNumBatchedTokens": st.integers(300, 4096),
        "enablePrefixCaching": st.booleans(),
        "enableChunkedPrefill": st.booleans(),
        "enforceEager": st.booleans(),
        "swapSpace": st.sampled_from([0, 0.5, 2]),
        "cpuOffloadGb": st.sampled_from([0, 1]),
        "revision": st.just("a" * 40),
        "chatTemplate": TEXTS,
        "toolCallParser": st.just("hermes"),
        "enableAutoToolChoice": st.booleans(),
        "trustRemoteCode": st.booleans(),
        "lora": st.fixed_dictionaries(
            {
                "adapters": st.dictionaries(
                    st.sampled_from(["a", "b-2", "C.d"]), st.just("hf://acme/lora"), min_size=1
                )
            },
            optional={"maxLoras": st.integers(1, 4), "maxLoraRank": st.sampled_from([8, 64])},
        ),
    },
)

TRANSFORMERS = st.fixed_dictionaries(
    {"image": st.just(IMAGE)},
    optional={
        "command": st.lists(TEXTS, min_size=1, max_size=2),
        "args": st.lists(TEXTS, max_size=2),
        "port": PORTS,
        "resources": st.just({"cpu": "250m", "memory": "512Mi"}),
        "env": st.dictionaries(st.just("FRONT"), TEXTS),
        "features": st.booleans(),
    },
)
CONTAINERS = st.fixed_dictionaries(
    {"image": st.just(IMAGE)},
    optional={
        "command": st.lists(TEXTS, min_size=1, max_size=2),
        "args": st.lists(TEXTS, max_size=2),
        "port": PORTS,
        "healthPath": st.just("/healthz"),
        "metrics": st.fixed_dictionaries({"port": PORTS}),
        "writable": st.lists(FOLDERS, max_size=3, unique=True),
    },
)


@st.composite
def _scales(draw, kind):
    low = draw(st.integers(1, 3))
    scale = {"min": low, "max": draw(st.integers(low, 6))}
    facts = None if kind == "custom" else runtime(kind).metrics
    own = ["queue_depth", "jobs_total"] if kind == "custom" else []
    usable = scraped(facts.names) if facts else {}
    own += sorted(name for name, each in usable.items() if not each.when)
    metric = draw(st.sampled_from(["cpu", "memory", *own]))
    if metric not in ("cpu", "memory"):
        scale |= {"metric": metric, "target": draw(st.sampled_from([1, 2.5, 0.001, 1e9]))}
    elif draw(st.booleans()):
        scale |= {"metric": metric, "target": draw(st.integers(1, 100))}
    return scale


@st.composite
def _canaries(draw, sources):
    canary = {"source": draw(sources), "weight": draw(st.sampled_from([0, 1, 50, 100]))}
    if draw(st.booleans()):
        value = draw(st.sampled_from(["always", "a@b", "1"]))
        canary["header"] = {"name": draw(st.sampled_from(["X-Canary", "x-1"])), "value": value}
    if draw(st.booleans()):
        gates = [{"latencyP95": "250ms"}, {"errorRate": "0.5%"}]
        canary["thresholds"] = draw(st.sampled_from([*gates, gates[0] | gates[1]]))
    return canary


def _sources(kind, namespace):
    if kind in ("vllm", "huggingface") and namespace == "mlops":
        return st.sampled_from(["hf://TinyLlama/TinyLlama-1.1B-Chat-v1.0", "s3://acme/{model}"])
    stored = ["s3://acme/{model}/1", "s3://acme/b"]
    there = ["oci://ghcr.io/acme/m:1.0.0", "pvc://weights/{model}", "pvc://weights"]
    return st.sampled_from(stored + (there if namespace == "lab" else []))


@st.composite
def models(draw):
    """Return all that a model says; `{model}` stands in it as it would in a family."""
    kind = draw(st.sampled_from(["custom", "vllm", *runtime_names()]))
    namespace = draw(st.sampled_from(["mlops", "lab"]))
    sources = _sources(kind, namespace)
    model = {"runtime": kind, "source": draw(sources), "namespace": namespace}
    model |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "scale": _scales(kind),
                "stopped": st.booleans(),
                "priority": st.sampled_from(["high", "normal", "low"]),
                "transformer": TRANSFORMERS,
                "env": st.dictionaries(st.just("GREETING"), TEXTS),
                "secrets": st.just({"API_TOKEN": "aws-sm:acme/a#token"}),
            },
        )
    )
    if draw(st.booleans()):
        way = draw(st.sampled_from([{"alb": "internal"}, {"gateway": "web"}]))
        model["exposure"] = {**way, "host": "{model}.example.com"}
        if draw(st.booleans()):
            model["canary"] = draw(_canaries(sources))
    if kind == "custom":
        model["container"] = draw(CONTAINERS)
    if kind == "vllm":
        gpus = draw(st.sampled_from([1, 4]))
        model |= {"pool": draw(st.sampled_from(["gpu", "few"])), "gpus": gpus}
        model |= {"resources": {"cpu": 3, "memory": "12Gi"}, "vllm": draw(ENGINES)}
        model["architecture"] = TINY | draw(st.sampled_from([{}, {"weightBits": 4}]))
    return model


def _named(model, name):
    """Return *model* with its name filled in, as it is written outside of a family."""
    filled = deepcopy(model)
    for part, key in ((filled, "source"), (filled.get("canary", {}), "source")):
        if key in part:
            part[key] = part[key].replace("{model}", name)
    if "host" in filled.get("exposure", {}):
        filled["exposure"]["host"] = f"{name}.example.com"
    return filled


@st.composite
def _parted(draw, names):
    """Return families and models: each part of a family's models is said by one of the two."""
    families, found = {}, {}
    while names:
        whole = draw(models())
        count = draw(st.integers(1, 2))
        members, names = names[:count], names[count:]
        common = draw(st.sets(st.sampled_from(sorted(whole))))
        family = f"f{len(families)}"
        if common:
            families[family] = {key: whole[key] for key in common}
        for name in members:
            own = {key: value for key, value in whole.items() if key not in common}
            found[name] = _named(own, name) | ({"family": family} if common else {})
    return families, found


@st.composite
def _overlay(draw, families, found):
    """Return an environment: models without a part of theirs, stopped, larger or gone."""
    overlay = {"models": {}, "families": {}}
    for name, model in found.items():
        there = {**families.get(model.get("family"), {}), **model}
        spare = sorted({"canary", "env", "secrets", "transformer", "scale"} & there.keys())
        changes = [{}, {"stopped": True}, {"scale": {"max": 9}}, None]
        changes += [dict.fromkeys(spare)] + [{key: None} for key in spare]
        if (change := draw(st.sampled_from(changes))) != {}:
            overlay["models"][name] = change
    for name, family in families.items():
        changes = [{}, {"stopped": True}, {"scale": {"min": 2, "max": 4}}]
        changes += [{key: None} for key in ("env", "transformer", "stopped") if key in family]
        overlay["families"][name] = draw(st.sampled_from(changes))
    return overlay


RETRIES = st.one_of(
    st.integers(0, 10),
    st.fixed_dictionaries(
        {"limit": st.integers(1, 10)},
        optional={
            "policy": st.sampled_from(["Always", "OnError", "OnFailure", "OnTransientError"]),
            "otherNode": st.booleans(),
            "backoff": st.just({"duration": "5s", "factor": 3, "cap": "10m"}),
        },
    ),
)
WORK = {
    "args": st.lists(TEXTS, max_size=2),
    "env": st.dictionaries(st.sampled_from(["GREETING", "PARAM_MODE", "ITEM"]), TEXTS, max_size=1),
    "retries": RETRIES,
    "timeout": st.just("30m"),
    "priority": st.sampled_from(["high", "normal", "low"]),
    "secrets": st.just({"TOKEN": "aws-sm:acme/a#token"}),
    "volumes": st.just({"/scratch": {"size": "2Gi"}, "/spill": {"size": "9Gi", "medium": "ebs"}}),
}
LOCKS = {"mutex": st.just("one"), "semaphore": st.just("few")}
SEMAPHORES = {"few": 2, "some": 9}
STEP_LOCKS = {"mutex": st.just("two"), "semaphore": st.just("some")}
STEPS = st.fixed_dictionaries(
    {"image": st.just(IMAGE), "command": st.lists(TEXTS, min_size=1, max_size=3)},
    optional={
        **WORK,
        **STEP_LOCKS,
        "registers": st.just("iris@challenger"),
        "pythonEnv": st.just({"python": "3.11", "dependencies": {"scikit-learn": "1.4.1"}}),
        "outputs": st.just({"model": {"path": "/out/model", "optional": True}}),
        "outputParameters": st.just({"score": {"path": "/out/score", "default": "[]"}}),
        "when": st.sampled_from(["parameters.mode != 'full'", "parameters.rounds >= 3"]),
    },
)
ENDS = st.fixed_dictionaries(
    {"image": st.just(IMAGE), "command": st.lists(TEXTS, min_size=1, max_size=2)},
    optional={**WORK, "when": st.sampled_from(["Failed", ["Failed", "Error"]])},
)
FANS = st.sampled_from(
    [
        {"withItems": ["{=1}", "$(HOME)", 1.0]},
        {"withItems": [{"DEPTH": 3, "RATE": "$$"}, {"DEPTH": 6, "RATE": 0.1}]},
        {"withSequence": {"start": 3, "end": 1, "format": "n-%02d"}},
        {"withParam": "parameters.rows"},
    ]
)
SCHEDULES = st.fixed_dictionaries(
    {"cron": st.sampled_from(["0 4 * * 1-5", ["0 4 * * *", "0 9 * * 6"]])},
    optional={
        "timezone": st.just("Europe/Amsterdam"),
        "concurrency": st.sampled_from(["Allow", "Forbid", "Replace"]),
        "stopAfterFailures": st.integers(1, 9),
        "suspended": st.booleans(),
        "arguments": st.fixed_dictionaries({"mode": TEXTS}),
    },
)


@st.composite
def _follows(draw, steps, before):
    """Return how a step comes after *before*, a step that is there, and what it takes of it."""
    first = steps[before]
    found = draw(
        st.sampled_from(
            [{"after": [before]}, {"depends": f"{before}.Succeeded || {before}.Failed"}]
        )
    )
    fans = {"withItems", "withParam", "withSequence"} & first.keys()
    if "outputParameters" in first and "after" in found:
        taken = [{"parameters": {"score": f"{before}.score"}}, {"withParam": f"{before}.score"}]
        taken += [] if fans else [{"when": f"{before}.score >= 0.9 && parameters.mode == 'a'"}]
        found |= draw(st.sampled_from(taken))
    if "outputs" in first and not fans and draw(st.booleans()):
        found["inputs"] = {"model": {"from": f"{before}.model", "optional": True}}
    return found


@st.composite
def _triggers(draw, name):
    """Return triggers of pipeline *name*: a folder of its own, a queue of its own, or both."""
    data = {"s3": {"prefix": f"{name}/"}, "arguments": {"mode": draw(TEXTS)}}
    data["fromEvent"] = {"rows": "body.Records.0.s3.object.key"}
    queue = {"sqs": {"queue": f"arn:aws:sqs:eu-west-1:111122223333:{name}"}}
    queue |= draw(st.sampled_from([{}, {"atMost": {"runs": 3, "per": "Minute"}}]))
    return draw(st.sampled_from([{"data": data}, {"asked": queue}, {"data": data, "in": queue}]))


@st.composite
def _pipelines(draw, name):
    """Return all that pipeline *name* says."""
    steps = {}
    for own in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        step = draw(STEPS)
        if "registers" not in step and draw(st.booleans()):
            step["memoize"] = {"key": ["mode", "rows", "rounds"], "ttl": "12h"}
        if draw(st.booleans()):
            step |= draw(FANS)
        if steps and draw(st.booleans()):
            follows = draw(_follows(steps, draw(st.sampled_from(sorted(steps)))))
            if follows.keys() & {"withParam"}:
                step = {key: one for key, one in step.items() if not key.startswith("with")}
            step |= follows
        steps[own] = step
    whole = draw(
        st.fixed_dictionaries(
            {},
            optional={
                **LOCKS,
                "features": st.sampled_from(["read", "materialize", "apply"]),
                "namespace": st.sampled_from(["mlops", "lab"]),
                "experiment": TEXTS,
                "schedule": SCHEDULES,
                "parallelism": st.integers(1, 9),
                "onExit": st.dictionaries(NAMES, ENDS, max_size=2),
                "triggers": _triggers(name),
            },
        )
    )
    rounds = {"type": "integer", "default": 3, "minimum": 1}
    return whole | {"steps": steps, "parameters": {"mode": "a", "rows": "[]", "rounds": rounds}}


@st.composite
def _endpoints(draw, found):
    """Return a host for the language models among *found* that no other host leads to."""
    alone = {
        name: model["namespace"]
        for name, model in found.items()
        if model.get("runtime") == "vllm" and "exposure" not in model and "namespace" in model
    }
    if not alone or draw(st.booleans()):
        return {}
    there = draw(st.sampled_from(sorted(set(alone.values()))))
    way = draw(st.sampled_from([{"alb": "internal"}, {"gateway": "web"}]))
    endpoint = {
        "models": [name for name, namespace in alone.items() if namespace == there],
        "exposure": {**way, "host": "chat.example.com"},
    }
    if draw(st.booleans()):
        endpoint["header"] = "X-Model"
    return {"chat": endpoint}


@st.composite
def platforms(draw):
    """Return a platform with all that models can have, and two environments of it."""
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    families, found = draw(_parted(names))
    lab = LAB | draw(QUOTAS) | {"semaphores": SEMAPHORES}
    pipelines = {
        name: draw(_pipelines(name)) for name in draw(st.lists(NAMES, max_size=2, unique=True))
    }
    return {
        "apiVersion": "mlopsgen/v1beta1",
        "name": draw(st.from_regex(r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?", fullmatch=True)),
        "aws": {"region": "eu-west-1", "accountId": "111122223333"},
        "gitops": {"repository": "https://github.com/acme/platform.git"},
        "gateways": GATEWAYS,
        "storage": {"artifacts": {"bucket": "acme"}},
        "components": COMPONENTS | draw(st.sampled_from([{}, {"kserve": {"chart": "0.20.0"}}])),
        "nodePools": POOLS,
        "namespaces": {
            "mlops": {"owners": ["team"], "semaphores": SEMAPHORES, **draw(QUOTAS)},
            "lab": lab,
        },
        "families": families,
        "models": found,
        "pipelines": pipelines,
        "endpoints": draw(_endpoints(found)),
        "alerts": {"builtin": "all"},
        "dashboards": {"builtin": "all"},
        "environments": {"dev": {}, "prod": draw(_overlay(families, found))},
    }
