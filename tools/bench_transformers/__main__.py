"""How fast and how large transformers are in int8, beside float32 and dynamic-range int8.

    python -m tools.bench_transformers [--only NAME ...] [--rounds 5] [--seconds 1] [--keep FOLDER]

Each model is converted by the command as a user would; what the conversion to int8 took is told.
The three files then run on one thread in the runner, taking turns; ratios are medians over rounds.
What carries a cache goes on with what its last run left.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tflitekit.console import print_table
from tflitekit.devices.registry import open_device
from tflitekit.progress import SILENT
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session
from tflitekit.units import format_bytes, format_us
from tools.bench_transformers.convert import (
    DYNAMIC,
    FLOAT,
    INT8,
    convert,
    convert_dynamic,
    file_of,
    make_model,
)
from tools.bench_transformers.models import MODELS, TIMED
from tools.process_tree import Cost
from tools.taking_turns import ratio_of, times_of

HEADER = ("model", "form", "size", "of float32", "latency", "of float32", "conversion", "memory")


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
        costs = {name: _convert(folder, name) for name in options.only}
        with open_session(open_device("local"), SILENT) as session:
            rows = [
                row
                for name in options.only
                for row in _rows(session, spec, options.rounds, folder, name, costs[name])
            ]
    print_table("one thread", HEADER, rows)


def _convert(folder: Path, name: str) -> Cost:
    make_model(folder, name)
    convert_dynamic(folder, name)
    return convert(folder, name)


def _rows(
    session: Session, spec: RunSpec, rounds: int, folder: Path, name: str, cost: Cost
) -> Iterator[tuple[str, ...]]:
    files = {form: file_of(folder, name, form) for form in (FLOAT, DYNAMIC, INT8)}
    times = times_of(files, session, spec, rounds)
    whole = files[FLOAT].stat().st_size
    for form, file in files.items():
        size = file.stat().st_size
        took = (
            (f"{cost.seconds:.0f} s", format_bytes(cost.peak_bytes)) if form == INT8 else ("", "")
        )
        yield (
            *(name, form, format_bytes(size), f"{size / whole:.3f}"),
            *(format_us(statistics.median(times[form])), f"{ratio_of(times, form, FLOAT):.3f}"),
            *took,
        )


if __name__ == "__main__":
    main()
