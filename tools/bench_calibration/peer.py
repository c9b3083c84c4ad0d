"""What needs TensorFlow: the models, and the stock converter's calibrator. Run as a process.

python -m tools.bench_calibration.peer models FOLDER
python -m tools.bench_calibration.peer time MODEL.tflite SAMPLES COUNT [COUNT ...]
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tflitekit.quantize.calibration.samples import SampleStore

SIDES = (224, 32)


def models(folder: Path) -> None:
    """Write MobileNetV2 with random weights as `<side>.tflite`, for each of `SIDES`."""
    import keras
    import tensorflow as tf

    for side in SIDES:
        keras.utils.set_random_seed(0)
        model = keras.applications.MobileNetV2(input_shape=(side, side, 3), weights=None)
        spec = tf.TensorSpec((1, side, side, 3), name="x")
        # The function must outlive the converter, which keeps a weak reference only.
        function = tf.function(lambda x, model=model: model(x, training=False))
        concrete = function.get_concrete_function(spec)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
        (folder / f"{side}.tflite").write_bytes(converter.convert())


def cost(model: Path, store: SampleStore, count: int) -> tuple[float, float]:
    """Seconds of the stock calibrator for the first `count` samples: wall and processor."""
    from tensorflow.lite.python.optimize import calibrator

    prepared = calibrator.Calibrator(calibrator.add_intermediate_tensors(model.read_bytes()))

    def feed() -> Iterator[list[Any]]:
        for sample in itertools.islice(store, count):
            yield list(sample.values())

    started, used = time.perf_counter(), time.process_time()
    prepared.calibrate(feed)
    return time.perf_counter() - started, time.process_time() - used


def main(words: list[str]) -> None:
    """As the module's text says; `time` prints a JSON list, one `cost` a count."""
    if words[0] == "models":
        models(Path(words[1]))
    else:
        store = SampleStore.open(Path(words[2]))
        print(json.dumps([cost(Path(words[1]), store, int(count)) for count in words[3:]]))


if __name__ == "__main__":
    main(sys.argv[1:])
