"""What every engine is asked, and what an engine is."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from tflitekit.child import Worker
from tflitekit.progress import Progress
from tflitekit.quantize.recipe import Recipe
from tflitekit.quantize.samples import SampleStore

IoType = Literal["int8", "uint8", "float32"]
"""The type of the quantized model's inputs and outputs, where the float ones are float32."""


@dataclass(frozen=True)
class QuantizeJob:
    """What every engine is asked.

    Attributes:
        float_model: a float flatbuffer with static shapes and one signature.
        samples: what to calibrate with; the inputs bear the signature's names.
        io: the type of the inputs and outputs.
        seed: for an engine that draws random numbers.
        recipe: the choices of our own engine; the others have none.
        stats: a file of calibration statistics for our own engine: read where it is there, else
            written; None to keep none.
    """

    float_model: Path
    samples: SampleStore
    io: IoType = "int8"
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    stats: Path | None = None


class Engine(Protocol):
    """A way to quantize. Adding one is a class with these members and a line in `ENGINES`."""

    name: str

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> bytes:
        """The quantized flatbuffer.

        What the engine cannot quantize may stay float in it; strictness is for the caller to
        read off the result.

        Raises:
            ConversionError: the engine cannot process the model at all.
        """
