"""Secrets that stand in platform.yaml itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, SpecPath, rule
from mlopsgen.spec import Component, Feast
from mlopsgen.spec.pipelines import as_text
from mlopsgen.spec.said import named

_FORMS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token of Hugging Face": r"\bhf_[A-Za-z0-9]{20,}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a token of Slack": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "an API key": r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
    "a URL with a password": r"[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@",
}
"""What well-known secrets look like; their issuers chose the prefixes so that they are found."""

_KNOWN = re.compile("|".join(f"({form})" for form in _FORMS.values()))
_NAMED = re.compile(
    r"(?:^|[_.-]|(?<=[a-z]))"
    r"(?:password|passwd|passphrase|api[_-]?key|(?:secret[_-]?)?access[_-]?key|private[_-]?key|"
    r"secret[_-]?key|credentials?|secret|token)$",
    re.IGNORECASE,
)
"""Ends of names that hold secrets."""

_REFERS = re.compile(r"^(?:existing|.*_?(?:name|ref)$)", re.IGNORECASE)
_HARMLESS = re.compile(
    r"(?:true|false|none|null|[0-9]{0,6}|/.*|arn:.*|\$.*|\{\{.*)", re.IGNORECASE | re.DOTALL
)
"""Numbers, paths of files and references, which say nothing secret."""

_OPTION = re.compile(r"--?(?P<name>[A-Za-z][\w-]*)(?:=(?P<value>.+))?", re.DOTALL)


@rule("SEC001")
def secrets_are_elsewhere(checked: Checked) -> Iterator[Finding]:
    """No secret stands in platform.yaml.

    What is committed stays in the history of the repository, and is copied into the generated
    files and into the cluster, where everybody reads it who may look at pods.
    """
    for at, name, value in _texts(checked):
        what = _secret(name, value)
        if what is None:
            continue
        if at[-2] == "env":
            owner = at[:-2]
            fix = (
                f"write `{name}: aws-sm:{checked.platform.name}/{owner[-1]}#{name.lower()}` under"
                " `secrets` instead of `env`, and replace the secret where it was issued"
            )
        else:
            fix = (
                "keep it in AWS Secrets Manager, and replace the secret where it was issued, since"
                " it was written down here"
            )
        yield Finding(at=at, message=f"{named(at)} {what}", fix=fix, hides=True)


def _secret(name: str, value: str) -> str | None:
    """Return what makes a secret of *value*, which stands under *name*, as a clause."""
    if match := _KNOWN.search(value):
        found = list(_FORMS)[(match.lastindex or 1) - 1]
        return f"looks like {found}, `{match[0][:4]}...`"
    if name and _NAMED.search(name) and not _REFERS.match(name) and not _HARMLESS.fullmatch(value):
        return f"is written out, {len(value)} characters, under a name that holds secrets"
    return None


def _texts(checked: Checked) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield every text that reaches the cluster as it is, with the name it stands under."""
    platform = checked.platform
    if platform.gitops:
        yield ("gitops", "repository"), "", platform.gitops.repository
    for at, workload in checked.workloads():
        own_env = {} if isinstance(workload, Feast) else workload.env
        for name, value in own_env.items():
            yield (*at, "env", name), name, value
    for name, pipeline in platform.pipelines.items():
        for key, one in pipeline.declared.items():
            long = () if isinstance(pipeline.parameters[key], str) else ("default",)
            yield ("pipelines", name, "parameters", key, *long), key, one.given or ""
        for key, given in pipeline.schedule.arguments.items() if pipeline.schedule else ():
            yield ("pipelines", name, "schedule", "arguments", key), key, as_text(given)
    for at, own in checked.own():
        yield from _options((*at, "command"), own.command)
        yield from _options((*at, "args"), own.args)
    yield from _laid_over(checked)
    yield from _arguments(checked)


def _options(at: SpecPath, words: Sequence[str]) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield *words* with the name of the option that each is the value of: --name=X or --name X."""
    before = ""
    for index, word in enumerate(words):
        option = _OPTION.fullmatch(word)
        if option is None:
            yield (*at, index), before, word
        else:
            yield (*at, index), option["name"], option["value"] or ""
        before = option["name"] if option and option["value"] is None else ""


def _arguments(checked: Checked) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield what triggers give to the runs that they start."""
    for name, pipeline in checked.platform.pipelines.items():
        for trigger, each in pipeline.triggers.items():
            for key, value in each.arguments.items():
                yield ("pipelines", name, "triggers", trigger, "arguments", key), key, value


def _laid_over(checked: Checked) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield what users lay over Helm values and objects."""
    for name, spec in checked.platform.components.declared().items():
        if isinstance(spec, Component):
            yield from _values(("components", name, "values"), "", spec.values)
    for name, patch in checked.platform.patches.items():
        yield from _values(("patches", name, "merge"), "", patch.merge)


def _values(at: SpecPath, name: str, value: object) -> Iterator[tuple[SpecPath, str, str]]:
    """Yield the texts in Helm values or in a patch, however deep."""
    if isinstance(value, str):
        yield at, name, value
    elif isinstance(value, Mapping):
        called = value.get("name")
        for key, inner in value.items():
            # A list of variables has the name of each beside its value; a label, a domain in front.
            own = called if key == "value" and isinstance(called, str) else str(key)
            yield from _values((*at, key), own.rpartition("/")[2], inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _values((*at, index), name, inner)


RULES = (secrets_are_elsewhere,)
