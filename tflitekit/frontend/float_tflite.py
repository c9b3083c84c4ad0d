"""Makes any float .tflite file a float flatbuffer with static shapes and one signature."""

from __future__ import annotations

from pathlib import Path

from tflitekit import files
from tflitekit.errors import ConversionError, ModelError
from tflitekit.frontend.float_weights import restore_float_weights
from tflitekit.frontend.shapes import InputSpec, static_shapes
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import Model, read_model, run_passes, write_model
from tflitekit.graph.dtypes import is_float
from tflitekit.graph.model import DEFAULT_SIGNATURE
from tflitekit.graph.passes import PASSES, fix_inputs
from tflitekit.progress import Progress


def lower_tflite(source: ModelSource, out: Path, progress: Progress) -> None:
    """Write the float .tflite file `source` to `out`.

    Weights that were stored as float16 or, with float arithmetic around them, as integers become
    float32 again.

    Raises:
        ModelError: the file is damaged, computes in integers already, or leaves a size open.
        UsageError: a shape is asked for that does not fit.
        ConversionError: a shape inside it depends on values.
        OutputError: `out` cannot be written.
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
    _fix_shapes(model, source)
    _check_static(model, where)
    files.write_whole(out, write_model(model))


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


def _fix_shapes(model: Model, source: ModelSource) -> None:
    specs = [
        InputSpec(spec.name, tuple(None if n == -1 else n for n in spec.shape), spec.dtype)
        for spec in model.signature().input_specs()
    ]
    shapes = static_shapes(
        specs, batch=source.batch, given=source.input_shapes, where=str(source.path)
    )
    fix_inputs(model, {spec.name: shape for spec, shape in zip(specs, shapes, strict=True)})
    run_passes(model, PASSES)


def _check_static(model: Model, where: str) -> None:
    for op in model.ops():
        for tensor in op.outputs:
            if not tensor.is_static:
                raise ConversionError(
                    f"the shape of {tensor.name!r}, which {op.name} computes, depends on values",
                    where=where,
                    hint="Only models whose shapes follow from their input shapes can be converted",
                )
