"""Streaming a set that is far larger than the memory it may take."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROWS, SIDE = 400, 362
"""400 rows of 362 x 362 float32: 200 MB."""

SCRIPT = f"""
import re, sys
from pathlib import Path
from tflitekit.data import open_dataset
from tflitekit.graph.spec import TensorSpec
# Not getrusage: its peak is that of the parent where this process was forked from a larger one.
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
dataset = open_dataset(sys.argv[1], [TensorSpec("v", (1, {SIDE}, {SIDE}), "float32")])
before = peak()
count = sum(1 for _ in dataset.stream())
print(count, peak() - before)
"""


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("big")
    array = np.lib.format.open_memmap(
        folder / "a.npy", mode="w+", dtype=np.float32, shape=(ROWS, SIDE, SIDE)
    )
    array[:, 0, 0] = np.arange(ROWS)
    array.flush()
    del array
    for name, packing in (("plain", zipfile.ZIP_STORED), ("packed", zipfile.ZIP_DEFLATED)):
        with zipfile.ZipFile(folder / f"{name}.npz", "w", packing, compresslevel=1) as archive:
            archive.write(folder / "a.npy", "x.npy")
    (folder / "code.py").write_text(
        "import numpy as np\n"
        f"def make():\n    return (np.full(({SIDE}, {SIDE}), n, 'f4') for n in range({ROWS}))\n"
    )
    return folder


@pytest.mark.parametrize("name", ["a.npy", "plain.npz", "packed.npz", "code.py:make"])
def test_memory_does_not_grow_with_the_set(big: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(big / name)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    count, grown_kib = map(int, done.stdout.split())
    assert count == ROWS
    assert grown_kib < 30 * 1024
