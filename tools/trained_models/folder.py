"""The folder of data beside a model: what `--data` takes.

It holds calibrate.npz, evaluate.npz and dataset.toml. The inputs bear the model's name for them;
`y` is what the model should answer.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tflitekit.data.recipe import FILE_NAME
from tflitekit.files import sha256_file, write_whole
from tflitekit.runtime.tensors import save_npz
from tools.trained_models.data import SEED, DataSet, Part

CALIBRATE, EVALUATE = "calibrate.npz", "evaluate.npz"
MOST = 1000
"""Samples to calibrate with, at most."""


def write_folder(folder: Path, input_name: str, metric: str, data: DataSet) -> None:
    """Write the data of one model.

    Args:
        folder: made where it is not there; its files of these names are replaced.
        input_name: of the model's only input.
        metric: what its answers are judged by.
        data: all of the held-out part goes in, and up to `MOST` samples of the other.

    Raises:
        OutputError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in ((CALIBRATE, _some(data.train)), (EVALUATE, data.evaluate)):
        save_npz(folder / name, {input_name: part.inputs, "y": part.targets})
    write_whole(folder / FILE_NAME, _recipe(folder, metric, data).encode())


def _some(part: Part) -> Part:
    if len(part.inputs) <= MOST:
        return part
    drawn = np.random.default_rng(SEED).permutation(len(part.inputs))[:MOST]
    return Part(part.inputs[drawn], part.targets[drawn])


def _recipe(folder: Path, metric: str, data: DataSet) -> str:
    # A JSON string is a TOML string.
    about = {"name": folder.name, "source": data.source, "licence": data.licence, "metric": metric}
    lines = ["[dataset]", *(f"{key} = {json.dumps(text)}" for key, text in about.items() if text)]
    lines += ["", "[dataset.sha256]"]
    lines += [f'"{name}" = "{sha256_file(folder / name)}"' for name in (CALIBRATE, EVALUATE)]
    lines += ["", "[splits]", f'calibrate = "{CALIBRATE}"', f'evaluate = "{EVALUATE}"']
    lines += ["", "[preprocess]", f"scale = {data.scale!r}"] if data.scale != 1.0 else []
    return "\n".join(lines) + "\n"
