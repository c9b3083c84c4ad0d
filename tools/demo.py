"""`make demo`: the main job on a real model, each step as the command that a user would type."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "demo"
_ANYWAY = ("EMULATOR", "VIRTUAL", "BACKGROUND_LOAD", "CHARGING", "NOISY")
"""Conditions in which the figures still show what the command does."""

PROGRAM = Path(sys.executable).with_name("tflitekit")


def main() -> None:
    """Convert the digits model, inspect it, and bench it here and on every attached device."""
    FOLDER.mkdir(exist_ok=True)
    _run(
        *("convert", "datasets/digits/model.keras", "--data", "digits"),
        *("-o", "demo/digits_int8.tflite", "--float-out", "demo/digits_float32.tflite"),
    )
    _run("inspect", "demo/digits_int8.tflite")
    for uri in _devices():
        _run(
            *("bench", "demo/digits_float32.tflite", "demo/digits_int8.tflite"),
            *("--data", "digits", "--device", uri),
            *(word for tag in _ANYWAY for word in ("--allow", tag)),
        )


def _run(*arguments: str) -> None:
    print(f"\n$ tflitekit {shlex.join(arguments)}", flush=True)
    subprocess.run([PROGRAM, *arguments], cwd=ROOT, check=True)


def _devices() -> list[str]:
    found = subprocess.run(
        [PROGRAM, "devices", "--json"], capture_output=True, text=True, check=True, timeout=300
    )
    entries = json.loads(found.stdout)["devices"]
    return [entry["uri"] for entry in entries if entry["info"]]


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
