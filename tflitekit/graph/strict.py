"""Whether a model computes in integers alone, and what breaks it where it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tflitekit.errors import ConversionError
from tflitekit.graph.advice import advice
from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import Model, Op, Subgraph, Tensor, Use

_SHOWN_OPS = 3
_NO_REASONS: Mapping[str, str] = {}


@dataclass(frozen=True)
class FloatTensor:
    """A tensor of floating-point or complex numbers.

    Attributes:
        tensor: its name.
        dtype: its type.
        op: the op that makes it float: its producer, or its reader where the producer only
            converts; None where no op touches it.
        op_index: the position of that op in its subgraph; None where `op` is.
        subgraph: the position of the subgraph in the model.
        layer: the Keras layer that its name, or that of the op's output, tells; None if none.
        boundary: whether it is a float input that is at once quantized, or a float output that
            has just been dequantized: the model's float face, not its arithmetic.
        advice: what can be done about `op`.
    """

    tensor: str
    dtype: str
    op: str | None
    op_index: int | None
    subgraph: int
    layer: str | None
    boundary: bool
    advice: str


def float_tensors(model: Model, reasons: Mapping[str, str] = _NO_REASONS) -> list[FloatTensor]:
    """Every float tensor of every subgraph, constants included, in the file's order.

    Args:
        model: any model.
        reasons: as `check_strict`.
    """
    callable_ = {model.main, *(signature.subgraph for signature in model.signatures.values())}
    return [
        found
        for index, subgraph in enumerate(model.subgraphs)
        for found in _float_tensors_of(index, subgraph, subgraph in callable_, reasons)
    ]


def fully_integer(model: Model) -> bool:
    """Whether no tensor is float but those at the model's boundary."""
    return all(found.boundary for found in float_tensors(model))


def check_strict(
    model: Model,
    allow_float: bool = False,
    *,
    float_io: bool = False,
    reasons: Mapping[str, str] | None = None,
) -> list[FloatTensor]:
    """Refuse a model that computes in float.

    Args:
        model: what a conversion gave.
        allow_float: accept it anyway.
        float_io: whether float inputs and outputs were asked for; the boundary is then no
            reason to refuse.
        reasons: what the quantizer says of an op that it left in float, by the name of the op's
            first output; told where nothing better is known of that kind of op.

    Returns:
        The float tensors that break the promise; only `allow_float` lets there be any.

    Raises:
        ConversionError: there are some. It names the first ops, their tensors and Keras layers,
            and what can be done.
    """
    holes = [
        found for found in float_tensors(model, reasons or {}) if not (float_io and found.boundary)
    ]
    if holes and not allow_float:
        raise ConversionError(_complaint(holes), hint="--allow-float accepts and reports them")
    return holes


def _float_tensors_of(
    number: int, subgraph: Subgraph, is_callable: bool, reasons: Mapping[str, str]
) -> Iterator[FloatTensor]:
    producers, uses = subgraph.producers(), subgraph.uses()
    positions = {op: index for index, op in enumerate(subgraph.ops)}
    for tensor in subgraph.tensors:
        if not tensor.is_float:
            continue
        producer, readers = producers.get(tensor), uses.get(tensor, [])
        op = _culprit(producer, readers)
        yield FloatTensor(
            tensor=tensor.name,
            dtype=tensor.dtype,
            op=op.name if op else None,
            op_index=positions[op] if op else None,
            subgraph=number,
            layer=_layer(tensor, op),
            boundary=is_callable and _is_boundary(subgraph, tensor, producer, readers),
            advice=_advice(op, reasons),
        )


def _advice(op: Op | None, reasons: Mapping[str, str]) -> str:
    if op is None:
        return advice(None)
    reason = reasons.get(op.outputs[0].name, "") if op.outputs else ""
    return advice(op.name, custom=op.custom, reason=reason)


def _layer(tensor: Tensor, op: Op | None) -> str | None:
    names = [tensor.name, *(output.name for output in (op.outputs if op else ()))]
    return next((layer for name in names if (layer := layer_of(name))), None)


def _culprit(producer: Op | None, readers: list[Use]) -> Op | None:
    """The op that computes in float; a conversion only where there is no other."""
    ops = [*([producer] if producer else []), *(use.op for use in readers)]
    computing = [op for op in ops if op.name not in ("QUANTIZE", "DEQUANTIZE")]
    return next(iter([*computing, *ops]), None)


def _is_boundary(
    subgraph: Subgraph, tensor: Tensor, producer: Op | None, readers: list[Use]
) -> bool:
    is_input = any(tensor is one for one in subgraph.inputs)
    is_output = any(tensor is one for one in subgraph.outputs)
    if is_input and not is_output:
        return bool(readers) and all(use.op.name == "QUANTIZE" for use in readers)
    dequantized = producer is not None and producer.name == "DEQUANTIZE"
    return is_output and not is_input and dequantized and not readers


def _complaint(holes: list[FloatTensor]) -> str:
    by_op: dict[tuple[int, int | None], FloatTensor] = {}
    for hole in sorted(holes, key=lambda hole: (hole.subgraph, hole.op is None, hole.op_index)):
        by_op.setdefault((hole.subgraph, hole.op_index), hole)
    shown = [_sentence(hole) for hole in list(by_op.values())[:_SHOWN_OPS]]
    rest = len(by_op) - len(shown)
    more = [f"and {rest} more such ops"] if rest else []
    count = f"{len(holes)} float tensor{'s are' if len(holes) > 1 else ' is'} left"
    return f"{count}: {'; '.join([*shown, *more])}"


def _sentence(hole: FloatTensor) -> str:
    # A fused op bears the names of all it was made of: the first is enough to find it.
    place = f"tensor {hole.tensor.split(';')[0]!r}"
    place += f", layer {hole.layer!r}" if hole.layer else ""
    if hole.op is None:
        return f"{place} {hole.advice}"
    return f"op {hole.op_index} {hole.op} ({place}) {hole.advice}"
