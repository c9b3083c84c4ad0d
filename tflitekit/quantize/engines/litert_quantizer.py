"""Google's litert-quantizer (formerly ai-edge-quantizer) as an engine: a peer to compare with."""

from __future__ import annotations

from pathlib import Path

from tflitekit.child import Worker
from tflitekit.graph import Model, map_model, read_model, write_model
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.loops import refuse_loops
from tflitekit.quantize.job import Quantized, QuantizeJob
from tflitekit.quantize.planning.boundary import set_io


class LitertQuantizer:
    """Its recipe for int8 activations and int8 weights with a scale a channel, as it comes.

    An op that it has no int8 rule for stays float between conversions.
    """

    name = "litert-quantizer"

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> Quantized:
        """See `job.Engine`.

        Raises:
            ConversionError: the model has a loop, or the package fails on it.
        """
        model = map_model(job.float_model)
        refuse_loops(model, self.name)
        quantized = run_recipe("static_wi8_ai8", model, job.samples, worker, progress)
        set_io(quantized, job.io)
        return Quantized(write_model(quantized))


def quantize_dynamic(float_model: Path, worker: Worker, progress: Progress) -> bytes:
    """Its dynamic-range recipe: int8 weights, float activations quantized while running.

    What a fully integer model has to beat on a CPU. Needs no samples.

    Args:
        float_model: a float flatbuffer with static shapes and one signature.
        worker: where the package runs.
        progress: hears what the package does.

    Raises:
        ConversionError: the package fails on the model.
    """
    return write_model(
        run_recipe("dynamic_wi8_afp32", map_model(float_model), None, worker, progress)
    )


def run_recipe(
    recipe: str, model: Model, samples: SampleStore | None, worker: Worker, progress: Progress
) -> Model:
    """The model that one of the package's recipes gives.

    Args:
        recipe: the name of a function of `litert_quantizer.recipe`.
        model: with static shapes and one signature; its tensors get names of their own.
        samples: None for a recipe that needs none.
        worker: where the package runs.
        progress: hears what the package does.

    Raises:
        ConversionError: the package fails on the model.
    """
    _make_names_unique(model)
    named, result = worker.scratch / "named.tflite", worker.scratch / "quantized.tflite"
    named.write_bytes(write_model(model))
    worker.call(
        "tflitekit.quantize.engines.litert_quantizer_job:quantize",
        progress,
        doing="quantizing with litert-quantizer",
        flatbuffer=str(named),
        recipe=recipe,
        samples=str(samples.folder) if samples else None,
        result=str(result),
    )
    quantized = read_model(result.read_bytes())
    named.unlink()
    result.unlink()
    return quantized


def _make_names_unique(model: Model) -> None:
    """The package tells tensors apart by name alone, over all subgraphs."""
    taken: set[str] = set()
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            name, number = tensor.name, 0
            while tensor.name in taken:
                number += 1
                tensor.name = f"{name}_{number}"
            taken.add(tensor.name)
