"""Train the small convolutional network of `datasets/digits` and save it as `model.keras`.

It learns from `train.npz` alone, shifted and turned a little, and is judged on `test.npz`.
Two minutes on two cores; the seed fixes the run on one machine and one TensorFlow version.

    python tools/train_digits.py [MODEL.keras]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from tflitekit.data import open_dataset
from tflitekit.data.recipe import Split
from tflitekit.files import whole_file
from tflitekit.graph.spec import TensorSpec

SEED = 2024
EPOCHS = 60
BATCH = 64
RATE = 3e-3
GOAL = 0.98
IMAGE = TensorSpec("image", (1, 8, 8, 1), "float32")
ROOT = Path(__file__).resolve().parent.parent


def samples(split: Split) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Images [N, 8, 8, 1] in 0..1 and digits [N]."""
    dataset = open_dataset(str(ROOT / "datasets" / "digits"), [IMAGE], split=split)
    images = np.concatenate([sample.inputs["image"] for sample in dataset.stream()])
    labels = dataset.labels()
    assert labels is not None
    return images, labels.astype(np.int64)


def block(values: Any, name: str, filters: int, strides: int = 1) -> Any:
    """Convolution, batch normalization, ReLU."""
    convolution = layers.Conv2D(
        filters, 3, strides, padding="same", use_bias=False, name=f"{name}_conv"
    )
    values = layers.BatchNormalization(name=f"{name}_norm")(convolution(values))
    return layers.ReLU(name=f"{name}_relu")(values)


def separable_residual(values: Any, name: str) -> Any:
    """A depthwise and a pointwise convolution, added to what came in."""
    filters = values.shape[-1]
    depthwise = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"{name}_depth")
    branch = layers.BatchNormalization(name=f"{name}_depth_norm")(depthwise(values))
    branch = layers.ReLU(name=f"{name}_depth_relu")(branch)
    branch = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_point")(branch)
    branch = layers.BatchNormalization(name=f"{name}_point_norm")(branch)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([values, branch]))


def build() -> keras.Model:
    """The network, some 130,000 weights: enough that they outweigh the rest of a flatbuffer."""
    image = keras.Input(IMAGE.shape[1:], name=IMAGE.name)
    values = block(image, "stem", 32)
    values = block(values, "down", 64, strides=2)
    values = separable_residual(values, "mix")
    values = block(values, "wide", 176)
    values = layers.GlobalAveragePooling2D(name="pool")(values)
    values = layers.Dropout(0.3, name="drop")(values)
    digit = layers.Dense(10, activation="softmax", name="digit")(values)
    return keras.Model(image, digit, name="digits")


def train(model: keras.Model, images: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    """Adam with a rate that falls along a cosine; each epoch sees the images moved a little."""
    steps = EPOCHS * -(-len(images) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")
    move = keras.Sequential(
        [
            layers.RandomTranslation(0.08, 0.08, fill_mode="constant", seed=SEED),
            layers.RandomRotation(0.03, fill_mode="constant", seed=SEED),
        ]
    )
    for epoch in range(EPOCHS):
        moved = np.asarray(move(images, training=True))
        history = model.fit(moved, labels, batch_size=BATCH, epochs=1, verbose=0)
        if (epoch + 1) % 10 == 0:
            print(f"epoch {epoch + 1} of {EPOCHS}: loss {history.history['loss'][0]:.4f}")


def main() -> None:
    """Train, judge, save without the optimizer's state."""
    target = (
        Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "datasets" / "digits" / "model.keras"
    )
    keras.utils.set_random_seed(SEED)
    model = build()
    train(model, *samples("calibrate"))
    images, labels = samples("evaluate")
    answers = model.predict(images, 256, verbose=0).argmax(axis=-1)
    right = int((answers == labels).sum())
    print(f"{model.count_params()} weights, {right} of {len(labels)} held-out digits right")
    if right < GOAL * len(labels):
        sys.exit(f"below {GOAL:.0%}: not saved")
    trained = build()  # not compiled, so it holds no optimizer
    trained.set_weights(model.get_weights())
    with whole_file(target) as part:
        trained.save(part.with_suffix(".keras"))
        part.with_suffix(".keras").replace(part)


if __name__ == "__main__":
    main()
