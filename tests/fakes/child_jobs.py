"""Jobs for a `Worker` that end in every way a job can end."""

from __future__ import annotations

import gc
import os
import sys
import time
from typing import Any

from tflitekit.child.frozen import import_frozen
from tflitekit.errors import ModelError
from tflitekit.progress import Progress


def echo(progress: Progress, *, value: Any) -> Any:
    sys.stdout.write("noise on stdout, which is no result\n")
    return value


def facts(progress: Progress) -> dict[str, Any]:
    keras_home = os.environ["KERAS_HOME"]
    return {
        "pid": os.getpid(),
        "hash_seed": os.environ["PYTHONHASHSEED"],
        "legacy": "TF_USE_LEGACY_KERAS" in os.environ,
        "address": id(sys),
        "keras_home": keras_home,
        "tensorflow": "tensorflow" in sys.modules,
    }


def tell(progress: Progress) -> None:
    progress.step("first")
    progress.note("a note")
    progress.warn("a warning")
    with progress.bar("outer", 2, "samples") as advance:
        advance(1)
        with progress.bar("inner", None) as inner:
            inner(5)
        advance(1)


def refuse(progress: Progress) -> None:
    raise ModelError("is odd", where="layer 3", hint="Make it even")


def fail(progress: Progress) -> None:
    raise KeyError("no such thing")


def crash(progress: Progress, *, signal: int) -> None:
    for line in range(30):
        sys.stderr.write(f"line {line}\n")
        sys.stderr.flush()
    with progress.bar("working", 2) as advance:
        advance(1)
        os.kill(os.getpid(), signal)


def leave(progress: Progress, *, status: int) -> None:
    os._exit(status)


def sleep(progress: Progress, *, seconds: float) -> None:
    progress.note(str(os.getpid()))
    time.sleep(seconds)


def load_frozen(progress: Progress, *, name: str) -> dict[str, int]:
    """How many objects the garbage collector passes over then, and how many it looks at."""
    import_frozen(name)
    return {"passed": gc.get_freeze_count(), "seen": len(gc.get_objects())}
