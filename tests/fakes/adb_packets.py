"""The device's side of adb's packets: one connection, many streams.

Source of the format: Android's packages/modules/adb/protocol.txt.
"""

from __future__ import annotations

import queue
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

CNXN, AUTH, OPEN, OKAY, WRTE, CLSE = (
    int.from_bytes(name, "little")
    for name in (b"CNXN", b"AUTH", b"OPEN", b"OKAY", b"WRTE", b"CLSE")
)
_HEADER = struct.Struct("<6I")
_VERSION = 0x01000001
"""The first version that leaves checksums out."""
_MAX_DATA = 1 << 18
_TOKEN = 1

Service = Callable[["Stream"], None]


class Stream:
    """One opened service: a byte pipe with at most one packet on its way."""

    def __init__(self, connection: Connection, local: int, remote: int) -> None:
        self._connection, self.local, self._remote = connection, local, remote
        self._arrived: queue.Queue[bytes] = queue.Queue()
        self._rest = b""
        self._may_send = threading.Semaphore(1)
        self._lock = threading.Lock()
        self.closed = threading.Event()

    def receive(self) -> bytes:
        """The next bytes; none when the host has closed the stream."""
        piece, self._rest = self._rest or self._arrived.get(), b""
        if not piece:
            self._arrived.put(b"")
        return piece

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes.

        Raises:
            EOFError: the host closed the stream before.
        """
        found = b""
        while len(found) < count:
            piece = self.receive()
            if not piece:
                raise EOFError
            found += piece
        found, self._rest = found[:count], found[count:]
        return found

    def write(self, data: bytes) -> None:
        """Send `data`, packet after acknowledged packet.

        Raises:
            BrokenPipeError: the stream is closed.
        """
        with self._lock:
            for start in range(0, len(data), _MAX_DATA):
                self._may_send.acquire()
                if self.closed.is_set():
                    raise BrokenPipeError
                self._send(WRTE, data[start : start + _MAX_DATA])

    def close(self) -> None:
        """End the stream from this side."""
        if not self.closed.is_set():
            self.ended()
            with suppress(OSError):
                self._send(CLSE)

    def arrived(self, data: bytes) -> None:
        """The host sent `data`."""
        self._arrived.put(data)
        self._send(OKAY)

    def acknowledged(self) -> None:
        """The host took the last packet."""
        self._may_send.release()

    def ended(self) -> None:
        """The host closed the stream, or the connection is gone."""
        self.closed.set()
        self._arrived.put(b"")
        self._may_send.release()

    def _send(self, command: int, data: bytes = b"") -> None:
        self._connection.send(command, self.local, self._remote, data)


class Connection:
    """One host's connection, served until it ends.

    Args:
        sock: the accepted socket.
        banner: what the device says of itself.
        authorized: whether it accepts the host's key; if not, it asks for another for ever.
        find_service: the service of a name, or None.
    """

    def __init__(
        self,
        sock: socket.socket,
        banner: bytes,
        authorized: bool,
        find_service: Callable[[str], Service | None],
    ) -> None:
        self._socket, self._banner = sock, banner
        self._authorized, self._find_service = authorized, find_service
        self._streams: dict[int, Stream] = {}
        self._lock = threading.Lock()

    def send(self, command: int, first: int, second: int, data: bytes = b"") -> None:
        """Send one packet."""
        header = _HEADER.pack(command, first, second, len(data), 0, command ^ 0xFFFFFFFF)
        with self._lock:
            self._socket.sendall(header + data)

    def serve(self) -> None:
        """Answer packets until either side hangs up."""
        with self._socket, self._socket.makefile("rb") as reader, suppress(OSError):
            while len(header := reader.read(_HEADER.size)) == _HEADER.size:
                command, first, second, size, _, _ = _HEADER.unpack(header)
                self._answer(command, first, second, reader.read(size))
        for stream in list(self._streams.values()):
            stream.ended()

    def drop(self) -> None:
        """Break the connection, as a pulled cable does."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _answer(self, command: int, first: int, second: int, data: bytes) -> None:
        if command == CNXN and self._authorized:
            self.send(CNXN, _VERSION, _MAX_DATA, self._banner)
        elif command == CNXN or (command == AUTH and first == 2):
            self.send(AUTH, _TOKEN, 0, bytes(20))
        elif command == OPEN:
            self._open(first, data.rstrip(b"\0").decode())
        elif stream := self._streams.get(second):
            if command == OKAY:
                stream.acknowledged()
            elif command == WRTE:
                stream.arrived(data)
            elif command == CLSE:
                stream.ended()

    def _open(self, remote: int, name: str) -> None:
        service = self._find_service(name)
        if service is None:
            self.send(CLSE, 0, remote)
            return
        stream = Stream(self, len(self._streams) + 1, remote)
        self._streams[stream.local] = stream
        self.send(OKAY, stream.local, remote)
        threading.Thread(target=_run, args=(service, stream), daemon=True).start()


def _run(service: Service, stream: Stream) -> None:
    with suppress(OSError, EOFError):  # the host may go at any time
        service(stream)
    stream.close()
