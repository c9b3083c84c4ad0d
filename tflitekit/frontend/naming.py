"""The names that a model's author chose, through a conversion that would change them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tflitekit.graph.layers import layer_of
from tflitekit.graph.model import DEFAULT_SIGNATURE, Model, Signature

INPUT = "input_{}"
"""How the n-th input is called until the flatbuffer gets the model's own names."""

OUTPUT = "output_{}"
"""How the n-th output is called until then. Any name of a user's must survive, also those that
TensorFlow would change or refuse."""

_NAMELESS = ("tfl.custom", "StatefulPartitionedCall")
"""What the converter calls the outputs of a function that became one op."""


def name_signature(model: Model, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Rename, in place, the n-th placeholder to the n-th name, and keep that order.

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


def name_fused_layers(model: Model) -> None:
    """Name what our own ops compute for the layer that they are, in place.

    The converter tells nothing there; the weights bear the layer's name.
    """
    for op in model.ops():
        scopes = [tensor.name.rpartition("/")[0] for tensor in op.operands if tensor.is_constant]
        layer = next(filter(None, scopes), "")
        for tensor in op.outputs:
            if op.custom and layer and tensor.name.startswith(_NAMELESS):
                tensor.name = f"{layer}/{op.name.rpartition('.')[2]}"


def restore_layer_names(model: Model, layers: Collection[str]) -> None:
    """Apply `restored_name` to every tensor, in place."""
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            tensor.name = restored_name(tensor.name, layers)


def shorten_names(model: Model) -> None:
    """Call what an op gives after one place in the author's code, in place.

    The converter names a tensor for all ops that became one, up to hundreds of bytes of
    "layer/MatMul;layer/BiasAdd;...". The first stays that tells the same layer as all of it and
    that no other tensor is called by. Inputs and outputs of signatures keep their names.
    """
    kept = {
        tensor
        for signature in model.signatures.values()
        for tensor in (*signature.inputs.values(), *signature.outputs.values())
    }
    tensors = [tensor for graph in model.subgraphs for tensor in graph.tensors]
    taken = {tensor.name for tensor in tensors}
    for tensor in tensors:
        layer, places = layer_of(tensor.name), tensor.name.split(";")
        told = [place for place in places if layer_of(place) == layer and place not in taken]
        if tensor not in kept and told:
            tensor.name = told[0]
            taken.add(told[0])


def restored_name(name: str, layers: Collection[str]) -> str:
    """A tensor's name with the layers' own names for scopes.

    Keras 3 opens the scope of a layer twice for each call, to build and to call, and TensorFlow
    counts scopes: the layer "dense" is called in the scope "dense_1", its second call in
    "dense_3".

    Args:
        name: one or more paths, "model_1/dense_1/MatMul;model_1/dense_1/BiasAdd".
        layers: the names of all scopes that Keras opens.
    """
    return ";".join(_restored_path(path, layers) for path in name.split(";"))


def _restored_path(path: str, layers: Collection[str]) -> str:
    *scopes, operation = path.split("/")
    stems = [(scope, *scope.rpartition("_")[::2]) for scope in scopes]
    restored = [
        stem if number.isdigit() and stem in layers else scope for scope, stem, number in stems
    ]
    return "/".join([*restored, operation])
