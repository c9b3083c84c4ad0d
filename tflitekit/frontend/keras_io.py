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
    """The inputs in the order in which `call_with` takes them.

    A functional or sequential model names its inputs. A subclassed one knows at most the shapes
    that it was built with. They go by the names of its `call` parameters, or by the keys where a
    parameter takes a dictionary; `given` shapes name those that the model does not know of.

    Raises:
        ModelError: the model has no weights yet, or the shape of an input is neither known nor
            given.
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
    arguments = _arguments(model, given)
    missing = [name for name in _required(model) if name not in arguments]
    if missing or not arguments:
        name = missing[0] if missing else "inputs"
        raise ModelError(
            f"is a subclassed model that does not know the shape of its input {name!r}",
            where=where,
            hint=f"Give it: --input-shape {name}=1,...",
        )
    return [spec for _, spec in _leaves(arguments, ())]


def call_with(model: Any, tensors: Sequence[Any], given: Mapping[str, tuple[int, ...]]) -> Any:
    """The outputs of `model` for flat input tensors, in the structure that it takes."""
    structure = _input_structure(model)
    if structure is not None:
        return model(_filled(structure, iter(tensors)), training=False)
    if _symbolic_inputs(model):
        return model(tensors[0] if len(tensors) == 1 else list(tensors), training=False)
    first, *others = _filled(_arguments(model, given), iter(tensors)).items()
    return model(first[1], **dict(others), training=False)


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


def _arguments(model: Any, given: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """What a subclassed model's `call` takes, by parameter: an `InputSpec` for each tensor."""
    dtype = _dtype(getattr(model, "input_dtype", None) or "float32")
    parameters = list(inspect.signature(model.call).parameters)
    shapes = dict(getattr(model, "_build_shapes_dict", None) or {})
    if list(shapes) == ["input_shape"]:
        shapes = {parameters[0]: shapes["input_shape"]}
    known = {
        name: _recorded(shape, name, dtype)
        for name, shape in ((key.removesuffix("_shape"), value) for key, value in shapes.items())
    }
    named = {
        name: InputSpec(name, tuple(shape), dtype)
        for name, shape in given.items()
        if name not in known and (name in parameters or not known)
    }
    if known or set(named) <= set(parameters):
        return {**known, **named}
    return {parameters[0]: next(iter(named.values())) if len(named) == 1 else list(named.values())}


def _recorded(shape: Any, name: str, dtype: str) -> Any:
    """The inputs of one parameter, from the structure of shapes that it was built with.

    A recorded shape keeps the batch of the first call, which binds nobody.
    """
    if isinstance(shape, Mapping):
        return {key: _recorded(value, str(key), dtype) for key, value in shape.items()}
    if all(size is None or isinstance(size, int) for size in shape):
        return InputSpec(name, (None, *shape[1:]), dtype)
    return [_recorded(value, f"{name}_{n}", dtype) for n, value in enumerate(shape)]


def _required(model: Any) -> list[str]:
    """The parameters of a model's `call` that have no default."""
    return [
        name
        for name, parameter in inspect.signature(model.call).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and name not in ("training", "mask")
    ]


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
