"""Make the shapes of a model fixed: those of its inputs are given, the rest follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tflitekit.errors import UsageError
from tflitekit.graph.model import Model, Op, Signature, Subgraph, Tensor
from tflitekit.graph.one_op import Shape, output_shapes
from tflitekit.graph.ops import is_pure

_FIRST_ARGUMENT = {"IF": 1}
"""Where the operands that a called subgraph gets begin; 0 for the others."""


def fix_inputs(
    model: Model, shapes: Mapping[str, Sequence[int]] | None = None, *, batch: int = 1
) -> int:
    """Give every input a fixed shape.

    Args:
        model: changed in place; `propagate_shapes` does the rest of the graph.
        shapes: full shapes by input name; the fixed sizes of the model must agree.
        batch: the size of a first axis that is not fixed, where `shapes` says nothing.

    Returns:
        How many inputs changed.

    Raises:
        UsageError: there is no such input, a shape does not fit it, or an axis other than the
            first is not fixed and not given.
    """
    given = dict(shapes or {})
    signatures = list(model.signatures.values()) or [model.signature()]
    _check_names(given, signatures)
    changes = 0
    for name, tensor in (item for one in signatures for item in one.inputs.items()):
        if not tensor.is_static or name in given:
            changes += _set_shape(tensor, _input_shape(name, tensor, given.get(name), batch))
    return changes


def propagate_shapes(model: Model) -> int:
    """Fix the shape of every tensor that follows from fixed shapes and constants.

    Each op with an open output shape is shown alone to the runtime, which infers it. Custom ops
    and ops with state are left as they are.

    Returns:
        How many tensors got a fixed shape.

    Raises:
        ModelError: the runtime refuses an op with the shapes that reach it.
    """
    callers = _single_callers(model)
    return sum(_propagate(subgraph, callers) for subgraph in model.subgraphs)


def _propagate(subgraph: Subgraph, callers: Mapping[Subgraph, Op]) -> int:
    changes = 0
    for op in subgraph.ops:
        if op.custom or not is_pure(op) or not all(one.is_static for one in op.operands):
            continue
        if not all(tensor.is_static for tensor in op.outputs):
            changes += _set_shapes(op.outputs, output_shapes(op))
        changes += _pass_shapes_on(op, callers)
    return changes


def _pass_shapes_on(op: Op, callers: Mapping[Subgraph, Op]) -> int:
    """Fix the inputs of the subgraphs that only `op` calls, if its own shapes are settled."""
    if not all(tensor.is_static for tensor in op.outputs):
        return 0
    arguments = list(op.operands)[_FIRST_ARGUMENT.get(op.name, 0) :]
    return sum(
        _set_shapes(called.inputs, [tensor.shape for tensor in arguments])
        for called in op.subgraphs.values()
        if callers.get(called) is op and len(called.inputs) == len(arguments)
    )


def _single_callers(model: Model) -> dict[Subgraph, Op]:
    calls = [(called, op) for op in model.ops() for called in op.subgraphs.values()]
    times = [called for called, _ in calls]
    return {called: op for called, op in calls if times.count(called) == 1}


def _set_shapes(tensors: Sequence[Tensor], shapes: Sequence[Shape | None]) -> int:
    return sum(
        _set_shape(tensor, shape)
        for tensor, shape in zip(tensors, shapes, strict=True)
        if shape is not None and not tensor.is_static
    )


def _set_shape(tensor: Tensor, shape: Shape) -> int:
    if tensor.is_static and tensor.shape == shape:
        return 0
    tensor.shape, tensor.shape_signature = shape, None
    return 1


def _check_names(given: Mapping[str, object], signatures: Sequence[Signature]) -> None:
    known = {name for signature in signatures for name in signature.inputs}
    for name in given:
        if name not in known:
            raise UsageError(
                f"the model has no input {name!r}", hint=f"Its inputs: {', '.join(sorted(known))}"
            )


def _input_shape(name: str, tensor: Tensor, given: Sequence[int] | None, batch: int) -> Shape:
    declared = tensor.dynamic_shape
    if given is None:
        shape = (batch if declared[0] == -1 else declared[0], *declared[1:])
        if -1 in shape:
            raise UsageError(
                f"the input {name!r} has the shape {list(declared)}, which is not fixed",
                hint=f"Name all sizes: --input-shape {name}={','.join(map(_blank, shape))}",
            )
        return shape
    fits = len(given) == len(declared) and all(
        size == want or want == -1 for size, want in zip(given, declared, strict=True)
    )
    if not fits or min(given, default=1) < 1:
        raise UsageError(
            f"the input {name!r} has the shape {list(declared)}, and {list(given)} does not fit",
            hint="Only sizes shown as -1 can be chosen",
        )
    return tuple(given)


def _blank(size: int) -> str:
    return "SIZE" if size == -1 else str(size)
