"""A copy of a model that lets its activations be seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from tflitekit.graph import Model
from tflitekit.graph.model import Signature, Subgraph, Tensor
from tflitekit.graph.state import note_state, state_of

_DTYPE = "float32"
_KEY = "exposed"


@dataclass(frozen=True)
class Exposed:
    """A copy of a model whose outputs are float32 activations.

    Attributes:
        model: the copy, with one signature.
        inputs: the original's input tensors, in the order of the signature.
        outputs: the original's tensor of each output, by the output's name in the signature.
    """

    model: Model
    inputs: list[Tensor]
    outputs: dict[str, Tensor]


def expose(original: Model, wanted: Collection[Tensor] | None = None) -> Exposed:
    """Expose what the ops of the first signature's subgraph compute in float32; what the model
    carries stays an output, whatever it is.

    Args:
        original: not changed. Where it has none of these, its own outputs stay.
        wanted: which of them; None for all.
    """
    signature = original.signature()
    model, copies = original.copy()
    graph = model.subgraphs[original.subgraphs.index(signature.subgraph)]
    state = state_of(original)
    # LiteRT runs no model without outputs.
    chosen = _activations(signature.subgraph, wanted) or list(signature.outputs.values())
    carried = [signature.outputs[name] for name in state.carried.values()]
    names = {tensor: f"t{i}" for i, tensor in enumerate(dict.fromkeys([*chosen, *carried]))}
    outputs = {name: tensor for tensor, name in names.items()}
    graph.outputs = [copies[tensor] for tensor in names]
    model.signatures = {
        _KEY: Signature(
            graph,
            {name: copies[tensor] for name, tensor in signature.inputs.items()},
            {name: copies[tensor] for name, tensor in outputs.items()},
        )
    }
    renamed = {name: names[signature.outputs[one]] for name, one in state.carried.items()}
    note_state(model, replace(state, carried=renamed))
    return Exposed(model, list(signature.inputs.values()), outputs)


def _activations(graph: Subgraph, wanted: Collection[Tensor] | None) -> list[Tensor]:
    """What the ops compute, in their order, each once."""
    computed = {tensor: None for op in graph.ops for tensor in op.outputs}
    return [
        tensor
        for tensor in computed
        if tensor.dtype == _DTYPE and (wanted is None or tensor in wanted)
    ]
