"""Ops that multiply activations with constant weights, all seen as grouped convolutions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tflitekit.graph.model import Op, Tensor, Use
from tflitekit.quantize.planning.op_rules import OP_RULES

_PRODUCTS = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"})


@dataclass(frozen=True)
class Product:
    """An op y = W x + b with constant float W and constant or absent b.

    Attributes:
        op: the op.
        data, weights: the operands x and W.
        bias: the operand b; None where it is left out.
        axis: the axis of W that is the output channel.
    """

    op: Op
    data: Use
    weights: Use
    bias: Use | None
    axis: int

    @property
    def x(self) -> Tensor:
        """The activations; their last axis is the input channel."""
        return operand(self.data)

    @property
    def out_channels(self) -> int:
        """How many output channels there are."""
        return operand(self.weights).shape[self.axis]

    @property
    def inputs(self) -> int:
        """How many weights an output channel has."""
        return operand(self.weights).size // self.out_channels

    @property
    def groups(self) -> int:
        """Into how many groups of equal size input and output channels are cut; an output
        channel sees the input channels of its group. A depthwise one has a group a channel."""
        inside = 1 if self.op.name == "DEPTHWISE_CONV_2D" else operand(self.weights).shape[-1]
        return self.x.shape[-1] // inside

    @property
    def kernel(self) -> tuple[int, int]:
        """Height and width of the filter; 1 and 1 where there is none."""
        shape = operand(self.weights).shape
        return (1, 1) if len(shape) == 2 else (shape[1], shape[2])

    def rows(self, values: NDArray[np.floating] | None = None) -> NDArray[np.float64]:
        """W, or `values` of its shape, as [output channels, taps, input channels of a group]."""
        given = constant(self.weights) if values is None else values
        inside = 1 if self.op.name == "DEPTHWISE_CONV_2D" else given.shape[-1]
        rows = np.moveaxis(given, self.axis, 0).reshape(self.out_channels, -1, inside)
        return rows.astype(np.float64)

    def from_rows(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        """The inverse of `rows`."""
        shape = operand(self.weights).shape
        moved = (shape[self.axis], *shape[: self.axis], *shape[self.axis + 1 :])
        return np.moveaxis(rows.reshape(moved), 0, self.axis)

    def multiply_columns(self, factors: NDArray[np.floating]) -> None:
        """Multiply W by a factor an input channel, in place."""
        rows = self.rows() * self.seen(factors)[:, None, :]
        set_constant(self.weights, self.from_rows(rows))

    def seen(self, channels: NDArray[np.floating]) -> NDArray[np.float64]:
        """What each output channel sees of a value by input channel.

        Args:
            channels: [input channels].

        Returns:
            [output channels, input channels of a group].
        """
        groups = channels.astype(np.float64).reshape(self.groups, -1)
        return np.repeat(groups, self.out_channels // self.groups, axis=0)


def product_of(op: Op) -> Product | None:
    """The op as a product; None where it is none, or its weights are computed or not float."""
    if op.custom or op.name not in _PRODUCTS:
        return None
    rule = OP_RULES[op.name]
    if rule.data is None or rule.weights is None or rule.axis is None or rule.bias is None:
        return None
    has_bias = rule.bias < len(op.inputs) and op.inputs[rule.bias] is not None
    product = Product(
        op,
        Use(op, rule.data[0]),
        Use(op, rule.weights),
        Use(op, rule.bias) if has_bias else None,
        rule.axis,
    )
    constants = [product.weights, *([product.bias] if product.bias else [])]
    if not all(_is_float_constant(operand(one)) for one in constants):
        return None
    return product if _channels_fit(product) else None


def operand(use: Use) -> Tensor:
    """The tensor at `use`.

    Raises:
        ValueError: it is left out.
    """
    tensor = use.op.inputs[use.position]
    if tensor is None:
        raise ValueError(f"operand {use.position} of {use.op.name} is left out")
    return tensor


def constant(use: Use) -> NDArray[np.float32]:
    """The values of the constant at `use`."""
    return np.asarray(operand(use).data, np.float32)


def set_constant(use: Use, values: NDArray[np.floating]) -> None:
    """Give `use` other values; other readers of the same constant keep theirs."""
    old = operand(use)
    graph = old.subgraph
    if graph is None or len(old.uses()) == 1:
        old.data = values.astype(np.float32)
    else:
        use.op.inputs[use.position] = graph.constant(old.name, values.astype(np.float32))


def _is_float_constant(tensor: Tensor) -> bool:
    return tensor.buffer is not None and tensor.dtype == "float32" and tensor.sparsity is None


def _channels_fit(product: Product) -> bool:
    """Whether the last axis of x is the input channel: FULLY_CONNECTED may flatten its operand."""
    shape, weights = product.x.shape, operand(product.weights).shape
    if not shape:
        return False
    if product.op.name == "DEPTHWISE_CONV_2D":
        return weights[-1] % shape[-1] == 0
    if product.op.name == "CONV_2D":
        return shape[-1] % weights[-1] == 0
    return shape[-1] == weights[-1]
