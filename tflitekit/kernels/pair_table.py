"""tflitekit.pair_table: any function of two int8 values that broadcast, as a table of its results.

The table holds 65536 entries a node: for functions that are rare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.graph.one_op import output_values
from tflitekit.graph.region import Region, Surroundings, body_ops
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.quantize.rule import OpRule

PAIRS: Mapping[str, float | None] = {
    "ATAN2": None,
    "FLOOR_DIV": np.inf,
    "FLOOR_MOD": 0.0,
    "POW": None,
}
"""The builtin ops, and what x op 0 is times the sign of x, where LiteRT stops there."""

STEPS = np.arange(-128, 128, dtype=np.int8)


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The table: int8 [256, 256], entry [p + 128, q + 128] for the quantized operands p and q.

    A function that is not defined somewhere gives 0.0 there, and infinities the end of the range.
    """
    (a, b), (y,) = inputs, outputs
    if a is None or b is None or y is None:
        raise ValueError("a, b and y are int8")
    (inner,) = body_ops(op)
    results = evaluate(inner, *np.meshgrid(a.dequantize(STEPS), b.dequantize(STEPS), indexing="ij"))
    low, high = y.dequantize(STEPS[[0, -1]])
    return [y.quantize(np.clip(np.nan_to_num(results, posinf=high, neginf=low), low, high))]


def evaluate(op: Op, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """What LiteRT's float kernel makes of pairs of values; infinite or not a number where the
    function has no value."""
    at_zero = PAIRS[op.name]
    is_undefined = (b == 0) & (at_zero is not None)
    graph = Subgraph()
    divisors = np.where(is_undefined, np.float32(1), b)
    operands: list[Tensor | None] = [graph.constant("a", a), graph.constant("b", divisors)]
    y = graph.add(Tensor("y", a.shape, "float32"))
    (results,) = output_values(Op(op.name, operands, [y], op.options, version=op.version))
    with np.errstate(invalid="ignore"):
        return np.where(is_undefined, np.sign(a) * np.float32(at_zero or 0), results)


def reference(
    a: NDArray[np.int8], b: NDArray[np.int8], table: NDArray[np.int8]
) -> tuple[NDArray[Any]]:
    """y = table[a + 128, b + 128], of the shape that a and b broadcast to."""
    return (table[a.astype(np.int64) + 128, b.astype(np.int64) + 128],)


def match(around: Surroundings, end: Op) -> Region | None:
    """One op of `PAIRS` on float32, at least one of whose operands is computed."""
    if end.custom or end.name not in PAIRS:
        return None
    operands = list(end.operands)
    if any(one.dtype != "float32" for one in (*operands, *end.outputs)):
        return None
    if all(one.is_constant for one in operands):
        return None
    return Region((end,), operands, end.outputs)


PAIR_TABLE = CustomOp(
    name="tflitekit.pair_table",
    summary="functions of two values that are rare, such as ATAN2: 64 kB each",
    rule=OpRule(data=(0, 1)),
    pack=pack,
    reference=reference,
    match=match,
)
