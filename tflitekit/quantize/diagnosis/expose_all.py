"""Let chosen tensors of a model be seen, and run it on samples: float and integers alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from tflitekit.data import Sample
from tflitekit.graph import Model, write_model
from tflitekit.graph.model import Signature, Tensor
from tflitekit.graph.state import note_state, state_of
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.runtime.inference import infer
from tflitekit.runtime.session import Session, scratch

_KEY = "exposed"
_CARRIED = "carried"

Key = tuple[str, int]
"""The name of a tensor, and how many tensors of that name are computed before it: a layer that is
unrolled gives all its steps one name."""


def computed(model: Model) -> dict[Key, Tensor]:
    """What the ops of the main subgraph compute, so that a tensor of a float model and that of a
    model that was made of it have one key."""
    found: dict[Key, Tensor] = {}
    seen: Counter[str] = Counter()
    for op in model.main.ops:
        for tensor in op.outputs:
            found[tensor.name, seen[tensor.name]] = tensor
            seen[tensor.name] += 1
    return found


def expose_only(model: Model, tensors: Mapping[str, Tensor]) -> None:
    """Make `tensors` the outputs of the main subgraph's only signature, in place.

    Args:
        model: with a signature of its main subgraph, or none. What it carries stays an output.
        tensors: what ops compute, by the name that each output gets; each once.
    """
    signature, state = model.signature(), state_of(model)
    names = {tensor: name for name, tensor in tensors.items()}
    for tensor in (signature.outputs[name] for name in state.carried.values()):
        names.setdefault(tensor, f"{_CARRIED}{len(names)}")
    carried = {name: names[signature.outputs[one]] for name, one in state.carried.items()}
    model.main.outputs = list(names)
    outputs = {name: tensor for tensor, name in names.items()}
    model.signatures = {_KEY: Signature(model.main, dict(signature.inputs), outputs)}
    note_state(model, replace(state, carried=carried))


def run_on(session: Session, model: Model, samples: Sequence[Sample]) -> dict[str, NDArray[Any]]:
    """The outputs of a model that `expose_only` chose, by name, each `[N, *shape]`; integers as the
    real numbers that they stand for.

    Raises:
        DeviceError, RunError: as `Session.run`.
    """
    with scratch() as folder:
        path = folder / "model.tflite"
        path.write_bytes(write_model(model))
        chosen = [name for name in model.signature().outputs if not name.startswith(_CARRIED)]
        return infer(session, path, model, samples, keep=False, carried=chosen)


def spread(store: SampleStore, count: int) -> list[Sample]:
    """Up to `count` samples, evenly spread over the store."""
    count = min(count, store.count)
    wanted = {index * store.count // count for index in range(count)}
    return [
        Sample(index, dict(inputs), None) for index, inputs in enumerate(store) if index in wanted
    ]
