"""Finds what in a Keras configuration would run code, before Keras sees it.

Keras has a safe mode of its own; it does not cover .h5 files of every version, nor layers that
name a function to call, so nothing here relies on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tflitekit.errors import ModelError

CODE_CLASSES = frozenset(
    {
        "Lambda",  # marshalled bytecode
        "__lambda__",  # the same, anywhere else in a configuration
        "FlaxLayer",  # pickled functions
        "JaxLayer",
        "TorchModuleWrapper",
        "TFSMLayer",  # another SavedModel, by path
        "TensorFlowOpLayer",  # any TensorFlow op, by its node definition
        "ClassMethod",  # any method of any symbol of TensorFlow, by name
    }
)
"""Keras classes whose configuration holds or names code."""

_KERAS_PACKAGES = ("keras", "keras_hub", "keras_cv", "keras_nlp", "tf_keras")
_FUNCTION_PLACES = frozenset(
    {
        "activations", "backend", "constraints", "initializers", "losses", "metrics", "ops",
        "random", "regularizers",
    }
)  # fmt: skip
_CLASS_PLACES = _FUNCTION_PLACES | {
    "", "__internal__", "applications", "dtype_policies", "engine", "feature_column", "layers",
    "legacy", "mixed_precision", "models", "optimizers", "premade_models", "quantizers",
}  # fmt: skip
"""The parts of a Keras package that models are made of. A module's name may lead to any of its
other parts, and to what those import; tf_keras looks it up without a check."""

_OP_LAYERS = ("TFOpLambda", "SlicingOpLambda", "InstanceMethod", "InstanceProperty")
_PURE_NAMESPACES = (
    "__operators__.", "bitwise.", "image.", "keras.activations.", "keras.backend.", "linalg.",
    "math.", "nn.", "random.", "signal.",
)  # fmt: skip
_IMPURE_FUNCTIONS = (
    "init_scope", "load_library", "load_op_library", "numpy_function", "print", "py_function",
)  # fmt: skip

_PLAIN_CLASSES = frozenset(
    {
        "__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__",
        "__tuple__", "TensorShape", "DType",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A place in a configuration that Keras alone cannot vouch for.

    Attributes:
        name: the class or function.
        layer: the layer it stands in.
        registered: the name that a user's module can define it under.
        module: the module that the configuration names for it, if any.
        runs_code: whether the configuration itself brings or names the code to run; otherwise
            the class is merely unknown, and a module of the user's can define it.
    """

    name: str
    layer: str
    registered: str
    module: str | None
    runs_code: bool


def audit(config: Any, known: Collection[str] | None = None) -> list[Finding]:
    """All findings in a configuration, in its order.

    Args:
        config: a Keras configuration, as JSON gives it.
        known: the names of classes and functions that the reader defines, for configurations of
            Keras 2, which name no modules; None leaves those out.

    Raises:
        ModelError: the configuration is nested too deeply.
    """
    try:
        if isinstance(config, dict):  # models are loaded without it, but inner ones with theirs
            config = {key: value for key, value in config.items() if key != "compile_config"}
        return list(_walk(config, "model", known))
    except RecursionError as error:
        raise ModelError("holds a configuration that is nested too deeply") from error


def refuse(findings: Collection[Finding], where: Path) -> None:
    """Stop at the first finding.

    Raises:
        ModelError: names the class, the layer and the ways on.
    """
    for finding in findings:
        if finding.runs_code:
            raise ModelError(
                f"layer {finding.layer!r} is a {finding.name}, which runs code from the file",
                where=str(where),
                hint="If you trust who made the file, pass --trust; else write the layer as a "
                "class in a module, save the model with it, and pass --custom-objects MODULE",
            )
        either = f", or --trust to import {finding.module}" if finding.module else ""
        raise ModelError(
            f"layer {finding.layer!r} uses {finding.name!r}, which is not part of Keras",
            where=str(where),
            hint=f"Pass --custom-objects MODULE with the module that defines it{either}",
        )


def _walk(node: Any, layer: str, known: Collection[str] | None) -> Iterator[Finding]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, layer, known)
    elif isinstance(node, dict):
        layer = _layer_name(node) or layer
        finding = _judge(node, layer, known) if isinstance(node.get("class_name"), str) else None
        if finding is not None:
            yield finding
        for value in node.values():
            yield from _walk(value, layer, known)


def _layer_name(node: dict[str, Any]) -> str | None:
    config = node.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    if not isinstance(name, str) or node.get("class_name") in ("DTypePolicy", "Policy"):
        return None
    return name


def _judge(node: dict[str, Any], layer: str, known: Collection[str] | None) -> Finding | None:
    name, module, config = node["class_name"], node.get("module"), node.get("config")
    registered = str(node.get("registered_name") or name)
    if not isinstance(config, dict):
        config = {}
    if (
        any(_last(text) in CODE_CLASSES for text in (name, registered))
        or _names_impure_op(name, config)
        or _reads_file(config)
    ):
        return Finding(name, layer, registered, None, runs_code=True)
    if name in _PLAIN_CLASSES or name in _OP_LAYERS or "config" not in node:
        return None
    if name == "__typespec__":
        return _judge_type(node, layer)
    if name == "function":
        return _judge_function(node, layer, known)
    if isinstance(module, str):
        foreign = not _is_keras(module, _CLASS_PLACES) or _is_disguised(name, registered)
    else:
        foreign = known is not None and name not in known
    return Finding(name, layer, registered, module, runs_code=False) if foreign else None


def _judge_type(node: dict[str, Any], layer: str) -> Finding | None:
    """The type of an input. Its module is imported, so only TensorFlow's own may be named."""
    module = str(node.get("module"))
    if module.startswith("tensorflow.python.") and node.get("registered_name") is None:
        return None
    name = str(node.get("spec_name"))
    return Finding(name, layer, name, module, runs_code=False)


def _judge_function(
    node: dict[str, Any], layer: str, known: Collection[str] | None
) -> Finding | None:
    """Keras looks a function of "builtins" up in its own namespaces and among the registered."""
    name, module = str(node.get("config")), str(node.get("module"))
    registered = str(node.get("registered_name") or name)
    if _is_keras(module, _FUNCTION_PLACES) and not _is_disguised(name, registered):
        return None
    if module == "builtins" and ">" not in name and (known is None or name in known):
        return None
    named = None if module == "builtins" else module
    return Finding(name, layer, name, named, runs_code=False)


def _is_keras(module: str, places: Collection[str]) -> bool:
    package, *path = module.split(".")
    place = [part for part in path if part != "src"][:1]
    return package in _KERAS_PACKAGES and (place[0] if place else "") in places


def _is_disguised(name: str, registered: str) -> bool:
    """Whether another thing than `name` may be meant: an attribute of it, or what it is
    registered as."""
    return "." in name or _last(registered) != _last(name)


def _last(name: str) -> str:
    return re.split("[.>]", name)[-1]


def _names_impure_op(name: str, config: dict[str, Any]) -> bool:
    """Whether a Keras 2 op layer calls a TensorFlow function that does more than compute."""
    if name not in _OP_LAYERS:
        return False
    function = str(config.get("function", config.get("symbol", ""))).removeprefix("tf.")
    if "." in function:
        return not function.startswith(_PURE_NAMESPACES)
    return function in _IMPURE_FUNCTIONS


def _reads_file(config: dict[str, Any]) -> bool:
    """Whether a lookup layer would load its words from a path of the file's choice."""
    return isinstance(config.get("vocabulary"), str)
