"""The type of a quantized model's inputs and outputs, whatever engine made it. Pure.

An integer face can be had where the graph quantizes or dequantizes at its boundary, or is integer
there already. What one face says in another:

- int8 and uint8 stand for each other exactly: same scale, zero points 128 apart.
- int16 stands for both exactly: 128 of its steps are one of theirs.
- int8 and uint8 for int16 are coarser: 8 bits for the range that the tensor is said to have, or
  for all that int16 can say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tflitekit.graph.model import Model, Subgraph, Tensor
from tflitekit.graph.quantization import Quantization
from tflitekit.graph.state import state_of
from tflitekit.quantize.calibration.ranges import params_of
from tflitekit.quantize.job import IoType
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.conversion import conversion

_ZERO_POINT_SHIFT = {("int8", "uint8"): 128, ("uint8", "int8"): -128}

_INTEGERS = ("int8", "uint8", "int16")

_STEPS_IN_A_STEP = 128
"""Of int16 in one of 8 bits: the 255 on either side of a zero point at the end fit."""

_LARGEST_INT16 = 32767

_THROUGH = {("int16", "uint8"): "int8"}
"""Where LiteRT's QUANTIZE refuses a pair of types: the type to pass through."""


def set_io(model: Model, io: IoType) -> int:
    """Give the inputs and outputs of every callable subgraph the type `io`, in place; the model's
    state stays as it is.

    Float inputs that the graph only quantizes lose that QUANTIZE, float outputs that it has just
    dequantized their DEQUANTIZE; where the type is still another, one conversion is put in. Names
    and order stay. What has no scale of its own is left as it is: integers that are just numbers,
    and the float face of an op that was not quantized, which `graph.strict` finds.

    Args:
        model: a quantized model.
        io: the type of the inputs and outputs that stand for real numbers.

    Returns:
        How many inputs and outputs changed.
    """
    callable_ = [model.main, *(one.subgraph for one in model.signatures.values())]
    carried = {one for pair in state_of(model).tensors(model.signature()) for one in pair}
    return sum(_set_io(model, graph, io, carried) for graph in dict.fromkeys(callable_))


def _set_io(model: Model, graph: Subgraph, io: IoType, carried: Collection[Tensor]) -> int:
    before = [tensor.dtype for tensor in (*graph.inputs, *graph.outputs)]
    if io != "float32":
        for tensor in _free(graph.inputs, carried):
            _take_off_quantize(model, graph, tensor, io)
        for tensor in _free(graph.outputs, carried):
            _take_off_dequantize(model, graph, tensor)
    for tensor in _free(graph.inputs, carried):
        if _is_quantized(tensor) and tensor.dtype != io:
            _convert_input(model, graph, tensor, io)
    for tensor in _free(graph.outputs, carried):
        if _is_quantized(tensor) and tensor.dtype != io:
            _convert_output(model, graph, tensor, io)
    after = [tensor.dtype for tensor in (*graph.inputs, *graph.outputs)]
    return sum(old != new for old, new in zip(before, after, strict=True))


def _free(tensors: Iterable[Tensor], carried: Collection[Tensor]) -> list[Tensor]:
    """Each once, without the state."""
    return [tensor for tensor in dict.fromkeys(tensors) if tensor not in carried]


def _take_off_quantize(model: Model, graph: Subgraph, tensor: Tensor, io: IoType) -> None:
    """Where this input is only quantized, make what is quantized from it the input.

    Of several, one of the type `io` if there is one, and of these the one with the widest range,
    so that nothing is clipped; the others are requantized from it.
    """
    quantizers = [use.op for use in graph.uses().get(tensor, ()) if use.op.name == "QUANTIZE"]
    made = [op.outputs[0] for op in quantizers]
    others = len(graph.uses().get(tensor, ())) - len(made) + graph.outputs.count(tensor)
    if not tensor.is_float or not made or others or not all(map(_is_quantized, made)):
        return
    widest = max(made, key=lambda one: (one.dtype == io, _affine(one)[0]))
    for op in quantizers:
        (output,) = op.outputs
        if output is widest or _stand_for_the_same(output, widest):
            graph.ops.remove(op)
            graph.replace_all_uses(output, widest)
        else:
            op.inputs, op.version = [widest], 1
    _replace_inputs(model, graph, tensor, widest)
    widest.name = tensor.name
    graph.tensors.remove(tensor)
    for output in made:
        if output is not widest and output not in graph.producers():
            graph.tensors.remove(output)


def _take_off_dequantize(model: Model, graph: Subgraph, tensor: Tensor) -> None:
    """Where this output has just been dequantized, make what it is dequantized from the output."""
    op = graph.producers().get(tensor)
    source = op.inputs[0] if op is not None and op.name == "DEQUANTIZE" else None
    if op is None or source is None or source.is_constant or not _is_quantized(source):
        return
    is_named = source in graph.inputs or source in graph.outputs
    _replace_outputs(model, graph, tensor, source)
    if tensor not in graph.uses():
        graph.ops.remove(op)
        graph.tensors.remove(tensor)
        source.name = source.name if is_named else tensor.name


def _convert_input(model: Model, graph: Subgraph, tensor: Tensor, io: IoType) -> None:
    outside = _outside(graph, tensor, io)
    graph.ops.insert(0, conversion("QUANTIZE", outside, tensor))
    _replace_inputs(model, graph, tensor, outside)


def _convert_output(model: Model, graph: Subgraph, tensor: Tensor, io: IoType) -> None:
    through = _THROUGH.get((tensor.dtype, io), io)
    outside = _outside(graph, tensor, through)
    name = "DEQUANTIZE" if through == "float32" else "QUANTIZE"
    graph.ops.append(conversion(name, tensor, outside))
    _replace_outputs(model, graph, tensor, outside)
    if through != io:
        _convert_output(model, graph, outside, io)


def _outside(graph: Subgraph, tensor: Tensor, io: str) -> Tensor:
    """A new tensor of type `io` that stands for what `tensor` stands for, and takes its name."""
    new = Tensor(tensor.name, tensor.shape, io, shape_signature=tensor.shape_signature)
    if io != "float32":
        params = _face(tensor, io)
        new.quantization = Quantization.affine(params.scales, params.zero_points)
    tensor.name += f"_{tensor.dtype}"
    return graph.add(new)


def _face(tensor: Tensor, io: str) -> QuantParams:
    """The parameters of another integer type for the same real values; see above."""
    scale, zero_point = _affine(tensor)
    if io == "int16":
        return QuantParams((scale / _STEPS_IN_A_STEP,), (0,), io)
    if tensor.dtype == "int16":
        low, high = _range(tensor)
        return params_of(low, high, io)
    shift = _ZERO_POINT_SHIFT[tensor.dtype, io]
    return QuantParams((scale,), (zero_point + shift,), io)


def _range(tensor: Tensor) -> tuple[float, float]:
    """What the file says of an int16 tensor's values, but no more than it can hold."""
    limit = _affine(tensor)[0] * _LARGEST_INT16
    known = tensor.quantization
    if known is None or len(known.minimum) != 1 or len(known.maximum) != 1:
        return -limit, limit
    return max(float(known.minimum[0]), -limit), min(float(known.maximum[0]), limit)


def _replace_inputs(model: Model, graph: Subgraph, old: Tensor, new: Tensor) -> None:
    graph.inputs = [new if one is old else one for one in graph.inputs]
    for signature in model.signatures.values():
        for name, tensor in signature.inputs.items():
            if tensor is old:
                signature.inputs[name] = new


def _replace_outputs(model: Model, graph: Subgraph, old: Tensor, new: Tensor) -> None:
    """Unlike `Subgraph.replace_all_uses`, leaves what the ops read."""
    graph.outputs = [new if one is old else one for one in graph.outputs]
    for signature in model.signatures.values():
        for name, tensor in signature.outputs.items():
            if tensor is old:
                signature.outputs[name] = new


def _is_quantized(tensor: Tensor) -> bool:
    return tensor.dtype in _INTEGERS and tensor.spec().scale is not None


def _affine(tensor: Tensor) -> tuple[float, int]:
    """Scale and zero point of a tensor that `_is_quantized`."""
    spec = tensor.spec()
    if spec.scale is None or spec.zero_point is None:
        raise ValueError(f"{tensor.name} has no scale of its own")
    return spec.scale, spec.zero_point


def _stand_for_the_same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and _affine(one) == _affine(other)
