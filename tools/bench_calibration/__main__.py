"""Compare our calibration with the stock converter's, and show that its memory is constant.

    python -m tools.bench_calibration [--samples 100] [--many 10000] [--rounds 5]

Time: MobileNetV2-224 with random weights and random pictures, taking turns in one run. It is the
difference between `samples` + 10 and 10 samples, so that neither pays for starting. Both sides are
bound to one processor, because the stock calibrator has threads of its own. Processor time is what
wall time is on a quiet machine: it leaves out when others have the processor. The last line is the
median of the rounds' ratios.
Memory: the runner's peak with 10 and with `many` samples of MobileNetV2-32, whose tensors are the
same ones but smaller.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tflitekit.devices.registry import open_device
from tflitekit.graph import Model, read_model, write_model
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration.calibrate import calibrate
from tflitekit.quantize.calibration.expose import expose
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session
from tools.bench_calibration.peer import SIDES

FEW = 10
LARGE, SMALL = SIDES


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the processes started here inherit it
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as name:
        folder = Path(name)
        _peer("models", folder)
        _print_times(folder, options.samples, options.rounds)
        _print_memory(folder, options.many)


def _print_times(folder: Path, samples: int, rounds: int) -> None:
    path = folder / f"{LARGE}.tflite"
    model = read_model(path)
    store = _random_store(folder / "large", model, FEW + samples)
    with open_session(open_device("local"), SILENT) as session:
        plain = session.run(RunSpec(seconds=1.0), path)
    ours, theirs = [], []
    for _ in range(rounds):
        few, all_ = (_cost(model, store, count) for count in (FEW, FEW + samples))
        ours.append((all_ - few) / samples)
        few, all_ = np.array(json.loads(_peer("time", path, store.folder, FEW, FEW + samples)))
        theirs.append((all_ - few) / samples)
    print(f"MobileNetV2-{LARGE}, one processor, median of {rounds} rounds, ms a sample")
    print("                         wall  processor")
    print(f"  inference alone    {statistics.median(plain.samples_us) / 1e3:8.2f}")
    _print_row("tflitekit", 1e3 * np.median(ours, axis=0))
    _print_row("stock calibrator", 1e3 * np.median(theirs, axis=0))
    _print_row("stock / tflitekit", np.median(np.divide(theirs, ours), axis=0))


def _print_row(title: str, numbers: NDArray[np.float64]) -> None:
    print(f"  {title:18s} {numbers[0]:8.2f}   {numbers[1]:8.2f}")


def _print_memory(folder: Path, many: int) -> None:
    model = read_model(folder / f"{SMALL}.tflite")
    store = _random_store(folder / "small", model, many)
    exposed = folder / "exposed.tflite"
    exposed.write_bytes(write_model(expose(model).model))
    with open_session(open_device("local"), SILENT) as session:
        few, all_ = (_peak_mb(session, exposed, store, count) for count in (FEW, many))
    print(f"MobileNetV2-{SMALL}, peak resident memory of the runner, MB")
    print(f"  {FEW:6d} samples     {few:7.2f}")
    print(f"  {many:6d} samples     {all_:7.2f}")
    print(f"  difference         {100 * (all_ / few - 1):7.2f} %")


def _cost(model: Model, store: SampleStore, count: int) -> NDArray[np.float64]:
    """Seconds of our whole calibration, starting the runner included: wall and processor."""
    before = _clocks()
    calibrate(model, SampleStore(store.folder, store.inputs, count), SILENT)
    return _clocks() - before


def _clocks() -> NDArray[np.float64]:
    """Wall time, and the processor time of this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return np.array([time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)])


def _peak_mb(session: Session, exposed: Path, store: SampleStore, count: int) -> float:
    files = {"in0.bin": store.folder / store.inputs[0].file}
    record = session.run(RunSpec(mode="calibrate", count=count), exposed, files)
    if record.peak_rss_bytes is None:
        sys.exit("the runner told no memory")
    return record.peak_rss_bytes / 1e6


def _random_store(folder: Path, model: Model, count: int) -> SampleStore:
    (spec,) = model.signature().input_specs()
    rng = np.random.default_rng(0)
    pictures = ({spec.name: rng.random(spec.shape, np.float32)} for _ in range(count))
    return SampleStore.write(folder, [spec], pictures)


def _peer(*words: object) -> str:
    command = [sys.executable, "-m", "tools.bench_calibration.peer", *map(str, words)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=1800)
    return result.stdout


if __name__ == "__main__":
    main()
