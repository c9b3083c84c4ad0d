"""One op of a graph, run alone on LiteRT: what the runtime says about shapes and values is right.

The reference kernels are used, without XNNPACK, so that nothing depends on the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.errors import ModelError
from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.graph.ops import called_subgraphs
from tflitekit.graph.writer import write_model

Shape = tuple[int, ...]

_UNTOUCHED = 7919
"""The first size that outputs are declared with: the runtime leaves it where it cannot tell."""


def output_shapes(op: Op) -> list[Shape | None]:
    """The shapes of the outputs, as the runtime infers them from those of the operands.

    Returns:
        One shape an output; None where it depends on values that are not constant.

    Raises:
        ModelError: the runtime refuses the op with these operands.
    """
    interpreter = _allocated(op, _undeclared)
    shapes = (tuple(detail["shape"].tolist()) for detail in interpreter.get_output_details())
    return [None if shape[:1] == (_UNTOUCHED,) else shape for shape in shapes]


def output_values(op: Op) -> list[NDArray[Any]]:
    """The values of the outputs of an op whose operands' values do not matter or are constant.

    Raises:
        ModelError: the runtime refuses the op with these operands.
    """
    interpreter = _allocated(op, _declared)
    try:
        interpreter.invoke()
    except (RuntimeError, ValueError) as error:
        raise _refused(op, error) from error
    details = interpreter.get_output_details()
    return [np.array(interpreter.get_tensor(detail["index"])) for detail in details]


def _allocated(op: Op, output: Callable[[Tensor], Tensor]) -> Any:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    try:
        interpreter = Interpreter(
            model_content=write_model(_alone(op, output)),
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        raise _refused(op, error) from error
    return interpreter


def _alone(op: Op, output: Callable[[Tensor], Tensor]) -> Model:
    """A model of this op, with its constants, its outputs as asked, and with what it calls."""
    graph = Subgraph()
    copies = {tensor: graph.add(_operand(tensor)) for tensor in op.operands}
    outputs = [graph.add(output(tensor)) for tensor in op.outputs]
    intermediates = [graph.add(replace(tensor)) for tensor in op.intermediates]
    inputs = [None if tensor is None else copies[tensor] for tensor in op.inputs]
    graph.ops = [replace(op, inputs=inputs, outputs=outputs, intermediates=intermediates)]
    graph.outputs = outputs
    graph.inputs = [
        copy for copy in copies.values() if not copy.is_constant and not copy.is_variable
    ]
    model = Model([graph])
    model.subgraphs += called_subgraphs(op)
    return model


def _operand(tensor: Tensor) -> Tensor:
    return replace(tensor, shape_signature=None, quantization=_without_tensors(tensor))


def _undeclared(tensor: Tensor) -> Tensor:
    shape = (_UNTOUCHED, *(1 for _ in tensor.shape[1:]))
    return replace(tensor, shape=shape, shape_signature=None, quantization=_without_tensors(tensor))


def _declared(tensor: Tensor) -> Tensor:
    """With its shape where that is known: a SLICE of constant corners is held to it."""
    return _operand(tensor) if tensor.is_static else _undeclared(tensor)


def _without_tensors(tensor: Tensor) -> Any:
    """Block-wise scales change no shape, and their tensors are not part of the copy."""
    params = tensor.quantization
    return None if params is None else replace(params, details=None)


def _refused(op: Op, error: Exception) -> ModelError:
    subgraph = op.outputs[0].subgraph if op.outputs else None
    position = subgraph.ops.index(op) if subgraph and op in subgraph.ops else "?"
    shapes = ", ".join(str(list(tensor.shape)) for tensor in op.operands)
    reason = " ".join(str(error).split())
    name = f" ({op.outputs[0].name.split(';')[0]})" if op.outputs else ""
    return ModelError(
        f"op {position} {op.name}{name} cannot work with operands of shape {shapes}: {reason}",
        hint="Its sizes do not fit the model: check the input shapes and the batch",
    )
