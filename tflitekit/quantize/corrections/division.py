"""What has to change in a graph so that a tensor comes out divided by a factor a channel.

Channels are indices along the last axis. The search goes from the tensor back to constants: the
weights and biases of products, and the constant operands of sums and multiplications, as in the
gamma and beta of a normalization. Everything between is homogeneous, f(x / s) = f(x) / s for
s > 0, or a sum or a multiplication itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Subgraph, Tensor, Use
from tflitekit.quantize.corrections.products import (
    Product,
    constant,
    operand,
    product_of,
    set_constant,
)

_HOMOGENEOUS = frozenset(
    {
        "AVERAGE_POOL_2D",
        "LEAKY_RELU",
        "MAX_POOL_2D",
        "MEAN",
        "PAD",
        "PRELU",
        "RELU",
        "RELU6",
        "RESHAPE",
        "RESIZE_BILINEAR",
        "RESIZE_NEAREST_NEIGHBOR",
        "SQUEEZE",
    }
)
"""Ops whose output channel c is a homogeneous function of channel c of their first operand, where
the last axis keeps its size. RELU6 is so only below 6: see `Division.capped`."""

_REDUCTIONS = frozenset({"MEAN"})
_DEPTH = 16  # ops between a tensor and a constant; a normalization takes 6
_TRIES = 16


@dataclass(frozen=True)
class Division:
    """A way to divide a tensor by a factor a channel.

    Attributes:
        root: the tensor.
        products: their output rows and biases are divided.
        constants: operands of sums and multiplications that are divided.
        capped: tensors that are divided after a RELU6: exact while it does not clip more than
            before.
        through: operands by which ops read tensors that are divided.
    """

    root: Tensor
    products: tuple[Product, ...] = ()
    constants: tuple[Use, ...] = ()
    capped: tuple[Tensor, ...] = ()
    through: frozenset[Use] = frozenset()

    @property
    def tensors(self) -> set[Tensor]:
        """All activations that come out divided."""
        return {self.root, *(operand(use) for use in self.through)}

    def apply(self, factors: NDArray[np.float64]) -> None:
        """Divide, in place.

        Args:
            factors: positive, one a channel of the root.
        """
        for product in self.products:
            set_constant(
                product.weights, product.from_rows(product.rows() / factors[:, None, None])
            )
            if product.bias is not None:
                set_constant(product.bias, constant(product.bias) / factors)
        for use in self.constants:
            set_constant(use, constant(use) / factors)


def find_division(graph: Subgraph, root: Tensor) -> Division | None:
    """The first way to divide `root` that changes no tensor that is read elsewhere; None for none.

    Who reads the root itself is for the caller to look at.
    """
    search = _Search(graph, root.shape[-1] if root.shape else 0)
    ways = search.divide(root, Division(root), _DEPTH)
    return next((way for way in islice(ways, _TRIES) if search.is_closed(way)), None)


class _Search:
    """Yields the ways to divide one tensor after the other."""

    def __init__(self, graph: Subgraph, channels: int) -> None:
        self.channels = channels
        self.producers = graph.producers()
        self.uses = graph.uses()
        self.outputs = {*graph.outputs, *graph.inputs}

    def is_closed(self, way: Division) -> bool:
        """Whether everything that reads a divided tensor is part of the division."""
        inner = way.tensors - {way.root}
        return all(use in way.through for one in inner for use in self.uses[one])

    def divide(self, tensor: Tensor, way: Division, depth: int) -> Iterator[Division]:
        op = self.producers.get(tensor)
        if op is None or depth == 0 or tensor in self.outputs or len(op.outputs) != 1:
            return
        if tensor.dtype != "float32" or tensor.shape[-1:] != (self.channels,):
            return
        activation = (op.options or {}).get("fused_activation_function", "NONE")
        if activation not in ("NONE", "RELU", "RELU6"):
            return
        if activation == "RELU6" or op.name == "RELU6":
            way = replace(way, capped=(*way.capped, tensor))
        yield from self.divide_op(op, way, depth - 1)

    def divide_op(self, op: Op, way: Division, depth: int) -> Iterator[Division]:
        product = product_of(op)
        if product is not None:
            if len(self.uses[operand(product.weights)]) == 1:
                yield replace(way, products=(*way.products, product))
        elif op.name in ("ADD", "SUB"):
            for left in self.divide_operand(Use(op, 0), way, depth):
                yield from self.divide_operand(Use(op, 1), left, depth)
        elif op.name == "MUL":
            # A constant, or what is divided already, leaves fewer readers to look after.
            for position in sorted((0, 1), key=lambda position: self.rank(op, position, way)):
                yield from self.divide_operand(Use(op, position), way, depth)
        elif op.name in _HOMOGENEOUS and not _mixes_channels(op):
            yield from self.divide_operand(Use(op, 0), way, depth)

    def divide_operand(self, use: Use, way: Division, depth: int) -> Iterator[Division]:
        tensor = operand(use)
        if tensor.is_constant:
            if tensor.dtype == "float32" and tensor.shape[-1:] in ((), (1,), (self.channels,)):
                yield replace(way, constants=(*way.constants, use))
            return
        divided = tensor in way.tensors
        way = replace(way, through=way.through | {use})
        if divided:
            yield way
        else:
            yield from self.divide(tensor, way, depth)

    def rank(self, op: Op, position: int, way: Division) -> int:
        tensor = operand(Use(op, position))
        if tensor.is_constant:
            return 0
        return 1 if tensor in way.tensors else 2


def _mixes_channels(op: Op) -> bool:
    """Whether a reduction goes over the last axis, or over axes that are computed."""
    if op.name not in _REDUCTIONS:
        return False
    axes = operand(Use(op, 1)).data
    rank = len(operand(Use(op, 0)).shape)
    return axes is None or any(int(axis) % rank == rank - 1 for axis in np.atleast_1d(axes))
