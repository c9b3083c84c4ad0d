"""Run one set of samples through a model and others, and tell how far their answers agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from tflitekit.bench.agreement import Agreement, AgreementTally
from tflitekit.data import Sample
from tflitekit.data.sequences import run_inputs
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.graph.spec import TensorSpec
from tflitekit.runtime.inference import infer
from tflitekit.runtime.parts import in_parts
from tflitekit.runtime.session import Session

HOST = "host"
"""The same file on this machine."""
FLOAT = "float"
"""A float model on the same device."""

Answers = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Answerer:
    """A model where it runs.

    Attributes:
        session: a device that is ready.
        path: the flatbuffer that `graph` was read from.
        graph: the model.
    """

    session: Session
    path: Path
    graph: Model


def measure_agreement(
    own: Answerer, others: Mapping[str, Answerer], samples: Iterable[Sample], *, threads: int
) -> tuple[Agreement, ...]:
    """Compare a model's answers with those of others; each sample is drawn once.

    Args:
        own: the model that is judged.
        others: by what the result calls them: `HOST`, whose answers are compared in the model's own
            types, or `FLOAT`, compared by real values.
        samples: for `own`; labels are not needed.
        threads: of the CPU kernels.

    Raises:
        DataError: the samples do not fit, or a model has other inputs or outputs.
        DeviceError, RunError: as `Session.run`.
    """
    specs = own.graph.signature().output_specs()
    tallies = {name: AgreementTally(specs) for name in others}
    for one in others.values():
        if (reason := unlike(own.graph, one.graph)) is not None:
            raise DataError(reason, where=f"{own.path.name} and {one.path.name}")
    count = 0
    for part in in_parts(samples, own.graph):
        answers = _answers(own, part, threads, as_stored=True)
        for name, one in others.items():
            theirs = _answers(one, _renamed(part, own, one), threads, as_stored=name == HOST)
            tallies[name].add(answers, _matched(answers, theirs, own, one))
        count += len(part)
    return tuple(
        Agreement(name, str(one.path), count, tallies[name].outputs())
        for name, one in others.items()
    )


def unlike(graph: Model, other: Model) -> str | None:
    """Why the answers of two models cannot be compared; None where they can."""
    signature, another = graph.signature(), other.signature()
    for kind, mine, theirs in (
        ("inputs", run_inputs(graph), run_inputs(other)),
        ("outputs", signature.output_specs(), another.output_specs()),
    ):
        pairs = _pairs(mine, theirs)
        if pairs is None or any(one.shape != two.shape for one, two in pairs):
            return f"they have other {kind}: {_told(mine)}, and {_told(theirs)}"
    return None


def is_float(graph: Model) -> bool:
    """Whether nothing in a model is quantized, so that others can be held to it."""
    subgraph = graph.signature().subgraph
    return not any(tensor.is_quantized for tensor in subgraph.tensors)


def _answers(one: Answerer, part: Sequence[Sample], threads: int, as_stored: bool) -> Answers:
    title = f"Comparing {one.path.name} on {one.session.device.info.uri}"
    return infer(
        one.session, one.path, one.graph, part, as_stored=as_stored, title=title, threads=threads
    )


def _pairs(
    mine: Sequence[TensorSpec], theirs: Sequence[TensorSpec]
) -> list[tuple[TensorSpec, TensorSpec]] | None:
    """By name where the names are the same, else by position."""
    if len(mine) != len(theirs):
        return None
    named = {one.name: one for one in theirs}
    if set(named) == {one.name for one in mine}:
        return [(one, named[one.name]) for one in mine]
    return list(zip(mine, theirs, strict=True))


def _renamed(part: Sequence[Sample], own: Answerer, other: Answerer) -> list[Sample]:
    pairs = _pairs(run_inputs(own.graph), run_inputs(other.graph)) or []
    return [
        replace(sample, inputs={two.name: sample.inputs[one.name] for one, two in pairs})
        for sample in part
    ]


def _matched(answers: Answers, theirs: Answers, own: Answerer, other: Answerer) -> Answers:
    """The other answers under the names of the model's own."""
    specs = (one.graph.signature().output_specs() for one in (own, other))
    found = {one.name: theirs[two.name] for one, two in _pairs(*specs) or [] if one.name in answers}
    for name, values in answers.items():
        if values.shape != found[name].shape:
            raise DataError(
                f"answers {list(values.shape)} where {other.path.name} answers "
                f"{list(found[name].shape)}",
                where=f"{own.path.name}, output {name!r}",
            )
    return found


def _told(specs: Sequence[TensorSpec]) -> str:
    return ", ".join(f"{one.name} {list(one.shape)}" for one in specs)
