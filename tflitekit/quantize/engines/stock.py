"""TensorFlow Lite's own post-training quantizer: the yardstick for every other engine."""

from __future__ import annotations

from tflitekit.child import Worker
from tflitekit.graph import Model, map_model, read_model, write_model
from tflitekit.progress import Progress
from tflitekit.quantize.engines.loops import refuse_loops
from tflitekit.quantize.engines.size import refuse_larger_than_a_flatbuffer
from tflitekit.quantize.job import Quantized, QuantizeJob
from tflitekit.quantize.planning.boundary import set_io


class Stock:
    """What `tf.lite.TFLiteConverter` does with int8 builtins and a representative data set.

    It never refuses an op: what has no int8 kernel stays float between conversions.
    """

    name = "stock"

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> Quantized:
        """See `job.Engine`.

        Raises:
            ConversionError: the model has a loop or is larger than 2 GiB, or TensorFlow fails on
                it.
        """
        refuse_larger_than_a_flatbuffer(job.float_model, self.name)
        model = map_model(job.float_model)
        refuse_loops(model, self.name)
        signature = model.signature()
        names = {tensor: name for name, tensor in signature.inputs.items()}
        result = worker.scratch / "quantized.tflite"
        worker.call(
            "tflitekit.quantize.engines.stock_job:quantize",
            progress,
            doing="quantizing with TensorFlow Lite's own quantizer",
            flatbuffer=str(job.float_model),
            samples=str(job.samples.folder),
            inputs=[names[tensor] for tensor in signature.subgraph.inputs],
            io="int8" if job.io == "int16" else job.io,  # TensorFlow has no int16 face for int8
            result=str(result),
        )
        quantized = read_model(result.read_bytes())
        result.unlink()
        _order_like(model, quantized)
        set_io(quantized, job.io)
        return Quantized(write_model(quantized))


def _order_like(model: Model, quantized: Model) -> None:
    """Undo the quantizer's sorting of a signature by name."""
    wanted, signature = model.signature(), quantized.signature()
    signature.inputs = {name: signature.inputs[name] for name in wanted.inputs}
    signature.outputs = {name: signature.outputs[name] for name in wanted.outputs}
