"""Keras models for kernel cases, lowered by the front end in one child for the whole process."""

from __future__ import annotations

import atexit
import functools
import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from tflitekit.child import Worker
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import Model, read_model
from tflitekit.progress import SILENT, Progress

ROOT = Path(__file__).resolve().parents[3]


def lowered(module: str, maker: str, *arguments: Any) -> Model:
    """The float model of what a function of a module of `tests.fakes` returns.

    Args:
        module: its name in `kernel_cases`, or with that of another package before it; it imports
            keras only inside its functions.
        maker: the name of a function that returns a Keras model; it runs in the child.
        arguments: for the function; JSON values.
    """
    return read_model(_lowered(module, maker, arguments))


@functools.cache
def _lowered(module: str, maker: str, arguments: tuple[Any, ...]) -> Path:
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    source = folder / "model.keras"
    _worker().call(
        "tests.fakes.kernel_cases.keras_models:make",
        SILENT,
        doing=f"making {maker}",
        path=str(source),
        module=module,
        maker=maker,
        arguments=list(arguments),
    )
    return lower(ModelSource(source), folder / "float.tflite", _worker(), SILENT).path


def make(progress: Progress, *, path: str, module: str, maker: str, arguments: list[Any]) -> None:
    """The child's job: save the model."""
    import keras

    keras.utils.set_random_seed(7)
    function = getattr(importlib.import_module(_full_name(module)), maker)
    function(*arguments).save(path)


def _full_name(module: str) -> str:
    return f"tests.fakes.{module if '.' in module else f'kernel_cases.{module}'}"


@functools.cache
def _folder() -> str:
    folder = tempfile.TemporaryDirectory(prefix="tflitekit-")
    atexit.register(folder.cleanup)
    return folder.name


@functools.cache
def _worker() -> Worker:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    worker = Worker()
    atexit.register(worker.__exit__)
    return worker
