"""The inputs and outputs of a Keras model by name, whatever structure it takes and gives.

Works on models of Keras 3 and of tf_keras. Runs in the child only.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tflitekit.errors import ModelError
from tflitekit.frontend.shapes import InputSpec


def inputs_of(model: Any, given: Mapping[str, tuple[int, ...]], where: str) -> list[InputSpec]:
    """The inputs in the order of `pack_inputs`.

    A functional or sequential model names its inputs. A subclassed one knows at most the shapes
    that it was built with, under the names of its `call` parameters; `given` shapes name the
    inputs of one that does not even know those.

    Raises:
        ModelError: the model has no weights yet, or knows nothing of its inputs and `given` is
            empty.
    """
    tensors = _symbolic_inputs(model)
    if tensors:
        return [
            InputSpec(tensor.name, _shape(tensor.shape), _dtype(tensor.dtype)) for tensor in tensors
        ]
    if not model.built:
        raise ModelError(
            "was saved before it was built, so it has no weights",
            where=where,
            hint="Call the model once on real data, train it, and save it again",
        )
    built = _built_shapes(model)
    if not built and not given:
        raise ModelError(
            "is a subclassed model that does not know its input shapes",
            where=where,
            hint="Give them: --input-shape inputs=1,...",
        )
    shapes: Mapping[str, Any] = built or given
    dtype = _dtype(getattr(model, "input_dtype", None) or "float32")
    return [
        InputSpec(name, _open_batch(shape, bool(built)), dtype) for name, shape in shapes.items()
    ]


def pack_inputs(model: Any, tensors: Sequence[Any]) -> Any:
    """Flat input tensors in the structure that `model` is called with."""
    structure = _input_structure(model)
    if structure is None:
        return tensors[0] if len(tensors) == 1 else list(tensors)
    return _filled(structure, iter(tensors))


def named_outputs(model: Any, outputs: Any) -> list[tuple[str, Any]]:
    """Output tensors under names that the model's author would expect.

    Dictionary keys where there are some; else the names of the layers that give the outputs;
    else "output", numbered where there are several. Each name comes once.
    """
    leaves = list(_leaves(outputs, ()))
    functional = getattr(model, "_functional", None) or model  # a sequential model wraps one
    names = list(getattr(functional, "output_names", None) or [])
    if _has_keys(outputs) or len(names) != len(leaves):
        root = () if isinstance(outputs, Mapping) else ("output",)
        names = ["_".join(root + path) for path, _ in leaves]
    return list(zip(_unique(names), (tensor for _, tensor in leaves), strict=True))


def _symbolic_inputs(model: Any) -> list[Any]:
    structure = _input_structure(model)
    if structure is not None:
        return [tensor for _, tensor in _leaves(structure, ())]
    try:
        return list(model.inputs or [])
    except (AttributeError, ValueError):
        return []


def _input_structure(model: Any) -> Any:
    """The structure of symbolic inputs of a functional model; None for others."""
    for attribute in ("_inputs_struct", "_nested_inputs"):  # Keras 3, tf_keras
        structure = getattr(model, attribute, None)
        if structure is not None:
            return structure
    return None


def _built_shapes(model: Any) -> dict[str, Any]:
    """Shapes by parameter of `call`, as a subclassed model recorded them when it was built."""
    shapes = dict(getattr(model, "_build_shapes_dict", None) or {})
    if list(shapes) == ["input_shape"]:
        parameters = list(inspect.signature(model.call).parameters)
        shapes = {parameters[0]: shapes["input_shape"]}
    return {name.removesuffix("_shape"): shape for name, shape in shapes.items()}


def _open_batch(shape: Sequence[int | None], built: bool) -> tuple[int | None, ...]:
    """A recorded shape keeps the batch of the first call, which binds nobody."""
    return (None, *shape[1:]) if built else tuple(shape)


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if getattr(shape, "rank", 0) is None:
        return None
    return tuple(shape)


def _dtype(dtype: Any) -> str:
    return dtype if isinstance(dtype, str) else str(dtype.name)


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from _leaves(value, (*path, str(index)))
    elif node is not None:
        yield path, node


def _filled(node: Any, tensors: Iterator[Any]) -> Any:
    """`node` with its leaves, in the order of `_leaves`, replaced by `tensors`."""
    if isinstance(node, Mapping):
        return {key: _filled(value, tensors) for key, value in node.items()}
    if isinstance(node, list | tuple):
        filled = [_filled(value, tensors) for value in node]
        return tuple(filled) if isinstance(node, tuple) else filled
    return None if node is None else next(tensors)


def _has_keys(node: Any) -> bool:
    if isinstance(node, Mapping):
        return True
    return isinstance(node, list | tuple) and any(map(_has_keys, node))


def _unique(names: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    for name in names:
        unique, number = name, 1
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found[unique] = None
    return list(found)
