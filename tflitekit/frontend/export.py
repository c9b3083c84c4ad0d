"""Turns a TensorFlow function into a float flatbuffer. Runs in the child only."""

from __future__ import annotations

import gc
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tflitekit.child.brief import brief
from tflitekit.errors import ConversionError, OutputError
from tflitekit.frontend.naming import INPUT, OUTPUT, restored_name
from tflitekit.frontend.shapes import InputSpec
from tflitekit.graph import read_model
from tflitekit.graph.layers import layer_of
from tflitekit.graph.passes.compositions import FORMULAS

_SHOWN = 5
_OURS = "tflitekit."


@dataclass(frozen=True)
class Function:
    """What is to be converted.

    Attributes:
        call: takes the input tensors in order, returns (name, tensor) pairs.
        inputs: the inputs in order.
        shapes: the static shape of each.
        variables: all TensorFlow variables that `call` reads.
        where: the model, for errors.
        reader: the library that read it.
        layers: the names of its Keras layers.
    """

    call: Callable[[Sequence[Any]], Sequence[tuple[str, Any]]]
    inputs: Sequence[InputSpec]
    shapes: Sequence[tuple[int, ...]]
    variables: Sequence[Any]
    where: str
    reader: str
    layers: Sequence[str] = ()

    @property
    def scopes(self) -> Sequence[str]:
        """Those that Keras 3 opens, see `restored_name`; empty for others."""
        return self.layers if self.reader.startswith("keras ") else ()


@dataclass(frozen=True)
class _Saved:
    """What is left of a function once it is in a folder.

    Attributes:
        names: as `export` returns.
        where: the model, for errors.
        scopes: of the function.
    """

    names: dict[str, Any]
    where: str
    scopes: Sequence[str]


def export(load: Callable[[], Function], flatbuffer: Path, scratch: Path) -> dict[str, Any]:
    """Convert what `load` gives, and write the flatbuffer.

    The function is forgotten before it is converted: the converter needs several times the memory
    of the weights anyway.

    Returns:
        The names of the "inputs" and "outputs" in order, which the flatbuffer calls `INPUT`
        and `OUTPUT` with their numbers; the names of the "layers", and the "reader".

    Raises:
        OutputError: there is no room for temporary files.
        ConversionError: it cannot be traced with these shapes, or TensorFlow Lite has no op for
            something in it.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        saved = _saved(load(), folder)
        gc.collect()  # models refer to themselves
        flatbuffer.write_bytes(_convert(folder, saved))
    return saved.names


def _saved(function: Function, folder: str) -> _Saved:
    import tensorflow as tf

    specs = [
        tf.TensorSpec(shape, tf.as_dtype(spec.dtype), name=INPUT.format(number))
        for number, (spec, shape) in enumerate(zip(function.inputs, function.shapes, strict=True))
    ]
    outputs: list[str] = []

    def serve(*tensors: Any) -> dict[str, Any]:
        named = function.call(tensors)
        outputs[:] = [name for name, _ in named]
        return {OUTPUT.format(n): value for n, (_, value) in enumerate(named)}

    module = tf.Module()
    module.kept = list(function.variables)
    module.serve = tf.function(serve, autograph=False, input_signature=specs)
    _save(module, _trace(module.serve, function.where), folder, function.where)
    names = {"inputs": [spec.name for spec in function.inputs], "outputs": outputs}
    facts = {"layers": list(function.layers), "reader": function.reader}
    return _Saved(names | facts, function.where, function.scopes)


def _trace(serve: Any, where: str) -> Any:
    try:
        return serve.get_concrete_function()
    except Exception as error:
        raise ConversionError(
            f"cannot be called with these input shapes ({brief(error)})",
            where=where,
            hint="Check --batch and --input-shape",
        ) from error


def _save(module: Any, traced: Any, folder: str, where: str) -> None:
    import tensorflow as tf

    try:
        tf.saved_model.save(module, folder, signatures=traced)
    except tf.errors.OpError as error:
        raise OutputError(
            f"temporary files cannot be written ({brief(str(error).rpartition('; ')[2])})",
            hint="Free some space, or name another folder in TMPDIR",
        ) from error
    except AssertionError as error:  # what TensorFlow raises for a resource that it cannot find
        raise ConversionError(
            "keeps a table of words or a state from call to call, which cannot be converted",
            where=where,
            hint="Look words up before the model is called; build recurrent layers with "
            "stateful=False",
        ) from error


def _convert(folder: str, saved: _Saved) -> bytes:
    import tensorflow as tf
    from tensorflow.lite.python.convert_phase import ConverterError

    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.exclude_conversion_metadata = True
    # Recurrent layers are custom ops already; what else becomes one has a formula, or is refused.
    converter.allow_custom_ops = True
    # Constants behind the graph: the file may be larger than 2 GiB, and the converter does not
    # unpack and pack it once more to find equal ones.
    converter._experimental_use_buffer_offset = True
    try:
        flatbuffer: bytes = converter.convert()
    except ConverterError as error:
        raise unsupported(str(error), saved.where, saved.scopes) from error
    _refuse_unknown(flatbuffer, saved)
    return flatbuffer


def _refuse_unknown(flatbuffer: bytes, saved: _Saved) -> None:
    """Refuse custom ops that are not ours and no formula is known of: TensorFlow's own."""
    custom = [op for op in read_model(flatbuffer).ops() if op.custom]
    unknown = [op for op in custom if not op.name.startswith(_OURS) and op.name not in FORMULAS]
    if unknown:
        named = [tensor.name for op in unknown for tensor in op.outputs[:1]]
        at = _places(named, saved.scopes)
        raise _lacking(list(dict.fromkeys(op.name for op in unknown)), at, saved.where)


def unsupported(report: str, where: str, layers: Sequence[str] = ()) -> ConversionError:
    """The error for a report of TensorFlow's converter.

    The report lists the ops that TensorFlow Lite lacks after "TF Select ops:" and "Custom ops:",
    and quotes the place of each as `loc(... "model/layer/Op@function" ...)`.
    """
    ops: dict[str, None] = {}
    for listed in re.findall(r"^(?:TF Select|Custom) ops: (.+)$", report, re.MULTILINE):
        ops.update(dict.fromkeys(name.strip() for name in listed.split(",")))
    at = _places(re.findall(r'"([^"@]+/[^"@]+)@__inference', report), layers)
    if not ops:
        reason = re.search(r"error: (?:loc\(.*\): )?(.+)", report)
        said = brief(reason[1] if reason else report)
        return ConversionError(f"TensorFlow's converter refuses it ({said}){at}", where=where)
    return _lacking(list(ops), at, where)


def _lacking(ops: Sequence[str], at: str, where: str) -> ConversionError:
    return ConversionError(
        f"TensorFlow Lite has no op for {', '.join(ops)}{at}",
        where=where,
        hint="Write the layer with ops that TensorFlow Lite has, or leave it out of the model "
        "and compute it outside",
    )


def _places(nodes: Sequence[str], layers: Sequence[str]) -> str:
    """ ", used in ..." with the first layers, or nodes where no layer is told."""
    names = [restored_name(node, layers) for node in nodes]
    found = list(dict.fromkeys(layer_of(name) or name for name in names))
    return f", used in {', '.join(found[:_SHOWN])}" if found else ""
