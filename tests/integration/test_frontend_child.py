"""The child process: what comes back from it, and every way it can end."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tflitekit.child import Worker
from tflitekit.errors import ConversionError, ModelError, ToolkitError
from tflitekit.progress import SILENT

ROOT = Path(__file__).resolve().parents[2]
JOBS = "tests.fakes.child_jobs:"


class Heard:
    """A `Progress` that writes down what it is told."""

    def __init__(self):
        self.events = []

    def step(self, title):
        self.events.append(("step", title))

    def note(self, text):
        self.events.append(("note", text))

    def warn(self, text):
        self.events.append(("warn", text))

    @contextmanager
    def bar(self, title, total, unit=""):
        self.events.append(("bar", title, total, unit))
        yield lambda done: self.events.append(("advance", title, done))
        self.events.append(("end", title))


@pytest.fixture
def child(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    with Worker() as worker:
        yield worker


def call(child, job, progress=SILENT, timeout=60.0, **arguments):
    return child.call(JOBS + job, progress, doing="testing", timeout=timeout, **arguments)


def is_alive(pid):
    return (
        Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()
    )


def test_values_survive_the_way_there_and_back(child):
    value = {"text": 'é\n"quoted"', "numbers": [1, 2.5, None, True], "empty": {}}
    assert call(child, "echo", value=value) == value


def test_one_child_serves_many_calls(child):
    assert call(child, "facts")["pid"] == call(child, "facts")["pid"] != os.getpid()


def test_ctrl_c_is_for_the_parent_alone(child):
    """The terminal interrupts a process group, and the parent then ends the child."""
    assert os.getpgid(call(child, "facts")["pid"]) != os.getpgid(0)


def test_the_environment_is_reproducible(child, monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    facts = call(child, "facts")
    assert facts["hash_seed"] == "0"
    assert not facts["legacy"]
    assert not facts["tensorflow"]
    assert Path(facts["keras_home"]).is_relative_to(child.scratch)


def test_addresses_are_the_same_in_every_child_where_the_system_allows_it(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    seen = []
    for _ in range(3):
        with Worker() as worker:
            seen.append(call(worker, "facts")["address"])
            if not worker.fixed_addresses:
                pytest.skip("this system does not allow fixed addresses")
    assert len(set(seen)) == 1


def test_addresses_can_be_left_random(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    with Worker(fix_addresses=False) as worker:
        call(worker, "facts")
        assert worker.fixed_addresses is False


def test_progress_reaches_the_parent_in_order(child):
    heard = Heard()
    call(child, "tell", heard)
    assert heard.events == [
        ("step", "first"),
        ("note", "a note"),
        ("warn", "a warning"),
        ("bar", "outer", 2, "samples"),
        ("advance", "outer", 1),
        ("bar", "inner", None, ""),
        ("advance", "inner", 5),
        ("end", "inner"),
        ("advance", "outer", 1),
        ("end", "outer"),
    ]


def test_a_toolkit_error_arrives_whole_and_leaves_the_child_alive(child):
    pid = call(child, "facts")["pid"]
    with pytest.raises(ModelError) as caught:
        call(child, "refuse")
    assert (caught.value.what, caught.value.where, caught.value.hint) == (
        "is odd",
        "layer 3",
        "Make it even",
    )
    assert call(child, "facts")["pid"] == pid


def test_another_exception_is_a_bug_with_its_traceback(child):
    with pytest.raises(ToolkitError) as caught:
        call(child, "fail")
    assert caught.value.exit_code == 1
    assert "KeyError" in caught.value.what
    assert "child_jobs.py" in caught.value.hint


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGILL"])
def test_a_crash_is_a_message(child, name):
    heard = Heard()
    with pytest.raises(ConversionError) as caught:
        call(child, "crash", heard, signal=getattr(signal, name))
    assert name in caught.value.what
    assert caught.value.where == "testing"
    assert "line 29" in caught.value.hint
    assert "line 10" in caught.value.hint
    assert "line 9\n" not in caught.value.hint
    assert heard.events[-1] == ("end", "working"), "the bar is closed"


def test_a_kill_hints_at_memory(child):
    with pytest.raises(ConversionError, match="memory"):
        call(child, "crash", signal=signal.SIGKILL)


def test_an_exit_without_a_result_is_an_error(child):
    for status in (0, 3):
        with pytest.raises(ConversionError, match=f"exit status {status}"):
            call(child, "leave", status=status)


def test_the_next_call_after_a_crash_gets_a_new_child(child):
    first = call(child, "facts")["pid"]
    with pytest.raises(ConversionError):
        call(child, "crash", signal=signal.SIGSEGV)
    assert call(child, "facts")["pid"] != first


def test_a_timeout_ends_the_child(child):
    heard = Heard()
    with pytest.raises(ConversionError, match=r"longer than 0\.5 s"):
        call(child, "sleep", heard, timeout=0.5, seconds=60)
    assert all(not is_alive(int(pid)) for _, pid in heard.events)


def test_leaving_the_context_ends_the_child_and_removes_its_files(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    with Worker() as worker:
        facts = call(worker, "facts")
        scratch = worker.scratch
        assert scratch.is_dir()
    assert not is_alive(facts["pid"])
    assert not scratch.exists()


PARENT = textwrap.dedent("""
    import signal
    from tflitekit.child import Worker
    from tflitekit.progress import Silent

    class Loud(Silent):
        def note(self, text):
            print(text, flush=True)

    # A shell starts what runs in the background with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Worker() as worker:
        worker.call("tests.fakes.child_jobs:sleep", Loud(), doing="sleeping", seconds=60)
""")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_the_child_ends_with_its_parent(name):
    """Killed, or interrupted as by Ctrl-C."""
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.send_signal(getattr(signal, name))
        parent.wait(timeout=30)
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(pid)


def test_the_collector_passes_over_imported_libraries(child):
    counts = call(child, "load_frozen", name="numpy")
    assert counts["passed"] > 10_000
    assert counts["seen"] < 1000
