"""Tests marked `alone` have the machine to themselves, whatever the other workers have to do.

They judge times, loads or shared memory, which a busy neighbour changes. A lock that any number
of tests can share, and that one marked so has for itself, keeps them apart. Who wants it queues
at a second lock first: otherwise those that share it could keep out for ever who cannot.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def room(folder: Path, alone: bool) -> Iterator[None]:
    """Hold a place among the tests that run, or the only one.

    Args:
        folder: the one that all workers of a run know.
        alone: whether nothing else may run meanwhile.
    """
    with (folder / "queue.lock").open("w") as queue, (folder / "room.lock").open("w") as place:
        fcntl.flock(queue, fcntl.LOCK_EX)
        fcntl.flock(place, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(queue, fcntl.LOCK_UN)
        yield
