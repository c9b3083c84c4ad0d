"""The table kernel beside the copy of as many bytes: one thread, the best of the rounds."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable

import numpy as np

from tools.native_kernels import build, versions
from tools.native_kernels.library import Library

HEADER = ("kernel", "speed", "of memcpy")

_CALLS = 200


def rows(size: int, rounds: int) -> list[tuple[str, str, str]]:
    """One row a version of the table kernel on `size` bytes, and one for memcpy, taking turns."""
    best = _measure(_calls(size), rounds)
    copy = best["memcpy"]
    return [
        (name, f"{size / seconds / 1e9:.1f} GB/s", f"{copy / seconds:.2f}")
        for name, seconds in best.items()
    ]


def _calls(size: int) -> dict[str, Callable[[], object]]:
    native, libc = Library(build.make(build.library())), ctypes.CDLL(None)
    random = np.random.default_rng(0)
    arrays = [random.integers(-128, 128, n).astype(np.int8) for n in (size, 256, size)]
    x, table, y = (ctypes.c_void_p(array.ctypes.data) for array in arrays)
    count = ctypes.c_size_t(size)
    calls: dict[str, Callable[[], object]] = {"memcpy": lambda: libc.memcpy(y, x, count)}
    for isa in versions(native, "table"):
        function = native.functions[f"table_{isa}"]
        # The arrays are held here, for as long as the calls are.
        calls[f"table, {isa}"] = lambda function=function, held=arrays: function(x, table, y, count)  # type: ignore[misc]
    return calls


def _measure(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            started = time.perf_counter()
            for _ in range(_CALLS):
                call()
            best[name] = min(best[name], (time.perf_counter() - started) / _CALLS)
    return best
