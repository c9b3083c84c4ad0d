"""Loads a Keras model and converts it. Runs in the child only."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tflitekit.child.brief import brief
from tflitekit.child.frozen import import_frozen
from tflitekit.errors import ModelError, UsageError
from tflitekit.frontend.audit import Finding, audit, refuse
from tflitekit.frontend.detect import ModelFormat
from tflitekit.frontend.export import Function, export
from tflitekit.frontend.keras_file import KerasFile, read_keras_file
from tflitekit.frontend.keras_io import call_with, inputs_of, named_outputs
from tflitekit.frontend.recurrent import fused_recurrent_layers
from tflitekit.frontend.shapes import static_shapes
from tflitekit.progress import Progress


@dataclass(frozen=True)
class _Wanted:
    """A Keras file and what the user allows it.

    Attributes:
        path: as the user gave it.
        link: another name of it, with the suffix that Keras tells the format by.
        file: its configuration.
        trust: whether it may run code.
        custom_objects: what the user's modules define, by name.
    """

    path: Path
    link: Path
    file: KerasFile
    trust: bool
    custom_objects: Mapping[str, Any]


def convert(
    progress: Progress,
    *,
    path: str,
    kind: str,
    flatbuffer: str,
    batch: int,
    input_shapes: dict[str, list[int]],
    trust: bool,
    custom_objects: str | None,
    search_path: str,
    fuse_layers: bool,
    scratch: str,
) -> dict[str, Any]:
    """The job behind `lower` for .keras and .h5 files.

    Returns:
        Names of "inputs", "outputs" and "layers" in order, and the "reader".
    """
    file = read_keras_file(Path(path), ModelFormat(kind))
    modules = [custom_objects] if custom_objects else []
    if trust:
        modules += _named_modules(file)
    provided = _import_modules(modules, search_path)
    link = _link(Path(path), Path(scratch), "." + kind)
    wanted = _Wanted(Path(path), link, file, trust, provided)
    given = {name: tuple(shape) for name, shape in input_shapes.items()}

    def load() -> Function:
        model, reader = _load(wanted)
        if changed := _compute_in_float32(model):
            progress.note(f"{changed} layers of mixed precision compute in float32 here")
        inputs = inputs_of(model, given, path)
        return Function(
            call=_traceable(model, given, fuse_layers),
            inputs=inputs,
            shapes=static_shapes(inputs, batch=batch, given=given, where=path),
            variables=_tf_variables(model),
            where=path,
            reader=reader,
            layers=list(_layer_names(model)),
        )

    return export(load, Path(flatbuffer), Path(scratch))


def _traceable(
    model: Any, given: Mapping[str, tuple[int, ...]], fuse_layers: bool
) -> Callable[[Sequence[Any]], list[tuple[str, Any]]]:
    """The model as a function of tensors that gives its named outputs."""

    def call(tensors: Sequence[Any]) -> list[tuple[str, Any]]:
        with fused_recurrent_layers() if fuse_layers else nullcontext():
            return named_outputs(model, call_with(model, tensors, given))

    return call


def _link(path: Path, folder: Path, suffix: str) -> Path:
    link = folder / f"model{suffix}"
    link.unlink(missing_ok=True)
    link.symlink_to(path.absolute())
    return link


def _named_modules(file: KerasFile) -> list[str]:
    """The modules that a trusted file asks for."""
    names = (finding.module for finding in audit(file.config) if not finding.runs_code)
    return list(dict.fromkeys(name for name in names if name not in (None, "__main__")))


def _import_modules(names: Sequence[str], search_path: str) -> dict[str, Any]:
    """The classes and functions of modules of the user's, by name, and all they register."""
    keras = import_frozen("keras")
    if not names:
        return {}
    if search_path not in sys.path:
        sys.path.insert(0, search_path)
    found: dict[str, Any] = {}
    for name in names:
        try:
            module = importlib.import_module(name)
        except Exception as error:
            raise UsageError(
                f"the module of custom objects cannot be imported ({type(error).__name__}: "
                f"{brief(error)})",
                where=name,
                hint="Give --custom-objects a dotted name that Python finds from here",
            ) from error
        found |= dict(inspect.getmembers(module, _is_class_or_function))
    return found | dict(keras.saving.get_custom_objects())


def _is_class_or_function(value: object) -> bool:
    return inspect.isclass(value) or inspect.isfunction(value)


def _load(wanted: _Wanted) -> tuple[Any, str]:
    """The model, and the library that read it.

    Each file is read by the Keras that wrote it; tf_keras is Keras 2. There is no second try: a
    refusal by one library's safe mode must not hand the file to the other.
    """
    if not wanted.trust:
        _check(wanted)
    library = import_frozen("tf_keras" if wanted.file.version[:2] in ("1.", "2.") else "keras")
    reader = f"{library.__name__} {library.__version__}"
    try:
        return _load_with(library, wanted), reader
    except Exception as error:
        raise _unreadable(wanted, reader, error) from error


def _load_with(library: Any, wanted: _Wanted) -> Any:
    return library.models.load_model(
        wanted.link,
        custom_objects=dict(wanted.custom_objects),
        compile=False,
        safe_mode=not wanted.trust,
    )


def _check(wanted: _Wanted) -> None:
    findings = audit(wanted.file.config, _known_classes())
    refuse([f for f in findings if not _is_provided(f, wanted.custom_objects)], wanted.path)


def _is_provided(finding: Finding, provided: Mapping[str, Any]) -> bool:
    return not finding.runs_code and finding.registered in provided


def _known_classes() -> frozenset[str]:
    """The names that Keras 3 or Keras 2 can stand behind without a module's name."""
    keras, tf_keras = import_frozen("keras"), import_frozen("tf_keras")
    spaces = (
        "activations", "constraints", "initializers", "layers", "mixed_precision", "models",
        "regularizers",
    )  # fmt: skip
    names = {
        name for library in (keras, tf_keras) for space in spaces
        for name in dir(getattr(library, space))
    }  # fmt: skip
    return frozenset(names | {"Functional", "Model", "DTypePolicy", "Policy"})


def _unreadable(wanted: _Wanted, reader: str, error: Exception) -> ModelError:
    text = brief(error)
    unknown = "could not locate" in text.lower() or "unknown" in text.lower()
    return ModelError(
        f"cannot be read by {reader} ({text})",
        where=str(wanted.path),
        hint="Pass --custom-objects MODULE with the module that defines what is unknown"
        if unknown
        else "Check that the file is whole and made by Keras 2 or 3",
    )


def _compute_in_float32(model: Any) -> int:
    """Undo mixed precision, which TensorFlow Lite has no ops for.

    The variables of such a layer are float32 already.

    Returns:
        How many layers changed.
    """
    changed = 0
    for layer in model._flatten_layers():
        policy = getattr(layer, "dtype_policy", None)
        if str(getattr(policy, "name", "")).startswith("mixed_"):
            if hasattr(layer, "_set_dtype_policy"):  # Keras 2
                layer._set_dtype_policy("float32")
            else:
                layer.dtype_policy = "float32"
            changed += 1
    return changed


def _tf_variables(model: Any) -> Sequence[Any]:
    """The TensorFlow variables behind a model's; Keras 3 wraps them."""
    import keras

    return [
        variable.value if isinstance(variable, keras.Variable) else variable
        for variable in model.variables
    ]


def _layer_names(model: Any) -> Iterator[str]:
    """The names of a model's layers and of those inside them, each once."""
    seen: dict[str, None] = {}
    for layer in model._flatten_layers(include_self=False):
        seen.setdefault(layer.name)
    return iter(seen)
