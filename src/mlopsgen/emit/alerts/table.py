"""The built-in alerts, a row each."""

from __future__ import annotations

from mlopsgen.emit.alerts import ground, language
from mlopsgen.emit.alerts.features import feature_server_down, stale_features
from mlopsgen.emit.alerts.inference import (
    errors,
    latency,
    restarts,
    without_errors,
    without_latency,
)
from mlopsgen.emit.alerts.platform import (
    events_lost,
    idle_gpus,
    mlflow_down,
    pipeline_failures,
)
from mlopsgen.emit.alerts.rows import Alert
from mlopsgen.emit.alerts.signatures import kyverno_down

_MINUTE = 60_000
_DAY = 24 * 60 * 60
"""In seconds."""

BUILTIN = (
    Alert(
        name="HighInferenceLatency",
        unit="seconds",
        threshold=1.0,
        holds_for=5 * _MINUTE,
        severity="warning",
        because="people notice a wait of a second, and callers with a timeout give up soon after;"
        " for language models it is the wait until the answer begins",
        compile=latency,
        unseen=without_latency,
        runbook="""\
1. See on the dashboard whether requests rose with it. If so, raise `scale.max` of the
   model, or lower `scale.target`.
2. `kubectl top pods -n NAMESPACE -l serving.kserve.io/inferenceservice=MODEL`: a container
   at its CPU limit is throttled. Raise `resources.cpu`.
3. For a canary only: its version is slower than the stable one. Lower `canary.weight`.
4. For a language model: requests wait for room in the KV cache. Add replicas, or lower
   `vllm.maxNumSeqs` or `vllm.maxModelLen`.
""",
    ),
    Alert(
        name="HighInferenceErrorRate",
        unit="share",
        threshold=0.05,
        holds_for=5 * _MINUTE,
        severity="critical",
        because="one request in twenty fails although its caller did nothing wrong: answers of 500"
        " and above, not of 400",
        compile=errors,
        unseen=without_errors,
        runbook="""\
1. `kubectl logs --tail=500 -n NAMESPACE -l serving.kserve.io/inferenceservice=MODEL`: the
   server writes a traceback for each failure.
2. If it began with a new version: set the model's `source` back to the last one, or
   `canary.weight` to 0.
3. If the input has changed: compare a failing request with the model's signature.
""",
    ),
    Alert(
        name="InferenceServiceRestarts",
        unit="count",
        threshold=3.0,
        holds_for=0,
        severity="warning",
        because="one restart is an accident; four within an hour are a container that can't"
        " stay up, and the hour is the wait",
        compile=restarts,
        runbook="""\
1. `kubectl describe pod -n NAMESPACE POD`: `Last State` says why it ended.
2. `OOMKilled`: raise `resources.memory`; weights and requests have to fit.
3. `Error`: `kubectl logs --previous -n NAMESPACE POD` has the reason.
4. Killed by a probe: it computed for too long to answer. Raise `resources.cpu`.
""",
    ),
    Alert(
        name="MLflowDown",
        holds_for=2 * _MINUTE,
        severity="critical",
        because="a new pod is ready within a minute; at two, running pipelines lose their records",
        compile=mlflow_down,
        runbook="""\
1. `kubectl get pods -n NAMESPACE`: pods that don't start say why in `kubectl describe`.
2. If they restart: `kubectl logs --previous -n NAMESPACE POD`. A refused connection or login
   is the database; see the Secret that external-secrets keeps.
3. If they run: a refused scrape is a network policy, or a host that MLflow doesn't take.
""",
    ),
    Alert(
        name="KyvernoDown",
        holds_for=2 * _MINUTE,
        severity="critical",
        because="a new pod is ready within a minute; until then no model scales and no step starts",
        compile=kyverno_down,
        runbook="""\
1. `kubectl get pods -n kyverno`: pods that don't start say why in `kubectl describe`.
2. If they restart: `kubectl logs --previous -n kyverno POD`. What is killed for its memory needs
   more of it in `components.kyverno.values`.
3. If they run: a refused scrape is a network policy; then signatures may be verified as ever.
4. If it takes long, and pods have to start unverified: docs/how-to/policies.md of mlopsgen says
   which two objects to delete. Kyverno makes them again when it is back.
""",
    ),
    Alert(
        name="FeatureServerDown",
        holds_for=2 * _MINUTE,
        severity="critical",
        because="a new pod is ready within a minute; models that ask for features fail until then",
        compile=feature_server_down,
        runbook="""\
1. `kubectl get pods -n NAMESPACE`: pods that don't start say why in `kubectl describe`.
2. If they restart: `kubectl logs --previous -n NAMESPACE POD`. `AccessDenied` on `PutObject` means
   that there is no registry yet: run the pipeline with `features: apply` once.
3. If they run and aren't ready: S3 can't be reached, or the role of the service account is gone.
4. If they are ready: a refused scrape is a network policy.
""",
    ),
    Alert(
        name="FeaturesStale",
        unit="seconds",
        threshold=_DAY,
        holds_for=10 * _MINUTE,
        severity="warning",
        because="features are materialized once a day at least; the wait is that of a run which"
        " has just begun. A view that was never materialized has no age",
        compile=stale_features,
        runbook="""\
1. `kubectl get workflows -n NAMESPACE`: the run that materializes failed, or isn't scheduled.
2. If it succeeded: its `--views` leave this one out, or its end time lies in the past.
3. If it is right that this view is old: raise `alerts.tune.FeaturesStale.threshold`.
""",
    ),
    Alert(
        name="HighPipelineFailureRate",
        unit="share",
        threshold=0.1,
        holds_for=0,
        severity="warning",
        because="a failed run has used up its retries already; with a run an hour or fewer it says"
        " so at the first one",
        compile=pipeline_failures,
        runbook="""\
1. `kubectl get workflows -n NAMESPACE -l mlopsgen/pipeline=NAME` shows which runs failed, and
   with what message.
2. `Error` is the cluster's: a node that was taken away, an image that can't be pulled.
   Raise `retries` of the step.
3. `Failed` is the step's own: its log lies in the artifact bucket.
""",
    ),
    Alert(
        name="PipelineEventsLost",
        holds_for=0,
        severity="warning",
        because="a Sensor gives up after 21 minutes, and the data that came then would never be"
        " looked at",
        compile=events_lost,
        runbook="""\
1. `kubectl logs -n argo-events -l sensor-name=PIPELINE` says why runs could not be created, and
   holds each event that was given up, under the name of its trigger with `-lost` behind.
2. `forbidden` is the Role `trigger-PIPELINE` in the namespace of the pipeline: see whether Argo
   CD has synced the Application `triggers`.
3. Start what was missed: `argo submit -n NAMESPACE --from workflowtemplate/PIPELINE -p NAME=VALUE`.
""",
    ),
    Alert(
        name="LowGPUUtilization",
        unit="share",
        threshold=0.2,
        holds_for=30 * _MINUTE,
        severity="info",
        because="nodes with GPUs cost the most of all; half an hour is longer than a quiet spell"
        " between requests, and than the start of a large model",
        compile=idle_gpus,
        runbook="""\
1. If few requests come: lower `scale.min`, or put the model into an environment that isn't
   always there.
2. If many come: the CPU can't feed the GPU. Raise `resources.cpu`.
3. If it stays so: take a smaller GPU for the pool, or serve two models by one server.
""",
    ),
    *language.ALERTS,
    *ground.ALERTS,
)
