"""The work of the engine `litert-quantizer`. Runs in the child only."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

from tflitekit.child.brief import brief
from tflitekit.errors import ConversionError
from tflitekit.graph import Op, read_model
from tflitekit.graph.layers import layer_of
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore

_THREADS = 1
"""Of the calibrator: the statistics then cannot depend on the number of processors."""

_FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What the package raises on models that it does not foresee; it documents no error class."""


def quantize(
    progress: Progress, *, flatbuffer: str, recipe: str, samples: str | None, result: str
) -> None:
    """Calibrate where the recipe needs it, and quantize.

    Args:
        progress: hears of each sample.
        flatbuffer: path of the float model; its tensor names are unique.
        recipe: the name of a function of `litert_quantizer.recipe`.
        samples: folder of a `SampleStore`; None for a recipe that needs none.
        result: path to write the quantized model to.

    Raises:
        ConversionError: the package fails on the model.
    """
    from litert_quantizer import Quantizer, recipe_manager
    from litert_quantizer import recipe as recipes

    manager = recipe_manager.RecipeManager()
    manager.load_quantization_recipe(getattr(recipes, recipe)())
    try:
        statistics = _calibrate(flatbuffer, manager, samples, progress) if samples else None
        quantizer = Quantizer(flatbuffer, manager.get_quantization_recipe())
        made = quantizer.quantize(
            statistics, enable_progress_bar=False, enable_progress_report=False
        )
    except _FAILURES as error:
        raise _refused(error, flatbuffer) from error
    Path(result).write_bytes(made.quantized_model)


def _calibrate(flatbuffer: str, manager: Any, samples: str, progress: Progress) -> Any:
    """Sample by sample: a data set given whole is copied into memory to be counted."""
    from litert_quantizer.calibrator import Calibrator

    store = SampleStore.open(Path(samples))
    with warnings.catch_warnings(), progress.bar("Calibrate", store.count, "samples") as advance:
        warnings.filterwarnings("ignore", message=".*experimental_preserve_all_tensors")
        calibrator = Calibrator(flatbuffer, num_threads=_THREADS)
        (signature,) = calibrator.get_signature_list()
        for sample in store:
            calibrator.calibrate({signature: [sample]}, manager)
            advance(1)
    progress.note(f"calibrated with {store.count} samples")
    return calibrator.get_model_qsvs()


def _refused(error: Exception, flatbuffer: str) -> ConversionError:
    text = brief(error) if str(error) else type(error).__name__
    op = _op_in(str(error), flatbuffer)
    at = f" at {op.name}" if op else ""
    return ConversionError(
        f"litert-quantizer fails{at} ({text})",
        where=(layer_of(op.outputs[0].name) or op.outputs[0].name) if op else None,
        hint="Try another --engine",
    )


def _op_in(text: str, flatbuffer: str) -> Op | None:
    """The op with the tensor that an error's text names; the longest name is meant."""
    named = {
        tensor.name: op
        for op in read_model(Path(flatbuffer)).ops()
        for tensor in (*op.operands, *op.outputs)
        if tensor.name and re.search(rf"(?<![\w/]){re.escape(tensor.name)}(?![\w/])", text)
    }
    return named[max(named, key=len)] if named else None
