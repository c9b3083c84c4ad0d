"""The peak of the arithmetic as the runner measures it, here and under qemu for arm64."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tflitekit.abi import ABIS, host_abi
from tflitekit.runtime.build import LIBRARIES, source_root
from tflitekit.runtime.compiler import FLAGS, compile_c

pytestmark = pytest.mark.build

QEMU = shutil.which("qemu-aarch64-static")
CROSS = Path("/usr/aarch64-linux-gnu")
PROGRAM = Path(__file__).resolve().parents[1] / "fakes" / "mac_counts.c"

STEP = {
    ("float32", "fma"): 12 * 8,
    ("float32", "avx512bw"): 24 * 16,
    ("int8", "avx2"): 8 * 32,
    ("int8", "avxvnni"): 12 * 32,
    ("int8", "avx512bw"): 16 * 64,
    ("int8", "avx512vnni"): 24 * 64,
    ("float32", "neon"): 24 * 4,
    ("int8", "neon"): 16 * 16,
    ("int8", "dotprod"): 24 * 16,
    ("int8", "i8mm"): 24 * 2 * 2 * 8,
}
"""Totals times lanes times products a lane: multiply-accumulates of one step of each loop."""

CYCLE = {
    ("float32", "fma"): 2 * 8,
    ("float32", "avx512bw"): 2 * 16,
    ("int8", "avx2"): 2 * 32,
    ("int8", "avxvnni"): 2 * 32,
    ("int8", "avx512bw"): 2 * 64,
    ("int8", "avx512vnni"): 2 * 64,
    ("float32", "neon"): 6 * 4,
    ("int8", "neon"): 6 * 16,
    ("int8", "dotprod"): 6 * 16,
    ("int8", "i8mm"): 6 * 32,
}
"""More than any processor does in a cycle: its units times the width of each."""

MOST_GHZ = 6.5


def compiled(folder, abi):
    """A program that prints what each loop of its processor has counted."""
    root, program = source_root(), folder / "counts"
    sources = [PROGRAM, root / "kernels" / "isa.c", *(root / "src").glob("mac_loops*.c")]
    folders = (f"-I{root / name}" for name in ("src", "kernels"))
    words = ["-target", abi.zig_target, *FLAGS, *folders, *map(str, sources)]
    compile_c([*words, "-o", str(program), *LIBRARIES], "the loops", abi.name)
    return str(program)


def counted(*command):
    """What each loop counted, by type and instruction set."""
    done = subprocess.run(command, check=True, timeout=120, capture_output=True, text=True)
    rows = (line.split() for line in done.stdout.splitlines())
    return {(dtype, isa): int(macs) for dtype, isa, macs in rows}


@pytest.fixture(scope="module")
def for_arm64(tmp_path_factory):
    if QEMU is None or not (CROSS / "lib" / "libc.so.6").is_file():
        pytest.skip("qemu-user-static or libc6-arm64-cross is not installed")
    return compiled(tmp_path_factory.mktemp("arm64"), ABIS["arm64-v8a"])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_type_has_a_figure_for_each_instruction_set(start, threads):
    records, status = start("mode=compute", "seconds=0.01", f"threads={threads}")
    assert status == 0
    (hello,) = records["hello"]
    found = {(record["dtype"], record["isa"]): record for record in records["compute"]}
    assert found.keys() == {key for key in STEP if key[1] in hello["isa"]}
    for key, record in found.items():
        assert record["passes"] >= 3
        assert 0.01 < record["gmacs"] < threads * CYCLE[key] * MOST_GHZ


@pytest.mark.alone
def test_threads_share_no_processor_twice(start):
    """On one processor four threads are as fast as one: their times overlap, and are not added."""
    best = {}
    for threads in (1, 4):
        records, _ = start("mode=compute", "seconds=0.1", "cores=0", f"threads={threads}")
        best[threads] = max(record["gmacs"] for record in records["compute"])
    assert best[4] < 2 * best[1]


def test_no_instruction_set_no_figure(start, monkeypatch):
    monkeypatch.setenv("TFLITEKIT_ISA", "scalar")
    records, status = start("mode=compute", "seconds=0.01")
    assert status == 0
    assert "compute" not in records


def test_the_loops_count_what_they_do(tmp_path):
    found = counted(compiled(tmp_path, host_abi()))
    assert found
    assert found == {key: 1000 * STEP[key] for key in found}


@pytest.mark.parametrize(
    ("processor", "sets"), [("max", {"neon", "dotprod", "i8mm"}), ("cortex-a53", {"neon"})]
)
def test_the_loops_of_arm64_count_what_they_do(for_arm64, processor, sets):
    found = counted(QEMU, "-cpu", processor, "-L", str(CROSS), for_arm64)
    assert {isa for _, isa in found} == sets
    assert found == {key: 1000 * STEP[key] for key in found}
