"""Train the models of the table, and write each with the data folder that our commands take.

    python -m tools.trained_models --out FOLDER [--data FOLDER] [NAME ...]

Writes FOLDER/NAME.keras (or the SavedModel FOLDER/NAME.saved_model) and FOLDER/NAME/.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tflitekit.bench.metrics import metric_named
from tflitekit.console import Console, print_error, print_text
from tflitekit.errors import ToolkitError
from tflitekit.files import whole_file
from tflitekit.progress import Progress
from tools.trained_models.data import DataSet, load
from tools.trained_models.folder import write_folder
from tools.trained_models.table import ENTRIES, Entry, Ready, Training, chosen
from tools.trained_models.training import scaled, train

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("TFLITEKIT_SHARED", ROOT.parent / "shared" / "data"))


def main() -> None:
    """Make every model that is asked for."""
    parser = argparse.ArgumentParser(
        prog="tools.trained_models",
        description=__doc__.splitlines()[0],
        epilog="\n".join(f"{entry.name:20} {entry.kind}" for entry in ENTRIES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="all where none is named")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--data", type=Path, default=DATA, help=f"the data (default {DATA})")
    parser.add_argument("--epochs", type=_positive, help="instead of those of the table, to try")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells of absent GPUs
    progress = Console()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for entry in chosen(options.names):
            make(_shortened(entry, options.epochs), options.data, options.out, progress)
    except ToolkitError as error:
        print_error(error, as_json=False)
        sys.exit(error.exit_code)


def make(entry: Entry, data_folder: Path, out: Path, progress: Progress) -> None:
    """Train or copy one model, and write it and its data.

    Raises:
        DataError: its data are not there.
        OutputError: a file cannot be written.
    """
    data = load(entry.data, data_folder)
    if isinstance(entry.origin, Ready):
        input_name = _copy(entry, entry.origin, data_folder, out)
    else:
        input_name = _train(entry, entry.origin, data, out, progress)
    write_folder(out / entry.name, input_name, entry.metric, data)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _shortened(entry: Entry, epochs: int | None) -> Entry:
    if epochs is None or isinstance(entry.origin, Ready):
        return entry
    return replace(entry, origin=replace(entry.origin, epochs=epochs))


def _train(entry: Entry, training: Training, data: DataSet, out: Path, progress: Progress) -> str:
    started = time.perf_counter()
    model = train(training, data, f"Training {entry.name}", progress)
    with whole_file(out / entry.file_name) as part:
        model.save(part.with_suffix(".keras"))
        part.with_suffix(".keras").replace(part)
    seconds = time.perf_counter() - started
    facts = f"{model.count_params()} weights, {_score(entry, model, data)}, {seconds:.0f} s"
    print_text(f"{entry.name}: {facts}")
    return str(model.inputs[0].name)


def _score(entry: Entry, model: Any, data: DataSet) -> str:
    metric = metric_named(entry.metric)
    inputs = scaled(data.evaluate.inputs, data.scale)
    answers = np.asarray(model.predict(inputs, 256, verbose=0), np.float64)
    value = metric.measure(answers, np.asarray(data.evaluate.targets, np.float64))
    return f"{metric.show(value)} on {len(inputs)} held-out samples"


def _copy(entry: Entry, ready: Ready, data_folder: Path, out: Path) -> str:
    """Copy a model that is there already; the name of its input is `x` to the data."""
    source = (ROOT if ready.place == "repository" else data_folder) / ready.path
    target = out / entry.file_name
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
    print_text(f"{entry.name}: copied from {ready.path}")
    return "x"


if __name__ == "__main__":
    main()
