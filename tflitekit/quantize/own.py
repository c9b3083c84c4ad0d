"""Our own engine: calibrate in the runner, plan, write."""

from __future__ import annotations

from tflitekit.child import Worker
from tflitekit.graph import Model, Tensor, read_model, run_passes, write_model
from tflitekit.graph.passes import remove_dead_code
from tflitekit.progress import Progress
from tflitekit.quantize.apply import apply_plan
from tflitekit.quantize.boundary import set_io
from tflitekit.quantize.calibrate import calibrate
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.plan import make_plan
from tflitekit.quantize.stats import TensorStats
from tflitekit.quantize.stats_file import load_stats, save_stats


class Own:
    """Deterministic to the byte, and as strict as the ops allow."""

    name = "tflitekit"

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> bytes:
        """See `job.Engine`; needs no child.

        Raises:
            DataError: the file of statistics cannot be read, or is of another model.
            DeviceError, RunError: this machine is in use, or the runner failed.
        """
        model = read_model(job.float_model)
        stats = _statistics(model, job, progress)
        apply_plan(model, make_plan(model, stats, job.recipe))
        set_io(model, job.io)
        run_passes(model, (remove_dead_code,))
        return write_model(model)


def _statistics(model: Model, job: QuantizeJob, progress: Progress) -> dict[Tensor, TensorStats]:
    if job.stats is not None and job.stats.is_file():
        progress.note(f"ranges are from {job.stats}; no sample is run")
        return load_stats(job.stats, model)
    stats = calibrate(model, job.samples, progress)
    if job.stats is not None:
        save_stats(job.stats, model, stats)
    return stats
