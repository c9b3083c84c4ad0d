"""The integers of a model's state: what an output is, its input is in the next run. Pure."""

from __future__ import annotations

from tflitekit.graph.model import Model, Tensor
from tflitekit.graph.state import state_of
from tflitekit.quantize.params import QuantParams
from tflitekit.quantize.planning.known import Known

Carried = tuple[Tensor, Tensor]
"""An input, and the output that it is in the next run."""


def tied_params(model: Model, known: Known, dtype: str) -> dict[Carried, QuantParams]:
    """The parameters of what is carried in float, so that it is the same bytes on both sides.

    They are those that the output would have anyway, unless another model shares the state.

    Args:
        model: the float model.
        known: what is known of its activations.
        dtype: the type of its activations in integers.
    """
    state, signature = state_of(model), model.signature()
    tied = {}
    for name, (entry, output) in zip(state.carried, state.tensors(signature), strict=True):
        shared = state.shared.get(name)
        if shared is not None and shared.dtype == dtype:
            tied[entry, output] = QuantParams((shared.scale,), (shared.zero_point,), dtype)
        elif entry.is_float and known.is_known(output):
            tied[entry, output] = known.natural(output, dtype)
    return tied
