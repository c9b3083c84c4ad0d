"""How fast and how large transformers are in int8, beside float32 and dynamic-range int8.

    python -m tools.bench_transformers [--only NAME ...] [--rounds 5] [--seconds 1] [--keep FOLDER]

Each model is converted by the command as a user would; what the conversion to int8 took is told.
The three files then run on one thread in the runner, taking turns; ratios are medians over rounds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tflitekit.console import print_table
from tflitekit.devices.registry import open_device
from tflitekit.progress import SILENT
from tflitekit.report.units import format_bytes
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session
from tools.bench_transformers.models import MODELS, SAMPLES, TIMED
from tools.process_tree import Cost, measure
from tools.taking_turns import ratio_of, times_of

HEADER = ("model", "form", "size", "of float32", "latency", "of float32", "conversion", "memory")
FLOAT, DYNAMIC, INT8 = "float32", "dynamic", "int8"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", default=TIMED, choices=MODELS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--keep", type=Path, help="a folder for the files, kept")
    options = parser.parse_args()
    spec = RunSpec(seconds=options.seconds, warmup_seconds=0.5)
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as scratch:
        folder = options.keep or Path(scratch)
        costs = {name: _make(folder, name) for name in options.only}
        with open_session(open_device("local"), SILENT) as session:
            rows = [
                row
                for name in options.only
                for row in _rows(session, spec, options.rounds, folder, name, costs[name])
            ]
    print_table("one thread", HEADER, rows)


def _make(folder: Path, name: str) -> Cost:
    """The model in its three forms.

    Returns:
        What the conversion to int8 took.
    """
    maker = (sys.executable, "-m", "tools.bench_transformers.models", str(folder), name)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    measure(maker, log)
    measure([*_command(folder, name, DYNAMIC), "--precision", "dynamic"], log)
    kept = ("--float-out", str(_file(folder, name, FLOAT)))
    return measure([*_command(folder, name, INT8), *kept], log)


def _command(folder: Path, name: str, form: str) -> list[str]:
    return [
        *(sys.executable, "-c", "from tflitekit.cli import main; main()", "convert"),
        *(str(folder / f"{name}.keras"), "--data", str(folder / f"{name}.npz")),
        *("--samples", str(SAMPLES), "-o", str(_file(folder, name, form))),
    ]


def _file(folder: Path, name: str, form: str) -> Path:
    return folder / f"{name}_{form}.tflite"


def _rows(
    session: Session, spec: RunSpec, rounds: int, folder: Path, name: str, cost: Cost
) -> Iterator[tuple[str, ...]]:
    files = {form: _file(folder, name, form) for form in (FLOAT, DYNAMIC, INT8)}
    times = times_of(files, session, spec, rounds)
    whole = files[FLOAT].stat().st_size
    for form, file in files.items():
        size = file.stat().st_size
        took = (
            (f"{cost.seconds:.0f} s", format_bytes(cost.peak_bytes)) if form == INT8 else ("", "")
        )
        yield (
            *(name, form, format_bytes(size), f"{size / whole:.3f}"),
            *(
                f"{statistics.median(times[form]) / 1e3:.2f} ms",
                f"{ratio_of(times, form, FLOAT):.3f}",
            ),
            *took,
        )


if __name__ == "__main__":
    main()
