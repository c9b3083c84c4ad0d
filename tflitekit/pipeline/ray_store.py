"""A parcel on its way through the object store of a Ray cluster, in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tflitekit.pipeline.parcel import Parcel, pack

PIECE_BYTES = 32 << 20
"""A piece is in memory as a whole; pieces that find no room there go to disk."""


def put_parcel(parcel: Parcel) -> list[Any]:
    """References to its pieces, which the store has while this process lives.

    Raises:
        DataError: a file cannot be read.
    """
    import ray

    pieces = Pieces(ray.put)
    pack(parcel, pieces)
    return pieces.finish()


class Pieces:
    """What `pack` writes to: puts bytes somewhere, piece by piece."""

    def __init__(self, put: Callable[[bytes], Any]) -> None:
        self._put = put
        self._pending = bytearray()
        self._pieces: list[Any] = []

    def write(self, data: bytes) -> int:
        self._pending += data
        if len(self._pending) >= PIECE_BYTES:
            self._flush()
        return len(data)

    def finish(self) -> list[Any]:
        """What `put` gave for each piece."""
        self._flush()
        return self._pieces

    def _flush(self) -> None:
        self._pieces.append(self._put(bytes(self._pending)))
        self._pending.clear()


class Joined:
    """What `unpack` reads from: fetches piece after piece."""

    def __init__(self, pieces: Iterable[Any], get: Callable[[Any], bytes]) -> None:
        self._pieces = iter(pieces)
        self._get = get
        self._here = memoryview(b"")

    def read(self, size: int) -> bytes:
        parts = []
        while size > 0:
            if not self._here:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._here = memoryview(self._get(piece))
                continue
            parts.append(bytes(self._here[:size]))
            self._here = self._here[size:]
            size -= len(parts[-1])
        return b"".join(parts)
