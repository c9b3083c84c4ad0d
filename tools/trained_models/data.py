"""The data that the models learn from, each with a part that is held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.data import open_dataset
from tflitekit.data.recipe import Split
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec
from tools.trained_models.letters import CONTEXT, alphabet, windows
from tools.trained_models.letters import encode as encode_letters
from tools.trained_models.words import encode, vocabulary

Array = NDArray[Any]

SEED = 2024
CIFAR_HELD_OUT = 2000
KWS_CALIBRATE = 200
NOISE = 0.25
FOREGROUND = 0.3

_DIGITS = (
    "E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, "
    "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49"
)


@dataclass(frozen=True)
class Part:
    """Samples as they are stored, and what the model should answer.

    Attributes:
        inputs: [N, *shape of one sample].
        targets: [N] class numbers, or [N, *shape of the output].
    """

    inputs: Array
    targets: Array


@dataclass(frozen=True)
class DataSet:
    """One set.

    Attributes:
        source: where it comes from.
        licence: an SPDX identifier where there is one.
        train: to train and to calibrate with.
        evaluate: held out.
        scale: what stored values are multiplied with before a model sees them.
    """

    source: str
    licence: str
    train: Part
    evaluate: Part
    scale: float = 1.0


def load(name: str, folder: Path) -> DataSet:
    """The data set of this name.

    Args:
        name: a key of `DATA`.
        folder: with the data that are not in the repository or in scikit-learn.

    Raises:
        DataError: the folder lacks the file.
    """
    return DATA[name](folder)


def digits(folder: Path) -> DataSet:
    """The pictures of `datasets/digits`, float32 [N, 8, 8, 1] in 0..1, and their digits."""
    return DataSet(_DIGITS, "CC-BY-4.0", _digits("calibrate"), _digits("evaluate"))


def digits_copy(folder: Path) -> DataSet:
    """Digits that are to be given back as they are."""
    return _with_targets(digits(folder), lambda clean, _: Part(clean, clean))


def digits_foreground(folder: Path) -> DataSet:
    """Noisy digits, and where the ink of the clean ones is: 1.0 for ink."""

    def noisy(clean: Array, rng: np.random.Generator) -> Part:
        noise = rng.normal(0, NOISE, clean.shape)
        inputs = np.clip(clean + noise, 0, 1).astype(np.float32)
        return Part(inputs, (clean > FOREGROUND).astype(np.float32))

    return _with_targets(digits(folder), noisy)


def cifar10(folder: Path) -> DataSet:
    """Pictures, uint8 [N, 32, 32, 3], of ten classes; the last ones are held out."""
    arrays = _npz(folder / "cifar10" / "train10k.npz")
    whole = Part(arrays["x"], arrays["y"].astype(np.int64))
    train, evaluate = _cut(whole, len(whole.inputs) - CIFAR_HELD_OUT)
    source = "A. Krizhevsky (2009), CIFAR-10, 10,000 of the training images, re-encoded as JPEG"
    return DataSet(source, "", train, evaluate, scale=1 / 255)


def kws(folder: Path) -> DataSet:
    """The evaluation set of MLPerf Tiny's keyword spotting, float32 [N, 49, 10, 1], 12 classes."""
    arrays = _npz(folder / "kws01" / "eval.npz")
    order = np.random.default_rng(SEED).permutation(len(arrays["y"]))
    whole = Part(arrays["x"][order], arrays["y"][order].astype(np.int64))
    source = "MLPerf Tiny (mlcommons/tiny), evaluation set of eembc/energyrunner"
    return DataSet(source, "Apache-2.0", *_cut(whole, KWS_CALIBRATE))


def sst2(folder: Path) -> DataSet:
    """Sentences as word numbers, int32 [N, LENGTH], and whether they praise (1) or not (0)."""
    train, evaluate = (_sentences(folder / "sst2" / f"{part}.tsv") for part in ("train", "dev"))
    words = vocabulary(train[0])
    source = "Stanford Sentiment Treebank, binary, sentence level (Socher et al., 2013)"
    learned, held_out = (Part(encode(texts, words), labels) for texts, labels in (train, evaluate))
    return DataSet(source, "", learned, held_out)


def breast_cancer(folder: Path) -> DataSet:
    """30 measures of cell nuclei, standardized, and whether they are benign."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    source = "W. Wolberg et al. (1993), Breast Cancer Wisconsin (Diagnostic), UCI"
    train, evaluate = _thirds(_standardized(found.data), found.target.astype(np.int64))
    return DataSet(source, "CC-BY-4.0", train, evaluate)


def diabetes(folder: Path) -> DataSet:
    """10 measures of patients, and the progression of their disease, both standardized."""
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    source = "B. Efron et al. (2004), Least Angle Regression, diabetes data"
    targets = _standardized(found.target[:, None])
    return DataSet(source, "", *_thirds(_standardized(found.data), targets))


def shakespeare(folder: Path) -> DataSet:
    """Pieces of plays as letter numbers, int32 [N, CONTEXT], and the letters that follow; the last
    tenth of the text is held out."""
    text = _existing(folder / "tinyshakespeare.txt").read_text(encoding="utf-8")
    numbers = encode_letters(text, alphabet(text))
    cut = len(numbers) * 9 // 10
    train, held_out = numbers[:cut], numbers[cut:]
    source = "tinyshakespeare: plays of William Shakespeare, collected by A. Karpathy (2015)"
    learned = Part(*windows(train, CONTEXT // 2))
    return DataSet(source, "", learned, Part(*windows(held_out, 2 * CONTEXT)))


DATA: Mapping[str, Callable[[Path], DataSet]] = {
    function.__name__: function
    for function in (
        digits,
        digits_copy,
        digits_foreground,
        cifar10,
        kws,
        sst2,
        shakespeare,
        breast_cancer,
        diabetes,
    )
}
"""Every data set by name; each is called with the folder of data."""


def _digits(split: Split) -> Part:
    image = TensorSpec("image", (1, 8, 8, 1), "float32")
    dataset = open_dataset("digits", [image], split=split)
    inputs = np.concatenate([sample.inputs["image"] for sample in dataset.stream()])
    return Part(inputs, np.asarray(dataset.labels(), np.int64))


def _with_targets(of: DataSet, made: Callable[[Array, np.random.Generator], Part]) -> DataSet:
    rng = np.random.default_rng(SEED)
    return DataSet(of.source, of.licence, made(of.train.inputs, rng), made(of.evaluate.inputs, rng))


def _cut(whole: Part, at: int) -> tuple[Part, Part]:
    return Part(whole.inputs[:at], whole.targets[:at]), Part(whole.inputs[at:], whole.targets[at:])


def _thirds(inputs: Array, targets: Array) -> tuple[Part, Part]:
    """Two thirds to train with, drawn by a fixed seed."""
    order = np.random.default_rng(SEED).permutation(len(inputs))
    return _cut(Part(inputs[order], targets[order]), 2 * len(inputs) // 3)


def _standardized(values: Array) -> NDArray[np.float32]:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0), np.float32)


def _sentences(file: Path) -> tuple[list[str], Array]:
    lines = _existing(file).read_text(encoding="utf-8").splitlines()
    texts, labels = zip(*(line.rsplit("\t", 1) for line in lines), strict=True)
    return list(texts), np.array([int(label) for label in labels], np.int64)


def _npz(file: Path) -> Mapping[str, Array]:
    with np.load(_existing(file)) as archive:
        return dict(archive)


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise DataError("there is no such file", where=str(file), hint="Name its folder by --data")
    return file
