"""The workflows of the reference and of the goldens, for tests to spoil."""

from __future__ import annotations

from copy import deepcopy
from functools import cache

import yaml

from mlopsgen.artifact import Artifact
from mlopsgen.emit import argo
from mlopsgen.lock import Lock
from mlopsgen.plan import plan
from mlopsgen.prove import workflow_keys, workflow_names, workflows
from mlopsgen.prove.emitted import objects
from mlopsgen.resources import TEMPLATES
from mlopsgen.shapes import Shapes
from mlopsgen.spec import Platform
from tests.build import ROOT, reference_plan

GOLDEN = ROOT / "tests" / "golden"


@cache
def _emitted() -> tuple[Artifact, ...]:
    shapes = Shapes(TEMPLATES)
    plans = [reference_plan()]
    for platform in sorted(GOLDEN.glob("*/platform.yaml")):
        data = yaml.safe_load(platform.read_text(encoding="utf-8"))
        if "pipelines" in data and "include" not in data:
            data.pop("environments", None)
            plans.append(plan(Platform.model_validate(data), "dev", Lock()))
    # One platform for each namespace: two would have the same objects there.
    plans = list({frozenset(w.namespace for w in one.workflows): one for one in plans}.values())
    return tuple(each for one in plans for each in argo.emit(one, shapes))


def emitted() -> list[Artifact]:
    """Return the files of all pipelines, with objects that a test may change."""
    return [
        Artifact(
            path=each.path, body=deepcopy(each.objects), emitter=each.emitter, origin=each.origin
        )
        for each in _emitted()
    ]


def documents(artifacts, kind):
    """Return the objects of *kind* in *artifacts*."""
    return [one for each in artifacts for one in each.objects if one["kind"] == kind]


def found(artifacts):
    """Return what the proofs of workflows find in *artifacts*."""
    known = objects(artifacts)
    return [
        *workflows.resolved(known),
        *workflow_names.named(known),
        *workflow_keys.keyed(known),
    ]


def codes(artifacts):
    return sorted({each.code for each in found(artifacts)})


def a_workflow(*templates, tasks, path="apps/pipelines-mlops/some.yaml", **spec):
    """Return the files of a workflow of one DAG, and what it needs around it."""
    around = {"apiVersion": "v1", "metadata": {"name": "train", "namespace": "mlops"}}
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": "train", "namespace": "mlops"},
        "spec": {
            "entrypoint": "DAG",
            "serviceAccountName": "train",
            "templates": [{"name": "DAG", "dag": {"tasks": tasks}}, *templates],
            **spec,
        },
    }
    body = ({**around, "kind": "ServiceAccount"}, workflow)
    return [Artifact(path=path, body=body, emitter="test", origin=(("pipelines", "train"),))]


def a_template(name, *args, **keys):
    """Return a template with a container that is given *args*."""
    return {"name": name, "container": {"image": "acme/train:1", "args": list(args)}, **keys}


def a_task(name, **keys):
    return {"name": name, "template": keys.pop("template", name), **keys}
