"""DIV as a product. LiteRT's int8 DIV fails where a divisor rounds to 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.graph.passes.replace import inner, replace_ops

_SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
_ACTIVATION = "fused_activation_function"


def multiply_for_quotients(model: Model) -> int:
    """Replace DIV by a constant, or by a square root, by MUL with the reciprocal.

    A reciprocal is rounded: the result differs from DIV's by up to 1.5 units in the last place,
    and by none where the divisor is a power of two. A constant whose reciprocal is no normal
    number of float32 stays.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "DIV", _product)


def _product(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    x, divisor = op.operands
    (y,) = op.outputs
    options = {"fused_activation_function": (op.options or {}).get(_ACTIVATION, "NONE")}
    if divisor.is_constant:
        factor = _reciprocal(graph, divisor, y)
        return None if factor is None else [Op("MUL", [x, factor], [y], options)]
    root = divisor.producer
    if root is None or root.name != "SQRT":
        return None
    factor = inner(graph, divisor, "reciprocal")
    return [Op("RSQRT", list(root.inputs), [factor]), Op("MUL", [x, factor], [y], options)]


def _reciprocal(graph: Subgraph, divisor: Tensor, output: Tensor) -> Tensor | None:
    if divisor.dtype != "float32" or divisor.data is None:
        return None
    with np.errstate(divide="ignore", over="ignore"):
        values = np.float32(1) / divisor.data
    if not np.all(np.isfinite(values) & (np.abs(values) >= _SMALLEST_NORMAL)):
        return None
    return graph.constant(f"{output.name}/reciprocal", values)
