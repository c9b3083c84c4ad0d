"""Layouts of operands in a block, and the shape of an output that no operand's shape tells.

In a block, the layouts of a kernel are a header of their steps between rows and between columns and
of the elements of their tensors, and then the offsets of the matrices of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor
from tflitekit.kernels.block import BlockParts, header
from tflitekit.kernels.operands.moved import Layout, Places


def packed_layouts(
    layouts: Sequence[Layout], tensors: Sequence[Tensor | None]
) -> list[NDArray[Any]]:
    """The parts of a block that hold layouts.

    Args:
        layouts: of the matrices in each tensor.
        tensors: in the same order.
    """
    steps: dict[str, int | float] = {}
    for index, (layout, tensor) in enumerate(zip(layouts, tensors, strict=True)):
        size = 0 if tensor is None else tensor.size
        steps |= {f"row_{index}": layout.row, f"column_{index}": layout.column}
        steps |= {f"size_{index}": size}
    return [header(**steps), *(layout.offsets for layout in layouts)]


def read_layouts(parts: BlockParts, count: int, matrices: int) -> list[Layout]:
    """The layouts of a block, at their header."""
    steps = parts.header("iii" * count)
    return [
        Layout(parts.array(matrices, "int32"), *steps[3 * index : 3 * index + 2])
        for index in range(count)
    ]


def gathered(operand: NDArray[Any], places: Places) -> NDArray[np.int64]:
    """The elements of an operand at some places."""
    return operand.ravel()[places].astype(np.int64)


def shaped(op: Op, block: NDArray[np.int8]) -> list[NDArray[np.int8]]:
    """The constants of a kernel that tell the runtime the shape of the output.

    Shapes are all that the runtime knows when it asks a kernel for the shape of its output. Where
    that is not the first operand's, there is an int8 [size] for each axis of the output before the
    block, and the block has one axis more than the output, of which all but the last have size 1.
    """
    output, first = op.outputs[0].shape, op.inputs[0]
    if first is not None and first.shape == output:
        return [block]
    sizes = [np.zeros(size, np.int8) for size in output]
    return [*sizes, block.reshape((1,) * len(output) + block.shape)]


def unshaped(
    first: NDArray[Any], others: Sequence[NDArray[Any]]
) -> tuple[list[NDArray[Any]], tuple[int, ...], NDArray[np.int8]]:
    """The operands before what `shaped` gives, the output's shape, and the block.

    Args:
        first: the first operand.
        others: those behind it, the block last.
    """
    *operands, block = others
    if block.ndim == 1:
        return operands, first.shape, block
    start = len(operands) - (block.ndim - 1)
    return operands[:start], tuple(one.size for one in operands[start:]), block.ravel()
