"""A small decoder with random weights, whole and step by step. `make` runs in the child."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tflitekit.progress import Progress

WORDS, CONTEXT, SEQUENCES = 23, 16, 48
TOKENS = (1, 4, CONTEXT)
"""What the steps take at a time."""

DATA = "sequences"
_RECIPE = f"""[dataset]
name = "{DATA}"
metric = "perplexity"

[splits]
calibrate = "calibrate.npz"
evaluate = "evaluate.npz"
"""


def make(_: Progress, folder: str) -> None:
    """Write decoder.keras, step1.keras, ..., and the data set `DATA`."""
    import keras

    from tools.decoder_step import step_of
    from tools.transformers import Size, decoder

    keras.utils.set_random_seed(7)
    whole = decoder(Size(width=32, blocks=2, heads=2), WORDS, CONTEXT)
    random = np.random.default_rng(7)
    for layer in whole.layers:
        layer.set_weights([one + random.normal(0, 0.2, one.shape) for one in layer.get_weights()])
    whole.save(Path(folder) / "decoder.keras")
    for tokens in TOKENS:
        step_of(whole, tokens).save(Path(folder) / f"step{tokens}.keras")
    data = Path(folder) / DATA
    data.mkdir()
    (data / "dataset.toml").write_text(_RECIPE)
    for part in ("calibrate", "evaluate"):
        text = random.integers(0, WORDS, (SEQUENCES, CONTEXT + 1), np.int32)
        np.savez(data / f"{part}.npz", tokens=text[:, :-1], y=text[:, 1:])
