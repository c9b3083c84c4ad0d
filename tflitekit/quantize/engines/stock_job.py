"""The stock engine's work. Runs in the child only.

These are the two calls that `tf.lite.TFLiteConverter.convert` makes after its float conversion,
so that a float flatbuffer of any origin can be quantized.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tflitekit.child.brief import brief
from tflitekit.errors import ConversionError
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore


def quantize(
    progress: Progress, *, flatbuffer: str, samples: str, inputs: list[str], io: str, result: str
) -> None:
    """Calibrate and quantize.

    Args:
        progress: hears of each sample.
        flatbuffer: path of the float model.
        samples: folder of a `SampleStore`.
        inputs: names of the model's inputs in the order of its main subgraph.
        io: "int8", "uint8" or "float32".
        result: path to write the quantized model to.

    Raises:
        ConversionError: TensorFlow refuses the model.
    """
    store = SampleStore.open(Path(samples))
    calibrated = _calibrate(Path(flatbuffer).read_bytes(), store, inputs, progress)
    progress.note(f"calibrated with {store.count} samples")
    Path(result).write_bytes(_apply(calibrated, io))


def _calibrate(flatbuffer: bytes, store: SampleStore, inputs: list[str], progress: Progress) -> Any:
    from tensorflow.lite.python.optimize import calibrator

    with progress.bar("Calibrate", store.count, "samples") as advance:

        def feed() -> Iterator[list[Any]]:
            for sample in store:
                yield [sample[name] for name in inputs]
                advance(1)

        try:
            prepared = calibrator.add_intermediate_tensors(flatbuffer)
            return calibrator.Calibrator(prepared).calibrate(feed)
        except (RuntimeError, ValueError) as error:
            raise _refused("calibrator", error) from error


def _apply(calibrated: bytes, io: str) -> bytes:
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize
    from tensorflow.lite.python.convert_phase import ConverterError

    try:
        quantized = mlir_quantize(
            calibrated, input_data_type=tf.as_dtype(io), output_data_type=tf.as_dtype(io)
        )
    except (ConverterError, RuntimeError, ValueError) as error:
        raise _refused("quantizer", error) from error
    return bytes(quantized)


def _refused(part: str, error: Exception) -> ConversionError:
    return ConversionError(
        f"TensorFlow Lite's {part} refuses the model ({brief(error)})",
        hint="Try another --engine",
    )
