"""Take out of the biases what the rounding of the weights adds to the outputs on average."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Tensor
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.corrections.coverage import coverage
from tflitekit.quantize.corrections.products import Product, constant, product_of
from tflitekit.quantize.planning.plan import Plan


def correct_biases(model: Model, plan: Plan, stats: Mapping[Tensor, TensorStats]) -> int:
    """Bias correction (Nagel et al. 2019, section 4.2) with the channel means of calibration.

    The shift of an output channel, E[(Wq - W) x], is taken before the fused activation, and with
    the zeros of the padding counted in. Ops without a bias are left as they are: one would cost
    more than it brings.

    Args:
        model: the float model.
        plan: its planned integers. `values` gets those of the biases; weights that have some there
            are taken as they will be written.
        stats: of the float activations.

    Returns:
        How many ops were changed.
    """
    changed = 0
    for op in model.main.ops:
        product = product_of(op) if op in plan.ops else None
        if product is None or product.bias is None or product.bias not in plan.operands:
            continue
        seen = stats.get(product.x)
        if seen is None or not seen.channel_count or product.weights not in plan.operands:
            continue
        shift = _shift(product, _written(product, plan), seen)
        values = constant(product.bias).astype(np.float64) - shift
        plan.values[product.bias] = plan.operands[product.bias].quantize(values)
        changed += 1
    return changed


def _written(product: Product, plan: Plan) -> NDArray[np.float32]:
    """The real values of the weights as the file will hold them."""
    params = plan.operands[product.weights]
    steps = plan.values.get(product.weights)
    return params.dequantize(params.quantize(constant(product.weights)) if steps is None else steps)


def _shift(
    product: Product, written: NDArray[np.float32], seen: TensorStats
) -> NDArray[np.float64]:
    """E[(Wq - W) x] of each output channel."""
    error = product.rows(written) - product.rows()
    means = product.seen(seen.channel_sum / seen.channel_count)
    return np.asarray(np.einsum("otc,t,oc->o", error, coverage(product), means), np.float64)
