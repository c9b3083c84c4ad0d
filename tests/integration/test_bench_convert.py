"""The benchmark of whole conversions measures a process with its children."""

import sys

import pytest

from tools.process_tree import measure

GROW = "import time; held = bytearray(200 << 20); time.sleep(0.5)"
START = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"


@pytest.mark.alone
def test_the_memory_of_a_child_counts(tmp_path):
    alone = measure([sys.executable, "-c", "import time; time.sleep(0.5)"], tmp_path / "log")
    family = measure([sys.executable, "-c", START, GROW], tmp_path / "log")
    assert 200 << 20 < family.peak_bytes - alone.peak_bytes < 240 << 20
    assert 0.5 < family.seconds < 60


def test_what_a_failed_command_said_is_told(tmp_path):
    with pytest.raises(RuntimeError, match="no such thing"):
        measure([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path / "log")
