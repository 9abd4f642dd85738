"""The alerts on what everything stands on: GPUs, pools of nodes and certificates."""

from __future__ import annotations

from collections.abc import Iterator

from mlopsgen.emit.alerts.rows import Alert, Case, Query, number
from mlopsgen.plan import Plan
from mlopsgen.plan.metering import endpoint, stored

_XID = "DCGM_FI_DEV_XID_ERRORS"
_REMAP = "DCGM_FI_DEV_ROW_REMAP_FAILURE"
_LIMIT = "karpenter_nodepools_limit"
_USAGE = "karpenter_nodepools_usage"
_RENEWAL = "certmanager_certificate_renewal_timestamp_seconds"
_MINUTE = 60_000
_DAY = 24 * 60 * 60
"""In seconds."""

_HUNDRED = 100
_BROKEN = (48, 64, 74, 79, 95)
"""Errors of the GPU itself, after which it computes no more or wrongly: memory that can't be
corrected, or not be replaced, a broken NVLink, off the bus, and an error that can't be contained.
Most others are the program's own (NVIDIA, Analyzing Xid Errors with the Xid Catalog)."""


def broken_gpus(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for GPUs whose last error is one of the GPU itself."""
    found = endpoint(plan.parts.get("dcgm-exporter"), _XID)
    if found is None:
        return
    node, gpu = stored(found, "Hostname"), stored(found, "gpu")
    where = {node: "gpu-node-1", gpu: "0"}
    errors = " or ".join(f"{_XID} == {code}" for code in _BROKEN)
    yield Query(
        expr=f"max by ({node}, {gpu}) ({errors})",
        summary=f"GPU {{{{ $labels.{gpu} }}}} of {{{{ $labels.{node} }}}} is broken:"
        ' XID {{ printf "%.0f" $value }}',
        description="What runs on it fails or computes wrongly, and a new pod on the same GPU will"
        " too.",
        cases=(
            Case("it fell off the bus", ((_of(_XID, where), "79+0x{n}"),), where, 79),
            Case("a program was at fault", ((_of(_XID, where), "13+0x{n}"),)),
            Case("there was no error", ((_of(_XID, where), "0+0x{n}"),)),
        ),
    )


def unmapped_rows(plan: Plan, _limit: float) -> Iterator[Query]:
    """Yield the query for GPUs that have broken memory left and nothing to replace it with."""
    found = endpoint(plan.parts.get("dcgm-exporter"), _REMAP)
    if found is None:
        return
    node, gpu = stored(found, "Hostname"), stored(found, "gpu")
    where = {node: "gpu-node-1", gpu: "0"}
    yield Query(
        expr=f"max by ({node}, {gpu}) ({_REMAP}) > 0",
        summary=f"GPU {{{{ $labels.{gpu} }}}} of {{{{ $labels.{node} }}}} has broken memory",
        description="A row of its memory could not be replaced. Errors there end what runs on it.",
        cases=(
            Case("a row could not be replaced", ((_of(_REMAP, where), "1+0x{n}"),), where, 1),
            Case("all is well", ((_of(_REMAP, where), "0+0x{n}"),)),
        ),
    )


def full_pools(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for pools that are near the limit that platform.yaml sets them."""
    found = endpoint(plan.parts.get("karpenter"), _LIMIT)
    if found is None:
        return
    pool, kind = stored(found, "nodepool"), stored(found, "resource_type")
    where = {pool: "gpu", kind: "cpu"}
    more, few = (1 + limit) / 2, limit / 2
    most = (_of(_LIMIT, where), "1000+0x{n}")
    yield Query(
        expr=f"max by ({pool}, {kind}) ({_USAGE})\n  / max by ({pool}, {kind}) ({_LIMIT})"
        f"\n  > {number(limit)}",
        summary=f"The pool {{{{ $labels.{pool} }}}} has used {{{{ $value | humanizePercentage }}}}"
        f" of its {{{{ $labels.{kind} }}}}",
        description="At its limit Karpenter adds no nodes, and pods stay Pending; the limit of this"
        f" alert is {number(limit * _HUNDRED)} %.",
        cases=(
            Case(
                "it is nearly full",
                ((_of(_USAGE, where), f"{number(more * 1000)}+0x{{n}}"), most),
                where,
                more,
            ),
            Case("it has room", ((_of(_USAGE, where), f"{number(few * 1000)}+0x{{n}}"), most)),
        ),
    )


def overdue_certificates(plan: Plan, limit: float) -> Iterator[Query]:
    """Yield the query for certificates that should have been renewed long ago."""
    found = endpoint(plan.parts.get("cert-manager"), _RENEWAL)
    if found is None:
        return
    namespace, name = stored(found, "namespace"), stored(found, "name")
    where = {namespace: "kserve", name: "serving-cert"}
    series = _of(_RENEWAL, where)
    yield Query(
        expr=f"max by ({namespace}, {name}) (time() - ({_RENEWAL} != 0)) > {number(limit)}",
        summary=f"The certificate {{{{ $labels.{namespace} }}}}/{{{{ $labels.{name} }}}} isn't"
        " renewed",
        description=f"It was due more than {number(limit / 3600)} hours ago. When it expires, the"
        " API server can't call the webhooks behind it, and refuses what they would look at.",
        cases=(
            Case("it is overdue", ((series, f"-{number(limit * 2)}+0x{{n}}"),), where),
            Case("its time is still to come", ((series, f"{number(limit * 2)}+0x{{n}}"),)),
        ),
    )


def _of(metric: str, where: dict[str, str]) -> str:
    labels = ", ".join(f'{key}="{value}"' for key, value in where.items())
    return f"{metric}{{{labels}}}"


_REPLACE = """\
1. `kubectl cordon NODE`, so that nothing new lands there.
2. `kubectl get pods -A --field-selector spec.nodeName=NODE`: delete the pods that use the GPU; they
   start anew on another node.
3. Of a Karpenter pool: `kubectl delete nodeclaim NAME` takes the instance away. Of a managed pool:
   end the instance in EC2, and the group brings another one.
"""

ALERTS = (
    Alert(
        name="GPUBroken",
        holds_for=0,
        severity="critical",
        because="these errors don't go away by themselves, and each replica that lands on the GPU"
        " fails",
        compile=broken_gpus,
        runbook=_REPLACE,
    ),
    Alert(
        name="GPUMemoryBroken",
        holds_for=0,
        severity="warning",
        because="a GPU replaces broken rows of its memory by spare ones; when it can't, the next"
        " error there isn't corrected",
        compile=unmapped_rows,
        runbook=_REPLACE,
    ),
    Alert(
        name="NodePoolNearLimit",
        unit="share",
        threshold=0.9,
        holds_for=15 * _MINUTE,
        severity="warning",
        because="the last tenth of a pool is often less than one node; a quarter of an hour is"
        " longer than an update of a model takes",
        compile=full_pools,
        runbook="""\
1. `kubectl get nodeclaims -l karpenter.sh/nodepool=POOL`: are all of them needed?
2. Raise `nodePools.POOL.limits`, and mind the quotas of the AWS account.
3. Lower `scale.max` of the models, or the parallelism of the pipelines that run there.
""",
    ),
    Alert(
        name="CertificateNotRenewed",
        unit="seconds",
        threshold=_DAY,
        holds_for=10 * _MINUTE,
        severity="warning",
        because="cert-manager renews when a third of the time is left, and tries again each hour; a"
        " day of failures is no accident, and leaves weeks to find out",
        compile=overdue_certificates,
        runbook="""\
1. `kubectl describe certificate -n NAMESPACE NAME`, then the CertificateRequest it names.
2. `kubectl logs -n cert-manager -l app.kubernetes.io/component=controller` says what fails.
3. `kubectl get issuers,clusterissuers -A`: one that isn't Ready signs nothing.
""",
    ),
)
