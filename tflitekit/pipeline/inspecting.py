"""What is in a flatbuffer, without running it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tflitekit import files
from tflitekit.graph.summary import summarize
from tflitekit.pipeline.subjects import read_file


def inspect_model(path: Path) -> dict[str, Any]:
    """What is in a flatbuffer, as `graph.summary.summarize`.

    Raises:
        ModelError: the file cannot be read.
    """
    model = read_file(path)
    return summarize(model, size_bytes=path.stat().st_size, sha256=files.sha256_file(path))
