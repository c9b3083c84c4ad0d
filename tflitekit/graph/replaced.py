"""What a model tells of the ops that custom ops of ours replaced, as a named piece of metadata."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from tflitekit.errors import ModelError
from tflitekit.graph.model import Model, Op
from tflitekit.graph.region import body_ops
from tflitekit.graph.storage import Buffer, Metadata

NAME = "tflitekit.replaced"


def replaced_by(op: Op) -> tuple[str, ...]:
    """The names of the ops that a custom op in float stands for, in the order they run, each once;
    none where it came as it is."""
    return tuple(dict.fromkeys(one.name for one in body_ops(op))) if op.body is not None else ()


def note_replaced(model: Model, replaced: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    """Write into the model which custom op stands for which others.

    Args:
        model: changed in place; without custom ops it is left as it is.
        replaced: a custom op's name and `replaced_by` of it, once for each such op.
    """
    counts = Counter(replaced)
    if counts:
        entries = [[name, list(ops), count] for (name, ops), count in sorted(counts.items())]
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
        found = [(str(name), list(ops), int(count)) for name, ops, count in json.loads(entry.data)]
    except (TypeError, ValueError) as error:
        raise ModelError(f"its metadata {NAME} are damaged ({error})") from error
    return [{"kernel": name, "instead_of": ops, "count": count} for name, ops, count in found]
