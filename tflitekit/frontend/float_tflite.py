"""Reads any float .tflite file as what the other front ends give."""

from __future__ import annotations

from tflitekit.errors import ModelError
from tflitekit.frontend.float_weights import restore_float_weights
from tflitekit.frontend.shapes import InputSpec, static_shapes
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import Model, read_model
from tflitekit.graph.dtypes import is_float
from tflitekit.graph.model import DEFAULT_SIGNATURE
from tflitekit.graph.passes import fix_inputs
from tflitekit.progress import Progress


def read_float_tflite(source: ModelSource, progress: Progress) -> Model:
    """The float .tflite file `source`, with one signature and fixed input shapes.

    Weights that were stored as float16 or, with float arithmetic around them, as integers become
    float32 again.

    Raises:
        ModelError: the file is damaged, computes in integers already, or leaves a size open.
        UsageError: a shape is asked for that does not fit.
    """
    where = str(source.path)
    model = read_model(source.path)
    _keep_one_signature(model, where)
    _refuse_integer(model, where)
    restored = restore_float_weights(model)
    if restored.integer:
        progress.warn(
            f"{restored.integer} weights are stored as integers (dynamic-range quantization); what "
            "that rounded away is lost: convert the original model where there is one"
        )
    _fix_inputs(model, source)
    return model


def _keep_one_signature(model: Model, where: str) -> None:
    """Call it "serving_default", and its subgraph the main one."""
    signatures = model.signatures
    if len(signatures) > 1 and DEFAULT_SIGNATURE not in signatures:
        raise ModelError(
            f"has the signatures {', '.join(signatures)} and none is {DEFAULT_SIGNATURE}",
            where=where,
        )
    chosen = signatures.get(DEFAULT_SIGNATURE, model.signature())
    model.signatures = {DEFAULT_SIGNATURE: chosen}
    others = [subgraph for subgraph in model.subgraphs if subgraph is not chosen.subgraph]
    model.subgraphs = [chosen.subgraph, *others]


def _refuse_integer(model: Model, where: str) -> None:
    """A quantized value that the model computes, not merely stores, means integer arithmetic."""
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            params = tensor.quantization
            quantized = params is not None and len(params.scales) > 0
            if quantized and not tensor.is_constant and not is_float(tensor.dtype):
                raise ModelError(
                    f"is quantized already: tensor {tensor.name!r} is computed in {tensor.dtype}",
                    where=where,
                    hint="Give the float model that it was made from",
                )


def _fix_inputs(model: Model, source: ModelSource) -> None:
    specs = [
        InputSpec(spec.name, tuple(None if n == -1 else n for n in spec.shape), spec.dtype)
        for spec in model.signature().input_specs()
    ]
    shapes = static_shapes(
        specs, batch=source.batch, given=source.input_shapes, where=str(source.path)
    )
    fix_inputs(model, {spec.name: shape for spec, shape in zip(specs, shapes, strict=True)})
