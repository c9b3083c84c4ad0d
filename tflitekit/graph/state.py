"""What a model carries from one run to the next, such as a decoder's keys and values: outputs that
are inputs of the run after, noted in the file as a named piece of metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tflitekit.errors import ModelError
from tflitekit.graph.model import DEFAULT_SIGNATURE, Model, Signature
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.storage import Buffer, Metadata
from tflitekit.graph.tensor import Tensor

NAME = "tflitekit.state"


class Steps(NamedTuple):
    """The integers of a carried tensor.

    Attributes:
        dtype: a NumPy type name.
        scale: a step.
        zero_point: the integer that stands for 0.0.
    """

    dtype: str
    scale: float
    zero_point: int


@dataclass(frozen=True)
class State:
    """The state of one signature; it begins with zeros.

    Attributes:
        carried: the output that each input of the next run is, by the names of the signature.
        steps: how many runs in a row are known to be fine: as many as the sequences have that the
            model was calibrated with.
        shared: the integers that a carried input has to be, by its name, where another model works
            on the same state.
    """

    carried: Mapping[str, str] = field(default_factory=dict)
    steps: int = 1
    shared: Mapping[str, Steps] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.carried)

    def inputs(self, signature: Signature) -> list[TensorSpec]:
        """What the caller gives: the inputs that are not carried."""
        return [spec for spec in signature.input_specs() if spec.name not in self.carried]

    def outputs(self, signature: Signature) -> list[TensorSpec]:
        """What the caller gets: the outputs that are not carried."""
        hidden = set(self.carried.values())
        return [spec for spec in signature.output_specs() if spec.name not in hidden]

    def tensors(self, signature: Signature) -> list[tuple[Tensor, Tensor]]:
        """Each carried input and its output."""
        return [
            (signature.inputs[name], signature.outputs[output])
            for name, output in self.carried.items()
        ]


def state_of(model: Model, key: str | None = None) -> State:
    """The state of a signature, of the default one unless `key` says which; empty for none.

    Raises:
        ModelError: the metadata of this name are not what `note_state` writes.
    """
    known = _read(model).get(_key(model, key))
    if known is None:
        return State()
    signature = model.signature(key)
    for name, output in known.carried.items():
        if name not in signature.inputs or output not in signature.outputs:
            raise ModelError(f"its metadata {NAME} name {name} and {output}, which are not there")
    return known


def note_state(model: Model, state: State, key: str | None = None) -> None:
    """Write a signature's state into the model, in place, instead of what was noted before."""
    known = _read(model) | {_key(model, key): state}
    model.metadata = [one for one in model.metadata if one.name != NAME]
    entries = {
        name: {"carried": dict(one.carried), "steps": one.steps, "shared": dict(one.shared)}
        for name, one in known.items()
        if one
    }
    if entries:
        data = np.frombuffer(json.dumps(entries, separators=(",", ":")).encode(), np.uint8)
        model.metadata.append(Metadata(NAME, Buffer(data)))


def _key(model: Model, key: str | None) -> str:
    return key or model.default_key or DEFAULT_SIGNATURE


def _read(model: Model) -> dict[str, State]:
    entry = next((one for one in model.metadata if one.name == NAME), None)
    if entry is None:
        return {}
    try:
        return {key: _parsed(one) for key, one in json.loads(entry.data).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"its metadata {NAME} are damaged ({error})") from error


def _parsed(entry: Any) -> State:
    carried = {str(name): str(output) for name, output in entry["carried"].items()}
    shared = {
        str(name): Steps(str(dtype), float(scale), int(zero_point))
        for name, (dtype, scale, zero_point) in entry["shared"].items()
    }
    return State(carried, max(1, int(entry["steps"])), shared)
