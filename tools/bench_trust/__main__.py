"""Whether the verdicts of `bench A B` can be trusted on this machine.

    python -m tools.bench_trust [MODEL ...] [--trials 20] [--repeats 20] [--seconds 2]

Each trial compares as `bench` does, by cold starts that take turns: a kernel with itself, which
must not differ; the same kernel with one that was slowed by 5 % on purpose (slowed.c, compiled into
a runner of its own); and each MODEL with itself. The kinds of trial alternate, so that the same
load meets all of them. Ends with status 1 where more than 5 % of the trials of a model against
itself have a verdict, or less than 9 in 10 find the slow kernel.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np

from tests.fakes.more_kernels import copy_with
from tflitekit.bench.comparison import Comparison, compare
from tflitekit.bench.records import samples_of
from tflitekit.bench.schedule import COMPARED_REPEATS
from tflitekit.bench.stats import medians
from tflitekit.console import Console, print_table, print_text
from tflitekit.devices.registry import open_device
from tflitekit.graph import Model, Op, Signature, Tensor, write_model
from tflitekit.graph.quantization import Quantization
from tflitekit.pipeline.subjects import Subject, subjects_of
from tflitekit.pipeline.timing import Timing, time_in_turns
from tflitekit.progress import SILENT
from tflitekit.runtime import build
from tflitekit.runtime.session import Session, open_session

SLOWED = Path(__file__).with_name("slowed.c")
SIZE = 400_000
"""Elements: the kernel takes most of the time, and its tensors stay in the second cache."""

MOST_FALSE_ALARMS, LEAST_FOUND = 0.05, 0.9
HEADER = ("trial", "comparisons", "faster", "slower", "median ratio", "ratios", "asked for", "")


@dataclass
class Kind:
    """One kind of trial.

    Attributes:
        name: what is compared.
        pair: both sides.
        slower: whether the second side is; otherwise both are the same.
        found: the comparisons so far.
    """

    name: str
    pair: list[Subject]
    slower: bool = False
    found: list[Comparison] = field(default_factory=list)

    @property
    def asked(self) -> str:
        """What is asked of the verdicts."""
        if self.slower:
            return f"slower in at least {LEAST_FOUND:.0%}"
        return f"a verdict in at most {MOST_FALSE_ALARMS:.0%}"

    @property
    def holds(self) -> bool:
        """Whether they are as asked."""
        verdicts = [one.verdict for one in self.found]
        if self.slower:
            return verdicts.count("slower") >= LEAST_FOUND * len(verdicts)
        alarms = len(verdicts) - verdicts.count("inconclusive")
        return alarms <= MOST_FALSE_ALARMS * len(verdicts)


def main() -> None:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=COMPARED_REPEATS)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    timing = Timing(options.repeats, options.seconds)
    loads = []
    with tempfile.TemporaryDirectory() as name, _runner_with_slowed(Path(name)):
        kinds = list(_kinds(Path(name), options.models))
        with open_session(open_device("local"), SILENT) as session:
            for trial in range(options.trials):
                for kind in kinds:
                    kind.found.append(_compared(session, kind.pair, timing))
                loads.append(os.getloadavg()[0])
                Console().note(f"{trial + 1} of {options.trials}, load average {loads[-1]:.2f}")
    print_table("", HEADER, [_row(kind) for kind in kinds], numbers=False)
    print_text(
        f"{options.repeats} starts a side; load average {min(loads):.2f} to {max(loads):.2f}"
    )
    sys.exit(not all(kind.holds for kind in kinds))


@contextmanager
def _runner_with_slowed(folder: Path) -> Iterator[None]:
    root = copy_with(folder, [SLOWED], ["slowed"])
    with patch.object(build, "source_root", lambda: root):
        yield


def _kinds(folder: Path, models: list[Path]) -> Iterator[Kind]:
    kernel, slowed = (_subject(folder, op) for op in ("tflitekit.table", "tflitekit.slowed"))
    yield Kind("a kernel and itself", [kernel, kernel])
    yield Kind("a kernel and one slowed by 5 %", [kernel, slowed], slower=True)
    for path in models:
        (subject,) = subjects_of(path)
        yield Kind(f"{path.name} and itself", [subject, subject])


def _subject(folder: Path, op: str) -> Subject:
    """A model of one op that looks its input up in a table."""
    model = Model()
    graph = model.add_subgraph("main")
    params = Quantization.affine([0.1], [0])
    x, y = (graph.add(Tensor(name, (1, SIZE), "int8", quantization=params)) for name in "xy")
    table = graph.constant("table", np.arange(-128, 128).astype(np.int8))
    graph.inputs, graph.outputs = [x], [y]
    graph.ops = [Op(op, [x, table], [y], custom=True)]
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    path = folder / f"{op}.tflite"
    path.write_bytes(write_model(model))
    (subject,) = subjects_of(path)
    return subject


def _compared(session: Session, pair: list[Subject], timing: Timing) -> Comparison:
    first, other = time_in_turns(session, pair, timing)
    return compare(medians(samples_of(first)), medians(samples_of(other)))


def _row(kind: Kind) -> tuple[str, ...]:
    verdicts = [one.verdict for one in kind.found]
    ratios = [one.ratio for one in kind.found]
    return (
        kind.name,
        str(len(verdicts)),
        str(verdicts.count("faster")),
        str(verdicts.count("slower")),
        f"{statistics.median(ratios):.3f}x",
        f"{min(ratios):.3f} - {max(ratios):.3f}",
        kind.asked,
        "holds" if kind.holds else "FAILS",
    )


if __name__ == "__main__":
    main()
