"""Write a plan into a model. Mechanical: nothing is decided here."""

from __future__ import annotations

from typing import cast

import numpy as np

from tflitekit.graph.model import Model, Op, Tensor, Use
from tflitekit.graph.quantization import Quantization
from tflitekit.kernels import BY_NAME
from tflitekit.kernels.rescale import RESCALE
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.conversion import conversion
from tflitekit.quantize.planning.plan import Plan


def apply_plan(model: Model, plan: Plan) -> None:
    """Make the planned tensors integers, in place.

    Where the model has custom ops of ours anyway, int8 activations are requantized by ours, too.

    A planned activation changes its type where it stands. Readers that want other parameters get
    a QUANTIZE, readers in float a DEQUANTIZE, and constants an integer twin; each is made once.
    """
    _Writer(model, plan).write()


class _Writer:
    """Rebuilds the list of ops, with conversions before the ops that need them."""

    def __init__(self, model: Model, plan: Plan) -> None:
        self.graph = model.main
        self.plan = plan
        self.ops: list[Op] = []
        self.versions: dict[tuple[Tensor, QuantParams | None], Tensor] = {}
        self.has_ours = any(op.custom for op in plan.ops)

    def write(self) -> None:
        wanted = {
            use: self.plan.wanted(use)
            for op in self.plan.ops
            for use in (Use(op, index) for index in range(len(op.inputs)))
        }
        packed = {op: self.pack(op) for op in self.graph.ops if op.custom and op in self.plan.ops}
        for tensor in self.graph.inputs:
            self.become_integer(tensor)
        for op in self.graph.ops:
            for index, operand in enumerate(op.inputs):
                if operand is None:
                    continue
                use = Use(op, index)
                if use in self.plan.values:
                    op.inputs[index] = self.corrected(use)
                else:
                    op.inputs[index] = self.version(operand, wanted.get(use))
            if op in packed:
                self.become_custom(op, packed[op])
            self.ops.append(op)
            for output in op.outputs:
                self.become_integer(output)
        for tensor, params in self.plan.exits.items():
            self.leave(tensor, self.version(tensor, params))
        self.graph.ops = self.ops

    def pack(self, op: Op) -> list[Tensor]:
        """The constants of our integer kernel, made of those that the op has in float."""
        arrays = BY_NAME[op.name].pack(
            op,
            [self.plan.wanted(Use(op, index)) for index in range(len(op.inputs))],
            [self.plan.tensors.get(output) for output in op.outputs],
        )
        name = op.outputs[0].name
        return [self.graph.constant(f"{name}/packed_{i}", one) for i, one in enumerate(arrays)]

    def become_custom(self, op: Op, constants: list[Tensor]) -> None:
        """Give it the values, the weights and what is computed, then the kernel's constants."""
        rule = BY_NAME[op.name].rule
        values = {*(rule.data or ()), rule.weights}
        kept = [
            operand
            for index, operand in enumerate(op.inputs)
            if operand is not None and (index in values or not operand.is_constant)
        ]
        op.inputs, op.options, op.body = [*kept, *constants], None, None

    def leave(self, tensor: Tensor, outside: Tensor) -> None:
        """Give the caller `outside` under the name of `tensor`."""
        self.graph.replace_outputs(tensor, outside)
        outside.name, tensor.name = tensor.name, f"{tensor.name}_{tensor.dtype}"

    def become_integer(self, tensor: Tensor) -> None:
        params = self.plan.tensors.get(tensor)
        if params is not None:
            _set_params(tensor, params)
            self.versions[tensor, params] = tensor

    def version(self, tensor: Tensor, params: QuantParams | None) -> Tensor:
        """`tensor` with the given parameters; in float where these are None."""
        is_integer = tensor in self.plan.tensors
        if params is None and not is_integer:
            return tensor
        key = (tensor, params)
        if key not in self.versions:
            self.versions[key] = self.convert(tensor, params)
        return self.versions[key]

    def convert(self, tensor: Tensor, params: QuantParams | None) -> Tensor:
        if tensor.is_constant:
            return self.constant(tensor, cast(QuantParams, params))
        source = self.plan.tensors.get(tensor)
        if self.has_ours and source is not None and params is not None and params.dtype == "int8":
            return self.rescaled(tensor, source, params)
        name = "DEQUANTIZE" if params is None else "QUANTIZE"
        twin = self.graph.add(
            Tensor(
                f"{tensor.name}/{name.lower()}",
                tensor.shape,
                "float32",
                shape_signature=tensor.shape_signature,
            )
        )
        if params is not None:
            _set_params(twin, params)
        self.ops.append(conversion(name, tensor, twin))
        return twin

    def rescaled(self, tensor: Tensor, source: QuantParams, params: QuantParams) -> Tensor:
        """An integer activation in other steps."""
        twin = self.graph.add(Tensor(f"{tensor.name}/rescaled", tensor.shape, "int8"))
        _set_params(twin, params)
        op = Op(RESCALE.name, [tensor], [twin], custom=True)
        (block,) = RESCALE.pack(op, [source], [params])
        op.inputs.append(self.graph.constant(f"{twin.name}/packed_0", block))
        self.ops.append(op)
        return twin

    def corrected(self, use: Use) -> Tensor:
        """The integers that a correction found; of one reader only, so never shared."""
        tensor = cast(Tensor, use.op.inputs[use.position])
        twin = self.graph.constant(tensor.name, self.plan.values[use])
        _set_params(twin, self.plan.operands[use])
        return twin

    def constant(self, tensor: Tensor, params: QuantParams) -> Tensor:
        values = params.quantize(np.asarray(tensor.data, np.float32))
        twin = self.graph.constant(tensor.name, values)
        _set_params(twin, params)
        return twin


def _set_params(tensor: Tensor, params: QuantParams) -> None:
    tensor.dtype = params.dtype
    tensor.quantization = Quantization.affine(params.scales, params.zero_points, params.axis)
