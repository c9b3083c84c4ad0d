"""What a model tells of the ops that custom ops of ours replaced, as a named piece of metadata."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tflitekit.errors import ModelError
from tflitekit.graph.model import Model, Op
from tflitekit.graph.region import body_ops
from tflitekit.graph.storage import Buffer, Metadata

NAME = "tflitekit.replaced"


class Replaced(NamedTuple):
    """What is told of a custom op.

    Attributes:
        kernel: its name.
        instead_of: the names of the ops that it stands for.
    """

    kernel: str
    instead_of: tuple[str, ...]


def replaced_by(op: Op) -> Replaced:
    """What is told of a custom op in float. One that came as it is stands for no others."""
    inside = () if op.body is None else body_ops(op)
    return Replaced(op.name, tuple(dict.fromkeys(one.name for one in inside)))


def note_replaced(model: Model, replaced: Iterable[Replaced]) -> None:
    """Write into the model which custom op stands for which others.

    Args:
        model: changed in place; without custom ops it is left as it is.
        replaced: `replaced_by` of each custom op.
    """
    _write(model, Counter(replaced))


def join_replaced(whole: Model, parts: Sequence[Model]) -> None:
    """Write into a model what its parts tell."""
    counts: Counter[Replaced] = Counter()
    for part in parts:
        for one in replacements(part):
            counts[Replaced(one["kernel"], tuple(one["instead_of"]))] += one["count"]
    _write(whole, counts)


def _write(model: Model, counts: Counter[Replaced]) -> None:
    entries = [[kernel, list(ops), count] for (kernel, ops), count in sorted(counts.items())]
    if entries:
        data = np.frombuffer(json.dumps(entries, separators=(",", ":")).encode(), np.uint8)
        model.metadata.append(Metadata(NAME, Buffer(data)))


def replacements(model: Model) -> list[dict[str, Any]]:
    """What `note_replaced` wrote: "kernel", the ops "instead_of" which it stands, and "count".

    Raises:
        ModelError: the metadata of this name are not what `note_replaced` writes.
    """
    entry = next((one for one in model.metadata if one.name == NAME), None)
    if entry is None:
        return []
    try:
        found = [
            {"kernel": str(name), "instead_of": list(ops), "count": int(count)}
            for name, ops, count, *_ in json.loads(entry.data)  # earlier files tell more
        ]
    except (TypeError, ValueError) as error:
        raise ModelError(f"its metadata {NAME} are damaged ({error})") from error
    return found
