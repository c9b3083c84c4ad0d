"""Print what our kernels are worth, use by use, as a Markdown page.

python -m tools.kernel_table            measure on this machine and print
python -m tools.kernel_table --write    measure and write docs/kernels.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.kernel_cases import CASES, KernelCase
from tests.fakes.kernel_cases.quality import measure as measure_quality
from tests.fakes.kernel_cases.quality import quantize
from tflitekit.console import Console
from tflitekit.devices.registry import open_device
from tflitekit.kernels import KERNELS, CustomOp
from tflitekit.progress import SILENT, Advance
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session
from tools.bench_kernels.__main__ import measure as measure_time

HEADER = ("what", "SQNR", "ideal", "int8 / float32 time", "at most")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "kernels.md"
TITLE = """# Our int8 kernels

Made by `python -m tools.kernel_table --write`: do not edit. Every use that is promised, and tested
by tests/integration/test_kernel_cases.py: fully int8, with an SQNR of at least 30 dB, or no more
than 3 dB under the ideal where that is less. [Adding one](kernels-howto.md) is a page of its own.

SQNR is in dB against the float model on the same inputs, of the worst output; the ideal is the
float model on the quantized inputs, its outputs rounded to their scales. Times are of one thread
of an x86-64 processor with AVX-512 VNNI and VBMI, as `python -m tools.bench_kernels` measures them.
"""
_SPEC = RunSpec(seconds=0.15, warmup_seconds=0.15)
_ROUNDS = 5


def heading(kernel: CustomOp) -> str:
    """The line over a kernel's table."""
    return f"## {kernel.name}\n\n{kernel.summary[0].upper()}{kernel.summary[1:]}.\n"


def cases_of(kernel: CustomOp) -> list[KernelCase]:
    """The uses of one kernel."""
    return [case for case in CASES if kernel.name == f"tflitekit.{case.kernel}"]


def row(case: KernelCase, session: Session) -> tuple[str, ...]:
    """A line of a table, measured."""
    quality = measure_quality(case, quantize(case, session), session)
    noise = _db(quality.measured), _db(quality.ideal)
    if case.most_time is None:
        return (_code(case.name), *noise, "", "")
    ratio = measure_time(case, session, _SPEC, _ROUNDS).ratio
    return (_code(case.name), *noise, f"{ratio:.2f}", str(case.most_time))


def page(session: Session, advance: Advance) -> str:
    """The whole of docs/kernels.md."""
    return "\n".join([TITLE, *_sections(session, advance)])


def main(write: bool) -> None:
    """Measure, and print or write."""
    with (
        open_session(open_device("local"), SILENT) as session,
        Console().bar("Measuring", len(CASES)) as advance,
    ):
        text = page(session, advance)
    if write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def _sections(session: Session, advance: Advance) -> Iterator[str]:
    for kernel in KERNELS:
        lines = [HEADER, ("---",) * len(HEADER)]
        for case in cases_of(kernel):
            lines.append(row(case, session))
            advance(1)
        yield "\n".join([heading(kernel), *(f"| {' | '.join(line)} |" for line in lines), ""])


def _code(name: str) -> str:
    return f"`{name}`".replace("|", "\\|")


def _db(value: float) -> str:
    return "exact" if value == float("inf") else f"{value:.1f}"


if __name__ == "__main__":
    main(write=sys.argv[1:] == ["--write"])
