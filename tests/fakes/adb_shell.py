"""The shell service: commands of the device run by this machine's shell, in a folder of its own.

With shell_v2 the outputs are apart and the status is told. Without it they come mixed, with the
line ends of a terminal and no status, as on old devices.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO

from tests.fakes.adb_packets import Stream

_STDIN, _STDOUT, _STDERR, _EXIT, _CLOSE_STDIN = range(5)
_PACKET = struct.Struct("<BI")


def serve_shell(
    stream: Stream,
    command: str,
    *,
    apart: bool,
    env: Mapping[str, str],
    printed: Callable[[bytes], bytes],
) -> None:
    """Run `command` and pass its streams.

    Args:
        stream: the opened service.
        command: shell text.
        apart: whether both sides speak shell_v2.
        env: the command's environment.
        printed: takes every output and gives what is sent.
    """
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if apart else subprocess.STDOUT,
        env=env,
        start_new_session=True,
    )
    feeder = threading.Thread(target=_feed, args=(stream, process, apart), daemon=True)
    feeder.start()
    senders = [
        threading.Thread(target=_send, args=(stream, kind, pipe, apart, printed), daemon=True)
        for kind, pipe in ((_STDOUT, process.stdout), (_STDERR, process.stderr))
        if pipe is not None
    ]
    for thread in senders:
        thread.start()
    status = process.wait()
    for thread in senders:
        thread.join()  # like adbd, which waits for every holder of the output
    if apart:
        told = status if status >= 0 else 128 - status
        stream.write(_PACKET.pack(_EXIT, 1) + bytes([told]))


def _feed(stream: Stream, process: subprocess.Popen[bytes], apart: bool) -> None:
    """Pass the host's input; when the stream ends, hang up on the command as adbd does."""
    assert process.stdin is not None
    with suppress(OSError, EOFError):
        while True:
            kind, data = _next_input(stream, apart)
            if kind == _CLOSE_STDIN:
                process.stdin.close()
            elif kind == _STDIN:
                process.stdin.write(data)
                process.stdin.flush()
    process.send_signal(signal.SIGHUP)
    with suppress(OSError):
        process.stdin.close()


def _next_input(stream: Stream, apart: bool) -> tuple[int, bytes]:
    if apart:
        kind, size = _PACKET.unpack(stream.read(_PACKET.size))
        return kind, stream.read(size)
    data = stream.receive()
    if not data:
        raise EOFError
    return _STDIN, data


def _send(
    stream: Stream, kind: int, pipe: IO[bytes], apart: bool, printed: Callable[[bytes], bytes]
) -> None:
    with pipe, suppress(OSError):
        while data := os.read(pipe.fileno(), 1 << 16):
            told = printed(data)
            packet = _PACKET.pack(kind, len(told)) + told
            stream.write(packet if apart else told.replace(b"\n", b"\r\n"))
