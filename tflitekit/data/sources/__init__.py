"""The kinds of sources. Adding one is a class and a line in `SOURCES`."""

from __future__ import annotations

from tflitekit.data.sources.arrays import NpySource, NpzSource
from tflitekit.data.sources.base import Request, Source
from tflitekit.data.sources.images import ImageFolderSource
from tflitekit.data.sources.table import TableSource
from tflitekit.data.sources.tfrecord import TfRecordSource
from tflitekit.data.sources.user_code import CallableSource
from tflitekit.errors import DataError

SOURCES: tuple[type[Source], ...] = (
    NpzSource,
    NpySource,
    ImageFolderSource,
    TableSource,
    TfRecordSource,
    CallableSource,
)


def open_source(spec: str, request: Request) -> Source:
    """Open `spec`, a path that exists or `module:callable`, as the first kind that accepts it.

    Raises:
        DataError: no kind does, or the source cannot be read.
    """
    for kind in SOURCES:
        if kind.accepts(spec):
            return kind(spec, request)
    raise DataError(
        "is no kind of data that can be read",
        where=spec,
        hint=f"Give one of: {'; '.join(kind.kind for kind in SOURCES)}",
    )
