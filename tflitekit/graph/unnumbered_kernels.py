"""Kernels that came, or became right, in a release that gave their op no new version.

An older release accepts such an op by its version, and then refuses the types, ends the process,
or computes something else. `python -m tools.old_runtimes` looks for them by running models of one
op; the release is the first of TensorFlow Lite 2.14, 2.15, 2.18, 2.20 and 2.21 that was right. The
rows of 2.22.0 and 2.23.0 came after these; their release is the one that LiteRT's history has at
their date. What releases before 2.14 lack is not known here.
"""

from __future__ import annotations

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
        op: its name.
        release: of TensorFlow Lite, the first that computes it.
        what: the use, as it stands behind the op's name and version.
        holds: whether an op of this name is used so.
    """

    op: str
    release: str
    what: str
    holds: Condition


_INT16 = operand(0, "int16")

UNNUMBERED: tuple[Unnumbered, ...] = (
    Unnumbered("DIV", "2.23.0", "of int8", operand(0, "int8")),
    Unnumbered("DIV", "2.21.0", "of int16", _INT16),
    Unnumbered("EMBEDDING_LOOKUP", "2.21.0", "of int16", operand(1, "int16")),
    Unnumbered(
        "FULLY_CONNECTED",
        "2.20.0",
        "of int16 with a scale a channel and more than two axes",
        all_of(weighted("int16", "int8"), scale_each(1, 0), rank_above(2)),
    ),
    Unnumbered("GELU", "2.20.0", "of int16", _INT16),
    Unnumbered("GREATER", "2.21.0", "of int16", _INT16),
    Unnumbered("LESS_EQUAL", "2.21.0", "of int16", _INT16),
    Unnumbered(
        "MUL",
        "2.15.0",
        "of int16 that broadcasts more than four axes",
        all_of(_INT16, broadcast_above(4)),
    ),
    Unnumbered("NEG", "2.20.0", "of int8", operand(0, "int8")),
    Unnumbered("NEG", "2.20.0", "of int16", _INT16),
    Unnumbered("PRELU", "2.21.0", "of int16", _INT16),
    Unnumbered(
        "QUANTIZE",
        "2.22.0",
        "from int8 to int16",
        all_of(operand(0, "int8", "uint8"), result(0, "int16")),
    ),
    Unnumbered("SUM", "2.20.0", "of int16", _INT16),
    Unnumbered("TILE", "2.22.0", "of int16", _INT16),
)


def unnumbered_use(op: Op) -> Unnumbered | None:
    """The row that `op` is a case of."""
    rows = () if op.custom else UNNUMBERED
    return next((row for row in rows if row.op == op.name and row.holds(op)), None)
