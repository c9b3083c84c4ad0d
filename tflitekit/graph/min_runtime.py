"""The oldest runtime that can run a model, and the entry of the file that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tflitekit.graph.model import Model, Op
from tflitekit.graph.op_versions import version_of
from tflitekit.graph.runtime_versions import release_of
from tflitekit.graph.storage import Buffer, Metadata
from tflitekit.graph.unnumbered_kernels import unnumbered_use

MIN_RUNTIME_VERSION = "min_runtime_version"
"""The name of the entry that TensorFlow Lite's converter writes."""

_ENTRY_BYTES = 16


@dataclass(frozen=True)
class OldestRuntime:
    """What a model asks of a runtime, by the op that asks most.

    Attributes:
        release: of TensorFlow Lite, such as "2.13.0"; None where no release is known to have the
            op in this version.
        op: the builtin op's name.
        version: the version of it that is needed.
        use: what more it asks, as "of int16"; "" where the version says all.
    """

    release: str | None
    op: str
    version: int
    use: str = ""

    def __str__(self) -> str:
        return f"{self.op} version {self.version} {self.use}".rstrip()


def oldest_runtime(model: Model) -> OldestRuntime | None:
    """The oldest release that computes all builtin ops of `model`, and the first that asks for it.

    Custom ops are apart: an app brings their kernels. None where there is no other op.
    """
    return max(_demands(model.ops()), key=_age, default=None)


def with_min_runtime(model: Model) -> list[Metadata]:
    """The metadata of `model`, with the entry for the oldest runtime as it is now.

    The release fills 16 bytes, zeros behind it. A model with an op that no release is known to have
    keeps the entry that it has.
    """
    demand = oldest_runtime(model)
    if demand is None or demand.release is None:
        return list(model.metadata)
    content = demand.release.encode().ljust(_ENTRY_BYTES, b"\0")
    entry = Metadata(MIN_RUNTIME_VERSION, Buffer(np.frombuffer(content, np.uint8)))
    names = [one.name for one in model.metadata]
    place = names.index(entry.name) if entry.name in names else len(names)
    return [*model.metadata[:place], entry, *model.metadata[place + 1 :]]


def parse_release(release: str) -> tuple[int, ...]:
    """The numbers of a release, which compare as it does."""
    return tuple(int(part) for part in release.split("."))


def _demands(ops: Iterable[Op]) -> Iterator[OldestRuntime]:
    for op in ops:
        if op.custom:
            continue
        version, row = version_of(op), unnumbered_use(op)
        release = release_of(op.name, version)
        yield OldestRuntime(release, op.name, version)
        if row is not None and release is not None:
            yield OldestRuntime(row.release, op.name, version, row.what)


def _age(demand: OldestRuntime) -> tuple[bool, tuple[int, ...]]:
    release = demand.release
    return (True, ()) if release is None else (False, parse_release(release))
