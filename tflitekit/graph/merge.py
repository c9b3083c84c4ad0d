"""Several models in one file, each under a signature of its own; equal constants are kept once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from tflitekit.errors import ModelError
from tflitekit.graph.model import DEFAULT_SIGNATURE, Model, Signature
from tflitekit.graph.replaced import join_replaced
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.state import State, note_state, state_of
from tflitekit.graph.storage import Buffer


def merged(models: Mapping[str, Model]) -> Model:
    """One model that holds others; the first becomes the main one.

    What models carry under the same names is one state: whoever calls them may go on with what
    another left.

    Args:
        models: by the key that the default signature of each gets; not changed.

    Raises:
        ModelError: a model keeps constants in other files, or two carry a state of one name that
            is not the same in both.
    """
    _check_states(models)
    whole = Model()
    states: dict[str, State] = {}
    for key, model in models.items():
        if model.external_buffers or model.external_groups:
            raise ModelError("keeps constants in other files", where=key)
        part, _ = model.copy()
        called = part.signature()
        states[key] = state_of(part)
        rest = [graph for graph in part.subgraphs if graph is not called.subgraph]
        for graph in (called.subgraph, *rest):
            graph.model = whole
            whole.subgraphs.append(graph)
        called.subgraph.name = key
        whole.signatures[key] = Signature(called.subgraph, called.inputs, called.outputs)
    share_constants(whole)
    join_replaced(whole, list(models.values()))
    for key, state in states.items():
        note_state(whole, state, key)
    return whole


def alone(model: Model, key: str) -> Model:
    """A copy of a model with one of its signatures, whose subgraph is the main one.

    Raises:
        KeyError: there is no such signature.
    """
    view, _ = model.copy()
    called = view.signatures[key]
    rest = [graph for graph in view.subgraphs if graph is not called.subgraph]
    view.subgraphs, view.signatures = [called.subgraph, *rest], {key: called}
    return view


def callable_keys(model: Model) -> list[str]:
    """The signatures that a caller has to choose from: all, unless one is the default."""
    several = len(model.signatures) > 1 and DEFAULT_SIGNATURE not in model.signatures
    return list(model.signatures) if several else []


def share_constants(model: Model) -> None:
    """Let constants of the same bytes be one buffer, in place."""
    known: dict[bytes, Buffer] = {}
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if tensor.buffer is not None:
                digest = hashlib.sha256(tensor.buffer.data.tobytes()).digest()
                tensor.buffer = known.setdefault(digest, tensor.buffer)


def _check_states(models: Mapping[str, Model]) -> None:
    known: dict[str, tuple[str, TensorSpec]] = {}
    for key, model in models.items():
        signature = model.signature()
        for name in state_of(model).carried:
            spec = signature.inputs[name].spec(name)
            other, before = known.setdefault(name, (key, spec))
            if before != spec:
                raise ModelError(
                    f"carries {name!r} as {_described(spec)}, and {other} as {_described(before)}",
                    where=key,
                    hint="Convert the second with --state-from the first",
                )


def _described(spec: TensorSpec) -> str:
    text = f"{spec.dtype}{list(spec.shape)}"
    if spec.scale is None:
        return text
    return f"{text} of scale {spec.scale:.6g} and zero point {spec.zero_point}"
