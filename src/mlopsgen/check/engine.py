"""The engine of vLLM: options that it refuses together, and code that it would run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlopsgen.check.checked import Checked
from mlopsgen.diagnostics import Finding, Related, Severity, SpecPath, rule
from mlopsgen.spec import Model, VllmOptions
from mlopsgen.spec.said import named, quoted

_COMMIT = re.compile(r"[0-9a-f]{40}")


def _engines(checked: Checked) -> Iterator[tuple[SpecPath, Model, VllmOptions]]:
    """Yield the options of every engine, with their place and model."""
    for name, model in checked.platform.models.items():
        if model.vllm:
            yield ("models", name, "vllm"), model, model.vllm


@rule("VLLM001")
def parallelism_makes_up_the_gpus(checked: Checked) -> Iterator[Finding]:
    """Tensor times pipeline parallelism is the number of GPUs.

    vLLM starts a process for each place in the grid and gives each a GPU. With fewer GPUs it
    stops when it starts; with more, the others lie idle and are paid for.
    """
    for at, model, options in _engines(checked):
        groups = options.pipeline_parallel_size
        sharing = options.tensor_parallel_size
        gpus: SpecPath = (*at[:2], "gpus")
        if sharing is None and model.gpus % groups == 0:
            continue
        if sharing is not None and sharing * groups == model.gpus:
            continue
        split = "pipelineParallelSize" if sharing is None else "tensorParallelSize"
        product = f"`tensorParallelSize` {sharing} x {groups}" if sharing else f"{groups}"
        needed = sharing * groups if sharing else -(-model.gpus // groups) * groups
        yield Finding(
            at=(*at, split),
            message=f"{named(at[:2])} has {model.gpus} GPUs; they don't make up {product}"
            f"{'' if sharing else ' equal groups'}",
            fix=f"write `gpus: {needed}`, or change `{split}`",
            related=(Related(gpus, "the GPUs are given here"),),
        )


def _pinned(at: SpecPath, model: Model, options: VllmOptions) -> Iterator[SpecPath]:
    """Yield the places of code that isn't pinned to a commit."""
    for keys, source in model.sources().items():
        revision = options.revision or source.partition("@")[2]
        if source.startswith("hf://") and not _COMMIT.fullmatch(revision):
            yield (*at[:2], *keys)


@rule("VLLM002")
def remote_code_stays_the_same(checked: Checked) -> Iterator[Finding]:
    """Code of a model repository is run at a commit only.

    With `trustRemoteCode` vLLM runs the Python files of the repository. Whoever may push to it
    runs code in the cluster, with the model's credentials and the answers in its hands.
    """
    for at, model, options in _engines(checked):
        if options.trust_remote_code:
            for place in _pinned(at, model, options):
                yield Finding(
                    at=place,
                    message=f"{named(at[:2])} runs the code of its repository, at whatever state"
                    " that is in",
                    fix="write `revision:` in `vllm`, with the 40 digits of a commit that you have"
                    " read",
                    related=(Related((*at, "trustRemoteCode"), "it is allowed to here"),),
                )


@rule("VLLM003", Severity.WARNING)
def remote_code_is_run_knowingly(checked: Checked) -> Iterator[Finding]:
    """A model that brings code is one whose code was read.

    vLLM serves most architectures with code of its own. What a repository brings runs with the
    model's credentials, and nobody but its reader says what it does.
    """
    for at, model, options in _engines(checked):
        if options.trust_remote_code and not list(_pinned(at, model, options)):
            place = (*at, "trustRemoteCode")
            yield Finding(
                at=place,
                message=f"{named(at[:2])} runs the Python files that lie beside its weights",
                fix="take `trustRemoteCode` away if vLLM knows the architecture; it knows those of"
                " Llama, Mistral, Mixtral, Qwen, Gemma and Phi",
            )


@rule("VLLM004")
def options_go_together(checked: Checked) -> Iterator[Finding]:
    """The options of vLLM go together.

    vLLM compares them when it starts and stops at the first pair that it can't have. The pod
    restarts for ever.
    """
    for at, _, options in _engines(checked):
        if options.enable_auto_tool_choice and options.tool_call_parser is None:
            yield Finding(
                at=(*at, "enableAutoToolChoice"),
                message=f"{named(at[:2])} may choose tools and has no `toolCallParser`",
                fix="add `toolCallParser`, with the one that is made for the model",
            )
        for key, other, together in _apart(options):
            if together:
                yield Finding(
                    at=(*at, key),
                    message=f"{named((*at, key))} and {quoted(other)} exclude each other",
                    fix=f"take {quoted(key)} or {quoted(other)} away",
                    related=(Related((*at, other), "the other one is here"),),
                    on_key=True,
                )


def _apart(options: VllmOptions) -> Iterator[tuple[str, str, bool]]:
    """Yield pairs of options that exclude each other, and whether both are there."""
    reasons = options.reasoning_parser is not None
    tools = options.enable_auto_tool_choice
    yield "reasoningParser", "enableAutoToolChoice", reasons and tools
    yield "lora", "cpuOffloadGb", options.lora is not None and options.cpu_offload_gb > 0


RULES = (
    parallelism_makes_up_the_gpus,
    remote_code_stays_the_same,
    remote_code_is_run_knowingly,
    options_go_together,
)
