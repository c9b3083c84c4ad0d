"""Our own engine: calibrate in the runner, plan, write."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tflitekit.child import Worker
from tflitekit.graph import map_model, run_passes, write_model
from tflitekit.graph.passes import remove_dead_code
from tflitekit.progress import Progress
from tflitekit.quantize.accuracy.reach import reach_target
from tflitekit.quantize.job import Quantized, QuantizeJob
from tflitekit.quantize.quantizer import Candidate, Quantizer
from tflitekit.quantize.weights.weight_only import quantize_weights

_SHOWN = 5


class Own:
    """Deterministic to the byte, and as strict as the ops allow."""

    name = "tflitekit"

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> Quantized:
        """See `job.Engine`; needs no child.

        Raises:
            DataError: the file of statistics cannot be read, or is of another model.
            DeviceError, RunError: this machine is in use, or the runner failed.
            GateError: the accuracy that was asked for cannot be reached.
        """
        worker.rest()
        if not job.recipe.is_integer:
            return _weights_only(job)
        quantizer = Quantizer(job, progress)
        facts: dict[str, Any] = {}
        if job.target is None:
            candidate = quantizer.quantize(job.recipe)
        else:
            candidate, facts = reach_target(job, quantizer, progress)
        _tell_kept(candidate, progress)
        return Quantized(candidate.flatbuffer, _facts(candidate) | facts, candidate.left_float)


def _weights_only(job: QuantizeJob) -> Quantized:
    """The precisions that need no calibration."""
    model = map_model(job.float_model)
    quantize_weights(model, job.recipe.precision)
    run_passes(model, (remove_dead_code,))
    return Quantized(write_model(model), {"precision": job.recipe.precision})


def _facts(candidate: Candidate) -> dict[str, Any]:
    return asdict(candidate.recipe) | {
        "int8_macs": candidate.int8_macs,
        "kept_int8": list(candidate.kept_int8),
    }


def _tell_kept(candidate: Candidate, progress: Progress) -> None:
    """An op that quietly stayed narrower than asked would be a surprise."""
    kept = candidate.kept_int8
    if kept:
        names = ", ".join(kept[:_SHOWN]) + (" ..." if len(kept) > _SHOWN else "")
        progress.note(f"int8 where LiteRT has no right int16 kernel: {names}")
