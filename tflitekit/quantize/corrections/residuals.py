"""Give the tensors around a residual stream the channels that int8 steps suit.

A residual stream has few channels that are tens of times as large as the others. It is kept in
int16; what int8 remains around it is evened out, and our kernel for sums and their normalization
(kernels/add_norm.py) does for each channel what undoes it:

- a product or an embedding that ends in a sum gets weights divided by the range of their channel,
  as if its output had a scale a channel. That costs nothing: rows have scales of their own.
- the products that read normalized rows get a tensor of their own, so that the stream's may be
  int16, with channels divided as `channel_scales.best_factors` finds best, and columns multiplied
  (SmoothQuant, Xiao et al. 2023).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tflitekit.graph.model import Model, Op, Subgraph, Tensor, Use
from tflitekit.graph.passes.replace import inner
from tflitekit.graph.passes.replace import product as multiplied
from tflitekit.kernels.add_norm import ADD_NORM
from tflitekit.kernels.fused_activation import activation_of
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.corrections.channel_scales import Channels, best_factors, even_ranges
from tflitekit.quantize.corrections.division import Division
from tflitekit.quantize.corrections.products import Product, operand, product_of

_WORTHWHILE = 0.5
"""How small, beside the largest, a channel has to be for rows to be divided."""


def even_residuals(model: Model, stats: Mapping[Tensor, TensorStats]) -> int:
    """Even out what residual sums read and what products read of their normalizations, in place.

    The model computes the same. Multiplications by a constant a channel stand where the kernel has
    to undo what was done: `patch` makes them part of it.

    Args:
        model: in float, with custom ops.
        stats: of its activations as they are now; of the ones that change they are void after.

    Returns:
        How many tensors were changed.
    """
    graph, changed = model.main, 0
    for op in [one for one in graph.ops if one.name == ADD_NORM.name]:
        changed += sum(_even_operand(graph, Use(op, place), stats) for place in (0, 1))
        changed += _part_from_products(graph, op, stats)
    return changed


def _even_operand(graph: Subgraph, use: Use, stats: Mapping[Tensor, TensorStats]) -> bool:
    """Divide the weights of what a sum reads, and multiply what it gives."""
    tensor = operand(use)
    maker, way = tensor.producer, _division(tensor)
    if way is None or maker is None or tensor not in stats:
        return False
    factors = even_ranges(stats[tensor])
    if factors is None or factors.min() > _WORTHWHILE:
        return False
    way.apply(factors)
    divided = inner(graph, tensor, "even")
    maker.outputs[maker.outputs.index(tensor)] = divided
    graph.ops.insert(graph.ops.index(use.op), _scaled(graph, divided, factors, tensor))
    return True


def _division(tensor: Tensor) -> Division | None:
    """How to divide the channels of a tensor by the weights of one product or embedding; None
    where others read the tensor or the weights too."""
    graph, op = tensor.subgraph, tensor.producer
    if graph is None or tensor in graph.outputs or len(tensor.uses()) != 1:
        return None
    if op is None or op.custom or activation_of(op) != "NONE":
        return None
    if op.name == "RESHAPE":
        before = operand(Use(op, 0))
        return _division(before) if before.shape[-1:] == tensor.shape[-1:] else None
    if op.name == "GATHER":
        return Division(tensor, constants=(Use(op, 0),)) if _gathers_rows(op) else None
    product = product_of(op)
    return Division(tensor, (product,)) if product and _has_own_weights(product) else None


def _gathers_rows(op: Op) -> bool:
    """Whether an op takes rows of a float table that only it reads."""
    table = operand(Use(op, 0))
    is_own = table.is_constant and table.dtype == "float32" and len(table.uses()) == 1
    return is_own and len(table.shape) == 2 and not (op.options or {}).get("axis")


def _part_from_products(graph: Subgraph, op: Op, stats: Mapping[Tensor, TensorStats]) -> bool:
    """Give the products that read normalized rows a tensor without outlier channels."""
    y = op.outputs[-1]
    uses = y.uses()
    products = [one for use in uses if (one := product_of(use.op)) and one.data == use]
    if not products or y not in stats:
        return False
    can_change = all(_has_own_weights(product) for product in products)
    factors = best_factors(stats[y], products) if can_change else None
    if factors is None and len(products) == len(uses) and y not in graph.outputs:
        return False
    divided = inner(graph, y, "even")
    given = np.ones(y.shape[-1]) if factors is None else factors
    graph.ops.insert(graph.ops.index(op) + 1, _scaled(graph, y, 1 / given, divided))
    for product in products:
        product.op.inputs[product.data.position] = divided
        if factors is not None:
            product.multiply_columns(factors)
    return True


def _has_own_weights(product: Product) -> bool:
    return len(operand(product.weights).uses()) == 1


def _scaled(graph: Subgraph, x: Tensor, factors: Channels, y: Tensor) -> Op:
    """y = x * factors."""
    constant = graph.constant(f"{y.name}/factors", factors.astype(np.float32))
    return multiplied(x, constant, y)
