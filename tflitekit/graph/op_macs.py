"""How many multiply-accumulate steps an op takes, from the shapes of its operands.

Every formula counts the products of the operator's definition, as a plain loop would: padding is
counted like any other element, and nothing is taken off for sparsity or for fast algorithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tflitekit.graph.model import Op, Tensor

MacFormula = Callable[[Op], int]


def conv_2d(op: Op) -> int:
    """Filter [out, height, width, in / groups]."""
    return op.outputs[0].size * math.prod(_operand(op, 1).shape[1:])


def depthwise_conv_2d(op: Op) -> int:
    """Filter [1, height, width, out]: one input channel an output element."""
    return op.outputs[0].size * math.prod(_operand(op, 1).shape[1:3])


def transpose_conv(op: Op) -> int:
    """Filter [out, height, width, in]: each input element meets the filter of its channel."""
    return _operand(op, 2).size * math.prod(_operand(op, 1).shape[:3])


def conv_3d(op: Op) -> int:
    """Filter [depth, height, width, in / groups, out]."""
    return op.outputs[0].size * math.prod(_operand(op, 1).shape[:4])


def conv_3d_transpose(op: Op) -> int:
    """Filter [depth, height, width, out, in]."""
    return _operand(op, 2).size * math.prod(_operand(op, 1).shape[:4])


def fully_connected(op: Op) -> int:
    """Weights [out, in]."""
    return op.outputs[0].size * _operand(op, 1).shape[-1]


def batch_matmul(op: Op) -> int:
    """[..., rows, inner] times [..., inner, columns]."""
    transposed = bool((op.options or {}).get("adj_x", False))
    return op.outputs[0].size * _operand(op, 0).shape[-2 if transposed else -1]


def recurrent(*weights: int) -> MacFormula:
    """A cell that multiplies its step's vector with whole matrices: the operands `weights`."""

    def formula(op: Op) -> int:
        source = _operand(op, 0)
        steps = source.size // source.shape[-1] if source.size else 0
        return steps * sum(tensor.size for tensor in _present(op, weights))

    return formula


def recurrent_layer(gates: int) -> MacFormula:
    """Our own layers, in float and in int8: x [..., channels] and a first state [..., units]."""

    def formula(op: Op) -> int:
        channels, units = _operand(op, 0).shape[-1], _operand(op, 1).shape[-1]
        return op.outputs[0].size * gates * (channels + units)

    return formula


def conv_lstm(op: Op) -> int:
    """The same, each product over a window: of the kernel in float, in the header of the
    parameters in int8, behind the numbers of channels and units."""
    last = _operand(op, -1)
    in_int8 = last.dtype == "int8" and last.is_constant
    window = _header(op, 5)[2:] if in_int8 else _operand(op, 3).shape[:-2]
    return recurrent_layer(4)(op) * math.prod(window)


def product_block(op: Op) -> int:
    """Our own matrix products: matrices of [rows, depth] times [depth, columns]."""
    return math.prod(_header(op, 4))


def attention_block(op: Op) -> int:
    """Our own attention: heads of [queries, depth] times [depth, keys], times [keys, columns]."""
    heads, queries, keys, depth, columns = _header(op, 5)
    return heads * queries * keys * (depth + columns)


def lstm(op: Op) -> int:
    """The full cell has a matrix a gate and source; the basic one, of five operands, has one."""
    return recurrent(2)(op) if len(op.inputs) == 5 else full_lstm(op)


def stablehlo_convolution(op: Op) -> int:
    """A kernel whose axes the options name."""
    options, kernel = op.options or {}, _operand(op, 1).shape
    axes = [*options["kernel_spatial_dimensions"], options["kernel_input_feature_dimension"]]
    return _product(op.outputs[0].size, [kernel[axis] for axis in axes])


def stablehlo_dot_general(op: Op) -> int:
    """Sums over the contracting axes of the left side."""
    axes: Sequence[int] = (op.options or {})["lhs_contracting_dimensions"]
    shape = _operand(op, 0).shape
    return _product(op.outputs[0].size, [shape[axis] for axis in axes])


full_lstm = recurrent(*range(1, 9), 16)
full_bidirectional_lstm = recurrent(*range(1, 9), 16, *range(18, 26), 33, *range(40, 48))


def _product(size: int, factors: Sequence[int]) -> int:
    return size * math.prod(factors)


def _header(op: Op, count: int) -> list[int]:
    """The first integers of the parameters of a custom op of ours, its last operand."""
    data = _operand(op, -1).data
    if data is None or data.dtype != np.int8 or data.size < 4 * count:
        raise IndexError(f"{op.name} has no parameters")
    fields: list[int] = np.frombuffer(data.ravel()[: 4 * count].tobytes(), "<i4").tolist()
    return fields


def _operand(op: Op, index: int) -> Tensor:
    tensor = op.inputs[index]
    if tensor is None:
        raise IndexError(f"operand {index} of {op.name} is left out")
    return tensor


def _present(op: Op, indices: Iterable[int]) -> list[Tensor]:
    operands = [op.inputs[index] for index in indices if index < len(op.inputs)]
    return [tensor for tensor in operands if tensor is not None]
