"""Gives a converted flatbuffer the names that the model's author chose."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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


def restore_layer_names(model: Model, layers: Collection[str]) -> None:
    """Undo, in place, what Keras 3 does to layer names in tensor names.

    It opens the scope of a layer twice for each call, to build and to call, and TensorFlow
    counts scopes: the layer "dense" is called in the scope "dense_1", its second call in
    "dense_3".

    Args:
        model: its tensors are renamed.
        layers: the names of all scopes that Keras opens.
    """
    known = set(layers)
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            names = tensor.name.split(";")
            tensor.name = ";".join("/".join(_restored(name, known)) for name in names)


def _restored(name: str, known: Collection[str]) -> list[str]:
    *scopes, operation = name.split("/")
    stems = [(scope, *scope.rpartition("_")[::2]) for scope in scopes]
    return [
        *(stem if number.isdigit() and stem in known else scope for scope, stem, number in stems),
        operation,
    ]
