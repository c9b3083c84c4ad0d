"""Remove what no output needs."""

from __future__ import annotations

from tflitekit.graph.model import Model, Subgraph, Tensor
from tflitekit.graph.ops import called_subgraphs, is_pure


def remove_dead_code(model: Model) -> int:
    """Remove ops whose results nobody reads, tensors that nothing refers to and subgraphs that
    nobody calls.

    Inputs, outputs, variables and ops that do more than compute their outputs stay.

    Returns:
        How many ops, tensors and subgraphs were removed.
    """
    changes = sum(_remove_ops(subgraph) for subgraph in model.subgraphs)
    changes += _remove_subgraphs(model)
    return changes + sum(_remove_tensors(subgraph) for subgraph in model.subgraphs)


def _remove_ops(subgraph: Subgraph) -> int:
    needed = set(subgraph.outputs)
    kept = []
    for op in reversed(subgraph.ops):
        if any(tensor in needed for tensor in op.outputs) or not is_pure(op):
            kept.append(op)
            needed.update(op.operands)
    removed = len(subgraph.ops) - len(kept)
    subgraph.ops = kept[::-1]
    return removed


def _remove_subgraphs(model: Model) -> int:
    entries = {model.main, *(signature.subgraph for signature in model.signatures.values())}
    called = {inner for graph in entries for op in graph.ops for inner in called_subgraphs(op)}
    kept = [graph for graph in model.subgraphs if graph in entries | called]
    removed = len(model.subgraphs) - len(kept)
    model.subgraphs = kept
    return removed


def _remove_tensors(subgraph: Subgraph) -> int:
    used: set[Tensor] = {*subgraph.inputs, *subgraph.outputs}
    for op in subgraph.ops:
        used.update(op.operands, op.outputs, op.intermediates)
    used.update(tensor for tensor in subgraph.tensors if tensor.is_variable)
    params = [tensor.quantization for tensor in used if tensor.quantization is not None]
    used.update(tensor for one in params for tensor in one.tensors())
    removed = len(subgraph.tensors) - len(used)
    subgraph.tensors = [tensor for tensor in subgraph.tensors if tensor in used]
    return removed
