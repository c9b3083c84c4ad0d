"""Scaled-dot-product attention in a graph: a product, its softmax, and a product with values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tflitekit.graph.model import Op, Tensor
from tflitekit.graph.region import Region, Surroundings
from tflitekit.kernels.logits.packed import place_terms
from tflitekit.kernels.logits.walk import Logits, logits_of
from tflitekit.kernels.operands.moved import Layout, Places, identity, layout_of, move
from tflitekit.kernels.operands.products import (
    Operand,
    Product,
    Tail,
    Wanted,
    in_blocks,
    operands_of,
    product_of,
    tail_of,
)
from tflitekit.kernels.softmax import MOST_KEYS, zeroed_softmax

MOST_DEPTH = 512
"""Elements of a query: what is multiplied in float32 after the products is exact up to here."""


@dataclass(frozen=True)
class _Heart:
    """The ops of an attention that are always there.

    Attributes:
        tail: the product with the values, and what moves its result.
        softmax: what gives the probabilities.
        between: ops between the softmax and the product with the values.
        logits: what the softmax reads.
        scores: the product of queries and keys.
    """

    tail: Tail
    softmax: Op
    between: tuple[Op, ...]
    logits: Logits
    scores: Product

    @property
    def ops(self) -> set[Op]:
        products = {self.tail.product.op, self.scores.op}
        return {*self.tail.ops, *products, *self.between, *self.logits.ops}


@dataclass(frozen=True)
class _Scores:
    """The logits, one matrix after the other, as products of rows of two operands.

    Attributes:
        query: which operand of the product holds the queries.
        blocks: matrices of logits that lie one behind the other along the queries of a matrix of
            the product, as where heads that share their keys are taken as more queries.
        matrices: the place of each matrix of logits among those of the product, by matrix and
            block.
    """

    query: int
    blocks: int
    matrices: Places


def match(around: Surroundings, end: Op) -> Region | None:
    """The whole attention that ends in a product with values or in what moves its result."""
    tail = tail_of(around, end)
    hearts = [] if tail is None else [_heart(around, tail, shares) for shares in (True, False)]
    regions = (_region(around, heart) for heart in hearts if heart is not None)
    return next((one for one in regions if one is not None), None)


def _region(around: Surroundings, heart: _Heart) -> Region | None:
    scores = _scores(heart)
    if scores is None:
        return None
    shape = heart.softmax.outputs[0].shape
    placed = place_terms(heart.logits.terms, shape)
    wanted = [
        Wanted(heart.scores, scores.query, scores.blocks),
        Wanted(heart.scores, 1 - scores.query),
        Wanted(heart.tail.product, 1),
    ]
    query, key, value = operands_of(around, wanted, heart.ops)
    layouts = _layouts(heart, scores, (query, key, value))
    if placed is None or layouts is None:
        return None
    options = {
        "layouts": layouts,
        "sizes": (*shape[-2:], _depth(heart.scores), heart.tail.product.shape[-1]),
        "factor": heart.logits.factor * query.scale * key.scale,
        "value_factor": value.scale,
        "terms": placed.terms,
        "empty_is_zero": bool(heart.between) and heart.between[0].name.startswith("SELECT"),
    }
    inputs: list[Tensor | None] = [query.source, key.source, value.source]
    ops = {*heart.ops, *query.ops, *key.ops, *value.ops}
    inputs += [*placed.float_operands, *placed.truth_operands]
    return Region(tuple(ops), inputs, [heart.tail.end], options, copyable=heart.logits.copyable)


def _heart(around: Surroundings, tail: Tail, shares: bool) -> _Heart | None:
    probabilities, _ = tail.product.operands
    between: list[Op] = []
    op = around.producer(probabilities)
    if op is not None and op.name == "RESHAPE" and _keeps_matrices(op):
        between.append(op)
        op = around.producer(op.inputs[0])
    if op is not None and (softmax := zeroed_softmax(around, op)) is not None:
        between.insert(0, op)
        op = softmax
    if tail.product.transposed[0] or op is None or op.custom or op.name != "SOFTMAX":
        return None
    if len(op.outputs[0].shape) < 2 or op.outputs[0].shape[-1] > MOST_KEYS:
        return None
    logits = logits_of(around, op, ("BATCH_MATMUL", "FULLY_CONNECTED"), shares=shares)
    scores = None if logits is None else product_of(around.producer(logits.core))
    if logits is None or scores is None or _depth(scores) > MOST_DEPTH:
        return None
    return _Heart(tail, op, tuple(between), logits, scores)


def _keeps_matrices(op: Op) -> bool:
    """Whether a RESHAPE changes no more than how the matrices are counted, or puts some of them
    one below the other."""
    source, shape = op.inputs[0], op.outputs[0].shape
    if source is None or min(len(source.shape), len(shape)) < 2:
        return False
    return source.shape[-1] == shape[-1] and shape[-2] % max(source.shape[-2], 1) == 0


def _depth(scores: Product) -> int:
    return scores.matrix(0)[-1]


def _scores(heart: _Heart) -> _Scores | None:
    """Where the product's rows and columns are among the logits.

    Some write the product of keys and queries, and transpose it.
    """
    *_, rows, columns = heart.scores.shape
    moved = np.asarray(identity(heart.scores.op.outputs[0]))
    for op in reversed(heart.logits.moves):
        moved = np.asarray(move(op, moved))
    moved = moved.reshape(-1, *moved.shape[-2:])
    queries, keys = moved.shape[1:]
    matrices, row, column = moved // (rows * columns), moved // columns % rows, moved % columns
    for query, (one, other) in enumerate(((row, column), (column, row))):
        blocks = heart.scores.shape[query - 2] // queries
        first = (matrices * blocks + one // queries)[:, :1, :1]
        is_regular = (matrices * blocks + one // queries == first).all()
        is_in_order = (one % queries == np.arange(queries)[:, None]).all()
        if is_regular and is_in_order and (other == np.arange(keys)).all():
            return _Scores(query, blocks, first.ravel())
    return None


def _layouts(
    heart: _Heart, scores: _Scores, operands: tuple[Operand, ...]
) -> tuple[Layout, ...] | None:
    """Of the queries, the keys, the values and the output: one matrix for each of the logits.

    Rows are those of queries, of keys, of values (one a key) and of the output.
    """
    query, key, value = operands
    places = [
        query.places if scores.query == 0 else query.places.swapaxes(-1, -2),
        key.places.swapaxes(-1, -2) if scores.query == 0 else key.places,
    ]
    batch = (*heart.scores.shape[:-2], scores.blocks)
    found = [layout_of(one, batch, one.shape[-2]) for one in places]
    mixed = heart.tail.product.shape
    blocks = mixed[-2] // heart.softmax.outputs[0].shape[-2]
    output = in_blocks(heart.tail.places(), 0, blocks)
    found.append(layout_of(value.places, (*mixed[:-2], blocks), value.places.shape[-2]))
    found.append(layout_of(output, (*mixed[:-2], blocks), output.shape[-2]))
    layouts = [one for one in found if one is not None]
    count = scores.matrices.size
    if len(layouts) < len(found) or layouts[2].offsets.size != count:
        return None
    chosen = [Layout(one.offsets[scores.matrices], one.row, one.column) for one in layouts[:2]]
    return (*chosen, *layouts[2:])
