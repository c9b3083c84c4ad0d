"""The state of a model as the runner is told of it: by the positions of inputs and outputs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from tflitekit.graph import Model
from tflitekit.graph.state import state_of
from tflitekit.runtime.protocol import CarriedPort, RunSpec


def carried_ports(model: Model, kept: Collection[str] = ()) -> tuple[CarriedPort, ...]:
    """What the default signature of a model carries.

    Args:
        kept: the names of carried outputs that are wanted as files, too.

    Raises:
        ModelError: what the file tells of its state is damaged.
    """
    signature, state = model.signature(), state_of(model)
    inputs, outputs = list(signature.inputs), list(signature.outputs)
    return tuple(
        CarriedPort(
            inputs.index(name),
            outputs.index(output),
            signature.inputs[name].spec().zero_point or 0,
            output in kept,
        )
        for name, output in state.carried.items()
    )


def with_state(spec: RunSpec, model: Model) -> RunSpec:
    """The same for the default signature of a model, whose state lasts as long as it is known to.

    Raises:
        ModelError: as `carried_ports`.
    """
    return replace(
        spec,
        signature=model.default_key or "",
        steps=state_of(model).steps,
        state=carried_ports(model),
    )
