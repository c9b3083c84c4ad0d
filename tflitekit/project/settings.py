"""What `tflitekit.toml` holds: models and how they are made, budgets, devices.

Keys are called as the options of `convert` and `bench` that they stand for, with _ for -, and have
the same defaults. The text below a key is what editors show of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field

from tflitekit.baseline import FILE_NAME as BASELINE_NAME
from tflitekit.gates.limit import Limit
from tflitekit.history import FILE_NAME as HISTORY_NAME
from tflitekit.project.budget import Budget
from tflitekit.project.choices import (
    AcceleratorName,
    Cores,
    Effort,
    EngineName,
    Io,
    Loss,
    MetricName,
    Precision,
    Ranges,
    Tag,
    Uri,
    UseOfKernels,
)
from tflitekit.project.table import Table
from tflitekit.project.values import Data, Given, Kept

FILE_NAME = "tflitekit.toml"

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
"""Of a model or device: it becomes a part of file names and of other tools' reports."""

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Tags = Annotated[tuple[Tag, ...], Field(strict=False)]
Shape = Annotated[tuple[Count, ...], Field(strict=False, min_length=1)]


class RecipeSettings(Table):
    """How a model is quantized: options of `convert`."""

    io: Io | None = None
    """Type of the inputs and outputs; that of the activations if not given."""
    samples: Count = 200
    """How many samples to calibrate with."""
    engine: EngineName = "tflitekit"
    """The quantizer; the keys below are for tflitekit, and max_drop for best, too."""
    precision: Precision = "int8"
    """Types of weights and activations; the others than int8 and int16x8 are for comparison."""
    ranges: Ranges = "auto"
    """How to clip."""
    effort: Effort = "low"
    """How much work corrections may be."""
    int16: Texts = ()
    """Layers or tensors to compute with int16 activations."""
    float32: Annotated[Texts, Field(alias="float")] = ()
    """Layers or tensors to leave in float, with allow_float."""
    kernels: UseOfKernels = "auto"
    """When to use int8 kernels of ours: auto is where LiteRT's are missing, wrong or slow."""
    stats: Kept | None = None
    """Calibration statistics: read where the file is there, else written."""
    max_drop: Loss | None = None
    """Search until at most this much accuracy is lost: 1% of the float model's, or 0.3pt."""
    budget: Count = 30
    """How many candidates max_drop measures."""
    allow_float: bool = False
    """Report float tensors instead of refusing them."""


class ModelSettings(Table):
    """A model: one that is built from a source, or a file that is there."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["source"]}, {"required": ["file"]}]}
    )

    source: Given | None = None
    """What to build: a .keras or .h5 file, a SavedModel, or a float .tflite."""
    file: Given | None = None
    """A finished .tflite, in place of a source."""
    float_file: Annotated[Given | None, Field(alias="float")] = None
    """The float .tflite that the file is compared with."""
    data: Data | None = None
    """Samples: a path, a datasets/ name or module:callable."""
    eval_data: Data | None = None
    """Held-out samples, that accuracy is measured on; if not given, those of data."""
    eval_samples: Count | None = None
    """How many held-out samples; all if not given, and 1000 for the search of max_drop."""
    metric: MetricName | None = None
    """What accuracy is measured by: a name, or module:function of your own."""
    seed: Seed = 0
    """Of every random choice."""
    batch: Count = 1
    """Size of an open batch axis."""
    input_shape: Mapping[Text, Shape] = {}
    """Whole shapes, by input."""
    state: Mapping[Text, Text] = {}
    """By input, the output that is its value in the next run, such as "keys*" = "next_keys*"."""
    state_from: Given | None = None
    """A converted model that works on the same state, so that its scales are taken."""
    trust: bool = False
    """Run code that the model file brings along."""
    custom_objects: Text | None = None
    """Your module with the model's classes."""
    recipe: RecipeSettings = RecipeSettings()
    """How it is quantized."""
    budget: Budget = Budget()
    """What it is held to."""
    budget_on: Mapping[str, Budget] = {}
    """By device, what it is held to there in place of what budget says of the same quantity."""

    def limits_on(self, device: str | None) -> Mapping[str, Limit]:
        """What it is held to, by quantity: on a device, or where only the file matters (None)."""
        own = self.budget_on.get(device) if device is not None else None
        return {**self.budget.limits(), **(own.limits() if own else {})}


class DeviceSettings(Table):
    """A device, and how it measures: options of `bench`."""

    uri: Uri
    """local, adb or adb:SERIAL."""
    threads: Count = 1
    """Threads of the CPU kernels."""
    cores: Cores = ""
    """Processors: big, little, all, or such as 4-7; any if not given."""
    seconds: Annotated[float, Field(ge=0.1, le=86400, allow_inf_nan=False)] = 2.0
    """How long to time each model, over all repeats."""
    repeats: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Cold starts of each model."""
    allow: Tags = ()
    """Accept numbers in spite of these conditions."""
    runtime: Given | None = None
    """An app's own libLiteRt.so, or the APK or AAR that it is in."""
    runner: Given | None = None
    """A runner that you compiled from android_bench/ with the NDK."""
    accelerator: AcceleratorName = "cpu"
    """What models run on: gpu and npu where the runtime has a library for them."""


class Settings(Table):
    """Models, budgets and devices of a project, for `tflitekit check`."""

    baseline: Kept = Field(default=BASELINE_NAME, validate_default=True)
    """What regressions are relative to; belongs into the repository."""
    history: Kept = Field(default=HISTORY_NAME, validate_default=True)
    """Where every measurement is kept."""
    models: Annotated[Mapping[Name, ModelSettings], Field(min_length=1)]
    """A table [models.NAME] for each model."""
    devices: Mapping[Name, DeviceSettings] = {}
    """A table [devices.NAME] for each device that something is measured on."""
