"""Second moments of what the weights of products are multiplied with, from the float model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Tensor
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.corrections.activations import stream_activations
from tflitekit.quantize.corrections.patches import PATCHED, patches
from tflitekit.quantize.corrections.products import Product, product_of

MAX_INPUTS = 4608
"""Weights of a row, beyond which an op is left out: 512 channels of a filter of 3 by 3."""

MAX_BYTES = 1 << 30
"""Of all moments together; ops that would go beyond are left out."""

_ROWS_AN_INPUT = 8
_MIN_ROWS = 8192


@dataclass
class Moments:
    """Second moments of the inputs that an output position of a product sees; they can be added to.

    Attributes:
        squares: float32 [groups, inputs, inputs], sums of products of two inputs.
        count: output positions.
    """

    squares: NDArray[np.float32]
    count: int = 0

    @classmethod
    def empty(cls, groups: int, inputs: int) -> Moments:
        """Of no output position."""
        return cls(np.zeros((groups, inputs, inputs), np.float32))

    def add(self, rows: NDArray[np.float32]) -> None:
        """Count in output positions, [groups, positions, inputs]."""
        self.squares += rows.transpose(0, 2, 1) @ rows
        self.count += rows.shape[1]

    def second(self) -> Iterator[NDArray[np.float64]]:
        """E[x x^T] of each group."""
        return (one.astype(np.float64) / max(self.count, 1) for one in self.squares)


def collect_moments(
    model: Model, samples: SampleStore, progress: Progress, *, limit: int = 64
) -> dict[Tensor, Moments]:
    """The moments of the inputs of every product, for `rounding.round_weights`.

    The float model runs over some samples in the runner. Of large images only some positions are
    counted, always the same ones.

    Args:
        model: the float model with static shapes; not changed.
        samples: the inputs bear the signature's names.
        progress: is warned of products that are too large.
        limit: samples at most.

    Returns:
        Moments by the product's output. Transposed convolutions are left out.

    Raises:
        DeviceError, RunError: as `stream_activations`.
    """
    products = _affordable(model, progress)
    readers: dict[Tensor, list[Product]] = {}
    for product in products:
        readers.setdefault(product.x, []).append(product)
    found = {one.op.outputs[0]: Moments.empty(one.groups, one.inputs) for one in products}
    used = min(limit, samples.count)
    for tensor, values in stream_activations(model, readers.keys(), samples, progress, limit):
        for product in readers[tensor]:
            rows = max(_MIN_ROWS, _ROWS_AN_INPUT * product.inputs)
            most = -(-rows * len(values) // used)
            found[product.op.outputs[0]].add(patches(product, values, most))
    return {tensor: one for tensor, one in found.items() if one.count}


def _affordable(model: Model, progress: Progress) -> list[Product]:
    taken, left = [], MAX_BYTES
    for op in model.signature().subgraph.ops:
        product = product_of(op) if op.name in PATCHED else None
        if product is None or product.x.is_constant:
            continue
        inputs = product.inputs
        size = 4 * product.groups * inputs**2
        if inputs > MAX_INPUTS or size > left:
            progress.note(f"{op.outputs[0].name}: too large for rounding by moments")
            continue
        left -= size
        taken.append(product)
    return taken
