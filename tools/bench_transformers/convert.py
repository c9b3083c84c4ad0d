"""Converts a transformer by the command, as a user would, and tells what that takes."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.bench_transformers.models import SAMPLES, STATE, WITH_STATE
from tools.process_tree import Cost, measure

FLOAT, DYNAMIC, INT8 = "float32", "dynamic", "int8"


def make_model(folder: Path, name: str) -> None:
    """Write FOLDER/NAME.keras and FOLDER/NAME.npz, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = (sys.executable, "-m", "tools.bench_transformers.models", str(folder), name)
    measure(maker, folder / "log")


def convert(folder: Path, name: str) -> Cost:
    """Write the model in int8 and in float32.

    Returns:
        What the conversion to int8 took.
    """
    kept = ("--float-out", str(file_of(folder, name, FLOAT)))
    return measure([*_command(folder, name, INT8), *kept], folder / "log")


def convert_dynamic(folder: Path, name: str) -> None:
    """Write the model in dynamic-range int8."""
    measure([*_command(folder, name, DYNAMIC), "--precision", "dynamic"], folder / "log")


def file_of(folder: Path, name: str, form: str) -> Path:
    """Where a form of a model is."""
    return folder / f"{name}_{form}.tflite"


def _command(folder: Path, name: str, form: str) -> list[str]:
    state = [word for pair in STATE for word in ("--state", pair)]
    return [
        *(sys.executable, "-c", "from tflitekit.cli import main; main()", "convert"),
        *(state if name in WITH_STATE else ()),
        *(str(folder / f"{name}.keras"), "--data", str(folder / f"{name}.npz")),
        *("--samples", str(SAMPLES), "-o", str(file_of(folder, name, form))),
    ]
