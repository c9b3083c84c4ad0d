"""Integer products of few rows, for which our kernel is faster than LiteRT's.

This is about the kernel only: the integers are those that were planned for LiteRT's.
"""

from __future__ import annotations

from tflitekit.graph.model import Model, Op
from tflitekit.graph.replaced import Replaced
from tflitekit.kernels.fully_connected import FULLY_CONNECTED
from tflitekit.kernels.fused_activation import BOUNDS, activation_of
from tflitekit.quantize.tensor_params import params_of_tensor

MOST_ROWS, LEAST_WEIGHTS = 2, 1 << 20
"""Where our kernel took less time than XNNPACK's int8 one on x86-64 with AVX-512 VNNI: few rows,
and weights that a core's cache does not hold. These bounds are a choice of ours; what they do for a
whole model is told by `python -m tools.bench_transformers --only gpt2_124m_token`."""


def use_our_products(model: Model) -> list[Replaced]:
    """Give products of few rows to our kernel, in place, where an app needs ours anyway.

    Args:
        model: with integers in it.

    Returns:
        What is to be told of each.
    """
    graph = model.main
    if not any(op.custom for op in graph.ops):
        return []
    chosen = [op for op in graph.ops if is_of_few_rows(op)]
    told = [Replaced(FULLY_CONNECTED.name, (op.name,)) for op in chosen]
    for op in chosen:
        _become_ours(op)
    return told


def is_of_few_rows(op: Op) -> bool:
    """Whether our kernel computes what an op does, and faster."""
    if op.custom or op.name != "FULLY_CONNECTED" or activation_of(op) not in BOUNDS:
        return False
    x, weights, *_ = op.inputs
    (y,) = op.outputs
    if x is None or weights is None or weights.data is None or not x.shape:
        return False
    outputs, depth = weights.shape
    return (
        all(params_of_tensor(one) is not None and one.dtype == "int8" for one in (x, weights, y))
        and not any(-1 in one.dynamic_shape for one in (x, y))
        and (x.shape[-1], y.shape) == (depth, (*x.shape[:-1], outputs))
        and x.size <= MOST_ROWS * depth
        and weights.size >= LEAST_WEIGHTS
    )


def _become_ours(op: Op) -> None:
    x, weights, *bias = op.inputs
    (y,) = op.outputs
    graph = y.subgraph
    if x is None or weights is None or graph is None:
        raise ValueError("an op of a graph has operands")
    params = [params_of_tensor(x), params_of_tensor(weights), *(None for _ in bias)]
    (block,) = FULLY_CONNECTED.pack(op, params, [params_of_tensor(y)])
    op.name, op.custom, op.version, op.options = FULLY_CONNECTED.name, True, 1, None
    op.inputs = [x, weights, graph.constant(f"{y.name}/packed_0", block)]
