"""Compare a whole `tflitekit convert` with TensorFlow's own converter: time and peak memory.

    python -m tools.bench_convert [--models MobileNetV2 ResNet50] [--samples 200] [--rounds 3]

Both start from the same .keras file and the same pictures, and are processes of their own that
take turns. A ratio below 1 is in our favour; it is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from tflitekit.abi import host_abi
from tflitekit.console import Console
from tflitekit.graph.spec import TensorSpec
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.runtime.build import build_runner
from tflitekit.runtime.litert import litert_library
from tools import reference_models
from tools.process_tree import Cost, measure


def main() -> None:
    """Measure and print one table a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=reference_models.MODELS)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    # Compiled once a machine, and fetched once: no part of a conversion.
    build_runner(host_abi(), Console())
    litert_library(host_abi(), Console())
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as name:
        folder = Path(name)
        _make(folder, options.samples)
        for model in options.models:
            rounds = [
                _round(folder, model, options.samples, swap=bool(n % 2))
                for n in range(options.rounds)
            ]
            _show(model, options.samples, rounds)


def _make(folder: Path, samples: int) -> None:
    """The models, and the same pictures as both sides take them."""
    measure([sys.executable, "-m", "tools.reference_models", str(folder)], folder / "log")
    shape = (reference_models.SIDE, reference_models.SIDE, 3)
    pictures = np.random.default_rng(0).random((samples, *shape), np.float32)
    np.savez(folder / "samples.npz", x=pictures)
    spec = TensorSpec("x", (1, *shape), "float32")
    SampleStore.write(folder / "samples", [spec], ({"x": one[None]} for one in pictures))


def _round(folder: Path, model: str, samples: int, swap: bool) -> tuple[Cost, Cost]:
    """Ours and theirs; `swap` lets theirs go first."""
    source, log = str(folder / f"{model}.keras"), folder / "log"
    ours = [
        *(sys.executable, "-c", "from tflitekit.cli import main; main()", "convert"),
        *(source, "--data", str(folder / "samples.npz"), "--samples", str(samples)),
        *("-o", str(folder / "ours.tflite")),
    ]
    theirs = [
        *(sys.executable, "-m", "tools.bench_convert.stock", source),
        *(str(folder / "samples"), str(folder / "theirs.tflite")),
    ]
    if swap:
        second = measure(theirs, log)
        return measure(ours, log), second
    return measure(ours, log), measure(theirs, log)


def _show(model: str, samples: int, rounds: list[tuple[Cost, Cost]]) -> None:
    print(f"{model}, {samples} samples, median of {len(rounds)} rounds")
    print("                      tflitekit      stock      ratio")
    seconds = [(ours.seconds, theirs.seconds) for ours, theirs in rounds]
    peaks = [(ours.peak_bytes / 1e6, theirs.peak_bytes / 1e6) for ours, theirs in rounds]
    for title, pairs in (("whole conversion, s", seconds), ("peak memory, MB", peaks)):
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratio = statistics.median(one / other for one, other in pairs)
        print(f"  {title:19s} {ours:9.1f}  {theirs:9.1f}  {ratio:9.2f}", flush=True)


if __name__ == "__main__":
    main()
