"""Train a net of the table. Needs Keras, which is imported when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.progress import Progress
from tools.trained_models.data import SEED, DataSet
from tools.trained_models.table import Loss, Training

Array = NDArray[Any]


def build_function(name: str) -> Callable[[], Any]:
    """The function that `Training.build` names."""
    module, function = name.split(":")
    found: Callable[[], Any] = getattr(
        importlib.import_module(f"tools.trained_models.{module}"), function
    )
    return found


def train(training: Training, data: DataSet, title: str, progress: Progress) -> Any:
    """A trained keras.Model without an optimizer's state.

    The seed fixes the result on one machine with one TensorFlow version and number of threads.

    Args:
        training: what and how.
        data: of which only the part to train with is seen.
        title: of the progress bar, which counts epochs.
        progress: hears of each epoch.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    build = build_function(training.build)
    model = build()
    model.compile(
        _optimizer(training, len(data.train.inputs)), _loss(training.loss), jit_compile=False
    )
    rng = np.random.default_rng(SEED)
    with progress.bar(title, training.epochs) as advance:
        for _ in range(training.epochs):
            inputs = moved(scaled(data.train.inputs, data.scale), training, rng)
            model.fit(inputs, data.train.targets, batch_size=training.batch, verbose=0)
            advance(1)
    trained = build()
    trained.set_weights(model.get_weights())
    return trained


def scaled(inputs: Array, scale: float) -> Array:
    """Stored values as a model takes them; float32 unless `scale` is 1."""
    return inputs if scale == 1.0 else (inputs * np.float32(scale)).astype(np.float32)


def moved(pictures: Array, training: Training, rng: np.random.Generator) -> Array:
    """Pictures [N, H, W, C], each shifted, with zeros where nothing was, and mirrored or not."""
    if not training.shift and not training.flip:
        return pictures
    count, height, width = pictures.shape[:3]
    edge = (training.shift, training.shift)
    padded = np.pad(pictures, ((0, 0), edge, edge, (0, 0)))
    tops, lefts = rng.integers(0, 2 * training.shift + 1, (2, count))
    rows = tops[:, None, None] + np.arange(height)[None, :, None]
    columns = lefts[:, None] + np.arange(width)
    if training.flip:
        mirrored = rng.random((count, 1)) < 0.5
        columns = np.where(mirrored, columns[:, ::-1], columns)
    found: Array = padded[np.arange(count)[:, None, None], rows, columns[:, None, :]]
    return found


def _loss(name: Loss) -> Any:
    import keras

    if name == "sparse_categorical_crossentropy_from_logits":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return name


def _optimizer(training: Training, samples: int) -> Any:
    import keras

    steps = training.epochs * -(-samples // training.batch)
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(training.rate, steps))
