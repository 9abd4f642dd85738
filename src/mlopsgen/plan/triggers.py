"""Triggers: the queues that events come through, and who takes them and starts runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlopsgen import names
from mlopsgen.plan.events import Listening, Source
from mlopsgen.plan.grants import Statement
from mlopsgen.plan.identities import Account
from mlopsgen.plan.model import Part, Workflow
from mlopsgen.spec import Trigger

_TAKE = ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage")
"""All that an EventSource asks of SQS (argo-events 1.9.9 pkg/eventsources/sources/awssqs)."""


def listening(
    workflows: Iterable[Workflow], account: Account, parts: Mapping[str, Part]
) -> tuple[Listening, ...]:
    """Return what the pipelines with triggers listen to; nothing without Argo Events."""
    events = parts.get("argo-events")
    if events is None:
        return ()
    found = (_listening(workflow, account, events.namespace) for workflow in workflows)
    return tuple(each for each in found if each.sources)


def _listening(workflow: Workflow, account: Account, namespace: str) -> Listening:
    name = workflow.name
    sources = [_source(name, key, each, account) for key, each in workflow.spec.triggers.items()]
    found = tuple(source for source in sources if source)
    service_account = names.event_source_account(name)
    origin = (*workflow.origin, "triggers")
    return Listening(
        name=name,
        namespace=namespace,
        runs_in=workflow.namespace,
        # A dot is in no name that users give, so nobody else waits for the first.
        mutexes=(f"{name}.triggers", *filter(None, (workflow.spec.mutex,))),
        source_account=service_account,
        sensor_account=names.sensor_account(name),
        identity=account.identity(
            namespace, service_account, _grants(found), key_actions=(), origin=origin
        ),
        sources=found,
        origin=origin,
    )


def _source(pipeline: str, name: str, trigger: Trigger, account: Account) -> Source | None:
    """Return where the events of a trigger come from; nowhere when it doesn't say."""
    if trigger.sqs:
        arn = trigger.sqs.queue
    elif trigger.s3:
        queue = account.scope.event_queue(pipeline, name)
        arn = f"arn:aws:sqs:{account.region}:{account.account_id}:{queue}"
    else:
        return None
    *_, region, account_id, queue = arn.split(":")
    return Source(
        name=name,
        spec=trigger,
        queue=queue,
        queue_arn=arn,
        region=region,
        account_id=account_id,
        origin=("pipelines", pipeline, "triggers", name),
    )


def _grants(sources: Iterable[Source]) -> list[Statement]:
    """Return what it takes to take messages from the queues, and to decrypt those that need it.

    Queues of ours are encrypted by SQS itself, which asks for no grant.
    """
    queues = dict.fromkeys(source.queue_arn for source in sources)
    given = [source.spec.sqs for source in sources if source.spec.sqs]
    keys = dict.fromkeys(queue.key for queue in given if queue.key)
    found = [Statement("TakeEvents", _TAKE, tuple(queues), {})]
    if keys:
        found.append(Statement("DecryptEvents", ("kms:Decrypt",), tuple(keys), {}))
    return found
