"""Compare what the engines make of transformers: size, latency, score.

    python -m tools.compare_transformers FOLDER [--only NAME ...] [--markdown FILE]

FOLDER is what `python -m tools.trained_models --out FOLDER` wrote. Models with random weights are
made on the way.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tflitekit import artifact
from tflitekit.child import Worker
from tflitekit.console import Console, print_error, print_table
from tflitekit.devices.local import LocalDevice
from tflitekit.errors import ToolkitError
from tflitekit.files import write_whole
from tools.bench_transformers.convert import make_model
from tools.bench_transformers.models import TIMED
from tools.compare_engines.measure import Settings
from tools.compare_transformers.measure import Compared, Timing, compare
from tools.compare_transformers.page import HEADER, page, rows
from tools.trained_models.table import chosen

TRAINED = ("sst2_bert", "cifar_vit", "shakespeare_gpt")
PACKAGES = ("tflitekit", "tensorflow", "keras", "ai-edge-litert", "litert-quantizer")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="tools.compare_transformers", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path, help="with the trained models")
    parser.add_argument("--only", nargs="+", default=(*TRAINED, *TIMED), choices=(*TRAINED, *TIMED))
    parser.add_argument("--samples", type=int, default=Settings.samples)
    parser.add_argument("--rounds", type=int, default=Timing.rounds)
    parser.add_argument("--seconds", type=float, default=Timing.seconds)
    parser.add_argument("--markdown", type=Path, help="also write the page here")
    options = parser.parse_args()
    settings, timing = Settings(options.samples, 1), Timing(options.rounds, options.seconds)
    try:
        found = list(_compare(options.folder, options.only, settings, timing))
        print_table("one thread", HEADER, (row for one in found for row in rows(one)))
        if options.markdown:
            versions, info = artifact.versions(), LocalDevice().info
            used = ", ".join(f"{package} {versions[package]}" for package in PACKAGES)
            text = page(found, options.samples, options.seconds, used, info.model)
            write_whole(options.markdown, text.encode())
    except ToolkitError as error:
        print_error(error, as_json=False)
        sys.exit(error.exit_code)


def _compare(
    folder: Path, names: Sequence[str], settings: Settings, timing: Timing
) -> Iterator[Compared]:
    progress = Console()
    with Worker() as worker, tempfile.TemporaryDirectory(prefix="tflitekit-") as scratch:
        for name in names:
            if name in TRAINED:
                (entry,) = chosen([name])
                path, data = folder / entry.file_name, folder / name
            else:
                make_model(Path(scratch), name)
                path, data = Path(scratch) / f"{name}.keras", Path(scratch) / f"{name}.npz"
            yield compare(path, data, settings, timing, worker, progress)


if __name__ == "__main__":
    main()
