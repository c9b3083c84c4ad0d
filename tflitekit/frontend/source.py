"""What is asked of a front end, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tflitekit.frontend.detect import ModelFormat


@dataclass(frozen=True)
class ModelSource:
    """A model of the user's and how to read it.

    Attributes:
        path: a .keras, .h5 or float .tflite file, or a SavedModel folder.
        batch: the size of the first axis of each input where the model leaves it open.
        input_shapes: whole shapes, by input name, for what else it leaves open.
        trust: run code that comes with the model, such as Lambda layers.
        custom_objects: a module of the user's that defines the model's own classes and functions.
        fuse_layers: whether recurrent layers of Keras 3 become custom ops of ours, which only our
            own quantizer and runner know.
        state: "IN=OUT" for each output that is an input of the next run; see `state.carried_by`.
        state_from: a converted model that works on the same state, whose scales it has to have.
    """

    path: Path
    batch: int = 1
    input_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    trust: bool = False
    custom_objects: str | None = None
    fuse_layers: bool = True
    state: tuple[str, ...] = ()
    state_from: Path | None = None


@dataclass(frozen=True)
class LoweredModel:
    """A model as a float flatbuffer with static shapes.

    Attributes:
        path: the flatbuffer.
        format: what the source was.
        sha256: hash of the source, as `files.sha256_tree`.
        reader: the library that read it, with its version, as "keras 3.15.1".
        layers: names of the Keras layers in order, inner ones too; empty where it has none.
    """

    path: Path
    format: ModelFormat
    sha256: str
    reader: str
    layers: tuple[str, ...] = ()
