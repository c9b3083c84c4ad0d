"""Our own engine: calibrate in the runner, plan, write."""

from __future__ import annotations

from tflitekit.child import Worker
from tflitekit.progress import Progress
from tflitekit.quantize.job import Quantized, QuantizeJob
from tflitekit.quantize.quantizer import Quantizer


class Own:
    """Deterministic to the byte, and as strict as the ops allow."""

    name = "tflitekit"

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> Quantized:
        """See `job.Engine`; needs no child.

        Raises:
            DataError: the file of statistics cannot be read, or is of another model.
            DeviceError, RunError: this machine is in use, or the runner failed.
        """
        candidate = Quantizer(job, progress).quantize(job.recipe)
        return Quantized(candidate.flatbuffer, left_float=candidate.left_float)
