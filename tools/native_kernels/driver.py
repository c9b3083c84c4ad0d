"""The kernels in a process of their own: driver.c is the other side."""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tools.native_kernels.base import ELEMENT_CODES, MOST_AXES, Shape

_ISAS, _THREADS, _INFER, _RUN = range(4)  # the commands
_NOTHING = -1  # for the length of a text that is not there, and for an output of its own
_ALIGNMENT = 64
_TIMEOUT_S = 120
_LOG_BYTES = 6000


class KernelCrash(Exception):
    """The process ended in the middle of a call: a kernel read outside of a tensor, say."""


class Driver:
    """`NativeKernels` by requests to a program that stays up; one that crashed is started again.

    Args:
        argv: the program, with the emulator that it needs.
        environment: variables besides those of this process.
        log: a file that takes what the program writes to stderr.
    """

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> None:
        self._argv = list(argv)
        self._environment = os.environ | environment
        self._process: subprocess.Popen[bytes] | None = None
        self._log = log

    def close(self) -> None:
        """End the process."""
        self._end()

    def isas(self) -> tuple[str, ...]:
        answer = self._ask(_number(_ISAS))
        return tuple(answer.text() or "" for _ in range(answer.number()))

    def use_threads(self, threads: int) -> None:
        self._ask(_number(_THREADS), _number(threads))

    def infer(
        self, name: str, inputs: Sequence[Shape], num_outputs: int = 1
    ) -> tuple[Shape, ...] | str:
        answer = self._ask(
            *(_number(_INFER), _text(f"tflitekit.{name}")),
            *(_number(len(inputs)), *map(_shape, inputs), _number(num_outputs)),
        )
        shapes = tuple(answer.shape() for _ in range(num_outputs))
        reason = answer.text()
        return shapes if reason is None else reason

    def call(
        self,
        name: str,
        inputs: Sequence[NDArray[Any]],
        outputs: Sequence[NDArray[Any]],
        isa: str | None = None,
    ) -> str | None:
        answer = self._ask(
            *(_number(_RUN), _text(f"tflitekit.{name}"), _text(isa or "")),
            *(_number(len(inputs)), *(_tensor(array, ()) for array in inputs)),
            *(_number(len(outputs)), *(_tensor(array, inputs) for array in outputs)),
        )
        for array in outputs:
            array[...] = np.frombuffer(answer.read(array.nbytes), array.dtype).reshape(array.shape)
        return answer.text()

    def _ask(self, *parts: bytes) -> _Answer:
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(_TIMEOUT_S, process.kill)
        watch.start()
        try:
            with suppress(BrokenPipeError):  # the missing answer then tells
                process.stdin.write(b"".join(parts))
                process.stdin.flush()
            head = process.stdout.read(8)
            length = int.from_bytes(head, "little")
            body = process.stdout.read(length)
        finally:
            watch.cancel()
        if len(head) < 8 or len(body) < length:
            raise KernelCrash(self._crash())
        return _Answer(body)

    def _start(self) -> subprocess.Popen[bytes]:
        self._log.seek(0)
        self._log.truncate()
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self._argv, stdin=pipe, stdout=pipe, stderr=self._log, env=self._environment
        )

    def _crash(self) -> str:
        status = self._end()
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(size - _LOG_BYTES, 0))
        return f"exit status {status}\n{self._log.read().decode(errors='replace')}"

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        return process.wait(_TIMEOUT_S)


@contextmanager
def started(argv: Sequence[str], environment: Mapping[str, str]) -> Iterator[Driver]:
    """A `Driver` for a while."""
    with tempfile.TemporaryFile() as log:
        driver = Driver(argv, environment, log)
        try:
            yield driver
        finally:
            driver.close()


class _Answer:
    """The fields of an answer, one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._next = 0

    def read(self, count: int) -> bytes:
        self._next += count
        return self._body[self._next - count : self._next]

    def number(self) -> int:
        return int.from_bytes(self.read(4), "little", signed=True)

    def text(self) -> str | None:
        length = self.number()
        return None if length == _NOTHING else self.read(length).decode()

    def shape(self) -> Shape:
        rank = self.number()
        return struct.unpack(f"<{MOST_AXES}i", self.read(4 * MOST_AXES))[:rank]


def _number(value: int) -> bytes:
    return struct.pack("<i", value)


def _text(text: str) -> bytes:
    return _number(len(text)) + text.encode()


def _shape(shape: Shape) -> bytes:
    padded = (*shape, *(0,) * (MOST_AXES - len(shape)))
    return struct.pack(f"<{MOST_AXES + 1}i", len(shape), *padded)


def _tensor(array: NDArray[Any], inputs: Sequence[NDArray[Any]]) -> bytes:
    """Type, shape, place and, unless it is an input's memory, the contents."""
    address = array.ctypes.data
    same = [
        i for i, one in enumerate(inputs) if one.ctypes.data == address and one.size and array.size
    ]
    head = struct.pack("<i", ELEMENT_CODES[array.dtype.name]) + _shape(array.shape)
    place = struct.pack("<iiQ", address % _ALIGNMENT, same[0] if same else _NOTHING, array.nbytes)
    return head + place + (b"" if same else array.tobytes())
