"""tflitekit.table: any function of one int8 value, as a table of its 256 results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.graph.one_op import output_values
from tflitekit.graph.region import body_ops
from tflitekit.kernels.base import CustomOp, Params
from tflitekit.kernels.elementwise import match
from tflitekit.quantize.rule import OpRule

STEPS = np.arange(-128, 128, dtype=np.int8)


def pack(op: Op, inputs: Params, outputs: Params) -> Sequence[NDArray[Any]]:
    """The table: int8 [256], entry q + 128 for the quantized input q.

    Where the function has no value, as a step outside of its domain, the table has that of the
    nearest step that has one; infinities give the end of the output's range.
    """
    (x,), (y,) = inputs, outputs
    if x is None or y is None:
        raise ValueError("x and y are int8")
    results = _defined(evaluate(op, x.dequantize(STEPS)))
    limits = np.iinfo(np.int8)
    low, high = y.dequantize(np.array([limits.min, limits.max]))
    return [y.quantize(np.clip(results, low, high))]


def evaluate(op: Op, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the body of a table makes of each element of x, by LiteRT's float kernels.

    Args:
        op: as `elementwise.match` found it.
        x: float32 [N].
    """
    values = {op.inputs[0] if op.body is None else op.body.inputs[0]: x}
    for inner in body_ops(op):
        values[inner.outputs[0]] = _result(inner, values, x.shape)
    return np.asarray(values[body_ops(op)[-1].outputs[0]], np.float32)


def _defined(results: NDArray[np.float32]) -> NDArray[np.float32]:
    """NaN replaced by the nearest number; 0.0 where there is none."""
    places = np.flatnonzero(~np.isnan(results))
    if not places.size:
        return np.zeros_like(results)
    wanted = np.arange(results.size)
    nearest = np.abs(places - wanted[:, None]).argmin(axis=1)
    return np.asarray(results[places[nearest]], np.float32)


def _result(op: Op, values: dict[Any, NDArray[Any]], shape: tuple[int, ...]) -> NDArray[Any]:
    """One op on constants: what is known of its operands, or the one number that a constant is."""
    graph = Subgraph()
    operands = [
        None if one is None else graph.constant(one.name, values.get(one, _number(one)))
        for one in op.inputs
    ]
    y = graph.add(Tensor("y", shape, op.outputs[0].dtype))
    alone = Op(op.name, list(operands), [y], op.options, version=op.version)
    (result,) = output_values(alone)
    return result


def _number(constant: Tensor) -> NDArray[Any]:
    return np.asarray(constant.data).reshape(-1)[:1] if constant.is_constant else np.empty(0)


def reference(x: NDArray[np.int8], table: NDArray[np.int8]) -> tuple[NDArray[Any]]:
    """y = table[x + 128], of x's shape."""
    return (table[x.astype(np.int64) + 128],)


TABLE = CustomOp(
    name="tflitekit.table",
    summary="any function of one value, such as SIN or mish",
    rule=OpRule(data=(0,)),
    pack=pack,
    reference=reference,
    match=match,
)
