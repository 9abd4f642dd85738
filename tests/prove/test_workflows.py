"""Workflows as they are emitted, and each of them with one thing renamed or taken away."""

import re

import pytest

from mlopsgen.prove.workflow_tags import FUNCTIONS, Reference, Unclosed, of_expression, references
from mlopsgen.prove.workflow_walk import texts
from tests.prove.workflows import (
    a_task,
    a_template,
    a_workflow,
    codes,
    documents,
    emitted,
    found,
)

TAG = re.compile(r"\{\{=?.*?\}\}")


def _set(document, route, value):
    *way, last = route
    for step in way:
        document = document[step]
    document[last] = value


def _tagged(artifacts):
    """Return every text with a tag, with the object it is in and the way to it there."""
    return [
        (document, route, text)
        for kind in ("WorkflowTemplate", "CronWorkflow", "ConfigMap")
        for document in documents(artifacts, kind)
        for route, text in texts(document)
        if TAG.search(text) and route[:3] != ("spec", "arguments", "parameters")
    ]


def _names(name):
    """Return the references in *name*."""
    return [each.name for each in references(name) if isinstance(each, Reference)]


def test_what_is_emitted_is_whole():
    assert found(emitted()) == []


def test_every_reference_that_is_emitted_is_missed_when_its_name_changes():
    count = len(_tagged(emitted()))
    missed = []
    for index in range(count):
        artifacts = emitted()
        document, route, text = _tagged(artifacts)[index]
        [tag, *_] = TAG.findall(text)
        [name, *_] = _names(tag)
        last = name.rpartition(".")[2]
        _set(document, route, text.replace(last, f"{last}zz", 1))
        if "ARGO001" not in codes(artifacts):
            missed.append(text)

    assert count > 30
    assert missed == []


def test_every_parameter_that_is_used_is_missed():
    for index, workflow in enumerate(documents(emitted(), "WorkflowTemplate")):
        for parameter in workflow["spec"].get("arguments", {}).get("parameters", []):
            artifacts = emitted()
            spec = documents(artifacts, "WorkflowTemplate")[index]["spec"]
            spec["arguments"]["parameters"] = [
                each
                for each in spec["arguments"]["parameters"]
                if each["name"] != parameter["name"]
            ]
            assert "ARGO001" in codes(artifacts)


def _each(change, lists):
    """Yield the codes found with *change* made to one item of one of the *lists*, in turn."""
    counts = [len(each) for each in lists(emitted())]
    for index, count in enumerate(counts):
        for item in range(count):
            artifacts = emitted()
            change(lists(artifacts)[index], item)
            yield codes(artifacts)


def _templates(artifacts):
    return [each["spec"]["templates"] for each in documents(artifacts, "WorkflowTemplate")]


def _tasks(artifacts):
    return [each[0]["dag"]["tasks"] for each in _templates(artifacts)]


def _waiting(artifacts):
    return [
        task["dependencies"] for tasks in _tasks(artifacts) for task in tasks
        if "dependencies" in task
    ]  # fmt: skip


def _given(artifacts):
    return [
        task["arguments"]["artifacts"] for tasks in _tasks(artifacts) for task in tasks
        if "artifacts" in task.get("arguments", {})
    ]  # fmt: skip


def _rename(items, index):
    items[index]["name"] += "zz"


def _remove(items, index):
    del items[index]


def test_every_template_is_missed():
    for change in (_rename, _remove):
        changes = list(_each(change, _templates))
        assert changes
        assert all("ARGO002" in each for each in changes)


def test_every_argument_is_missed():
    changes = list(_each(_rename, _given))
    assert changes
    assert all("ARGO002" in each for each in changes)

    needed = [not each.get("optional") for given in _given(emitted()) for each in given]
    assert [bool(each) for each in _each(_remove, _given)] == needed


def test_a_step_that_no_longer_waits_has_nothing_to_take():
    changes = list(_each(_remove, _waiting))

    assert "ARGO001" in [code for each in changes for code in each]


@pytest.mark.parametrize("kind", ["ServiceAccount", "ConfigMap", "WorkflowTemplate"])
def test_every_object_that_is_named_is_missed(kind):
    for index in range(len(documents(emitted(), kind))):
        artifacts = emitted()
        documents(artifacts, kind)[index]["metadata"]["name"] += "zz"
        scheduled = [
            each["spec"]["workflowSpec"]["workflowTemplateRef"]["name"]
            for each in documents(artifacts, "CronWorkflow")
        ]
        named = documents(artifacts, kind)[index]["metadata"]["name"].removesuffix("zz")
        used = kind != "WorkflowTemplate" or named in scheduled
        assert ("ARGO002" in codes(artifacts)) == used


def test_two_outputs_under_one_key_are_found():
    artifacts = emitted()
    leaving = [
        each["outputs"]["artifacts"]
        for templates in _templates(artifacts)
        for each in templates
        if "artifacts" in each.get("outputs", {})
    ]
    leaving[1][0]["s3"]["key"] = leaving[0][0]["s3"]["key"]

    assert codes(artifacts) == ["ARGO003"]


def _one(*templates, tasks, **spec):
    [finding] = found(a_workflow(*templates, tasks=tasks, **spec))
    return finding


def test_the_message_says_where_and_what_is_near():
    finding = _one(a_template("fit", "{{workflow.nam}}"), tasks=[a_task("fit")])

    assert finding.at == ("pipelines", "train")
    assert finding.message == (
        "`apps/pipelines-mlops/some.yaml`: WorkflowTemplate `mlops/train`:"
        " `/spec/templates/1/container/args/0` refers to `workflow.nam`, which leads nowhere there"
    )
    assert finding.fix == "refer to `workflow.name`"


@pytest.mark.parametrize(
    "text",
    [
        "{{workflow.name}}/{{ workflow.uid }}", "{{workflow.creationTimestamp.Y}}", "{{pod.name}}",
        "{{inputs.parameters.size}}", "{{=asInt(inputs.parameters.size) + 1}}", "{{.Values.size}}",
        "{{inputs.artifacts.raw.path}}", "{{outputs.artifacts.model.path}}", "{{ name }}", "}}",
        "{{=toJson(workflow.parameters)}}", "{{=workflow.parameters['data-set'] ?? 'iris'}}",
        "{{=sprig.sha256sum(toJson([workflow.parameters['data-set']]))}}", "{{retries}}",
        "{{=let n = asInt(inputs.parameters.size); n > 3 ? 'a.b' : \"c\"}}",
        "{{=filter([1, 2], # > 1)[0] in [1]}}", "{{=jsonpath(inputs.parameters.size, '$.a')}}",
        "{{=toJson({size: inputs.parameters.size, kind: 'x'})}}", "{{workflow.labels.team}}",
        "{{='{{'}}workflow.nam}}", "{{ a {{workflow.name}} b",
    ],
)  # fmt: skip
def test_a_reference_that_leads_somewhere_is_fine(text):
    template = a_template(
        "fit", text,
        inputs={"parameters": [{"name": "size", "value": "1"}],
                "artifacts": [{"name": "raw", "path": "/in/raw", "optional": True}]},
        outputs={"artifacts": [{"name": "model", "path": "/out/model"}]},
        retryStrategy={"limit": "1", "expression": "lastRetry.exitCode != '2'"},
    )  # fmt: skip

    workflow = a_workflow(
        template, tasks=[a_task("fit")],
        arguments={"parameters": [{"name": "data-set", "value": "iris"}]},
        workflowMetadata={"labels": {"team": "x"}},
    )  # fmt: skip
    assert found(workflow) == []


@pytest.mark.parametrize(
    "text",
    [
        "{{workflow.parameters.dataset}}", "{{inputs.parameters.size}}", "{{item}}", "{{item.a}}",
        "{{tasks.fit.outputs.parameters.x}}", "{{steps.fit.id}}", "{{workflow.status}}",
        "{{workflow.failures}}", "{{retries}}", "{{workflow.scheduledTime}}", "{{wokflow.name}}",
        "{{=workflow.parameters.data-set}}", "{{=asint('1')}}", "{{=item.x}}", "{{=size}}",
        "{{outputs.artifacts.model.path}}", "{{workflow.labels.team}}", "{{lastRetry.exitCode}}",
        "{{cronworkflow.name}}", "{{=sprig.trim(inputs.parameters['size'])}}", "a {{ b",
        "{{ a {{workflow.nam}} b",
    ],
)  # fmt: skip
def test_a_reference_that_leads_nowhere_is_found(text):
    workflow = a_workflow(
        a_template("fit", text), tasks=[a_task("fit")],
        arguments={"parameters": [{"name": "data-set", "value": "iris"}]},
    )  # fmt: skip

    assert codes(workflow) == ["ARGO001"]


LEAVES = a_template(
    "a", outputs={"parameters": [{"name": "score", "valueFrom": {"path": "/out/score"}}],
                  "artifacts": [{"name": "model", "path": "/out/model"}]},
)  # fmt: skip
TAKES = a_template(
    "b", inputs={"parameters": [{"name": "score", "value": "0"}],
                 "artifacts": [{"name": "model", "path": "/in/model", "optional": True}]},
)  # fmt: skip


def _score(value, **keys):
    return a_task("b", arguments={"parameters": [{"name": "score", "value": value}]}, **keys)


def _model(reference, **keys):
    return a_task("b", arguments={"artifacts": [{"name": "model", "from": reference}]}, **keys)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (a_task("a"), _score("{{tasks.a.outputs.parameters.score}}", dependencies=["a"])),
        (a_task("a"), _score("{{tasks.a.status}}", depends="a.Failed || a.Succeeded")),
        (a_task("a"), _model("{{tasks.a.outputs.artifacts.model}}", depends="a")),
        (a_task("a"), _score("{{item}}", withItems=["x", "y"])),
        (a_task("a"), _score("{{item.lr}}", withItems=[{"lr": 1}])),
        (a_task("a"), _score("{{item.any}}", withParam="[]")),
        (a_task("a"), _score("{{=item}}", withSequence={"count": "3"})),
        (
            a_task("a", withItems=["x", "y"]),
            _score("{{tasks.a.outputs.parameters}}", depends="a.AnySucceeded"),
        ),
        (a_task("a"), a_task("b", dependencies=["a"], when="{{=tasks.a.exitCode == '0'}}")),
    ],
)
def test_a_task_refers_to_what_ended_before_it(first, second):
    assert found(a_workflow(LEAVES, TAKES, tasks=[first, second])) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (a_task("a"), _score("{{tasks.a.outputs.parameters.score}}")),
        (a_task("a"), _score("{{tasks.a.outputs.parameters.scor}}", dependencies=["a"])),
        (a_task("a"), _score("{{tasks.a.outputs.artifacts.model}}", dependencies=["a"])),
        (a_task("a"), _model("{{tasks.a.outputs.parameters.score}}", dependencies=["a"])),
        (a_task("a"), _score("{{tasks.a.outputs.parameters}}", dependencies=["a"])),
        (a_task("a"), _score("{{tasks.b.status}}", dependencies=["a"])),
        (a_task("a"), _score("{{item.rate}}", withItems=[{"lr": 1}])),
        (a_task("a"), _score("{{item.x}}", withSequence={"count": "3"})),
        # The run keeps no artifacts of a task that fans out, whatever its validation says.
        (
            a_task("a", withItems=["x"]),
            _model("{{tasks.a.outputs.artifacts.model}}", dependencies=["a"]),
        ),
        (a_task("a"), a_task("b", when="{{=tasks['a'].exitCode == '0'}}")),
    ],
)
def test_a_task_refers_to_nothing_else(first, second):
    assert codes(a_workflow(LEAVES, TAKES, tasks=[first, second])) == ["ARGO001"]


def test_only_the_end_knows_how_a_workflow_ended():
    notify = a_template("notify", "{{workflow.status}}", "{{workflow.failures}}")
    workflow = {"tasks": [a_task("fit")], "onExit": "notify"}

    assert found(a_workflow(a_template("fit"), notify, **workflow)) == []
    both = [a_task("fit"), a_task("notify")]
    assert codes(a_workflow(a_template("fit"), notify, tasks=both)) == ["ARGO001"]


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ([a_task("fit", dependencies=["ingst"]), a_task("ingest")], "`ingst` is no task that"),
        ([a_task("fit", dependencies=["fit"])], "waits for itself"),
        ([a_task("fit", depends="ingest.Suceeded"), a_task("ingest")], "no result that"),
        ([a_task("fit", depends="ingest.AllFailed"), a_task("ingest")], "has no items"),
        ([a_task("fit", depends="let.Failed"), a_task("let", template="fit")], "a word of"),
        ([a_task("fit", template="fitt")], "`fitt` is no template of task `fit`"),
        ([a_task("fit"), a_task("fit")], "have one name"),
        (
            [a_task("fit", depends="in-gest"), a_task("in-gest", template="fit"),
             a_task("ingest", dependencies=["fit"])],
            "takes one of the two",
        ),
        (
            [a_task("fit", arguments={"parameters": [{"name": "x", "value": "1"}]})],
            "`x` is no parameter",
        ),
    ],
)  # fmt: skip
def test_a_name_that_is_nothings_is_found(tasks, message):
    findings = found(a_workflow(a_template("fit"), a_template("ingest"), tasks=tasks))

    assert [each.code for each in findings] == ["ARGO002"]
    assert message in findings[0].message


def test_what_a_template_asks_for_is_given():
    template = a_template("fit", inputs={"parameters": [{"name": "size"}]})

    assert "gives no parameter `size`" in _one(template, tasks=[a_task("fit")]).message


def test_a_semaphore_is_a_key_of_a_config_map():
    lock = {"semaphores": [{"configMapKeyRef": {"name": "semaphores", "key": "gpu"}}]}
    tasks = [a_task("fit")]
    artifacts = a_workflow(a_template("fit", synchronization=lock), tasks=tasks)

    assert "is no ConfigMap of a semaphore" in found(artifacts)[0].message
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "semaphores", "namespace": "mlops"},
    }
    for data, expected in (({"gpus": "2"}, ["ARGO002"]), ({"gpu": "2"}, [])):
        more = a_workflow(a_template("fit", synchronization=lock), tasks=tasks)
        [workflow] = more
        body = (*workflow.body, {**config, "data": data})
        changed = type(workflow)(
            path=workflow.path, body=body, emitter="test", origin=workflow.origin
        )
        assert codes([changed]) == expected


def _scheduled(parameters, given):
    [workflow] = a_workflow(
        a_template("fit"), tasks=[a_task("fit")], arguments={"parameters": parameters}
    )
    cron = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {"name": "train", "namespace": "mlops"},
        "spec": {
            "workflowSpec": {
                "workflowTemplateRef": {"name": "train"},
                "arguments": {"parameters": given},
            }
        },
    }
    body = (*workflow.body, cron)
    return [type(workflow)(path="x", body=body, emitter="test", origin=workflow.origin)]


@pytest.mark.parametrize(
    ("parameters", "given", "message"),
    [
        ([{"name": "size"}], [], "gives no value to parameter `size`"),
        (
            [{"name": "size", "value": "1"}],
            [{"name": "siz", "value": "1"}],
            "`siz` is no parameter",
        ),
        (
            [{"name": "size", "enum": ["s", "m"]}],
            [{"name": "size", "value": "l"}],
            "the value `l`, which isn't one of its `enum`",
        ),
    ],
)
def test_a_schedule_gives_the_parameters_that_are_asked_for(parameters, given, message):
    [finding] = found(_scheduled(parameters, given))

    assert finding.code == "ARGO002"
    assert message in finding.message


def test_a_schedule_may_give_what_the_template_leaves_open():
    assert found(_scheduled([{"name": "size"}], [{"name": "size", "value": "1"}])) == []


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("fit-{{workflow.parameters.size}}", "with a value in it as it is"),
        ("fit-{{=workflow.parameters.size}}", "with a value in it as it is"),
        ("s3://{{=sprig.sha256sum(workflow.parameters.size)}}", "letters, digits and dashes"),
        ("-{{=sprig.sha256sum(workflow.parameters.size)}}", "letters, digits and dashes"),
        ("f" * 190 + "{{=sprig.sha256sum(workflow.parameters.size)}}", "grows to 254"),
    ],
)
def test_a_key_that_can_become_illegal_is_found(key, message):
    template = a_template("fit", memoize={"key": key})
    size = {"parameters": [{"name": "size", "value": "1"}]}
    finding = _one(template, tasks=[a_task("fit")], arguments=size)

    assert finding.code == "ARGO004"
    assert message in finding.message


@pytest.mark.parametrize(
    ("key", "task", "message"),
    [
        ("train/model", {}, "the same in every run"),
        ("{{workflow.name}}/model", {"withItems": [1, 2]}, "the same for each of its items"),
    ],
)
def test_a_key_that_runs_or_items_share_is_found(key, task, message):
    artifact = {"name": "model", "path": "/out/model", "s3": {"key": key}}
    template = a_template("fit", outputs={"artifacts": [artifact]})
    finding = _one(template, tasks=[a_task("fit", **task)])

    assert finding.code == "ARGO003"
    assert message in finding.message


def test_the_words_of_an_expression_are_told_from_its_references():
    names = [each.name for each in of_expression("not (a in ['b']) and c.d['e-f'].g or len(h) > 1")]

    assert names == ["a", "c.d.e-f.g", "h"]
    assert "toJSON" in FUNCTIONS
    assert [each.name for each in of_expression("nosuch(1) | lower()")] == ["nosuch()"]
    assert isinstance(next(references("{{ a")), Unclosed)
