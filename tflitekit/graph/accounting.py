"""What one call of a model computes and moves, counted from the graph alone.

The counts are of the main subgraph and of every subgraph that its ops call, each once: a loop's
condition and body count as if they ran one time, and of a branch both sides are counted. What
`CALL_ONCE` prepares before the first run is left out. A size that is not fixed counts as 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from tflitekit.errors import ModelError
from tflitekit.graph.dtypes import BY_NAME
from tflitekit.graph.model import Model, Op, Subgraph, Tensor
from tflitekit.graph.ops import called_subgraphs, facts


def macs(model: Model) -> int:
    """Multiply-accumulate steps of one call.

    Raises:
        ModelError: an op lacks an operand or option that it must have.
    """
    return sum(op_macs(op) for op in counted_ops(model))


def bytes_moved(model: Model) -> int:
    """Bytes that the ops of one call read and write, with no reuse between ops.

    Raises:
        ModelError: as `macs`.
    """
    return sum(op_bytes_moved(op) for op in counted_ops(model))


def weight_bytes(model: Model) -> int:
    """Bytes of all constants of all subgraphs; a shared buffer counts once."""
    tensors = [tensor for subgraph in model.subgraphs for tensor in subgraph.tensors]
    buffers = {tensor.buffer for tensor in tensors if tensor.buffer is not None}
    external = {tensor.external for tensor in tensors if tensor.external is not None}
    inside = sum(buffer.data.size for buffer in buffers)
    return inside + sum(buffer.length for buffer in external)


def op_macs(op: Op) -> int:
    """Multiply-accumulate steps of one op: its formula in `op_macs`, 0 where it has none.

    Raises:
        ModelError: it lacks an operand or option that it must have.
    """
    formula = facts(op).macs
    if formula is None:
        return 0
    try:
        return formula(op)
    except (IndexError, KeyError) as error:
        raise ModelError(f"{op.name} lacks an operand or option that it must have") from error


def op_bytes_moved(op: Op) -> int:
    """Bytes of an op: every operand read once and every output written once.

    A view and a call move nothing, nor does a DEQUANTIZE of a constant, which LiteRT computes when
    it loads the model. An op that picks elements reads as many as it writes, and
    one that needs only the shape of its operand reads nothing; the table in `ops` tells which.
    """
    known = facts(op)
    if not known.moves_data or _is_computed_at_load(op):
        return 0
    written = sum(tensor.nbytes for tensor in op.outputs)
    if not known.reads_operands:
        return written
    return written + sum(
        _picked_bytes(op, tensor) if index == known.partly_read else tensor.nbytes
        for index, tensor in enumerate(op.inputs)
        if tensor is not None
    )


def counted_ops(model: Model) -> Iterator[Op]:
    """The ops that a call of the main subgraph counts, each once."""
    subgraphs: dict[Subgraph, None] = {model.main: None}
    for op in model.main.ops:
        if op.name != "CALL_ONCE":
            subgraphs |= dict.fromkeys(called_subgraphs(op))
    return (op for subgraph in subgraphs for op in subgraph.ops)


def _is_computed_at_load(op: Op) -> bool:
    return op.name == "DEQUANTIZE" and all(tensor.is_constant for tensor in op.operands)


def _picked_bytes(op: Op, source: Tensor) -> int:
    elements = sum(tensor.size for tensor in op.outputs)
    return min(source.nbytes, BY_NAME[source.dtype].nbytes(elements))
