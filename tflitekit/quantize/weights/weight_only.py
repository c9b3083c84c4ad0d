"""Smaller weights for float activations: the precisions that integer models are compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import UsageError
from tflitekit.graph.model import Model, Op, Subgraph, Tensor, Use
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.storage import Buffer
from tflitekit.quantize.weights.rules import WEIGHT_RULES, WeightRule
from tflitekit.quantize.weights.steps import to_steps

MIN_ELEMENTS = 1024
"""Smaller constants stay float: they save little, and often they matter most."""

WEIGHT_TYPES = {"float16": "float16", "dynamic": "int8", "weight8": "int8", "weight4": "int4"}
"""The type of the weights by precision."""

_LARGEST_FLOAT16 = float(np.finfo(np.float16).max)


def quantize_weights(model: Model, precision: str) -> int:
    """Make the large float32 constants of a float model smaller, in place.

    With "float16", "weight8" and "weight4" they are kept narrow in the file and widened once,
    by a DEQUANTIZE that LiteRT computes when it loads the model. With "dynamic", ops with a
    hybrid kernel read int8 weights directly, and the others as with "weight8".

    What stays float32: constants of fewer than `MIN_ELEMENTS` elements, biases, what a custom op
    or another subgraph is given, and what the type cannot hold.

    Args:
        model: a float model; the types of its inputs and outputs stay.
        precision: a name of `WEIGHT_TYPES`.

    Returns:
        How many constants changed.

    Raises:
        UsageError: there is no such precision.
    """
    if precision not in WEIGHT_TYPES:
        raise UsageError(
            "is no precision of weights alone",
            where=f"--precision {precision}",
            hint=f"Use {', '.join(WEIGHT_TYPES)}",
        )
    planned: dict[Tensor, _Forms] = {}
    for readers in _by_buffer(model).values():
        forms = {tensor: _forms(uses, precision) for tensor, uses in readers.items()}
        # The float values stay in the file if only one of the readers needs them.
        if all(form is not None for one in forms.values() for form in one.values()):
            planned |= forms
    writer = _Writer()
    for tensor, form in planned.items():
        writer.replace(tensor, form)
    return len(planned)


@dataclass(frozen=True)
class _Form:
    """What one operand of one op becomes.

    Attributes:
        dtype: of the constant.
        axis: the channel axis of integers; None for float16.
        hybrid: the rule of the op that reads the constant itself; None where a DEQUANTIZE does.
    """

    dtype: str
    axis: int | None
    hybrid: WeightRule | None = None


_Forms = dict[Use, "_Form | None"]


def _by_buffer(model: Model) -> dict[Buffer, dict[Tensor, list[Use]]]:
    """The constants that may change, with their readers, by the buffer that they share."""
    found: dict[Buffer, dict[Tensor, list[Use]]] = {}
    kept: set[Buffer] = set()
    for graph in model.subgraphs:
        uses, outside = graph.uses(), {*graph.inputs, *graph.outputs}
        for tensor in graph.tensors:
            if tensor.buffer is None:
                continue
            if _is_large_float(tensor) and tensor in uses and tensor not in outside:
                found.setdefault(tensor.buffer, {})[tensor] = uses[tensor]
            elif tensor in uses or tensor in outside or tensor.is_variable:
                kept.add(tensor.buffer)
    return {buffer: readers for buffer, readers in found.items() if buffer not in kept}


def _is_large_float(tensor: Tensor) -> bool:
    plain = tensor.sparsity is None and not tensor.is_variable
    return tensor.dtype == "float32" and plain and tensor.size >= MIN_ELEMENTS


def _forms(uses: Iterable[Use], precision: str) -> _Forms:
    return {use: _form(use, precision) for use in uses}


def _form(use: Use, precision: str) -> _Form | None:
    """What an operand becomes; None where it stays float32."""
    op, position = use
    rule = None if op.custom else WEIGHT_RULES.get(op.name)
    if op.custom or op.subgraphs or (rule is not None and position == rule.bias):
        return None
    dtype, values = WEIGHT_TYPES[precision], _values(op, position)
    if dtype == "float16":
        # An infinity is one in float16 too; a finite value must not become one.
        finite = np.where(np.isfinite(values), values, 0)
        return _Form(dtype, None) if np.abs(finite).max() <= _LARGEST_FLOAT16 else None
    if not np.isfinite(values).all():
        return None
    if rule is None or position != rule.position:
        return _Form("int8", _first_long_axis(values))
    direct = rule.exact or (precision == "dynamic" and _is_hybrid(op, rule))
    return _Form(dtype, rule.channel_axis(op), rule if direct else None)


def _is_hybrid(op: Op, rule: WeightRule) -> bool:
    """Whether the other operands are what the hybrid kernel wants."""
    floats = all(one.dtype == "float32" for one in op.outputs)
    return rule.hybrid and floats and rule.hybrid_fits(op)


def _values(op: Op, position: int) -> NDArray[np.float32]:
    tensor = op.inputs[position]
    return np.asarray(None if tensor is None else tensor.data, np.float32)


def _first_long_axis(values: NDArray[np.float32]) -> int:
    return next((axis for axis, size in enumerate(values.shape) if size > 1), 0)


@dataclass
class _Writer:
    """Makes each narrow constant once, whoever reads it.

    Attributes:
        narrow: the narrow values and what they stand for, by what they were and their type.
        listed: the tensors that hold them, by subgraph too.
        widened: what DEQUANTIZE makes of them.
    """

    narrow: dict[tuple[object, ...], tuple[Buffer, Quantization[Tensor] | None]] = field(
        default_factory=dict
    )
    listed: dict[tuple[object, ...], Tensor] = field(default_factory=dict)
    widened: dict[Tensor, Tensor] = field(default_factory=dict)

    def replace(self, tensor: Tensor, forms: _Forms) -> None:
        """Give every reader of a constant the form it takes."""
        graph = tensor.subgraph
        if graph is None:
            raise ValueError(f"{tensor.name} is in no subgraph")
        for (op, position), form in forms.items():
            if form is None:
                continue
            narrow = self.list_narrow(graph, tensor, form)
            if form.hybrid is None:
                op.inputs[position] = self.widen(graph, tensor, narrow)
            else:
                op.inputs[position] = narrow
                _make_hybrid(op, form.hybrid)
        graph.tensors.remove(tensor)

    def list_narrow(self, graph: Subgraph, tensor: Tensor, form: _Form) -> Tensor:
        what = (tensor.buffer, tensor.shape, form.dtype, form.axis)
        if what not in self.narrow:
            self.narrow[what] = _narrow(np.asarray(tensor.data, np.float32), form)
        if (graph, what) not in self.listed:
            buffer, quantization = self.narrow[what]
            name = f"{tensor.name}_{form.dtype}"
            made = Tensor(name, tensor.shape, form.dtype, buffer, quantization)
            self.listed[graph, what] = graph.add(made)
        return self.listed[graph, what]

    def widen(self, graph: Subgraph, tensor: Tensor, narrow: Tensor) -> Tensor:
        if narrow not in self.widened:
            wide = graph.add(Tensor(tensor.name, tensor.shape, "float32"))
            graph.ops.insert(0, Op("DEQUANTIZE", [narrow], [wide], {}))
            self.widened[narrow] = wide
        return self.widened[narrow]


def _narrow(values: NDArray[np.float32], form: _Form) -> tuple[Buffer, Quantization[Tensor] | None]:
    """The constant's buffer and what its integers stand for."""
    holder = Tensor("", values.shape, form.dtype)
    if form.axis is None:
        holder.data = values.astype(np.float16)
    else:
        steps = to_steps(values, form.axis, form.dtype)
        holder.data = steps.values
        zeros = np.zeros(steps.scales.shape, np.int64)
        holder.quantization = Quantization.affine(steps.scales, zeros, form.axis)
    if holder.buffer is None:
        raise ValueError("a constant without a buffer")
    return holder.buffer, holder.quantization


def _make_hybrid(op: Op, rule: WeightRule) -> None:
    if rule.hybrid_options:
        op.options = {**(op.options or {}), **rule.hybrid_options}
