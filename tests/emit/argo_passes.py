"""What becomes of a WorkflowTemplate on its way to a process, for the forms that we emit.

Written after argo-workflows 3.7.4 (util/template, workflow/common/util.go SubstituteParams,
workflow/controller/dag.go and operator.go) and after the kubelet's third_party/forked/golang/
expansion. Expressions are evaluated as Python, which reads those of ours alike.
"""

from __future__ import annotations

import hashlib
import json
import re
from types import SimpleNamespace

from tests.emit.argo_names import Names

_TERNARY = re.compile(r"(type\(item\) == 'string') \? (item) : (toJson\(item\))")
_VARIABLE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def replaced(document, names, *, strict=False):
    """Return *document* with its tags replaced, as one call of template.Replace does."""
    text, done = json.dumps(document, ensure_ascii=False), ""
    while (start := text.find("{{")) >= 0:
        end = text.index("}}", start)
        done += text[:start] + _tag(text[start + 2 : end], names, strict=strict)
        text = text[end + 2 :]
    return json.loads(done + text)


def _tag(tag, names, *, strict):
    try:
        if not tag.startswith("="):
            return json.dumps(names[tag], ensure_ascii=False)[1:-1]
        value = _evaluated(json.loads(f'"{tag[1:]}"'), names)
    except (KeyError, AttributeError, NameError):
        assert not strict, f"failed to resolve {tag}"
        return f"{{{{{tag}}}}}"
    marshalled = json.dumps(value, ensure_ascii=False)
    return marshalled[1:-1] if isinstance(value, str) else marshalled


def _evaluated(expression, names):
    if "item" in re.sub(r"'[^']*'", "", expression) and not names.about("item"):
        raise KeyError(expression)
    functions = {
        "asFloat": float,
        "fromJSON": json.loads,
        "replace": lambda text, old, new: text.replace(old, new),
        "sprig": SimpleNamespace(sha256sum=lambda text: hashlib.sha256(text.encode()).hexdigest()),
        "toJson": lambda value: json.dumps(Names.plain(value), ensure_ascii=False),
        "type": lambda value: "string" if isinstance(value, str) else "map",
    }
    python = _TERNARY.sub(r"(\2 if \1 else \3)", expression)
    return eval(python, {"__builtins__": {}}, functions | names.roots())


def processed(template, arguments, names):
    """Return *template* as SubstituteParams leaves it, and again as the next try would find it."""
    given = {row["name"]: row["value"] for row in arguments.get("parameters", ())}
    parameters = [
        {**row, "value": given[row["name"]]}
        for row in template.get("inputs", {}).get("parameters", ())
    ]
    found = {**template, "inputs": {"parameters": parameters}}
    for _ in range(2):
        found = replaced(found, names)
        own = {f"inputs.parameters.{row['name']}": row["value"] for row in parameters}
        found = replaced(found, names | own)
    return found


def when_holds(condition):
    """Return what govaluate makes of `when`, once its expressions are replaced."""
    assert re.fullmatch(r"(true|false|[&|!() ])+", condition), condition
    python = condition.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    return eval(python, {"true": True, "false": False})


def process(template):
    """Return argv and environment as the kubelet starts the container of *template*."""
    container = template["container"]
    environment = {}
    for row in container["env"]:
        environment[row["name"]] = _expanded(row["value"], environment)
    words = [*container["command"], *container.get("args", ())]
    return [_expanded(word, environment) for word in words], environment


def _expanded(text, variables):
    def value(match):
        if match[0] == "$$":
            return "$"
        return variables.get(match[1], match[0])

    return _VARIABLE.sub(value, text)


def runs(spec, parameters, outputs, status="Running", failures=()):
    """Yield name, argv and environment of each container that a run of *spec* starts.

    *outputs* has the output parameters of each step, of one that fans out as JSON lists.
    """
    names = Names.of_run(parameters, status, failures)
    templates = {one["name"]: one for one in spec["templates"]}
    entry = spec["entrypoint"] if status == "Running" else spec["onExit"]
    dag = processed(templates[entry], {}, names)
    known = {
        f"tasks.{step}.outputs.parameters.{own}": value
        for step, values in outputs.items()
        for own, value in values.items()
    }
    for task in dag["dag"]["tasks"]:
        for each in _expanded_task(replaced(task, names | known)):
            if when_holds(each.get("when", "true")):
                arguments = each.get("arguments", {})
                yield (
                    each["name"],
                    *process(processed(templates[task["template"]], arguments, names)),
                )


def _expanded_task(task):
    if "withParam" in task:
        items = json.loads(task["withParam"])
    elif "withSequence" in task:
        items = _numbers(task["withSequence"])
    elif "withItems" in task:
        items = task["withItems"]
    else:
        return [task]
    return [replaced(task, Names.of_item(item), strict=True) for item in items]


def _numbers(sequence):
    start = int(sequence["start"])
    end = int(sequence["end"]) if "end" in sequence else start + int(sequence["count"]) - 1
    step = 1 if start <= end else -1
    return [sequence.get("format", "%d") % one for one in range(start, end + step, step)]
