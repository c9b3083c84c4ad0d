"""Hold the runner's peak bandwidth to that of STREAM itself (McCalpin), built here.

    python -m tools.stream stream.c [THREADS]

`stream.c` is from https://www.cs.virginia.edu/stream/; it needs a C compiler `cc` with OpenMP. Both
take turns in the same minutes, over arrays of the same size, and the best pass of each counts. A
compiler such as gcc gives STREAM ordinary stores, so the runner's figures without streaming ones
are held to it; those with them are printed beside, marked with a star. No pattern of STREAM only
reads or only writes, so neither does one that counts. Wants an idle machine: turns of either differ
by a third where neighbours use the same memory.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tflitekit.devices.registry import open_device
from tflitekit.progress import SILENT
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import Session, open_session

LIMIT = 0.15
TURNS = 10
NOT_IN_STREAM = ("read", "write")
PASSES = 40
SECONDS = 0.4
_RATE = re.compile(r"^(Copy|Scale|Add|Triad):\s+([\d.]+)", re.MULTILINE)


def build(source: Path, array_bytes: int, folder: Path) -> Path:
    """Compile STREAM for this processor, as its authors advise."""
    program = folder / "stream"
    size = f"-DSTREAM_ARRAY_SIZE={array_bytes // 8}"
    flags = ("-O3", "-march=native", "-fopenmp", size, f"-DNTIMES={PASSES}")
    subprocess.run(["cc", *flags, str(source), "-o", str(program)], check=True, timeout=120)
    return program


def stream(program: Path, threads: int) -> dict[str, float]:
    """10^9 bytes per second of STREAM's patterns."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [program], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    return {name.lower(): float(rate) * 1e-3 for name, rate in _RATE.findall(done.stdout)}


def ours(session: Session, threads: int) -> tuple[dict[str, float], int]:
    """The same of the runner's patterns, those with streaming stores as "name*", and the size of an
    array."""
    record = session.run(RunSpec(mode="bandwidth", threads=threads, seconds=SECONDS))
    with_streaming = {f"{name}*": gbps for name, gbps in record.bandwidth_gbps.items()}
    return record.bandwidth_ordinary_gbps | with_streaming, record.bandwidth_array_bytes


def best(turns: Sequence[dict[str, float]]) -> dict[str, float]:
    """The best of every pattern."""
    return {name: max(turn[name] for turn in turns) for name in turns[0]}


def main(arguments: Sequence[str]) -> int:
    """Print both by pattern; 1 where the peaks are further apart than `LIMIT`."""
    if not arguments:
        sys.exit(__doc__)
    threads = int(arguments[1]) if len(arguments) > 1 else 1
    with (
        tempfile.TemporaryDirectory() as folder,
        open_session(open_device("local"), SILENT) as session,
    ):
        program = build(Path(arguments[0]), ours(session, threads)[1], Path(folder))
        mine, theirs = [], []
        for _ in range(TURNS):
            mine.append(ours(session, threads)[0])
            theirs.append(stream(program, threads))
    tables = {"the runner": best(mine), "STREAM": best(theirs)}
    for who, rates in tables.items():
        print(f"{who:10}", *(f"{name} {gbps:.1f}" for name, gbps in rates.items()), "GB/s")
    peak, reference = (
        max(gbps for name, gbps in rates.items() if name not in NOT_IN_STREAM and name[-1] != "*")
        for rates in tables.values()
    )
    print(f"peak {peak:.1f} and {reference:.1f} GB/s, ratio {peak / reference:.2f}")
    return int(abs(peak / reference - 1) > LIMIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
