"""Terms of logits as parts of a block: android_bench/kernels/logit_terms.h.

Each term is a header (its kind, steps between rows and between columns, how many entries, how many
elements its operand has), the offset of each matrix, and its entries. Numbers are in units of
`exponential`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Tensor
from tflitekit.kernels.base import Params
from tflitekit.kernels.block import BlockParts, header
from tflitekit.kernels.logits.exponential import LEAST, UNITS, Added
from tflitekit.kernels.logits.terms import Term
from tflitekit.kernels.operands.moved import Layout, Places, layout_of
from tflitekit.quantize.params import QuantParams

MOST_FLOAT, MOST_TRUTH = 2, 4
"""Operands that one op takes: float ones, which become int8, and truth values or integers."""

NUMBERS, TABLE, KEPT = range(3)
"""Kinds of terms: float32 numbers that are added; a float32 table of what is added by what the
operand holds, [256] for int8 (entry q + 128 for q), [2] for truth values and for integers that are
0 or another number; bytes that are 0 where a logit is masked."""

SURE = -9e8
"""A number of a mask that hides any logit, whatever is added to it: as good as `LEAST`."""

_MASKING = np.array([0, LEAST], np.float32)

_TRUTH = ("bool", "int32")
_STEPS = np.arange(-128, 128, dtype=np.int8)


@dataclass(frozen=True)
class PlacedTerm:
    """A term whose elements' places are known.

    Attributes:
        term: without its operand; a constant without what `_without_repeats` leaves out.
        layout: of its elements in the operand, or in `term.values`.
        size: the elements of the operand, or of `term.values`.
    """

    term: Term
    layout: Layout
    size: int


@dataclass(frozen=True)
class PlacedTerms:
    """The terms of one softmax, in the order of the block.

    Attributes:
        terms: a constant one first, then those of float operands, then those of truth values.
        float_operands, truth_operands: their operands, `None` where there is none.
    """

    terms: tuple[PlacedTerm, ...]
    float_operands: tuple[Tensor | None, ...]
    truth_operands: tuple[Tensor, ...]


@dataclass(frozen=True)
class _ReadTerm:
    """A term of a block.

    Attributes:
        entries: the numbers that it may add.
        places: which of them it adds to each logit.
        only_masks: whether they are 0 and `LEAST` alone.
    """

    entries: NDArray[np.float32]
    places: Places
    only_masks: bool


def place_terms(terms: Sequence[Term], shape: tuple[int, ...]) -> PlacedTerms | None:
    """The terms of logits of a shape; None where they are too many or lie in no equal steps."""
    constants = [term.values for term in terms if term.source is None and term.values.any()]
    floats = [term for term in terms if term.source is not None and term.source.is_float]
    truths = [term for term in terms if term.source is not None and not term.source.is_float]
    if len(floats) > MOST_FLOAT or len(truths) > MOST_TRUTH:
        return None
    if any(term.source is None or term.source.dtype not in _TRUTH for term in truths):
        return None
    given = [_constant(constants)] if constants else []
    placed = [_placed(term, shape) for term in (*given, *floats, *truths)]
    padding = [None] * (MOST_FLOAT - len(floats))
    found = tuple(one for one in placed if one is not None)
    if len(found) < len(placed):
        return None
    return PlacedTerms(
        found,
        (*(term.source for term in floats), *padding),
        tuple(term.source for term in truths if term.source is not None),
    )


def packed_terms(terms: Sequence[PlacedTerm], params: Params) -> list[NDArray[Any]]:
    """The parts of a block.

    Args:
        terms: of `PlacedTerms`.
        params: those of the terms' operands, in order; None for truth values.
    """
    left = list(params)
    parts: list[NDArray[Any]] = [header(terms=len(terms))]
    for one in terms:
        kind, entries = _entries(one.term, left)
        where = header(
            kind=kind,
            row=one.layout.row,
            column=one.layout.column,
            count=entries.size,
            size=one.size,
        )
        parts += [where, one.layout.offsets, entries]
    return parts


def read_terms(
    parts: BlockParts, operands: Sequence[NDArray[Any]], shape: tuple[int, int, int]
) -> Added:
    """What the terms of a block change: where all of them only mask, what is kept; else the sum of
    their numbers, in the order of the terms.

    Args:
        parts: of a block, at the header of the terms.
        operands: of the terms, in order.
        shape: matrices, rows, columns of the logits.
    """
    (count,) = parts.header("i")
    left = list(operands)
    found = [_read(parts, left, shape) for _ in range(count)]
    numbers = [one.entries[one.places] for one in found]
    if not numbers:
        return Added()
    if all(one.only_masks for one in found):
        return Added(kept=~np.logical_or.reduce([one != 0 for one in numbers]))
    return Added(numbers=functools.reduce(np.add, numbers))


def _entries(term: Term, params: list[QuantParams | None]) -> tuple[int, NDArray[Any]]:
    """The kind and the entries of a term; takes the parameters of its operand off the list."""
    if term.masks is not None or term.values.size == 0:
        own = params.pop(0)
        given = np.array([0, 1], np.float32) if own is None else own.dequantize(_STEPS)
        return TABLE, _in_units(term.numbers(given))
    numbers = _in_units(term.values.ravel())
    if np.isin(numbers, _MASKING).all():
        return KEPT, (numbers == 0).astype(np.uint8)
    return NUMBERS, numbers


def _read(
    parts: BlockParts, operands: list[NDArray[Any]], shape: tuple[int, int, int]
) -> _ReadTerm:
    kind, row, column, size, _ = parts.header("iiiii")
    layout = Layout(parts.array(shape[0], "int32"), row, column)
    places = layout.places(*shape[1:])
    if kind == KEPT:
        kept = parts.array(size, "uint8") != 0
        return _ReadTerm(np.where(kept, 0, LEAST).astype(np.float32), places, True)
    numbers = parts.array(size, "float32")
    if kind == NUMBERS:
        return _ReadTerm(numbers, places, False)
    given = operands.pop(0).ravel()[places].astype(np.int64)
    entries = given + 128 if size == _STEPS.size else (given != 0).astype(np.int64)
    return _ReadTerm(numbers, entries, bool(np.isin(numbers, _MASKING).all()))


def _placed(term: Term, shape: tuple[int, ...]) -> PlacedTerm | None:
    values, places = np.empty(0, np.float32), term.values
    if term.source is None:
        values, places = _without_repeats(term.values)
    rows = shape[-2] if len(shape) > 1 else 1
    layout = layout_of(places, shape[:-2], rows)
    if layout is None:
        return None
    size = values.size if term.source is None else term.source.size
    return PlacedTerm(replace(term, source=None, values=values), layout, size)


def _constant(constants: Sequence[NDArray[np.float32]]) -> Term:
    """One term of several, with one slice along each axis along which all are alike."""
    total = sum(constants[1:], constants[0]).astype(np.float32)
    for axis in range(total.ndim):
        first = total.take([0], axis)
        total = first if (total == first).all() else total
    return Term(total)


def _without_repeats(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], Places]:
    """What to keep of a constant [..., rows, columns], and where in it each element is.

    What depends on the distance of a query and a key alone, such as a causal mask, a window or
    ALiBi, is the same along each diagonal: one element of each is kept, from the lowest row's first
    to the first row's last, so that each row lies one element before the row above.
    """
    *_, rows, columns = (1, 1, *values.shape)
    if min(rows, columns) == 1 or (values[..., 1:, 1:] != values[..., :-1, :-1]).any():
        return values, np.arange(values.size).reshape(values.shape)
    diagonals = np.concatenate([values[..., :0:-1, 0], values[..., 0, :]], axis=-1)
    first = np.arange(diagonals.size).reshape(diagonals.shape)[..., rows - 1]
    distances = np.arange(columns) - np.arange(rows)[:, None]
    return diagonals, first[..., None, None] + distances


def _in_units(numbers: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled = np.nan_to_num(numbers.astype(np.float64) * UNITS)
    clipped = np.clip(scaled, LEAST, -LEAST).astype(np.float32)
    return np.where(numbers <= SURE, np.float32(LEAST), clipped)
