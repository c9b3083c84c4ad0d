"""What every engine is asked, what it answers, and what an engine is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from tflitekit.child import Worker
from tflitekit.progress import Progress
from tflitekit.quantize.accuracy.target import Target
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.recipe import Recipe

IoType = Literal["int8", "uint8", "int16", "float32"]
"""The type of the quantized model's inputs and outputs, where the float ones are float32."""


class Score(Protocol):
    """How good the answers of a flatbuffer are on held-out data; more is better.

    Attributes:
        metric: the name of what is measured.
        count: how many samples it is measured on.
        float_score: the float model's.
    """

    @property
    def metric(self) -> str: ...

    @property
    def count(self) -> int: ...

    @property
    def float_score(self) -> float: ...

    def __call__(self, flatbuffer: bytes) -> float: ...

    def show(self, score: float) -> str:
        """A score for people: the metric's name and value."""


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
        score: measures a candidate, for an engine that chooses among several; None where there
            is nothing to measure on.
        target: the accuracy that our own engine has to reach; None to quantize once.
        allow_float: whether float tensors may be left to reach the target.
    """

    float_model: Path
    samples: SampleStore
    io: IoType = "int8"
    seed: int = 0
    recipe: Recipe = field(default_factory=Recipe)
    stats: Path | None = None
    score: Score | None = None
    target: Target | None = None
    allow_float: bool = False


@dataclass(frozen=True)
class Quantized:
    """What an engine made.

    Attributes:
        flatbuffer: the quantized model.
        facts: what the engine tells of its choices, for the manifest; JSON values.
        left_float: why an op stays in float, by the name of its first output.
    """

    flatbuffer: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)
    left_float: Mapping[str, str] = field(default_factory=dict)


class Engine(Protocol):
    """A way to quantize. Adding one is a class with these members and a line in `ENGINES`."""

    name: str

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> Quantized:
        """Quantize the model of a job.

        What the engine cannot quantize may stay float in it; strictness is for the caller to
        read off the result.

        Raises:
            ConversionError: the engine cannot process the model at all.
        """
