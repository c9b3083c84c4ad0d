"""Find where the accuracy goes: model + data -> lower -> sample -> calibrate -> measure layers."""

from __future__ import annotations

from pathlib import Path

from tflitekit import files
from tflitekit.pipeline.opening import opened
from tflitekit.pipeline.requests import DiagnoseRequest
from tflitekit.pipeline.samples import hold_out
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.diagnosis.diagnose import Diagnosis, diagnose
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.quantizer import Quantizer


def diagnose_model(request: DiagnoseRequest, progress: Progress) -> Diagnosis:
    """Quantize a model and measure each of its layers on held-out samples.

    Raises:
        UsageError, ModelError, DataError, ConversionError: as `build_artifact`.
        DeviceError, RunError: a candidate does not run on this machine.
    """
    request.check()
    choice = request.choice
    if request.stats is not None:
        files.check_writable(request.stats, sources=(request.source.path, Path(choice.data)))
    with opened(request.source, choice, progress) as ready:
        dataset, indices = hold_out(choice, ready.model, ready.calibration, progress)
        inputs = (sample.inputs for sample in dataset.stream(indices))
        samples = SampleStore.for_model(ready.folder / "held_out", ready.model, inputs)
        job = QuantizeJob(
            ready.lowered.path,
            ready.calibration.store,
            "float32",
            choice.seed,
            request.recipe,
            request.stats,
        )
        progress.step("Measuring each layer")
        quantizer = Quantizer(job, progress)
        return diagnose(quantizer, request.recipe, samples, progress, count=choice.eval_samples)
