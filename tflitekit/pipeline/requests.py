"""What the pipelines are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tflitekit.bench.conditions import check_tags
from tflitekit.bench.metrics import metric_named
from tflitekit.bench.schedule import COMPARED_REPEATS, REPEATS
from tflitekit.bench.stats import MIN_REPEATS
from tflitekit.errors import UsageError
from tflitekit.frontend.source import ModelSource
from tflitekit.quantize.accuracy.target import Target
from tflitekit.quantize.engines.registry import BEST, OWN
from tflitekit.quantize.job import IoType
from tflitekit.quantize.recipe import INTEGER_PRECISIONS, Recipe
from tflitekit.runtime.choice import TESTED, RuntimeChoice

EVALUATION_SAMPLES = 1000
"""How many samples a candidate is judged on unless something else is said."""

_OWN_ENGINES = (OWN, BEST)


@dataclass(frozen=True)
class SampleChoice:
    """Which samples calibrate, and which judge.

    Attributes:
        data: a data set's SPEC, for calibration.
        samples: how many to calibrate with.
        seed: of the choice.
        eval_data: a SPEC of held-out samples; None takes them from `data`.
        eval_samples: how many of them; 0 holds none out.
    """

    data: str
    samples: int
    seed: int
    eval_data: str | None
    eval_samples: int


@dataclass(frozen=True)
class ConvertRequest:
    """What `convert` is asked for.

    Attributes:
        source: the model and how to read it.
        data: a data set's SPEC, for calibration.
        out: the flatbuffer to write; its manifest goes beside it.
        io: the type of the model's inputs and outputs; None for that of the activations.
        samples: how many to calibrate with.
        seed: of their choice.
        engine: a name of `quantize.engines.registry.ENGINES`.
        allow_float: report float tensors instead of refusing them.
        float_out: also keep the float flatbuffer here.
        recipe: the choices of our own engine.
        stats: a file of calibration statistics for our own engine, read or written.
        target: the accuracy that has to be reached; None to convert once.
        metric: what accuracy is measured by; None leaves it to the data.
        eval_data: a SPEC of held-out samples; None takes them from `data`.
        eval_samples: how many of them.
    """

    source: ModelSource
    data: str
    out: Path
    io: IoType | None = None
    samples: int = 200
    seed: int = 0
    engine: str = OWN
    allow_float: bool = False
    float_out: Path | None = None
    recipe: Recipe = field(default_factory=Recipe)
    stats: Path | None = None
    target: Target | None = None
    metric: str | None = None
    eval_data: str | None = None
    eval_samples: int = EVALUATION_SAMPLES

    @property
    def face(self) -> IoType:
        """The type of the model's inputs and outputs."""
        if self.io is not None:
            return self.io
        return (
            "int16"
            if self.recipe.activations == "int16"
            else ("int8" if self.recipe.is_integer else "float32")
        )

    @property
    def readable_source(self) -> ModelSource:
        """The model, with our custom ops only where what quantizes it knows them."""
        knows_ours = self.engine in _OWN_ENGINES and self.recipe.uses_kernels
        return replace(self.source, fuse_layers=knows_ours)

    @property
    def judges(self) -> bool:
        """Whether candidates are judged on held-out samples."""
        return self.target is not None or self.engine == BEST

    @property
    def choice(self) -> SampleChoice:
        """The samples that it takes."""
        held_out = self.eval_samples if self.judges else 0
        return SampleChoice(self.data, self.samples, self.seed, self.eval_data, held_out)

    def check(self) -> None:
        """Refuse choices that contradict each other, before any work is done.

        Raises:
            UsageError: there is no such choice, or it would be ignored.
        """
        self.recipe.check()
        own = self.recipe != Recipe() or self.stats is not None or self.target is not None
        if self.engine not in _OWN_ENGINES and own:
            raise UsageError(
                "has no --precision, --ranges, --effort, --int16, --float, --kernels, --stats and "
                "--max-drop",
                where=f"--engine {self.engine}",
                hint=f"They are for --engine {OWN}",
            )
        self.check_state(has_state=bool(self.source.state))
        if self.source.state_from is not None and self.recipe.precision != "int8":
            raise UsageError("is for --precision int8", where="--state-from")
        if self.metric is not None:
            metric_named(self.metric)
        if not self.recipe.is_integer:
            self._check_comparison()
        if not self.judges and (self.metric is not None or self.eval_data is not None):
            raise UsageError(
                "there is nothing to measure",
                where="--metric, --eval-data",
                hint=f"They are for --max-drop and --engine {BEST}; use bench to measure a model",
            )
        if self.recipe.float32 and not self.allow_float:
            raise UsageError("needs --allow-float", where="--float")

    def check_state(self, *, has_state: bool) -> None:
        """Refuse a state that would get lost.

        Args:
            has_state: whether the model carries something from run to run.

        Raises:
            UsageError: the engine keeps no state.
        """
        if has_state and self.engine != OWN:
            raise UsageError(
                "does not keep the state of a model",
                where=f"--engine {self.engine}",
                hint=f"Use --engine {OWN}",
            )

    def _check_comparison(self) -> None:
        precision = self.recipe.precision
        if self.target is not None or self.engine == BEST:
            raise UsageError("is for integer models", where=f"--precision {precision}")
        if self.io not in (None, "float32"):
            raise UsageError(
                f"has float activations, so that its inputs and outputs cannot be {self.io}",
                where=f"--precision {precision}",
            )


@dataclass(frozen=True)
class DiagnoseRequest:
    """What `diagnose` is asked for.

    Attributes:
        source: the model and how to read it.
        choice: the samples to calibrate with, and those to measure on.
        recipe: how it is quantized.
        stats: a file of calibration statistics, read or written.
    """

    source: ModelSource
    choice: SampleChoice
    recipe: Recipe = field(default_factory=Recipe)
    stats: Path | None = None

    def check(self) -> None:
        """Refuse choices that make no sense, before any work is done.

        Raises:
            UsageError: there is no such choice, or the precision leaves nothing to diagnose.
        """
        self.recipe.check()
        if not self.recipe.is_integer:
            raise UsageError(
                "has nothing to diagnose",
                where=f"--precision {self.recipe.precision}",
                hint=f"Use {' or '.join(INTEGER_PRECISIONS)}",
            )


@dataclass(frozen=True)
class BenchRequest:
    """What `bench` is asked for.

    Attributes:
        models: flatbuffers.
        data: a SPEC to measure accuracy on; None for none.
        device: a device's URI.
        threads: of the CPU kernels.
        cores: processors to bind to; empty for all.
        seconds: how long to time each model, over all repeats, at least.
        repeats: cold starts of each model; None for `REPEATS`, or `COMPARED_REPEATS`.
        sustained: how long to time each model in one start, in seconds, instead of the two above.
        selftest: whether one model is compared with itself.
        allow: tags of conditions that do not void the numbers.
        samples: how many to measure accuracy on; None for all.
        seed: of their choice, and of made-up inputs.
        metric: what accuracy is measured by; None leaves it to the data.
        runtime: what models are run by.
        profile: whether each op is timed, too.
    """

    models: Sequence[Path]
    data: str | None = None
    device: str = "local"
    threads: int = 1
    cores: str = ""
    seconds: float = 2.0
    repeats: int | None = None
    sustained: float | None = None
    selftest: bool = False
    allow: Sequence[str] = ()
    samples: int | None = None
    seed: int = 0
    metric: str | None = None
    runtime: RuntimeChoice = TESTED
    profile: bool = False

    def check(self) -> None:
        """Refuse choices that make no sense, before any work is done.

        Raises:
            UsageError: options contradict each other, or `allow` names no tag.
        """
        check_tags(self.allow)
        self.runtime.check()
        if self.metric is not None and self.data is None:
            raise UsageError("needs --data", where=f"--metric {self.metric}")
        if self.sustained is not None and self.repeats is not None:
            raise UsageError("is one start, without --repeats", where="--sustained")
        if not self.selftest:
            return
        if self.sustained is not None or self.data is not None:
            raise UsageError("goes without --sustained and --data", where="--selftest")
        if self.repeats is not None and self.repeats < MIN_REPEATS:
            raise UsageError(
                f"--repeats {self.repeats} gives no verdict that could be tested",
                where="--selftest",
                hint=f"At least {MIN_REPEATS} are needed",
            )

    def repeats_of(self, models: int) -> int:
        """How many cold starts each of so many models gets."""
        return self.repeats or (REPEATS if models == 1 else COMPARED_REPEATS)
