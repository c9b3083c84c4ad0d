"""How long our int8 kernels take beside the float ops that they replace, in one run.

    python -m tools.bench_kernels [--only SOFTMAX ...] [--rounds 5] [--seconds 0.4] [--bytes 65536]

Every kernel case that promises a time is run by the runner as a float model and as the int8 model
that our engine makes of it, on one thread, taking turns; the figure is the median of the rounds'
ratios of medians. Ends with exit code 1 where a promise is not kept.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fakes.kernel_cases import CASES, KernelCase
from tests.fakes.kernel_cases.quality import as_bytes, quantize
from tflitekit.console import Console, print_table
from tflitekit.devices.registry import open_device
from tflitekit.progress import SILENT
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session, scratch
from tools.bench_kernels import copying
from tools.taking_turns import Times, ratio_of, times_of

FORMS = ("float32", "int8")
HEADER = ("case", *FORMS, "ratio", "promised", "")
_WARMUP_S = 0.3


@dataclass(frozen=True)
class Timed:
    """The times of a case, "float32" and "int8"."""

    case: KernelCase
    times: Times

    @property
    def ratio(self) -> float:
        """int8 over float32; each round has its own, so that a slow one meets both."""
        return ratio_of(self.times, *reversed(FORMS))

    @property
    def is_kept(self) -> bool:
        return self.case.most_time is None or self.ratio <= self.case.most_time

    def row(self) -> tuple[str, ...]:
        medians = (f"{statistics.median(self.times[form]):.1f} us" for form in FORMS)
        promise = str(self.case.most_time), "" if self.is_kept else "MORE"
        return (self.case.title, *medians, f"{self.ratio:.3f}", *promise)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", default=[""], help="parts of the cases' titles")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4)
    parser.add_argument("--bytes", type=int, default=65536)
    options = parser.parse_args()
    chosen = [one for one in CASES if one.most_time is not None and _is_named(one, options.only)]
    spec = RunSpec(seconds=options.seconds, warmup_seconds=_WARMUP_S)
    timed = []
    with (
        open_session(open_device("local"), SILENT) as session,
        Console().bar("Measuring", len(chosen)) as advance,
    ):
        for case in chosen:
            timed.append(measure(case, session, spec, options.rounds))
            advance(1)
    print_table("int8 beside float32, one thread", HEADER, [one.row() for one in timed])
    title = f"{options.bytes} bytes, one thread"
    print_table(title, copying.HEADER, copying.rows(options.bytes, options.rounds))
    sys.exit(0 if all(one.is_kept for one in timed) else 1)


def measure(case: KernelCase, session: Session, spec: RunSpec, rounds: int) -> Timed:
    """Float and int8, taking turns."""
    with scratch() as folder:
        files = {form: folder / f"{form}.tflite" for form in FORMS}
        for path, content in zip(files.values(), as_bytes(quantize(case, session)), strict=True):
            path.write_bytes(content)
        return Timed(case, times_of(files, session, spec, rounds))


def _is_named(case: KernelCase, wanted: Sequence[str]) -> bool:
    return any(one.lower() in case.title.lower() for one in wanted)


if __name__ == "__main__":
    main()
