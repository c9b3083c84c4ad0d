import time
from pathlib import Path

from tflitekit.devices.process import LineStream


def ends_soon(pid):
    """Whether a process is gone, or dead and not yet reaped, within a few seconds."""
    stat = Path(f"/proc/{pid}/stat")
    for _ in range(50):
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.1)
    return False


def test_what_a_process_started_ends_with_it():
    with LineStream(["sh", "-c", "sleep 60 & echo $!; wait"], timeout=30) as lines:
        pid = int(next(iter(lines)))
    assert ends_soon(pid)
