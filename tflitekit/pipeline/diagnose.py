"""Find where the accuracy goes: model + data -> lower -> sample -> calibrate -> measure layers."""

from __future__ import annotations

from pathlib import Path

from tflitekit import files
from tflitekit.child import Worker
from tflitekit.data.locate import locate
from tflitekit.frontend.lower import lower
from tflitekit.graph import Model, read_model
from tflitekit.pipeline.requests import DiagnoseRequest
from tflitekit.pipeline.samples import Calibration, hold_out, store_calibration
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.diagnosis.diagnose import Diagnosis, diagnose
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.quantizer import Quantizer
from tflitekit.runtime.session import scratch


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
    locate(choice.data, "calibrate")
    locate(choice.eval_data or choice.data, "evaluate")
    with Worker() as worker, scratch() as folder:
        progress.step(f"Reading {request.source.path.name}")
        with progress.bar("Converting to a float flatbuffer", None):
            lowered = lower(request.source, folder / "float32.tflite", worker, progress)
        model = read_model(lowered.path)
        calibration = store_calibration(choice, model, folder / "samples", progress)
        samples = _held_out(request, model, calibration, folder / "held_out", progress)
        job = QuantizeJob(
            lowered.path, calibration.store, "float32", choice.seed, request.recipe, request.stats
        )
        progress.step("Measuring each layer")
        quantizer = Quantizer(job, progress)
        return diagnose(quantizer, request.recipe, samples, progress, count=choice.eval_samples)


def _held_out(
    request: DiagnoseRequest,
    model: Model,
    calibration: Calibration,
    folder: Path,
    progress: Progress,
) -> SampleStore:
    dataset, indices = hold_out(request.choice, model, calibration, progress)
    samples = (sample.inputs for sample in dataset.stream(indices))
    return SampleStore.write(folder, model.signature().input_specs(), samples)
