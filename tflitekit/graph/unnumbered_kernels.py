"""Kernels that came, or became right, in a release that gave their op no new version.

An older release accepts such an op by its version, and then refuses the types, ends the process,
or computes something else. Each row was found by running models of one op, of every kind, on
TensorFlow Lite 2.14, 2.15, 2.18, 2.20 and 2.21 beside LiteRT 2.3; the release is the first of
them that was right. The two rows of 2.22.0 came after these; their release is the one that LiteRT's
history has at their date. What releases before 2.14 lack is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tflitekit.graph.model import Op
from tflitekit.graph.op_conditions import (
    Condition,
    all_of,
    broadcast_above,
    operand,
    rank_above,
    result,
    scale_each,
    weighted,
)


@dataclass(frozen=True)
class Unnumbered:
    """One use of an op.

    Attributes:
        release: of TensorFlow Lite, the first that computes it.
        what: the use, as it stands behind the op's name and version.
        holds: whether an op is used so.
    """

    release: str
    what: str
    holds: Condition


_INT16 = operand(0, "int16")

UNNUMBERED: Mapping[str, Unnumbered] = {
    "EMBEDDING_LOOKUP": Unnumbered("2.21.0", "of int16", operand(1, "int16")),
    "FULLY_CONNECTED": Unnumbered(
        "2.20.0",
        "of int16 with a scale a channel and more than two axes",
        all_of(weighted("int16", "int8"), scale_each(1, 0), rank_above(2)),
    ),
    "GELU": Unnumbered("2.20.0", "of int16", _INT16),
    "GREATER": Unnumbered("2.21.0", "of int16", _INT16),
    "LESS_EQUAL": Unnumbered("2.21.0", "of int16", _INT16),
    "MUL": Unnumbered(
        "2.15.0",
        "of int16 that broadcasts more than four axes",
        all_of(_INT16, broadcast_above(4)),
    ),
    "QUANTIZE": Unnumbered(
        "2.22.0", "from int8 to int16", all_of(operand(0, "int8", "uint8"), result(0, "int16"))
    ),
    "SUM": Unnumbered("2.20.0", "of int16", _INT16),
    "TILE": Unnumbered("2.22.0", "of int16", _INT16),
}
"""By op."""


def unnumbered_use(op: Op) -> Unnumbered | None:
    """The row that `op` is a case of."""
    row = None if op.custom else UNNUMBERED.get(op.name)
    return row if row is not None and row.holds(op) else None
