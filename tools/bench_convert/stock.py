"""The rival: TensorFlow's converter used as its guide says, in a process of its own.

    python -m tools.bench_convert.stock MODEL.keras SAMPLES OUT.tflite

The samples are a stored `SampleStore`, so that this side too holds one of them at a time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tflitekit.quantize.calibration.samples import SampleStore


def convert(model: Path, samples: SampleStore, out: Path) -> None:
    """Write `model` in full integers."""
    import keras
    import tensorflow as tf

    def feed() -> Iterator[list[Any]]:
        for sample in samples:
            yield list(sample.values())

    converter = tf.lite.TFLiteConverter.from_keras_model(keras.models.load_model(model))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = feed
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    out.write_bytes(converter.convert())


if __name__ == "__main__":
    source, store, target = map(Path, sys.argv[1:])
    convert(source, SampleStore.open(store), target)
