"""Move outlier channels of a normalization's output into the weights that read it."""

from __future__ import annotations

from tflitekit.graph.model import Model
from tflitekit.quantize.corrections.equalize import Stats, rescale


def smooth(model: Model, stats: Stats) -> int:
    """Divide channels of an activation, and multiply the columns of the products that read it.

    For activations behind constants of sums and multiplications, such as the gamma and beta of a
    layer normalization, which take up the divisors (SmoothQuant, Xiao et al. 2023); `equalize` is
    for those behind products alone. The exponents are chosen by the expected noise.

    Args:
        model: the float model, changed in place; it computes the same.
        stats: of its activations as they are now; of the ones that change they are void after.

    Returns:
        How many activations were changed.
    """
    return rescale(model.main, stats, lambda way: bool(way.constants))
