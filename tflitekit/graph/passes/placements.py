"""Elements put at constant places, and running sums, as products with constant matrices.

LiteRT's int8 MATRIX_DIAG and SCATTER_ND fill with the raw integer 0, which is 0.0 only for zero
point 0; CUMSUM and SEGMENT_SUM have no int8 kernel. A matrix of 0 and 1 is exact in int8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.graph.passes.replace import product, replace_ops

LARGEST_MATRIX = 1024 * 1024
"""Elements of the constant matrix that one op may bring."""


def multiply_for_diagonals(model: Model) -> int:
    """Replace MATRIX_DIAG x by a product with the unit matrix: the same but for the sign of
    zero, where x is finite.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "MATRIX_DIAG", _diagonal)


def multiply_for_scatters(model: Model) -> int:
    """Replace SCATTER_ND at constant places by a matrix product: the same within the rounding
    of float32, where the values are finite.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "SCATTER_ND", _scatter)


def multiply_for_running_sums(model: Model) -> int:
    """Replace CUMSUM along a constant axis by a product with a triangular matrix: the same within
    the rounding of float32, where the values are finite.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "CUMSUM", _running_sum)


def multiply_for_segment_sums(model: Model) -> int:
    """Replace SEGMENT_SUM with constant segments by a matrix product: the same within the
    rounding of float32, where the values are finite.

    Returns:
        How many ops were replaced.
    """
    return replace_ops(model, "SEGMENT_SUM", _segment_sum)


def _diagonal(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    (x,), (y,) = op.operands, op.outputs
    if not (x.is_static and x.shape) or x.shape[-1] ** 2 > LARGEST_MATRIX:
        return None
    size = x.shape[-1]
    rows = _reshape(graph, x, (*x.shape[:-1], 1, size), f"{y.name}/rows")
    unit = graph.constant(f"{y.name}/unit_matrix", np.eye(size, dtype=np.float32))
    return [rows, product(rows.outputs[0], unit, y)]


def _scatter(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    indices, updates, shape = op.operands
    if indices.data is None or shape.data is None or not updates.is_static:
        return None
    places, sizes = np.asarray(indices.data), [int(size) for size in np.asarray(shape.data)]
    depth = places.shape[-1]
    if np.any(places < 0) or np.any(places >= np.array(sizes[:depth])):
        return None
    rows = np.ravel_multi_index(tuple(places.reshape(-1, depth).T), sizes[:depth])
    return _gathered_sums(graph, updates, rows, math.prod(sizes[:depth]), op.outputs[0])


def _segment_sum(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    x, segments = op.operands
    (y,) = op.outputs
    if segments.data is None or not x.is_static:
        return None
    rows = np.asarray(segments.data)
    if y.dynamic_shape != (int(rows.max(initial=-1)) + 1, *x.shape[1:]):
        return None
    return _gathered_sums(graph, x, rows, y.shape[0], y)


def _gathered_sums(
    graph: Subgraph, x: Tensor, rows: NDArray[Any], count: int, y: Tensor
) -> Sequence[Op] | None:
    """The sum of the slices of `x` that go to each row of `y`.

    Args:
        rows: int [N], the row of each of the N slices that `x` consists of.
        count: the rows of `y`.
    """
    if not rows.size or not x.size or rows.size * count > LARGEST_MATRIX:
        return None
    matrix = np.zeros((count, rows.size), np.float32)
    matrix[rows, np.arange(rows.size)] = 1
    # Slices as columns, so that the constant is the right operand, which XNNPACK wants.
    width = x.size // rows.size
    flat = _reshape(graph, x, (rows.size, width), f"{y.name}/slices")
    turned = _transpose(graph, flat.outputs[0], (1, 0), f"{y.name}/columns")
    placed = _matmul(graph, turned.outputs[0], matrix.T, (width, count), y)
    back = _transpose(graph, placed.outputs[0], (1, 0), f"{y.name}/placed_slices")
    return [flat, turned, placed, back, _reshape_to(graph, back.outputs[0], y)]


def _running_sum(graph: Subgraph, op: Op) -> Sequence[Op] | None:
    x, axis = op.operands
    (y,) = op.outputs
    if axis.data is None or not x.is_static or not x.shape:
        return None
    place = int(axis.data.flat[0]) % len(x.shape)
    size = x.shape[place]
    if size * size > LARGEST_MATRIX:
        return None
    order = [*(one for one in range(len(x.shape)) if one != place), place]
    last = _transpose(graph, x, order, f"{y.name}/axis_last")
    flat = _reshape(graph, last.outputs[0], (x.size // size, size), f"{y.name}/rows")
    matrix = _triangle(size, op.options or {})
    summed = _matmul(graph, flat.outputs[0], matrix, (x.size // size, size), y)
    shaped = _reshape(graph, summed.outputs[0], last.outputs[0].shape, f"{y.name}/sums")
    inverse = [order.index(one) for one in range(len(order))]
    return [last, flat, summed, shaped, _transpose_to(graph, shaped.outputs[0], inverse, y)]


def _triangle(size: int, options: Mapping[str, Any]) -> NDArray[np.float32]:
    """Which elements, by rows, each of the sums holds, by columns."""
    matrix = np.triu(np.ones((size, size), np.float32), 1 if options.get("exclusive") else 0)
    return matrix[::-1, ::-1] if options.get("reverse") else matrix


def _matmul(
    graph: Subgraph, x: Tensor, matrix: NDArray[np.float32], shape: tuple[int, ...], y: Tensor
) -> Op:
    right = graph.constant(f"{y.name}/matrix", np.ascontiguousarray(matrix))
    output = graph.add(Tensor(f"{y.name}/product", shape, "float32"))
    return Op("BATCH_MATMUL", [x, right], [output], {"adj_x": False, "adj_y": False})


def _reshape(graph: Subgraph, x: Tensor, shape: tuple[int, ...], name: str) -> Op:
    return _reshape_to(graph, x, graph.add(Tensor(name, shape, x.dtype)))


def _reshape_to(graph: Subgraph, x: Tensor, y: Tensor) -> Op:
    target = graph.constant(f"{y.name}/shape", np.array(y.shape, np.int32))
    return Op("RESHAPE", [x, target], [y], {"new_shape": list(y.shape)})


def _transpose(graph: Subgraph, x: Tensor, order: Sequence[int], name: str) -> Op:
    shape = tuple(x.shape[axis] for axis in order)
    return _transpose_to(graph, x, order, graph.add(Tensor(name, shape, x.dtype)))


def _transpose_to(graph: Subgraph, x: Tensor, order: Sequence[int], y: Tensor) -> Op:
    axes = graph.constant(f"{y.name}/order", np.array(order, np.int32))
    return Op("TRANSPOSE", [x, axes], [y], {})
