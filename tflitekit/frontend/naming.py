"""Gives a converted flatbuffer the names that the model's author chose."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.frontend.export import INPUT, OUTPUT
from tflitekit.graph.model import DEFAULT_SIGNATURE, Model, Signature


def name_signature(model: Model, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Rename, in place, the n-th placeholder of `export` to the n-th name, and keep that order.

    The main subgraph's inputs and outputs follow the same order, and their tensors the same
    names. The one signature is "serving_default".
    """
    placeholder = model.signature()
    ins = {name: placeholder.inputs[INPUT.format(n)] for n, name in enumerate(inputs)}
    outs = {name: placeholder.outputs[OUTPUT.format(n)] for n, name in enumerate(outputs)}
    for name, tensor in [*ins.items(), *outs.items()]:
        tensor.name = name
    main = placeholder.subgraph
    main.inputs, main.outputs = list(ins.values()), list(outs.values())
    main.name = "main"
    model.signatures = {DEFAULT_SIGNATURE: Signature(main, ins, outs)}
    model.description = ""
    model.metadata = []
