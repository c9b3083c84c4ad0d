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


def _decoder_step(
    width: int, blocks: int, heads: int, words: int, context: int, tokens: int
) -> Any:
    from tools.decoder_step import decoder_step
    from tools.transformers import Size

    return decoder_step(Size(width, blocks, heads), words, context, tokens)


MODELS: Mapping[str, Callable[[], Any]] = {
    "encoder": partial(_text, 384, 6, 12, 30522, 64),
    "vit_tiny": partial(_pictures, 192, 12, 3, 224, 16),
    "gpt": partial(_decoder, 128, 4, 4, 256, 64),
    "gpt_token": partial(_decoder_step, 128, 4, 4, 256, 64, 1),
    "gpt_prefill": partial(_decoder_step, 128, 4, 4, 256, 64, 64),
    "bert_base": partial(_text, 768, 12, 12, 30522, 128),
    "gpt2_124m": partial(_decoder, 768, 12, 12, 50257, 128),
    "gpt2_124m_token": partial(_decoder_step, 768, 12, 12, 50257, 128, 1),
}
"""Every model: a text encoder of 6 blocks of 384, ViT-tiny, a small GPT-2, the same with a cache,
for one token and for all at once, and large ones."""

TIMED = ("encoder", "vit_tiny", "gpt", "gpt_token", "gpt_prefill")
"""Those that are small enough for a benchmark of minutes."""

WITH_STATE = ("gpt_token", "gpt_prefill", "gpt2_124m_token")
"""Those that carry a cache, as `tools.decoder_step` has it."""

STATE = ("position=next_position", "keys*=next_keys*", "values*=next_values*")
"""What `--state` takes for them."""


def write(folder: Path, name: str) -> None:
    """Make one model and its samples."""
    import keras

    keras.utils.set_random_seed(0)
    model = MODELS[name]()
    model.save(folder / f"{name}.keras")
    np.savez(folder / f"{name}.npz", **_samples(model))


def _samples(model: Any) -> dict[str, Any]:
    """Sequences as long as the model has places for, or pictures."""
    random = np.random.default_rng(0)
    layers = {layer.name: layer for layer in model.layers}
    if "words" not in layers:
        (entry,) = model.inputs
        return {entry.name: random.random((SAMPLES, *entry.shape[1:]), np.float32)}
    shape = (SAMPLES, layers["places"].input_dim)
    return {"tokens": random.integers(1, layers["words"].input_dim, shape, np.int32)}


def main(folder: Path, names: list[str]) -> None:
    """Make what is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or MODELS:
        write(folder, name)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
