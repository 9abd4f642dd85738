from __future__ import annotations

import json

import pytest

from mlopsgen.emit import kserve
from mlopsgen.facts import runtime, runtime_names
from mlopsgen.names import LABEL_LIMIT, canary, predictor_app
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import VllmOptions
from tests.build import a_plan, reference_plan
from tests.conformance.schemas import faults

SHAPES = Shapes(TEMPLATES)
PREFIX = "alb.ingress.kubernetes.io/"
GPU_POOL = {
    "gpu": {
        "kind": "karpenter",
        "instanceFamilies": ["g5"],
        "capacity": "spot",
        "taints": ["nvidia.com/gpu=true:NoSchedule"],
    }
}
IRIS = {"runtime": "sklearn", "source": "s3://acme-models/iris"}
CHAT = {
    "runtime": "vllm",
    "source": "hf://acme/chat",
    "vllm": {"maxModelLen": 4096},
    "gpus": 1,
    "pool": "gpu",
    "resources": {"cpu": 3, "memory": "12Gi"},
}
INTERNAL = {"alb": "internal", "host": "iris.example.com"}
CANARY = {"source": "s3://acme-models/iris-2", "weight": 10}


def _objects(plan):
    return {
        (one["kind"], one["metadata"]["name"]): one
        for artifact in kserve.emit(plan, SHAPES)
        for one in artifact.objects
    }


def _emitted(**models):
    named = {name.replace("_", "-"): model for name, model in models.items()}
    return _objects(a_plan(models=named, nodePools=GPU_POOL))


def _predictor(emitted, name):
    return emitted["InferenceService", name]["spec"]["predictor"]


def _container(emitted, name):
    [container] = _predictor(emitted, name)["containers"]
    return container


def _values(container):
    return {one["name"]: one.get("value") for one in container["env"]}


def _flags(container):
    return dict(flag.removeprefix("--").partition("=")[::2] for flag in container["args"])


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_reference_models_pass_the_schemas_of_the_cluster(environment):
    found = {key: faults(one) for key, one in _objects(reference_plan(environment)).items()}

    assert {key: messages for key, messages in found.items() if messages} == {}
    assert len(found) == 10


def test_every_optional_part_passes_the_schemas_of_the_cluster():
    large = {**CHAT, "gpus": 4, "scale": {"min": 2, "max": 3}, "env": {"LOG": "1"}}
    split = {**IRIS, "canary": CANARY, "exposure": INTERNAL, "scale": {"min": 2, "max": 4}}

    emitted = _emitted(iris=split, chat=large)

    assert [faults(one) for one in emitted.values()] == [[]] * len(emitted)
    assert sum(kind == "PodDisruptionBudget" for kind, _ in emitted) == 3


def test_files_lie_in_the_application_of_the_namespace_and_know_their_origin():
    plan = a_plan(models={"iris": {**IRIS, "canary": CANARY, "exposure": INTERNAL}})

    origins = {artifact.path: artifact.origin for artifact in kserve.emit(plan, SHAPES)}

    folder = "apps/models-mlops"
    assert origins == {
        f"{folder}/serviceaccount-model-iris.yaml": (("models", "iris"),),
        f"{folder}/ingress-iris.yaml": (("models", "iris", "exposure"),),
        f"{folder}/inferenceservice-iris.yaml": (("models", "iris"),),
        f"{folder}/inferenceservice-iris-canary.yaml": (("models", "iris", "canary"),),
    }
    assert folder.rpartition("/")[2] in {each.name for each in plan.applications}


def test_kserve_is_told_the_mode_and_makes_no_way_in_of_its_own():
    service = _emitted(iris=IRIS)["InferenceService", "iris"]

    assert service["metadata"]["annotations"]["serving.kserve.io/deploymentMode"] == "Standard"
    assert service["metadata"]["labels"]["networking.kserve.io/visibility"] == "cluster-local"


def test_a_model_scales_by_its_metric_when_it_may():
    emitted = _emitted(iris={**IRIS, "scale": {"min": 1, "max": 5, "metric": "memory"}})

    service, predictor = emitted["InferenceService", "iris"], _predictor(emitted, "iris")
    assert service["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "hpa"
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (1, 5)
    assert (predictor["scaleMetric"], predictor["scaleTarget"]) == ("memory", 70)


def test_a_model_of_fixed_size_has_no_autoscaler():
    emitted = _emitted(iris={**IRIS, "scale": {"min": 2, "max": 2}})

    service, predictor = emitted["InferenceService", "iris"], _predictor(emitted, "iris")
    assert service["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "none"
    assert predictor["minReplicas"] == 2
    assert "scaleMetric" not in predictor


def test_a_single_replica_has_no_budget_that_would_block_drains():
    kinds = {kind for kind, _ in _emitted(iris=IRIS)}

    assert "PodDisruptionBudget" not in kinds


def test_replicas_spread_and_leave_one_by_one():
    emitted = _emitted(iris={**IRIS, "scale": {"min": 2, "max": 2}})

    selector = {"matchLabels": {"serving.kserve.io/inferenceservice": "iris"}}
    budget = emitted["PodDisruptionBudget", "iris"]["spec"]
    spread = _predictor(emitted, "iris")["topologySpreadConstraints"]
    assert (budget["maxUnavailable"], budget["selector"]) == (1, selector)
    assert [one["labelSelector"] for one in spread] == [selector, selector]


def test_transformers_and_the_models_behind_them_spread_each_by_themselves():
    emitted = _emitted(iris={**IRIS, "transformer": FRONT, "scale": {"min": 2, "max": 2}})

    spec = emitted["InferenceService", "iris"]["spec"]
    apart = {
        part: {
            label
            for one in spec[part]["topologySpreadConstraints"]
            for label in one["labelSelector"]["matchLabels"].items()
        }
        for part in ("predictor", "transformer")
    }
    assert apart == {
        "predictor": {("app", "isvc.iris-predictor")},
        "transformer": {("app", "isvc.iris-transformer")},
    }


def test_a_model_in_s3_takes_a_role_and_one_from_the_hub_takes_none():
    emitted = _emitted(iris=IRIS, chat=CHAT)

    role = "arn:aws:iam::111122223333:role/acme-dev-model-iris"
    annotations = emitted["ServiceAccount", "model-iris"]["metadata"]["annotations"]
    assert annotations == {"eks.amazonaws.com/role-arn": role}
    assert "annotations" not in emitted["ServiceAccount", "model-chat"]["metadata"]
    assert _predictor(emitted, "iris")["serviceAccountName"] == "model-iris"


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("s3://acme-models/iris/1", "s3://acme-models/iris/1/"),
        ("s3://acme-models/iris/v1.2", "s3://acme-models/iris/v1.2/"),
        ("s3://acme-models/iris/", "s3://acme-models/iris/"),
        ("s3://acme-models/iris/model.joblib", "s3://acme-models/iris/model.joblib"),
        ("s3://acme-models", "s3://acme-models/"),
    ],
)
def test_a_folder_is_asked_for_alone_and_not_with_those_that_begin_like_it(source, asked):
    emitted = _emitted(iris={**IRIS, "source": source})

    assert _predictor(emitted, "iris")["model"]["storageUri"] == asked


def test_a_known_runtime_is_named_with_its_format_and_protocol():
    model = _predictor(_emitted(iris={**IRIS, "runtime": "mlflow"}), "iris")["model"]

    assert model["modelFormat"] == {"name": "mlflow"}
    assert model["protocolVersion"] == "v2"
    assert model["runtime"] == "kserve-mlserver"
    assert model["storageUri"] == "s3://acme-models/iris/"


def test_a_revision_on_the_hub_is_written_as_kserve_reads_it():
    model = _predictor(_emitted(iris={**IRIS, "source": "hf://acme/iris@abc"}), "iris")["model"]

    assert model["storageUri"] == "hf://acme/iris:abc"


def test_the_http_port_comes_first_because_the_service_takes_it():
    emitted = _emitted(iris={**IRIS, "runtime": "mlflow"}, other=IRIS)

    ports = [
        (one["name"], one["containerPort"]) for one in _predictor(emitted, "iris")["model"]["ports"]
    ]
    assert ports == [("http", 8080), ("metrics", 8082)]
    [only] = _predictor(emitted, "other")["model"]["ports"]
    assert only == {"name": "http", "containerPort": 8080, "protocol": "TCP"}


@pytest.mark.parametrize("runtime_name", ["lightgbm", "mlflow", "sklearn", "xgboost"])
def test_stable_and_canary_answer_under_one_name(runtime_name):
    emitted = _emitted(iris={**IRIS, "runtime": runtime_name, "canary": CANARY})

    stable, canary = (_predictor(emitted, name)["model"] for name in ("iris", "iris-canary"))
    assert canary["storageUri"] == "s3://acme-models/iris-2/"
    for model in (stable, canary):
        said = [*model.get("args", ()), *(one["value"] for one in model.get("env", ()))]
        assert said in (["iris"], ["--model_name=iris"])
        assert "canary" not in model["readinessProbe"]["httpGet"]["path"]


KSERVE = [name for name in runtime_names() if runtime(name).serving_runtime]


@pytest.mark.parametrize("name", KSERVE)
def test_every_runtime_of_kserve_passes_the_schemas_of_the_cluster(name):
    emitted = _emitted(iris={**IRIS, "runtime": name, "canary": CANARY, "exposure": INTERNAL})

    model = _predictor(emitted, "iris")["model"]
    assert [faults(one) for one in emitted.values()] == [[]] * len(emitted)
    assert model["runtime"] == runtime(name).serving_runtime
    assert model["protocolVersion"] == runtime(name).protocol


@pytest.mark.parametrize("name", KSERVE)
def test_the_root_is_read_only_and_what_the_server_writes_to_is_mounted(name):
    predictor = _predictor(_emitted(iris={**IRIS, "runtime": name}), "iris")

    mounts = {one["mountPath"]: one["name"] for one in predictor["model"]["volumeMounts"]}
    assert predictor["model"]["securityContext"]["readOnlyRootFilesystem"] is True
    assert set(runtime(name).writes.paths) <= mounts.keys()
    assert list(mounts.values()) == [one["name"] for one in predictor["volumes"]]


def test_shared_memory_is_in_memory_and_limited():
    [shared, _] = _predictor(_emitted(iris={**IRIS, "runtime": "triton"}), "iris")["volumes"]

    assert shared["emptyDir"] == {"medium": "Memory", "sizeLimit": "2Gi"}


def test_the_server_of_hugging_face_gets_its_model_itself():
    source = "hf://acme/bert@v1"
    model = _predictor(_emitted(bert={"runtime": "huggingface", "source": source}), "bert")["model"]

    assert "storageUri" not in model
    assert model["args"] == ["--model_id=acme/bert", "--model_revision=v1", "--model_name=bert"]


OWN = {
    "runtime": "custom",
    "source": "s3://acme-models/own",
    "container": {
        "image": "ghcr.io/acme/own:1.0.0",
        "command": ["serve"],
        "args": ["--folder=/mnt/models"],
        "port": 9000,
        "healthPath": "/healthz",
        "metrics": {"port": 9100, "path": "/stats"},
        "writable": ["/var/lib/own"],
    },
}


def test_a_server_of_your_own_is_started_as_you_say():
    emitted = _emitted(own=OWN)

    container = _container(emitted, "own")
    assert [faults(one) for one in emitted.values()] == [[]] * len(emitted)
    assert container["image"] == "ghcr.io/acme/own:1.0.0"
    assert (container["command"], container["args"]) == (("serve",), ["--folder=/mnt/models"])
    assert _values(container) == {"STORAGE_URI": "s3://acme-models/own/"}
    assert [one["containerPort"] for one in container["ports"]] == [9000, 9100]
    assert [one["mountPath"] for one in container["volumeMounts"]] == ["/tmp", "/var/lib/own"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/healthz", "port": "http"}


def test_folders_that_would_share_a_name_have_volumes_of_their_own():
    folders = ["/var/a-b", "/var/a/b", "/tmp", "/" + "long" * 60]
    emitted = _emitted(own={**OWN, "container": {**OWN["container"], "writable": folders}})

    mounts = {one["mountPath"]: one["name"] for one in _container(emitted, "own")["volumeMounts"]}
    assert mounts.keys() == set(folders)
    assert len(set(mounts.values())) == len(folders)
    assert [faults(one) for one in emitted.values()] == [[]] * len(emitted)


@pytest.mark.parametrize("source", ["oci://ghcr.io/acme/iris:1.0.0", "pvc://weights/iris"])
def test_images_and_volumes_are_handed_to_kserve_and_need_no_role(source):
    emitted = _emitted(iris={**IRIS, "source": source}, chat={**CHAT, "source": source})

    assert _predictor(emitted, "iris")["model"]["storageUri"] == source
    assert _values(_container(emitted, "chat"))["STORAGE_URI"] == source
    assert "annotations" not in emitted["ServiceAccount", "model-iris"]["metadata"]


FRONT = {"image": "ghcr.io/acme/front:1.0.0", "port": 8090, "healthPath": "/healthz"}


def test_a_transformer_knows_model_and_predictor_and_takes_the_requests():
    emitted = _emitted(iris={**IRIS, "transformer": FRONT, "canary": CANARY, "exposure": INTERNAL})

    front = emitted["InferenceService", "iris-canary"]["spec"]["transformer"]
    annotations = emitted["Ingress", "iris"]["metadata"]["annotations"]
    action = json.loads(annotations[f"{PREFIX}actions.by-weight"])
    assert [faults(one) for one in emitted.values()] == [[]] * len(emitted)
    assert front["containers"][0]["args"] == [
        "--model_name=iris",
        "--predictor_host=iris-canary-predictor.mlops",
        "--predictor_protocol=v1",
        "--http_port=8090",
    ]
    assert annotations[f"{PREFIX}healthcheck-path"] == "/healthz"
    assert [one["serviceName"] for one in action["forwardConfig"]["targetGroups"]] == [
        "iris-transformer",
        "iris-canary-transformer",
    ]


def test_a_transformer_scales_like_its_model_on_nodes_for_everybody():
    model = {**CHAT, "transformer": FRONT, "scale": {"min": 2, "max": 3}}
    emitted = _emitted(chat=model)

    front = emitted["InferenceService", "chat"]["spec"]["transformer"]
    assert (front["minReplicas"], front["maxReplicas"]) == (2, 3)
    assert (front["scaleMetric"], front["scaleTarget"]) == ("cpu", 70)
    assert front.keys().isdisjoint({"nodeSelector", "tolerations", "serviceAccountName"})
    assert front["securityContext"] == _predictor(emitted, "chat")["securityContext"]


def test_a_transformer_has_the_priority_of_its_model():
    emitted = _emitted(iris={**IRIS, "transformer": FRONT, "priority": "high"}, chat=CHAT)

    spec = emitted["InferenceService", "iris"]["spec"]
    assert faults(emitted["InferenceService", "iris"]) == []
    assert spec["predictor"]["priorityClassName"] == "acme-high"
    assert spec["transformer"]["priorityClassName"] == "acme-high"
    assert "priorityClassName" not in _predictor(emitted, "chat")


def test_limits_equal_requests_so_that_kserve_fills_in_nothing():
    emitted = _emitted(iris={**IRIS, "resources": {"cpu": 1.5, "memory": "1536Mi"}}, chat=CHAT)

    resources = _predictor(emitted, "iris")["model"]["resources"]
    assert resources["requests"] == {"cpu": "1500m", "memory": "1536Mi"}
    assert resources["limits"] == resources["requests"]
    gpu = {"cpu": "3", "memory": "12Gi", "nvidia.com/gpu": "1"}
    assert _container(emitted, "chat")["resources"] == {"requests": gpu, "limits": gpu}


def test_a_gpu_model_goes_to_its_pool_and_never_surges():
    predictor = _predictor(_emitted(chat=CHAT), "chat")

    [toleration] = predictor["tolerations"]
    assert predictor["nodeSelector"] == {"mlopsgen/pool": "gpu"}
    assert (toleration["key"], toleration["value"]) == ("nvidia.com/gpu", "true")
    assert predictor["deploymentStrategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_a_model_without_gpus_keeps_the_default_rollout_and_goes_anywhere():
    predictor = _predictor(_emitted(iris=IRIS), "iris")

    assert predictor.keys().isdisjoint({"deploymentStrategy", "nodeSelector", "tolerations"})


def test_every_flag_of_vllm_is_one_that_this_version_knows():
    options = {
        "maxModelLen": 8192,
        "gpuMemoryUtilization": 0.85,
        "dtype": "half",
        "maxNumSeqs": 16,
        "revision": "abc",
    }

    flags = _flags(_container(_emitted(chat={**CHAT, "gpus": 4, "vllm": options}), "chat"))

    assert flags.keys() <= runtime("vllm").flags.names.keys()
    assert flags == {
        "model": "acme/chat",
        "revision": "abc",
        "port": "8000",
        "disable-log-requests": "",
        "tensor-parallel-size": "4",
        "dtype": "half",
        "gpu-memory-utilization": "0.85",
        "max-model-len": "8192",
        "max-num-seqs": "16",
        "served-model-name": "chat",
    }


ALL_OPTIONS = {
    "maxModelLen": 8192,
    "quantization": "bitsandbytes",
    "kvCacheDtype": "fp8",
    "tensorParallelSize": 2,
    "pipelineParallelSize": 2,
    "maxNumBatchedTokens": 4096,
    "enablePrefixCaching": False,
    "enableChunkedPrefill": True,
    "enforceEager": True,
    "swapSpace": 2,
    "cpuOffloadGb": 1.5,
    "tokenizer": "acme/tokens",
    "tokenizerRevision": "abc",
    "trustRemoteCode": True,
    "chatTemplate": "{% for m in messages %}{{ m.content }}{% endfor %}",
    "enableAutoToolChoice": True,
    "toolCallParser": "hermes",
    "reasoningParser": "deepseek_r1",
    "lora": {"adapters": {"b": "/mnt/models/b", "a": "hf://acme/a"}, "maxLoras": 2},
}


def test_every_option_of_vllm_is_a_flag_that_this_version_knows():
    container = _container(_emitted(chat={**CHAT, "gpus": 4, "vllm": ALL_OPTIONS}), "chat")

    args = container["args"]
    place = args.index("--lora-modules")
    assert args[place + 1 : place + 4] == [
        "a=acme/a",
        "b=/mnt/models/b",
        "--served-model-name=chat",
    ]
    known = runtime("vllm").flags.names
    flags = {key: value for key, value in _flags(container).items() if "/" not in value}
    assert [key for key in flags if key.removeprefix("no-") not in known] == []
    wanted = {
        "tensor-parallel-size": "2",
        "pipeline-parallel-size": "2",
        "load-format": "bitsandbytes",
        "enable-chunked-prefill": "true",
        "no-enable-prefix-caching": "",
        "swap-space": "2.0",
        "cpu-offload-gb": "1.5",
        "enable-reasoning": "",
        "max-loras": "2",
        "max-lora-rank": "16",
    }
    assert {key: flags.get(key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("option", "flag"),
    [
        ("quantization", "quantization"),
        ("kvCacheDtype", "kv-cache-dtype"),
        ("toolCallParser", "tool-call-parser"),
        ("reasoningParser", "reasoning-parser"),
        ("dtype", "dtype"),
    ],
)
def test_what_an_option_may_be_is_what_this_version_of_vllm_takes(option, flag):
    schema = VllmOptions.model_json_schema()["properties"][option]
    said = next(
        one for one in [schema, *schema.get("anyOf", [])] if "enum" in one or "const" in one
    )

    assert set(said.get("enum", [said.get("const")])) <= set(
        runtime("vllm").flags.names[flag].choices
    )


@pytest.mark.parametrize(
    ("family", "options", "swap"),
    [
        ("g5", {}, None),
        ("g4dn", {}, "1"),
        ("g5", {"kvCacheDtype": "fp8"}, "1"),
        ("g5", {"dtype": "float"}, "1"),
        ("g4dn", {"swapSpace": 3}, "3.0"),
    ],
)
def test_swap_space_is_small_where_the_older_engine_serves(family, options, swap):
    pool = {"gpu": {**GPU_POOL["gpu"], "instanceFamilies": [family]}}
    model = {**CHAT, "vllm": {"maxModelLen": 4096, **options}}
    emitted = _objects(a_plan(models={"chat": model}, nodePools=pool))

    assert _flags(_container(emitted, "chat")).get("swap-space") == swap


def test_a_pipeline_leaves_the_other_gpus_to_the_layers():
    options = {"maxModelLen": 4096, "pipelineParallelSize": 2}
    flags = _flags(_container(_emitted(chat={**CHAT, "gpus": 8, "vllm": options}), "chat"))

    assert (flags["tensor-parallel-size"], flags["pipeline-parallel-size"]) == ("4", "2")


def test_one_gpu_needs_no_tensor_parallelism():
    assert "tensor-parallel-size" not in _flags(_container(_emitted(chat=CHAT), "chat"))


def test_a_revision_in_the_source_is_pinned_too():
    flags = _flags(_container(_emitted(chat={**CHAT, "source": "hf://acme/chat@v1"}), "chat"))

    assert (flags["model"], flags["revision"]) == ("acme/chat", "v1")


def test_vllm_reads_weights_in_s3_from_where_kserve_puts_them():
    container = _container(_emitted(chat={**CHAT, "source": "s3://acme-models/chat"}), "chat")

    assert _flags(container)["model"] == "/mnt/models"
    assert _values(container)["STORAGE_URI"] == "s3://acme-models/chat/"


@pytest.mark.parametrize(
    ("family", "dtype", "swap"),
    [("g4dn", "half", "1"), ("g5", "half", None), ("g5", "float", "1")],
)
def test_the_old_engine_of_vllm_locks_little_of_the_nodes_memory(family, dtype, swap):
    pools = {"gpu": {**GPU_POOL["gpu"], "instanceFamilies": [family]}}
    chat = {**CHAT, "vllm": {"maxModelLen": 2048, "dtype": dtype}}
    emitted = _objects(a_plan(models={"chat": chat}, nodePools=pools))

    assert _flags(_container(emitted, "chat")).get("swap-space") == swap


def test_braces_in_a_value_are_no_template_of_kserves():
    env = {"PROMPT": "{{name}} and {{{other}}}"}
    emitted = _emitted(iris={**IRIS, "env": env}, chat={**CHAT, "env": env})

    [prompt] = _predictor(emitted, "iris")["model"]["env"]
    assert prompt["value"] == "{{`{{`}}name}} and {{`{{`}}{other}}}"
    assert _values(_container(emitted, "chat"))["PROMPT"] == env["PROMPT"]


def test_vllm_gets_half_an_hour_to_start():
    container = _container(_emitted(chat=CHAT), "chat")

    probe = container["startupProbe"]
    assert probe["httpGet"] == {"path": "/health", "port": "http"}
    assert probe["periodSeconds"] * probe["failureThreshold"] == 30 * 60


def test_vllm_writes_to_mounted_folders_only():
    emitted = _emitted(chat=CHAT)

    container = _container(emitted, "chat")
    mounts = [one["mountPath"] for one in container["volumeMounts"]]
    folders = [value for value in _values(container).values() if value and value.startswith("/")]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert mounts == ["/cache", "/dev/shm", "/tmp"]
    assert len(folders) == 6
    assert all(folder == "/cache" or folder.startswith("/cache/") for folder in folders)
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in _predictor(emitted, "chat")["volumes"]
    }


def test_pods_satisfy_the_restricted_level():
    emitted = _emitted(iris=IRIS, chat=CHAT)

    for name in ("iris", "chat"):
        pod = _predictor(emitted, name)
        container = pod.get("model") or pod["containers"][0]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_secrets_are_referred_to_and_never_written():
    model = {**CHAT, "secrets": {"HF_TOKEN": "aws-sm:acme/hub#token"}}

    env = {one["name"]: one for one in _container(_emitted(chat=model), "chat")["env"]}

    reference = {"name": "model-chat-secrets", "key": "HF_TOKEN"}
    assert env["HF_TOKEN"] == {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": reference}}


def test_what_users_set_stands_in_for_what_we_would_and_is_sorted():
    env = _container(_emitted(chat={**CHAT, "env": {"ZONE": "a", "HOME": "/tmp"}}), "chat")["env"]

    names = [one["name"] for one in env]
    assert names == sorted(set(names))
    assert {one["name"]: one["value"] for one in env}["HOME"] == "/tmp"


def test_a_model_that_is_not_exposed_has_no_ingress():
    assert "Ingress" not in {kind for kind, _ in _emitted(iris=IRIS)}


def test_an_exposed_model_is_reached_through_its_service():
    ingress = _emitted(iris={**IRIS, "exposure": INTERNAL})["Ingress", "iris"]

    [rule] = ingress["spec"]["rules"]
    [path] = rule["http"]["paths"]
    assert rule["host"] == "iris.example.com"
    assert path["backend"] == {"service": {"name": "iris-predictor", "port": {"number": 80}}}
    assert not any(key.startswith(f"{PREFIX}actions") for key in ingress["metadata"]["annotations"])


def test_the_load_balancer_asks_for_the_model_by_its_served_name():
    ingress = _emitted(iris={**IRIS, "exposure": INTERNAL})["Ingress", "iris"]

    assert ingress["metadata"]["annotations"][f"{PREFIX}healthcheck-path"] == "/v1/models/iris"


@pytest.mark.parametrize(("weight", "rest"), [(0, 100), (10, 90), (100, 0)])
def test_a_canary_takes_its_share_of_the_requests(weight, rest):
    canary = {**CANARY, "weight": weight}
    ingress = _emitted(iris={**IRIS, "canary": canary, "exposure": INTERNAL})["Ingress", "iris"]

    [path] = ingress["spec"]["rules"][0]["http"]["paths"]
    backend = path["backend"]["service"]
    action = json.loads(ingress["metadata"]["annotations"][f"{PREFIX}actions.{backend['name']}"])
    assert backend["port"] == {"name": "use-annotation"}
    assert action == {
        "type": "forward",
        "forwardConfig": {
            "targetGroups": [
                {"serviceName": "iris-predictor", "servicePort": 80, "weight": rest},
                {"serviceName": "iris-canary-predictor", "servicePort": 80, "weight": weight},
            ]
        },
    }


def _queued(**model):
    scale = {"max": 3, "metric": "vllm:num_requests_waiting", "target": 5}
    plan = a_plan(
        models={"chat": {**CHAT, "scale": scale, **model}},
        nodePools=GPU_POOL,
        components={"keda": {}, "prometheus": {}},
    )
    return plan, _objects(plan)


def test_a_metric_of_the_server_is_scaled_on_by_keda():
    _, emitted = _queued()
    service = emitted["InferenceService", "chat"]
    predictor = service["spec"]["predictor"]
    where = '{namespace="mlops", inference_service="chat"}'

    assert faults(service) == []
    assert service["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "keda"
    assert predictor["autoScaling"]["metrics"] == [
        {
            "type": "External",
            "external": {
                "metric": {
                    "backend": "prometheus",
                    "serverAddress": "http://prometheus-kube-prometheus-prometheus.monitoring.svc:9090",
                    "query": f"sum(vllm:num_requests_waiting{where})",
                },
                "target": {"type": "Value", "value": "5"},
            },
        }
    ]
    assert "scaleMetric" not in predictor


def test_keda_reaches_the_prometheus_it_asks():
    plan, _ = _queued()
    [flow] = [flow for flow in plan.flows if flow.because == "calls prometheus"]

    assert (flow.source.name, flow.source.namespace) == ("keda-operator", "keda")
    assert (flow.target.name, flow.target.namespace) == ("prometheus-prometheus", "monitoring")
    assert [port.number for port in flow.ports] == [9090]


def test_a_stopped_model_is_stopped_with_its_canary():
    stop = "serving.kserve.io/stop"
    emitted = _emitted(iris={**IRIS, "stopped": True, "canary": CANARY, "exposure": INTERNAL})
    running = _emitted(iris=IRIS)

    for name in ("iris", "iris-canary"):
        assert emitted["InferenceService", name]["metadata"]["annotations"][stop] == "true"
    assert stop not in running["InferenceService", "iris"]["metadata"]["annotations"]


def test_the_load_balancer_of_a_stopped_model_splits_nothing():
    """A split between Services that are gone fails every Ingress of the load balancer."""
    emitted = _emitted(iris={**IRIS, "stopped": True, "canary": CANARY, "exposure": INTERNAL})
    ingress = emitted["Ingress", "iris"]
    [path] = ingress["spec"]["rules"][0]["http"]["paths"]

    assert path["backend"]["service"] == {"name": "iris-predictor", "port": {"number": 80}}
    assert not [key for key in ingress["metadata"]["annotations"] if "actions." in key]


def _canary_ingress(**canary):
    model = {**IRIS, "canary": {**CANARY, **canary}, "exposure": INTERNAL}
    return _emitted(iris=model)["Ingress", "iris"]


def test_a_header_sends_requests_to_the_canary_before_they_are_split():
    ingress = _canary_ingress(header={"name": "X-Canary", "value": "always"})
    annotations = ingress["metadata"]["annotations"]
    first, second = ingress["spec"]["rules"][0]["http"]["paths"]

    assert faults(ingress) == []
    assert [one["backend"]["service"]["name"] for one in (first, second)] == [
        "by-header",
        "by-weight",
    ]
    assert json.loads(annotations[f"{PREFIX}conditions.by-header"]) == [
        {
            "field": "http-header",
            "httpHeaderConfig": {"httpHeaderName": "X-Canary", "values": ["always"]},
        }
    ]
    assert json.loads(annotations[f"{PREFIX}actions.by-header"]) == {
        "type": "forward",
        "forwardConfig": {
            "targetGroups": [{"serviceName": "iris-canary-predictor", "servicePort": 80}]
        },
    }
    assert f"{PREFIX}conditions.by-weight" not in annotations


def test_without_a_header_requests_are_only_split():
    [path] = _canary_ingress()["spec"]["rules"][0]["http"]["paths"]

    assert path["backend"]["service"]["name"] == "by-weight"


def test_no_model_is_too_long_a_name_for_the_annotations_of_its_canary():
    longest = "m" * (LABEL_LIMIT - len(predictor_app(canary(""))))
    header = {"name": "X-Canary", "value": "always"}
    model = {**IRIS, "canary": {**CANARY, "header": header}, "exposure": INTERNAL}
    ingress = _emitted(**{longest: model})["Ingress", longest]

    assert all(len(key.rpartition("/")[2]) <= 63 for key in ingress["metadata"]["annotations"])


def test_a_transformer_follows_the_metric_of_the_model_behind_it():
    scale = {"max": 3, "metric": "vllm:num_requests_waiting", "target": 5}
    models = {"chat": {**CHAT, "transformer": FRONT, "scale": scale}}
    components = {"keda": {}, "prometheus": {}}
    emitted = _objects(a_plan(models=models, nodePools=GPU_POOL, components=components))

    front = emitted["InferenceService", "chat"]["spec"]["transformer"]
    assert front["autoScaling"] == _predictor(emitted, "chat")["autoScaling"]
