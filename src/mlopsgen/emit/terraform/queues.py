"""Queues: what S3 tells of new files, for the triggers of pipelines."""

from __future__ import annotations

from typing import Any

from mlopsgen import names
from mlopsgen.plan import Plan
from mlopsgen.spec import NewData

_DAY = 24 * 3600

_VISIBLE_AGAIN = 120
"""Seconds; what the EventSource asks for with each message, whatever the queue says (argo-events
1.9.9 pkg/eventsources/sources/awssqs/start.go)."""

_TRIES = 5


def queues(plan: Plan) -> dict[str, Any]:
    """Return the queues by name, and what the bucket tells each of them; nothing without any.

    A bucket has one list of notifications, so Terraform has to make it of all queues together.
    """
    found = {
        source.queue: _queue(plan, source.queue, source.spec.s3)
        for each in plan.listening
        for source in each.sources
        if source.spec.s3
    }
    return {"event_queues": found} if found else {}


def _queue(plan: Plan, name: str, data: NewData) -> dict[str, Any]:
    return {
        "bucket": plan.bucket,
        "events": [f"s3:{event}:*" for event in dict.fromkeys(data.events)],
        "filter_prefix": data.prefix,
        **({"filter_suffix": data.suffix} if data.suffix else {}),
        # By SQS itself: a key of KMS would have to let S3 use it.
        "sqs_managed_sse_enabled": True,
        "visibility_timeout_seconds": _VISIBLE_AGAIN,
        "message_retention_seconds": 4 * _DAY,
        "dead_letters": {
            "name": names.dead_letters(name),
            "message_retention_seconds": 14 * _DAY,
            "max_receive_count": _TRIES,
        },
    }
