"""Operands seen through the ops that only move elements: which element of the source is where.

A kernel that is told where its operands' elements lie needs no TRANSPOSE, SPLIT or TILE before it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Subgraph, Tensor
from tflitekit.graph.one_op import output_values
from tflitekit.graph.region import Surroundings
from tflitekit.kernels.logits.scalar_function import step_of

Places = NDArray[np.int64]
"""For each element of a tensor, its position in the source, counted in elements."""

MOVES: Mapping[str, int] = {
    **dict.fromkeys(("RESHAPE", "EXPAND_DIMS", "SQUEEZE", "TRANSPOSE", "BROADCAST_TO"), 0),
    **dict.fromkeys(("TILE", "SLICE", "STRIDED_SLICE", "GATHER", "UNPACK"), 0),
    "SPLIT": 1,
}
"""Ops that only move elements, and which operand's. The others say how, and are constant."""

SCALES = ("MUL", "DIV")
"""Ops that may multiply every element with one positive number."""

_RESHAPES = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE")


@dataclass(frozen=True)
class Layout:
    """Where the matrices of an operand lie in a tensor, counted in elements.

    Element [i, j] of matrix b is at offsets[b] + i * row + j * column.

    Attributes:
        offsets: int32 [matrices].
        row, column: the steps between rows and between columns, which may be negative.
    """

    offsets: NDArray[np.int32]
    row: int
    column: int

    def places(self, rows: int, columns: int) -> Places:
        """[matrices, rows, columns]."""
        within = np.arange(rows)[:, None] * self.row + np.arange(columns) * self.column
        return np.asarray(self.offsets[:, None, None].astype(np.int64) + within)


def identity(tensor: Tensor) -> Places:
    """The places of a tensor in itself."""
    return np.arange(tensor.size, dtype=np.int64).reshape(tensor.shape)


def moved_operand(op: Op | None) -> Tensor | None:
    """What an op only moves the elements of; None where it does more, or depends on values."""
    if op is None or op.custom or op.name not in MOVES:
        return None
    position = MOVES[op.name]
    others = [one for index, one in enumerate(op.inputs) if index != position and one is not None]
    source = op.inputs[position]
    is_known = all(one.is_constant for one in others) and all(one.is_static for one in op.outputs)
    return source if is_known and source is not None and not source.is_constant else None


def scale_of(op: Op) -> float | None:
    """The positive number that an op multiplies every element with; None where it does not."""
    taken = step_of(op) if op.name in SCALES else None
    if taken is None or (op.name == "DIV" and taken[0].operands[0] is not None):
        return None
    factor = next(one for one in taken[0].operands if one is not None)
    if not 0 < factor < np.inf:
        return None
    return 1 / factor if op.name == "DIV" else factor


def passed_operand(op: Op | None) -> Tensor | None:
    """What an op only moves or scales the elements of."""
    if op is not None and not op.custom and scale_of(op) is not None:
        taken = step_of(op)
        return taken[1] if taken is not None else None
    return moved_operand(op)


def move(op: Op, values: NDArray[np.generic], output: Tensor | None = None) -> NDArray[np.generic]:
    """What an op of `MOVES` makes of other values in the place of those it moves; a scaling op
    leaves them as they are.

    Args:
        op: its first output is meant unless `output` is given.
        values: of the shape of what it moves.
        output: one of its outputs.
    """
    wanted = op.outputs[0] if output is None else output
    if op.name in SCALES:
        return values
    if op.name in _RESHAPES:
        return values.reshape(wanted.shape)
    if op.name == "TRANSPOSE" and op.inputs[1] is not None:
        return values.transpose(np.asarray(op.inputs[1].data))
    return _computed(op, values)[op.outputs.index(wanted)]


def chain_of(around: Surroundings, tensor: Tensor) -> list[Op]:
    """The moving and scaling ops that a tensor comes from, the last one first."""
    chain: list[Op] = []
    op = around.producer(tensor)
    while op is not None and (source := passed_operand(op)) is not None:
        chain.append(op)
        op = around.producer(source)
    return chain


def source_of(chain: Sequence[Op], tensor: Tensor) -> Tensor:
    """What the chain of a tensor begins with."""
    source = passed_operand(chain[-1]) if chain else tensor
    return tensor if source is None else source


def scale_in(chain: Sequence[Op]) -> float:
    """What a chain multiplies the elements of its source with."""
    return math.prod(factor for op in chain if (factor := scale_of(op)) is not None)


def places_in(chain: Sequence[Op], tensor: Tensor) -> Places:
    """Where the elements of a tensor are in the source of its chain."""
    values: NDArray[np.generic] = identity(source_of(chain, tensor))
    wanted = [tensor, *(source for op in chain if (source := passed_operand(op)) is not None)]
    for op, output in reversed(list(zip(chain, wanted, strict=False))):
        values = move(op, values, output)
    return values.astype(np.int64, copy=False)


def closed_chains(
    around: Surroundings, chains: Sequence[list[Op]], inside: Collection[Op]
) -> list[list[Op]]:
    """The chains, cut off where something beside them and `inside` reads what they compute."""
    cut = [list(chain) for chain in chains]
    while True:
        ops = {*inside, *(op for chain in cut for op in chain)}
        shorter = [_closed_part(around, chain, ops) for chain in cut]
        if shorter == cut:
            return cut
        cut = shorter


def layout_of(places: Places, batch: tuple[int, ...], rows: int) -> Layout | None:
    """Places [..., rows, columns] as one matrix for each index of the batch; a size of 1 where
    the batch has more, or where there are more rows, stands for the same again.

    Returns:
        None where they do not lie in equal steps.
    """
    missing = len(batch) + 2 - places.ndim
    places = places.reshape((1,) * missing + places.shape)
    first = places[..., 0, 0]
    row = _step(places[..., :, 0]) if places.shape[-2] == rows else 0
    column = _step(places[..., 0, :])
    offsets = np.broadcast_to(first, batch).reshape(-1).astype(np.int32)
    layout = Layout(offsets, row, column)
    regular = Layout(first.reshape(-1).astype(np.int32), row, column).places(*places.shape[-2:])
    return layout if (regular.reshape(places.shape) == places).all() else None


def _step(places: Places) -> int:
    """Between the first two along the last axis."""
    return int(places.flat[1] - places.flat[0]) if places.shape[-1] > 1 else 0


def _closed_part(around: Surroundings, chain: list[Op], inside: set[Op]) -> list[Op]:
    for place, op in enumerate(chain):
        if not all(around.is_only_read_by(output, inside) for output in op.outputs):
            return chain[:place]
    return chain


def _computed(op: Op, values: NDArray[np.generic]) -> list[NDArray[np.generic]]:
    """By LiteRT's own kernel, on the places of the values, as int32."""
    graph = Subgraph()
    operands = list(op.inputs)
    places = np.arange(values.size, dtype=np.int32).reshape(values.shape)
    operands[MOVES[op.name]] = graph.constant("places", places)
    outputs = [graph.add(Tensor(one.name, one.shape, "int32")) for one in op.outputs]
    alone = Op(op.name, operands, outputs, op.options, version=op.version)
    return [values.ravel()[one] for one in output_values(alone)]
