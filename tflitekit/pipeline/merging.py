"""Several converted models in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tflitekit import files
from tflitekit.errors import UsageError
from tflitekit.graph import write_model
from tflitekit.graph.merge import merged
from tflitekit.pipeline.subjects import read_file


def merge_models(parts: Sequence[str], out: Path) -> None:
    """Write one file that holds models under signatures of their own.

    Args:
        parts: "FILE", whose signature is the file's name without its ending, or "KEY=FILE".
        out: the file to write.

    Raises:
        UsageError: there are fewer than two, or two of one key.
        ModelError: a file cannot be read, or two carry another state of one name.
        OutputError: the file cannot be written.
    """
    named = [_named(part) for part in parts]
    keys = [key for key, _ in named]
    if len(keys) < 2 or len(set(keys)) < len(keys):
        raise UsageError(
            "two models or more are needed, each with a signature of its own",
            where=", ".join(keys),
            hint="Name signatures with KEY=FILE",
        )
    files.check_writable(out, sources=[path for _, path in named])
    models = {key: read_file(path) for key, path in named}
    files.write_whole(out, write_model(merged(models)))


def _named(part: str) -> tuple[str, Path]:
    key, equals, name = part.partition("=")
    path = Path(name if equals else part)
    return (key if equals else path.stem), path
