"""What `convert`, `bench` and `diagnose` are asked for where `tflitekit.toml` says it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tflitekit.frontend.source import ModelSource
from tflitekit.pipeline.requests import (
    EVALUATION_SAMPLES,
    BenchRequest,
    ConvertRequest,
    DiagnoseRequest,
    SampleChoice,
)
from tflitekit.quantize.accuracy.target import parse_target
from tflitekit.quantize.engines.registry import BEST
from tflitekit.quantize.job import IoType
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.choice import RuntimeChoice

if TYPE_CHECKING:
    from tflitekit.project.settings import DeviceSettings, ModelSettings, RecipeSettings

_DIAGNOSED_SAMPLES = 12


def convert_request(
    model: ModelSettings, out: Path, float_out: Path | None = None
) -> ConvertRequest:
    """How a model that has a source and data is built.

    Args:
        model: of the settings.
        out: the flatbuffer to write.
        float_out: also keep the float flatbuffer here.

    Raises:
        ValueError: the model is a finished file.
    """
    if model.source is None or model.data is None:
        raise ValueError("a finished model is not built")
    recipe = model.recipe
    judges = recipe.max_drop is not None or recipe.engine == BEST
    return ConvertRequest(
        source=_source(model, model.source),
        data=model.data,
        out=out,
        io=cast(IoType | None, recipe.io),
        samples=recipe.samples,
        seed=model.seed,
        engine=recipe.engine,
        allow_float=recipe.allow_float,
        float_out=float_out,
        recipe=_recipe(recipe),
        stats=recipe.stats,
        target=parse_target(recipe.max_drop, recipe.budget) if recipe.max_drop else None,
        metric=model.metric if judges else None,
        eval_data=model.eval_data if judges else None,
        eval_samples=model.eval_samples or EVALUATION_SAMPLES,
    )


def bench_request(
    model: ModelSettings, device: DeviceSettings, files: Sequence[Path], *, with_data: bool
) -> BenchRequest:
    """How a model is measured on a device.

    Args:
        model, device: of the settings.
        files: its flatbuffers, the one to compare with first.
        with_data: whether accuracy and agreement are measured, too.
    """
    return BenchRequest(
        models=files,
        data=(model.eval_data or model.data) if with_data else None,
        device=device.uri,
        threads=device.threads,
        cores=device.cores,
        seconds=device.seconds,
        repeats=device.repeats,
        allow=device.allow,
        samples=model.eval_samples,
        seed=model.seed,
        metric=model.metric if with_data else None,
        runtime=RuntimeChoice(device.runtime, device.runner, device.accelerator),
    )


def diagnose_request(model: ModelSettings) -> DiagnoseRequest:
    """How a model that has a source and data is diagnosed.

    Raises:
        ValueError: the model is a finished file.
    """
    if model.source is None or model.data is None:
        raise ValueError("a finished model has no source to diagnose")
    recipe = model.recipe
    samples = SampleChoice(
        model.data, recipe.samples, model.seed, model.eval_data, _DIAGNOSED_SAMPLES
    )
    return DiagnoseRequest(_source(model, model.source), samples, _recipe(recipe), recipe.stats)


def _source(model: ModelSettings, path: Path) -> ModelSource:
    return ModelSource(
        path,
        model.batch,
        model.input_shape,
        model.trust,
        model.custom_objects,
        state=tuple(f"{carried}={output}" for carried, output in model.state.items()),
        state_from=model.state_from,
    )


def _recipe(recipe: RecipeSettings) -> Recipe:
    return Recipe(
        recipe.precision,
        recipe.ranges,
        recipe.effort,
        recipe.int16,
        recipe.float32,
        recipe.kernels,
    )
