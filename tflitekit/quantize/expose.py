"""A copy of a model that lets all of its activations be seen."""

from __future__ import annotations

from dataclasses import dataclass

from tflitekit.graph import Model, read_model, write_model
from tflitekit.graph.model import Signature, Subgraph, Tensor

_DTYPE = "float32"
_KEY = "exposed"


@dataclass(frozen=True)
class Exposed:
    """A copy of a model whose outputs are all its float32 activations.

    Attributes:
        model: the copy, with one signature.
        inputs: the original's input tensors, in the order of the signature.
        outputs: the original's tensor of each output, by the output's name in the signature.
    """

    model: Model
    inputs: list[Tensor]
    outputs: dict[str, Tensor]


def expose(original: Model) -> Exposed:
    """Expose what the ops of the first signature's subgraph compute in float32.

    Args:
        original: not changed. Where it has no float activation, its own outputs stay.
    """
    signature = original.signature()
    model = read_model(write_model(original))
    graph = model.subgraphs[original.subgraphs.index(signature.subgraph)]
    copies = dict(zip(signature.subgraph.tensors, graph.tensors, strict=True))
    # LiteRT runs no model without outputs.
    chosen = _activations(signature.subgraph) or list(signature.outputs.values())
    outputs = {f"t{i}": tensor for i, tensor in enumerate(chosen)}
    graph.outputs = [copies[tensor] for tensor in chosen]
    model.signatures = {
        _KEY: Signature(
            graph,
            {name: copies[tensor] for name, tensor in signature.inputs.items()},
            {name: copies[tensor] for name, tensor in outputs.items()},
        )
    }
    return Exposed(model, list(signature.inputs.values()), outputs)


def _activations(graph: Subgraph) -> list[Tensor]:
    """What the ops compute, in their order, each once."""
    computed = {tensor: None for op in graph.ops for tensor in op.outputs}
    return [tensor for tensor in computed if tensor.dtype == _DTYPE]
