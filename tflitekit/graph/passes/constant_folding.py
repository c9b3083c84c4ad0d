"""Compute once and for all what depends on nothing but constants and fixed shapes."""

from __future__ import annotations

from collections import Counter

import numpy as np

from tflitekit.graph.dtypes import BY_NAME
from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.graph.one_op import output_shapes, output_values
from tflitekit.graph.ops import facts
from tflitekit.graph.storage import Buffer

MAX_GROWTH = 64 * 1024
"""Bytes that folding one op may add to the file, beyond the constants that it frees."""

_DECOMPRESSIONS = frozenset({"DEQUANTIZE", "DENSIFY"})
"""Ops that are there to keep the file small."""


def fold_constants(model: Model) -> int:
    """Replace ops of constant operands, and SHAPE and RANK of a fixed shape, by their values.

    The runtime computes the values. Ops with state or randomness, custom ops, calls, and ops
    that compute an output of the graph stay, and so does what would make the file grow by more
    than `MAX_GROWTH` an op.

    Returns:
        How many ops were replaced.

    Raises:
        ModelError: the runtime refuses such an op.
    """
    return sum(_fold_in(subgraph, _holders(model)) for subgraph in model.subgraphs)


def _fold_in(subgraph: Subgraph, holders: Counter[Buffer]) -> int:
    uses, outputs = subgraph.uses(), set(subgraph.outputs)
    kept: list[Op] = []
    for op in subgraph.ops:
        allowed = MAX_GROWTH + sum(
            tensor.nbytes
            for tensor in set(op.operands)
            if tensor.buffer and holders[tensor.buffer] == 1 and len(uses[tensor]) == 1
        )
        if not _is_foldable(op) or not outputs.isdisjoint(op.outputs) or not _fold(op, allowed):
            kept.append(op)
    folded = len(subgraph.ops) - len(kept)
    subgraph.ops = kept
    return folded


def _is_foldable(op: Op) -> bool:
    known = facts(op)
    if not known.pure or op.custom or op.subgraphs or op.name in _DECOMPRESSIONS:
        return False
    if not all(_has_plain_elements(tensor) for tensor in [*op.operands, *op.outputs]):
        return False
    return all(
        tensor.buffer is not None or (not known.reads_operands and tensor.is_static)
        for tensor in op.operands
    )


def _has_plain_elements(tensor: Tensor) -> bool:
    dtype = BY_NAME[tensor.dtype]
    return dtype.bits >= 8 and tensor.sparsity is None and not tensor.is_variable


def _fold(op: Op, allowed: int) -> bool:
    if _known_bytes(op) > allowed:
        return False
    values = output_values(op)
    if sum(value.nbytes for value in values) > allowed:
        return False
    for tensor, value in zip(op.outputs, values, strict=True):
        tensor.data = np.asarray(value, BY_NAME[tensor.dtype].storage)
    return True


def _known_bytes(op: Op) -> int:
    """Bytes of the outputs whose shapes are known before anything is computed."""
    if all(tensor.is_static for tensor in op.outputs):
        return sum(tensor.nbytes for tensor in op.outputs)
    sizes = zip(op.outputs, output_shapes(op), strict=True)
    return sum(
        BY_NAME[tensor.dtype].nbytes(int(np.prod(shape, dtype=np.int64)))
        for tensor, shape in sizes
        if shape is not None
    )


def _holders(model: Model) -> Counter[Buffer]:
    tensors = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors]
    return Counter(tensor.buffer for tensor in tensors if tensor.buffer is not None)
