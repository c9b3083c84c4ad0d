"""Where it shows what values a model expects: in its graph, and in `dataset.toml`.

Nothing in a float model says what range it was trained on, so most of what is here is
circumstantial and gives warnings. Only two facts are certain: the size of a table that an input is
an index into, and a `range` that the author of the data set wrote down.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tflitekit.data.expectations import (
    Bounds,
    Expectation,
    FirstWeights,
    Normalization,
    ScaledOnce,
)
from tflitekit.data.recipe import FILE_NAME, Preprocess, Recipe
from tflitekit.graph.model import Model, Op, Tensor, Use
from tflitekit.graph.spec import TensorSpec

_CHANNELS = (1, 3, 4)
"""Of pictures."""
_SCALES_STORED = 1 / 8
"""A `scale` up to this one is meant for integers."""
_RESIZES = ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR")
_VIEWS = ("CAST", "RESHAPE", "EXPAND_DIMS", "SQUEEZE", "TRANSPOSE", "PAD", *_RESIZES)
"""Ops whose values are those of their first operand, or between them, or 0."""
_TABLES = {"GATHER": 0, "EMBEDDING_LOOKUP": 1}
"""Which operand is the table that the other one is an index into."""
_CHANNEL_AXES = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}
"""The axis of the weights, operand 1, that counts the outputs."""
_AFFINE = ("ADD", "SUB", "MUL", "DIV")
_LONGEST_CHAIN = 8


def expectations(model: Model, recipe: Recipe) -> dict[str, tuple[Expectation, ...]]:
    """What is known of each input of the model's signature, by name.

    Args:
        model: the float model.
        recipe: the data set's; its `range` outweighs what the graph suggests.
    """
    signature = model.signature()
    uses = signature.subgraph.uses()
    return {
        name: _of_input(name, tensor, uses, recipe) for name, tensor in signature.inputs.items()
    }


def _of_input(
    name: str, tensor: Tensor, uses: dict[Tensor, list[Use]], recipe: Recipe
) -> tuple[Expectation, ...]:
    steps, table = recipe.steps(name), _table_bounds(tensor, uses)
    if steps.range is not None:
        reason, hint = f"what {FILE_NAME} declares", f"Correct preprocess or range in {FILE_NAME}"
        return (*table, Bounds(*steps.range, certain=True, reason=reason, hint=hint))
    if table or not tensor.is_float:
        return table
    normalization = _normalization(tensor, uses)
    if normalization is not None:
        return (normalization,)
    weights = _first_weights(tensor, uses) if _is_picture(tensor.spec(), steps) else ()
    return _recorded(tensor) or (*_scaled_once(steps), *weights)


def _scaled_once(steps: Preprocess) -> tuple[Expectation, ...]:
    alone = steps.scale is not None and steps.mean is None and steps.std is None
    if not alone or not 0 < abs(steps.scale or 0.0) <= _SCALES_STORED:
        return ()
    return (ScaledOnce(steps.scale or 0.0),)


def _table_bounds(tensor: Tensor, uses: dict[Tensor, list[Use]]) -> tuple[Expectation, ...]:
    """The sizes of the tables that the input is an index into."""
    sizes = {op: _table_size(op) for op in _readers(tensor, uses)}
    hint = "Number the entries as in training; a larger table needs another model"
    return tuple(
        Bounds(0, size - 1, True, f"the {size} rows of the table that {op.name} reads", hint)
        for op, size in sizes.items()
        if size is not None
    )


def _readers(tensor: Tensor, uses: dict[Tensor, list[Use]]) -> list[Op]:
    """The ops that read the tensor, or what only views or casts it."""
    found, pending = [], [tensor]
    for _ in range(_LONGEST_CHAIN):
        ops = [use.op for one in pending for use in uses.get(one, ())]
        found += [op for op in ops if op.name not in _VIEWS]
        pending = [op.outputs[0] for op in ops if op.name in _VIEWS]
    return found


def _table_size(op: Op) -> int | None:
    """The number of entries in the constant that the op looks up in; None for another op."""
    table = _operand(op, _TABLES[op.name]) if op.name in _TABLES else None
    axis: int = (op.options or {}).get("axis", 0)
    if table is None or not table.is_constant or axis not in range(len(table.shape)):
        return None
    return table.shape[axis]


def _operand(op: Op, position: int) -> Tensor | None:
    return op.inputs[position] if position < len(op.inputs) else None


def _normalization(tensor: Tensor, uses: dict[Tensor, list[Use]]) -> Normalization | None:
    """Follow additions and multiplications by constants from the input."""
    scale, offset, ops = np.ones(1), np.zeros(1), []
    for _ in range(_LONGEST_CHAIN):
        tensor = _resized(tensor, uses)
        step = _affine_step(tensor, uses)
        if step is None:
            break
        op, factor, term = step
        scale, offset = scale * factor, offset * factor + term
        ops.append(op.name)
        tensor = op.outputs[0]
        if (op.options or {}).get("fused_activation_function", "NONE") != "NONE":
            break
    if not {"MUL", "DIV"} & set(ops) or not scale.all():
        return None
    # A factor above 1 without an offset is some other arithmetic, such as an embedding's.
    if not offset.any() and np.abs(scale).max() >= 1:
        return None
    return Normalization(scale, offset, ", ".join(ops))


def _resized(tensor: Tensor, uses: dict[Tensor, list[Use]]) -> Tensor:
    readers = uses.get(tensor, [])
    return readers[0].op.outputs[0] if _is_read_by(readers, _RESIZES) else tensor


def _is_read_by(readers: Sequence[Use], names: Sequence[str]) -> bool:
    """Whether the only reader is one of these ops."""
    return len(readers) == 1 and readers[0].op.name in names


def _affine_step(
    tensor: Tensor, uses: dict[Tensor, list[Use]]
) -> tuple[Op, NDArray[np.float64], NDArray[np.float64]] | None:
    """The only reader of `tensor` and its (factor, term), where it is one of `_AFFINE`."""
    readers = uses.get(tensor, [])
    if not _is_read_by(readers, _AFFINE):
        return None
    op, position = readers[0]
    other = _operand(op, 1 - position)
    constant = None if other is None else _by_channel(other, tensor.shape)
    if constant is None:
        return None
    zero, one = np.zeros(1), np.ones(1)
    if op.name == "ADD":
        return op, one, constant
    if op.name == "MUL":
        return op, constant, zero
    if op.name == "SUB":
        return (op, one, -constant) if position == 0 else (op, -one, constant)
    return (op, 1 / constant, zero) if position == 0 and constant.all() else None


def _by_channel(tensor: Tensor, shape: Sequence[int]) -> NDArray[np.float64] | None:
    """A float constant as [1], or as [C] where it differs along the last axis alone."""
    values = tensor.data if _is_dense(tensor) else None
    if values is None or values.size not in (1, shape[-1] if shape else 1):
        return None
    if values.size > 1 and values.shape[-1] != values.size:
        return None
    return values.reshape(-1).astype(np.float64)


def _first_weights(tensor: Tensor, uses: dict[Tensor, list[Use]]) -> tuple[Expectation, ...]:
    for op in _readers(tensor, uses):
        weights = _operand(op, 1)
        if op.name in _CHANNEL_AXES and weights is not None and _is_dense(weights):
            rows = np.moveaxis(np.asarray(weights.data, np.float32), _CHANNEL_AXES[op.name], 0)
            norms = np.linalg.norm(rows.reshape(len(rows), -1), axis=1)
            return (FirstWeights(float(np.median(norms)), op.name),)
    return ()


def _is_dense(tensor: Tensor) -> bool:
    """Whether `tensor.data` gives float numbers."""
    return tensor.is_float and tensor.buffer is not None and tensor.sparsity is None


def _recorded(tensor: Tensor) -> tuple[Expectation, ...]:
    """The range that the file says was seen in training."""
    params = tensor.quantization
    if params is None or not (len(params.minimum) == len(params.maximum) == 1):
        return ()
    low, high = float(params.minimum[0]), float(params.maximum[0])
    reason, hint = "what the model file records of its training", "Preprocess as in training"
    return (Bounds(low, high, certain=False, reason=reason, hint=hint),) if low < high else ()


def _is_picture(spec: TensorSpec, steps: Preprocess) -> bool:
    axis = 1 if steps.layout == "NCHW" else -1
    return len(spec.shape) == 4 and spec.shape[axis] in _CHANNELS
