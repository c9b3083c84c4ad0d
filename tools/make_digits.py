"""Make `datasets/digits/{train,test}.npz` from the copy that scikit-learn carries.

The two halves are drawn by a fixed seed and hold the same share of every class. The archives are
written with fixed dates and compression, so the same library versions give the same bytes.

    python tools/make_digits.py [FOLDER]
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from tflitekit.files import sha256_bytes, write_whole

SEED = 2024
EPOCH = (1980, 1, 1, 0, 0, 0)


def halves(labels: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Increasing indices of two halves, with the same share of every class, give or take one."""
    rng = np.random.default_rng(SEED)
    first = []
    for digit, spare in zip(np.unique(labels), np.arange(10) % 2, strict=True):
        members = rng.permutation(np.flatnonzero(labels == digit))
        first.append(members[: (len(members) + spare) // 2])
    train = np.sort(np.concatenate(first))
    return train, np.setdiff1d(np.arange(len(labels)), train)


def npz_bytes(arrays: dict[str, NDArray[np.uint8]]) -> bytes:
    """A compressed `.npz` whose bytes depend on nothing but the arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, values in arrays.items():
            member = io.BytesIO()
            np.save(member, np.ascontiguousarray(values), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            archive.writestr(info, member.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return buffer.getvalue()


def make(folder: Path) -> None:
    """Write both files into `folder` and print their digests for `dataset.toml`."""
    digits = load_digits()
    images = digits.images.astype(np.uint8)[..., np.newaxis]
    labels = digits.target.astype(np.uint8)
    for name, indices in zip(("train", "test"), halves(labels), strict=True):
        data = npz_bytes({"x": images[indices], "y": labels[indices]})
        write_whole(folder / f"{name}.npz", data)
        print(f'"{name}.npz" = "{sha256_bytes(data)}"  # {len(indices)} samples, {len(data)} bytes')


if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else root / "datasets" / "digits")
