"""Every model that is trained: what kind it is, what it learns from, how it is judged.

The command, the comparison of engines, the tests and the documents read this one list. Nothing
here imports Keras: a net is named as `module:function` of this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tflitekit.errors import UsageError

Loss = Literal[
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_from_logits",
    "binary_crossentropy",
    "mse",
]


@dataclass(frozen=True)
class Training:
    """How a net is trained: Adam, with a rate that falls to 0 along a cosine.

    Attributes:
        build: the net, as `module:function` of this package; the function returns a keras.Model
            that is not compiled and has one input and one output.
        loss: by Keras's name; of logits where the name says so.
        epochs: passes over the training data.
        batch: samples a step.
        rate: the greatest learning rate.
        shift: pictures are moved by up to so many pixels each way, anew in each epoch.
        flip: half of the pictures are mirrored, anew in each epoch.
    """

    build: str
    loss: Loss
    epochs: int
    batch: int = 64
    rate: float = 3e-3
    shift: int = 0
    flip: bool = False


@dataclass(frozen=True)
class Ready:
    """A model that somebody has trained already.

    Attributes:
        place: "repository" for a file of ours, "data" for one of the folder of data.
        path: of the model below that place.
    """

    place: Literal["repository", "data"]
    path: str


@dataclass(frozen=True)
class Entry:
    """One model.

    Attributes:
        name: of the model's file and of its data folder.
        kind: what sort of net it is, for people.
        data: a name of `data.DATA`.
        metric: what the answers are judged by, a name of `tflitekit.bench.metrics.METRICS`.
        origin: how it comes to be.
    """

    name: str
    kind: str
    data: str
    metric: str
    origin: Training | Ready

    @property
    def file_name(self) -> str:
        """What the model is called beside its data folder."""
        is_folder = isinstance(self.origin, Ready) and not self.origin.path.endswith(".keras")
        return f"{self.name}{'.saved_model' if is_folder else '.keras'}"


_CLASSES: Loss = "sparse_categorical_crossentropy"
_LOGITS: Loss = "sparse_categorical_crossentropy_from_logits"

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "digits", "plain CNN", "digits", "top1", Ready("repository", "datasets/digits/model.keras")
    ),
    Entry("kws", "keyword spotting DS-CNN", "kws", "top1", Ready("data", "kws01/saved_model")),
    Entry(
        "digits_depthwise",
        "depthwise CNN, ReLU6",
        "digits",
        "top1",
        Training("convolutional:depthwise", _CLASSES, epochs=60, shift=1),
    ),
    Entry(
        "digits_gru",
        "GRU, unrolled",
        "digits",
        "top1",
        Training("recurrent:gru", _CLASSES, epochs=120, rate=5e-3, shift=1),
    ),
    Entry(
        "digits_lstm",
        "bidirectional LSTM, unrolled",
        "digits",
        "top1",
        Training("recurrent:bidirectional_lstm", _CLASSES, epochs=120, rate=5e-3, shift=1),
    ),
    Entry(
        "digits_vit",
        "vision transformer",
        "digits",
        "top1",
        Training("attention:vision_transformer", _CLASSES, epochs=80, shift=1),
    ),
    Entry(
        "digits_swish",
        "EfficientNet-like: swish, squeeze and excitation",
        "digits",
        "top1",
        Training("convolutional:squeeze_excite", _CLASSES, epochs=60, shift=1),
    ),
    Entry(
        "digits_autoencoder",
        "autoencoder",
        "digits_copy",
        "r2",
        Training("dense:autoencoder", "mse", epochs=100),
    ),
    Entry(
        "digits_unet",
        "U-Net",
        "digits_foreground",
        "r2",
        Training("segmentation:unet", "binary_crossentropy", epochs=24),
    ),
    Entry(
        "cancer_mlp",
        "MLP, classification of tabular data",
        "breast_cancer",
        "top1",
        Training("dense:classifier", _CLASSES, epochs=60, batch=32, rate=1e-3),
    ),
    Entry(
        "diabetes_mlp",
        "MLP, regression",
        "diabetes",
        "r2",
        Training("dense:regressor", "mse", epochs=40, batch=32, rate=1e-3),
    ),
    Entry(
        "sst2_conv",
        "text classifier: embedding, convolution",
        "sst2",
        "top1",
        Training("text:convolutional", _CLASSES, epochs=6, rate=2e-3),
    ),
    Entry(
        "sst2_transformer",
        "text classifier: transformer with a padding mask",
        "sst2",
        "top1",
        Training("text:transformer", _CLASSES, epochs=6, rate=1e-3),
    ),
    Entry(
        "sst2_bert",
        "BERT-type classifier: post-norm, additive mask",
        "sst2",
        "top1",
        Training("transformers:bert", _CLASSES, epochs=6, rate=5e-4),
    ),
    Entry(
        "shakespeare_gpt",
        "GPT-2-type decoder of letters",
        "shakespeare",
        "perplexity",
        Training("transformers:gpt", _LOGITS, epochs=4, rate=1e-3),
    ),
    Entry(
        "cifar_vit",
        "vision transformer",
        "cifar10",
        "top1",
        Training("transformers:vit", _CLASSES, epochs=40, rate=1e-3, shift=3, flip=True),
    ),
    Entry(
        "cifar_resnet",
        "ResNet-8 as in MLPerf Tiny",
        "cifar10",
        "top1",
        Training("convolutional:resnet", _CLASSES, epochs=40, rate=4e-3, shift=3, flip=True),
    ),
    Entry(
        "cifar_mobilenet",
        "MobileNet-like, width 0.5, ReLU6",
        "cifar10",
        "top1",
        Training("convolutional:mobilenet", _CLASSES, epochs=40, rate=4e-3, shift=3, flip=True),
    ),
)
"""Every model, those that take seconds first."""

BY_NAME: Mapping[str, Entry] = {entry.name: entry for entry in ENTRIES}


def chosen(names: list[str]) -> tuple[Entry, ...]:
    """The entries of these names, all where there are none.

    Raises:
        UsageError: there is no such model.
    """
    for name in names:
        if name not in BY_NAME:
            raise UsageError("there is no such model", where=name, hint=f"Use {', '.join(BY_NAME)}")
    return tuple(BY_NAME[name] for name in names) or ENTRIES
