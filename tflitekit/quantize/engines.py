"""The engines that turn a float flatbuffer into an integer one, behind one interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from tflitekit.child import Worker
from tflitekit.errors import UsageError
from tflitekit.progress import Progress
from tflitekit.quantize.samples import SampleStore
from tflitekit.quantize.stock import Stock

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
    """

    float_model: Path
    samples: SampleStore
    io: IoType = "int8"
    seed: int = 0


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


ENGINES: dict[str, Engine] = {engine.name: engine for engine in (Stock(),)}
"""Every engine by the name that `--engine` takes."""


def engine_named(name: str) -> Engine:
    """The entry of `ENGINES`.

    Raises:
        UsageError: there is no such engine.
    """
    if name not in ENGINES:
        raise UsageError(
            "there is no such engine", where=f"--engine {name}", hint=f"Use {', '.join(ENGINES)}"
        )
    return ENGINES[name]
