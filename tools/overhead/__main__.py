"""Compare the runner's median with a bare loop around LiteRtRunCompiledModel, taking turns.

    python -m tools.overhead MODEL.tflite [MODEL.tflite ...] [--pairs 7] [--seconds 2]

Each pair runs the loop and the runner one after the other, in alternating order, so that a drift
of the machine meets both; the figure is the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tflitekit.abi import host_abi
from tflitekit.console import Console
from tflitekit.progress import SILENT
from tflitekit.runtime.build import LIBRARIES, build_runner, source_root
from tflitekit.runtime.compiler import FLAGS
from tflitekit.runtime.litert import litert_library
from tflitekit.runtime.protocol import RecordReader


def main() -> None:
    """Measure and print one line a model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as folder:
        loop = _build_loop(Path(folder))
        runner = build_runner(host_abi(), Console())
        for model in options.models:
            ratios = [
                _ratio(loop, runner, model, options.seconds, swap=bool(pair % 2))
                for pair in range(options.pairs)
            ]
            low, high = min(ratios), max(ratios)
            print(
                f"{model.name}: runner / bare loop = {statistics.median(ratios):.4f} "
                f"(median of {len(ratios)} pairs, {low:.4f} to {high:.4f})"
            )


def _build_loop(folder: Path) -> Path:
    root = source_root()
    sources = [path for path in root.rglob("*.c") if path.name not in ("main.c", "bench.c")]
    target = folder / "bare_loop"
    subprocess.run(
        [
            *(sys.executable, "-m", "ziglang", "cc", "-target", host_abi().zig_target, *FLAGS),
            *(f"-I{root / name}" for name in ("include", "src", "kernels")),
            *(str(Path(__file__).with_name("bare_loop.c")), *map(str, sources)),
            *("-o", str(target), *LIBRARIES),
        ],
        check=True,
    )
    return target


def _ratio(loop: Path, runner: Path, model: Path, seconds: float, swap: bool) -> float:
    if swap:
        mine = _runner_median(runner, model, seconds)
        return mine / _loop_median(loop, model, seconds)
    bare = _loop_median(loop, model, seconds)
    return _runner_median(runner, model, seconds) / bare


def _loop_median(loop: Path, model: Path, seconds: float) -> float:
    words = [f"model={model}", f"seconds={seconds}", "warmup_seconds=0.5"]
    return statistics.median(map(float, _lines(loop, words)))


def _runner_median(runner: Path, model: Path, seconds: float) -> float:
    reader = RecordReader()
    reader.feed_all(_lines(runner, [f"model={model}", f"seconds={seconds}"]))
    return statistics.median(reader.record().samples_us)


def _lines(program: Path, words: list[str]) -> list[str]:
    library = litert_library(host_abi(), SILENT)
    command = [program, f"library={library}", *words]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return result.stdout.splitlines()


if __name__ == "__main__":
    main()
