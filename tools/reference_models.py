"""Make the models of the README's table: known architectures with random weights, and pictures.

    python -m tools.reference_models FOLDER

Latency and memory do not depend on the weights' values; accuracy is measured on trained models.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

PICTURES = 32
SIDE = 224
MODELS = ("MobileNetV2", "ResNet50")


def main(folder: Path) -> None:
    """Write MobileNetV2.keras, ResNet50.keras and pictures.npz."""
    import keras

    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(0)
    for name in MODELS:
        getattr(keras.applications, name)(weights=None).save(folder / f"{name}.keras")
    pictures = np.random.default_rng(0).random((PICTURES, SIDE, SIDE, 3), np.float32)
    np.savez(folder / "pictures.npz", x=pictures)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
