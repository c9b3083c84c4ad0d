"""Models that are too large for an engine."""

from __future__ import annotations

from pathlib import Path

from tflitekit.errors import ConversionError
from tflitekit.graph import writer


def refuse_larger_than_a_flatbuffer(float_model: Path, engine: str) -> None:
    """For an engine that does not read constants behind the flatbuffer.

    Raises:
        ConversionError: the constants are too many to lie inside.
    """
    if float_model.stat().st_size > writer.LARGEST_FLATBUFFER:
        raise ConversionError(
            f"the {engine} engine cannot read a float model of more than 2 GiB",
            hint="--engine tflitekit can",
        )
