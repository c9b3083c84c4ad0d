"""Loads a SavedModel and converts one of its signatures. Runs in the child only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tflitekit.child.brief import brief
from tflitekit.child.frozen import import_frozen
from tflitekit.errors import ModelError
from tflitekit.frontend.export import Function, export
from tflitekit.frontend.host_ops import check_host_ops
from tflitekit.frontend.shapes import InputSpec, static_shapes
from tflitekit.progress import Progress

_PREFERRED = ("serving_default", "serve")


def convert(
    progress: Progress,
    *,
    path: str,
    flatbuffer: str,
    batch: int,
    input_shapes: dict[str, list[int]],
    trust: bool,
    scratch: str,
) -> dict[str, Any]:
    """The job behind `lower` for SavedModel folders.

    Returns:
        Names of "inputs", "outputs" and "layers" in order, and the "reader".
    """
    if not trust:
        check_host_ops(Path(path))
    given = {name: tuple(shape) for name, shape in input_shapes.items()}
    return export(lambda: _function(path, batch, given), Path(flatbuffer), Path(scratch))


def _function(path: str, batch: int, given: Mapping[str, tuple[int, ...]]) -> Function:
    """One of its signatures."""
    import tensorflow as tf

    loaded = _load(path)
    signature = _signature(loaded, path)
    inputs = _inputs(signature)
    return Function(
        call=lambda tensors: _call(signature, inputs, tensors),
        inputs=inputs,
        shapes=static_shapes(inputs, batch=batch, given=given, where=path),
        variables=[loaded, signature.variables],
        where=path,
        reader=f"tensorflow {tf.__version__}",
    )


def _load(path: str) -> Any:
    tf = import_frozen("tensorflow")
    try:
        return tf.saved_model.load(path)
    except Exception as error:
        raise ModelError(
            f"cannot be loaded ({brief(error)})",
            where=path,
            hint="Check that the folder is whole, with its variables/",
        ) from error


def _signature(loaded: Any, path: str) -> Any:
    signatures: Mapping[str, Any] = getattr(loaded, "signatures", {})
    keys = [key for key in signatures if not key.startswith("__")]
    for key in _PREFERRED:
        if key in keys:
            return signatures[key]
    if len(keys) == 1:
        return signatures[keys[0]]
    raise ModelError(
        f"has the signatures {', '.join(keys)} and none is serving_default"
        if keys
        else "has no signature",
        where=path,
        hint="Save it with signatures={'serving_default': ...}, or with model.export(folder)",
    )


def _inputs(signature: Any) -> list[InputSpec]:
    """The inputs in the order in which the signature's function declares them."""
    _, keywords = signature.structured_input_signature
    return [
        InputSpec(
            name,
            None if spec.shape.rank is None else tuple(spec.shape.as_list()),
            spec.dtype.name,
        )
        for name, spec in keywords.items()
    ]


def _call(signature: Any, inputs: Sequence[InputSpec], tensors: Sequence[Any]) -> list[Any]:
    named = {spec.name: tensor for spec, tensor in zip(inputs, tensors, strict=True)}
    return list(signature(**named).items())
