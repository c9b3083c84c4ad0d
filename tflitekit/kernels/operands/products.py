"""Matrix products of two activations, seen through what only moves or scales their elements.

The operands may come through TRANSPOSE, SPLIT, TILE and the like, and the result may go on through
RESHAPE and TRANSPOSE: a kernel that is given layouts needs none of these ops.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.operands.moved import (
    Places,
    chain_of,
    closed_chains,
    identity,
    layout_of,
    move,
    moved_operand,
    places_in,
    scale_in,
    source_of,
)

PRODUCTS = ("BATCH_MATMUL", "FULLY_CONNECTED")


@dataclass(frozen=True)
class Product:
    """A matrix product: [..., rows, depth] times [..., depth, columns].

    Attributes:
        op: the builtin op.
        transposed: whether each operand is given with its last two axes swapped.
    """

    op: Op
    transposed: tuple[bool, bool]

    @property
    def operands(self) -> tuple[Tensor, Tensor]:
        """The two that are multiplied."""
        one, other = self.op.inputs[0], self.op.inputs[1]
        if one is None or other is None:
            raise ValueError("a product has two operands")
        return one, other

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the result."""
        return self.op.outputs[0].shape

    def matrix(self, position: int) -> tuple[int, ...]:
        """The shape of an operand as [..., rows, depth] or [..., depth, columns]."""
        return self.untransposed(position, identity(self.operands[position])).shape

    def untransposed(self, position: int, places: Places) -> Places:
        """The places of an operand as [..., rows, depth] or [..., depth, columns]."""
        return places.swapaxes(-1, -2) if self.transposed[position] else places


@dataclass(frozen=True)
class Operand:
    """An operand of a product, and where its elements come from.

    Attributes:
        source: the tensor that holds the elements.
        places: of the matrices in it, [..., blocks, rows, columns].
        scale: what the elements are multiplied with.
        ops: that move and scale them.
    """

    source: Tensor
    places: Places
    scale: float
    ops: Sequence[Op]


@dataclass(frozen=True)
class Tail:
    """What moves a product's result to where the region ends.

    Attributes:
        product: the matrix product.
        ops: the moving ops, the last one first.
        end: the last tensor.
    """

    product: Product
    ops: Sequence[Op]
    end: Tensor

    def places(self) -> Places:
        """Where each element of the product's result is in the last tensor."""
        start = identity(self.product.op.outputs[0])
        moved = np.asarray(start)
        for op in reversed(self.ops):
            moved = np.asarray(move(op, moved))
        places = np.empty(start.size, np.int64)
        places[moved.ravel()] = np.arange(start.size)
        return places.reshape(start.shape)


def product_of(op: Op | None) -> Product | None:
    """A builtin op as a matrix product; None where it is none of two activations."""
    if op is None or op.custom or op.name not in PRODUCTS or not op.outputs[0].is_static:
        return None
    if len(op.inputs) < 2 or any(one is None or len(one.shape) < 2 for one in op.inputs[:2]):
        return None
    options = op.options or {}
    product = Product(op, (bool(options.get("adj_x")), bool(options.get("adj_y"))))
    if op.name == "FULLY_CONNECTED":
        is_plain = options.get("fused_activation_function", "NONE") == "NONE"
        has_bias = len(op.inputs) > 2 and op.inputs[2] is not None
        if not is_plain or has_bias or any(one.is_constant for one in op.operands):
            return None
        product = Product(op, (False, True))
    return product if _fits(product) else None


@dataclass(frozen=True)
class Wanted:
    """An operand to look for.

    Attributes:
        product: whose operand.
        position: which of the two.
        blocks: as how many matrices its rows (of the first) or columns (of the second) are taken.
    """

    product: Product
    position: int
    blocks: int = 1

    @property
    def tensor(self) -> Tensor:
        return self.product.operands[self.position]

    def places(self, chain: Sequence[Op]) -> Places:
        """[..., blocks, rows, columns], where the operand comes through these ops."""
        whole = self.product.untransposed(self.position, places_in(chain, self.tensor))
        return in_blocks(whole, self.position, self.blocks)


def in_blocks(places: Places, position: int, blocks: int) -> Places:
    """[..., rows, columns] as [..., blocks, rows, columns]: rows parted for position 0, columns
    for 1."""
    *batch, rows, columns = places.shape
    if position == 0:
        return places.reshape(*batch, blocks, rows // blocks, columns)
    return places.reshape(*batch, rows, blocks, columns // blocks).swapaxes(-3, -2)


def operands_of(
    around: Surroundings, wanted: Sequence[Wanted], inside: Collection[Op]
) -> list[Operand]:
    """Operands of products, each seen through what is part of the region alone.

    Args:
        wanted: the operands.
        inside: the other ops of the region.
    """
    regular = [_regular(chain_of(around, one.tensor), one) for one in wanted]
    chains = closed_chains(around, regular, inside)
    return [
        Operand(source_of(chain, one.tensor), one.places(chain), scale_in(chain), chain)
        for one, chain in zip(wanted, chains, strict=True)
    ]


def tail_of(around: Surroundings, end: Op) -> Tail | None:
    """The product that a region which ends in `end` may have computed."""
    ops: list[Op] = []
    op: Op | None = end
    while op is not None and not op.custom and op.name in ("RESHAPE", "TRANSPOSE"):
        source = moved_operand(op)
        if source is None or not around.is_only_read_by(source, {op}):
            return None
        ops.append(op)
        op = around.producer(source)
    product = product_of(op)
    return None if product is None else Tail(product, ops, end.outputs[0])


def _regular(chain: list[Op], wanted: Wanted) -> list[Op]:
    """As much of a chain as leaves the matrices of an operand in equal steps."""
    while chain:
        places = wanted.places(chain)
        if layout_of(places, places.shape[:-2], places.shape[-2]) is not None:
            break
        chain = chain[:-1]
    return chain


def _fits(product: Product) -> bool:
    """Whether the shapes are those of a product of matrices that are not empty."""
    (*first, rows, depth), (*second, inner, columns) = product.matrix(0), product.matrix(1)
    if depth != inner or 0 in (*first, *second, rows, depth, columns):
        return False
    try:
        batch = np.broadcast_shapes(tuple(first), tuple(second))
    except ValueError:
        return False
    return product.shape == (*batch, rows, columns)
