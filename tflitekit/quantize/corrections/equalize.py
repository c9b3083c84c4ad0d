"""Equalize the channels of activations between products, without changing what is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tflitekit.graph.model import Model, Subgraph, Tensor
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.corrections.channel_scales import best_factors
from tflitekit.quantize.corrections.division import Division, find_division
from tflitekit.quantize.corrections.products import Product, operand, product_of

Stats = Mapping[Tensor, TensorStats]


def equalize(model: Model, stats: Stats) -> int:
    """Even out channels of activations that products compute and only products read, in place.

    The rows and bias of the products before are divided by a factor a channel, and the columns of
    those behind multiplied, as in cross-layer equalization (Nagel et al. 2019, section 4.1).
    Activation functions that are homogeneous may lie between, and RELU6 as far as no value that
    was seen comes to be clipped; also pooling, padding, means and sums of such tensors.

    Args:
        model: the float model.
        stats: of its activations as they are now; of the ones that change they are void after.

    Returns:
        How many activations were changed.
    """
    return rescale(model.main, stats, lambda way: not way.constants)


def rescale(graph: Subgraph, stats: Stats, wanted: Callable[[Division], bool]) -> int:
    """Divide and multiply channels wherever that leaves less noise and the division is `wanted`."""
    changed = 0
    for tensor in list(graph.tensors):
        readers = _readers(graph, tensor)
        way = find_division(graph, tensor) if readers and tensor in stats else None
        if way is not None and wanted(way) and all(one in stats for one in way.capped):
            changed += _rescale(way, readers, stats)
    return changed


def _rescale(way: Division, readers: list[Product], stats: Stats) -> bool:
    factors = best_factors(stats[way.root], readers, [stats[one] for one in way.capped])
    if factors is None:
        return False
    way.apply(factors)
    for reader in readers:
        reader.multiply_columns(factors)
    return True


def _readers(graph: Subgraph, tensor: Tensor) -> list[Product]:
    """The products that read `tensor`; none where anything else does too, or shares weights."""
    if tensor in graph.outputs or tensor.is_constant:
        return []
    uses = tensor.uses()
    found = [product_of(use.op) for use in uses]
    products = [one for use, one in zip(uses, found, strict=True) if one and one.data == use]
    own = all(len(operand(one.weights).uses()) == 1 for one in products)
    return products if len(products) == len(uses) and own else []
