"""The transformers whose speed and size are measured, with random weights. Run as a script:

    python -m tools.bench_transformers.models FOLDER [NAME ...]

writes FOLDER/NAME.keras and FOLDER/NAME.npz, samples to calibrate with.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SAMPLES = 16


def _text(width: int, blocks: int, heads: int, words: int, length: int) -> Any:
    import keras

    from tools.transformers import Size, text_encoder

    return keras.Model(*text_encoder(Size(width, blocks, heads), words, length))


def _pictures(width: int, blocks: int, heads: int, side: int, patch: int) -> Any:
    import keras

    from tools.transformers import Size, picture_encoder

    image, values = picture_encoder(Size(width, blocks, heads), side, patch)
    pooled = keras.layers.GlobalAveragePooling1D(name="pool")(values)
    return keras.Model(image, keras.layers.Dense(1000, name="scores")(pooled))


def _decoder(width: int, blocks: int, heads: int, words: int, context: int) -> Any:
    from tools.transformers import Size, decoder

    return decoder(Size(width, blocks, heads), words, context)


MODELS: Mapping[str, Callable[[], Any]] = {
    "encoder": partial(_text, 384, 6, 12, 30522, 64),
    "vit_tiny": partial(_pictures, 192, 12, 3, 224, 16),
    "gpt": partial(_decoder, 128, 4, 4, 256, 64),
    "bert_base": partial(_text, 768, 12, 12, 30522, 128),
    "gpt2_124m": partial(_decoder, 768, 12, 12, 50257, 128),
}
"""Every model: a text encoder of 6 blocks of 384, ViT-tiny, a small GPT-2, and two large ones."""

TIMED = ("encoder", "vit_tiny", "gpt")
"""Those that are small enough for a benchmark of minutes."""


def write(folder: Path, name: str) -> None:
    """Make one model and its samples."""
    import keras

    keras.utils.set_random_seed(0)
    model = MODELS[name]()
    model.save(folder / f"{name}.keras")
    (entry,) = model.inputs
    shape = (SAMPLES, *entry.shape[1:])
    random = np.random.default_rng(0)
    words = next((layer.input_dim for layer in model.layers if layer.name == "words"), 0)
    samples = (
        random.integers(1, words, shape, np.int32) if words else random.random(shape, np.float32)
    )
    np.savez(folder / f"{name}.npz", **{entry.name: samples})


def main(folder: Path, names: list[str]) -> None:
    """Make what is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or MODELS:
        write(folder, name)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
