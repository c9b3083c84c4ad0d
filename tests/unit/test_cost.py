"""What a command is told to have taken."""

import subprocess
import sys
import time

from tflitekit.cost import Cost, Stopwatch
from tflitekit.report.model_table import cost_facts


def test_time_counts_from_the_start():
    stopwatch = Stopwatch()
    time.sleep(0.05)
    first = stopwatch.cost().seconds
    assert 0.05 <= first <= stopwatch.cost().seconds < 30


def test_memory_is_that_of_the_largest_process():
    before = Stopwatch().cost().peak_bytes
    assert before > 1 << 20
    larger = before + (64 << 20)
    subprocess.run([sys.executable, "-c", f"bytes(range(256)) * ({larger} >> 8)"], check=True)
    assert larger <= Stopwatch().cost().peak_bytes < 2 * larger


def test_it_is_told_with_units():
    assert cost_facts(Cost(61.23, 2_100_000_000)) == [
        ("time", "61.2 s"),
        ("memory", "2.1 GB in the largest of its processes"),
    ]
