"""A float model made ready to be planned: its ops, its masks, its channels, its statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tflitekit.graph import Model, Tensor, map_model, run_passes
from tflitekit.graph.passes import INTEGER_FORMS
from tflitekit.graph.region import unfuse
from tflitekit.kernels.patch import patch
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.calibrate import calibrate
from tflitekit.quantize.calibration.observed import observed_tensors
from tflitekit.quantize.calibration.stats import TensorStats
from tflitekit.quantize.calibration.stats_file import load_stats, save_stats
from tflitekit.quantize.corrections.bias import correct_biases
from tflitekit.quantize.corrections.efforts import Effort
from tflitekit.quantize.corrections.equalize import equalize
from tflitekit.quantize.corrections.moments import Moments, collect_moments
from tflitekit.quantize.corrections.residuals import even_residuals
from tflitekit.quantize.corrections.rounding import Rounded, round_weights
from tflitekit.quantize.corrections.smooth import smooth
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.planning.kernel_use import with_kernels
from tflitekit.quantize.planning.masks import soften_masks
from tflitekit.quantize.planning.plan import Plan, make_plan
from tflitekit.quantize.recipe import Recipe


@dataclass(frozen=True)
class Prepared:
    """A float model as it will be planned.

    Attributes:
        model: not changed by whoever gets it.
        stats: what calibration saw of it.
        moments: of the inputs of its products, where weights are to be rounded by them.
        rounded: the integers of weights that were found by them.
    """

    model: Model
    stats: Mapping[Tensor, TensorStats]
    moments: Mapping[Tensor, Moments] = field(default_factory=dict)
    rounded: Rounded = field(default_factory=dict)

    def copy(self) -> Prepared:
        """The same with a model that may be changed."""
        model, tensors = self.model.copy()
        return replace(
            self,
            model=model,
            stats={tensors[tensor]: one for tensor, one in self.stats.items()},
            moments={tensors[tensor]: one for tensor, one in self.moments.items()},
        )

    def plan(self, recipe: Recipe, effort: Effort, *, wide_outputs: bool) -> Plan:
        """The integers of the model, with those corrections that the plan can carry."""
        plan = make_plan(self.model, self.stats, recipe, wide_outputs=wide_outputs)
        if effort.round_weights:
            round_weights(self.model, plan, self.moments, self.rounded)
        if effort.correct_biases:
            correct_biases(self.model, plan, self.stats)
        return plan


def prepare(job: QuantizeJob, kernels: str, int16: bool, progress: Progress) -> Prepared:
    """The job's model in the form that integers can compute, calibrated.

    Args:
        job: what is quantized.
        kernels: when ours are used, a name of `recipe.KERNELS`.
        int16: whether all activations are to be int16.
        progress: hears of the calibration.

    Raises:
        DataError: the file of statistics cannot be read, or is of another model.
        DeviceError, RunError: this machine is in use, or the runner failed.
    """
    model = with_kernels(map_model(job.float_model), kernels, int16=int16)
    run_passes(model, INTEGER_FORMS)
    reuse = job.stats is not None and job.stats.is_file()
    stats = _statistics(model, job, job.stats, reuse, progress)
    changed = 0 if int16 else even_residuals(model, stats)
    if changed:
        progress.note(f"{changed} tensors around residual sums have their channels evened out")
        unfuse(model)
        patch(model)
        stats = _statistics(model, job, _evened(job.stats), reuse, progress)
    return Prepared(model, soften_masks(model, stats))


def with_even_channels(
    plain: Prepared, job: QuantizeJob, effort: Effort, progress: Progress
) -> Prepared:
    """The model with its channels evened out, calibrated again; `plain` where that changes nothing.

    Raises:
        DeviceError, RunError: as `prepare`.
    """
    work = plain.copy()
    changed = smooth(work.model, work.stats) if effort.smooth else 0
    changed += equalize(work.model, work.stats) if effort.equalize else 0
    if not changed:
        return plain
    progress.note(f"{changed} activations have their channels evened out")
    stats = _calibrated(work.model, job, progress)
    return Prepared(work.model, soften_masks(work.model, stats))


def with_moments(prepared: Prepared, job: QuantizeJob, progress: Progress) -> Prepared:
    """The same with the moments that weights are rounded by.

    Raises:
        DeviceError, RunError: as `prepare`.
    """
    return replace(prepared, moments=collect_moments(prepared.model, job.samples, progress))


def _statistics(
    model: Model, job: QuantizeJob, path: Path | None, reuse: bool, progress: Progress
) -> Mapping[Tensor, TensorStats]:
    if path is not None and reuse and path.is_file():
        progress.note(f"ranges are from {path}")
        return load_stats(path, model)
    stats = _calibrated(model, job, progress)
    if path is not None:
        save_stats(path, model, stats)
    return stats


def _evened(path: Path | None) -> Path | None:
    """Where the statistics of the model with even channels are, beside those of the model."""
    return None if path is None else path.with_name(f"{path.stem}.even{path.suffix}")


def _calibrated(model: Model, job: QuantizeJob, progress: Progress) -> dict[Tensor, TensorStats]:
    return calibrate(model, job.samples, progress, tensors=observed_tensors(model))
