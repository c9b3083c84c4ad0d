"""What a model tells of the ops that custom ops of ours replaced, as a named piece of metadata."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tflitekit.errors import ModelError
from tflitekit.graph.accounting import op_macs
from tflitekit.graph.model import Model, Op
from tflitekit.graph.region import body_ops
from tflitekit.graph.storage import Buffer, Metadata

NAME = "tflitekit.replaced"


class Replaced(NamedTuple):
    """What is told of a custom op.

    Attributes:
        kernel: its name.
        instead_of: the names of the ops that it stands for.
        macs: their multiply-accumulate steps, which nothing else tells once they are gone.
    """

    kernel: str
    instead_of: tuple[str, ...]
    macs: int


def replaced_by(op: Op) -> Replaced:
    """What is told of a custom op in float. One that came as it is stands for no others, and its
    own steps are counted where it is met."""
    if op.body is None:
        return Replaced(op.name, (), 0)
    names = dict.fromkeys(one.name for one in body_ops(op))
    return Replaced(op.name, tuple(names), op_macs(op))


def note_replaced(model: Model, replaced: Iterable[Replaced]) -> None:
    """Write into the model which custom op stands for which others.

    Args:
        model: changed in place; without custom ops it is left as it is.
        replaced: `replaced_by` of each custom op.
    """
    counts = Counter(replaced)
    _write(
        model,
        [
            [one.kernel, list(one.instead_of), count, count * one.macs]
            for one, count in sorted(counts.items())
        ],
    )


def join_replaced(whole: Model, parts: Sequence[Model]) -> None:
    """Write into a model what its parts tell. Of the steps those of the first are kept: it is the
    main part, whose steps are counted."""
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    macs: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for number, part in enumerate(parts):
        for one in replacements(part):
            key = (one["kernel"], tuple(one["instead_of"]))
            counts[key] += one["count"]
            macs[key] += one["macs"] if number == 0 else 0
    _write(
        whole,
        [
            [kernel, list(ops), count, macs[kernel, ops]]
            for (kernel, ops), count in sorted(counts.items())
        ],
    )


def _write(model: Model, entries: Sequence[Sequence[Any]]) -> None:
    if entries:
        data = np.frombuffer(json.dumps(entries, separators=(",", ":")).encode(), np.uint8)
        model.metadata.append(Metadata(NAME, Buffer(data)))


def replacements(model: Model) -> list[dict[str, Any]]:
    """What `note_replaced` wrote: "kernel", the ops "instead_of" which it stands, "count", and the
    "macs" of all of them.

    Raises:
        ModelError: the metadata of this name are not what `note_replaced` writes.
    """
    entry = next((one for one in model.metadata if one.name == NAME), None)
    if entry is None:
        return []
    try:
        found = [
            {"kernel": str(name), "instead_of": list(ops), "count": int(count), "macs": int(macs)}
            for name, ops, count, macs in json.loads(entry.data)
        ]
    except (TypeError, ValueError) as error:
        raise ModelError(f"its metadata {NAME} are damaged ({error})") from error
    return found
