"""Compare our calibration with the stock converter's, and show that its memory is constant.

    python -m tools.bench_calibration [--samples 40] [--many 10000] [--rounds 3]

Time: MobileNetV2-224 with random weights and random pictures, one thread each, taking turns in one
run. It is the difference between `samples` + 10 and 10 samples, so that neither pays for starting.
Memory: the runner's peak with 10 and with `many` samples of MobileNetV2-32, whose tensors are the
same ones but smaller.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tflitekit.devices.registry import open_device
from tflitekit.graph import Model, read_model, write_model
from tflitekit.progress import SILENT
from tflitekit.quantize.calibrate import calibrate
from tflitekit.quantize.expose import expose
from tflitekit.quantize.samples import SampleStore
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session
from tools.bench_calibration.peer import SIDES

FEW = 10
LARGE, SMALL = SIDES


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
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
        ours.append((_seconds(model, store, FEW + samples) - _seconds(model, store, FEW)) / samples)
        few, all_ = json.loads(_peer("time", path, store.folder, FEW, FEW + samples))
        theirs.append((all_ - few) / samples)
    mine, stock = statistics.median(ours), statistics.median(theirs)
    print(f"MobileNetV2-{LARGE}, one thread, median of {rounds} rounds, ms a sample")
    print(f"  inference alone    {statistics.median(plain.samples_us) / 1e3:7.2f}")
    print(f"  tflitekit          {mine * 1e3:7.2f}")
    print(f"  stock calibrator   {stock * 1e3:7.2f}")
    print(f"  stock / tflitekit  {stock / mine:7.2f}")


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


def _seconds(model: Model, store: SampleStore, count: int) -> float:
    """Our whole calibration, starting the runner included."""
    started = time.perf_counter()
    calibrate(model, SampleStore(store.folder, store.inputs, count), SILENT)
    return time.perf_counter() - started


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
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=1800)
    return result.stdout


if __name__ == "__main__":
    main()
