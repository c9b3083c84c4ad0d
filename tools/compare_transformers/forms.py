"""The forms of a model that are compared: one list, ours first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tflitekit.child import Worker
from tflitekit.graph import read_model, write_model
from tflitekit.progress import Progress
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.engines.litert_quantizer import quantize_dynamic, run_recipe
from tflitekit.quantize.engines.registry import ENGINES, OWN
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.recipe import Recipe


@dataclass(frozen=True)
class Given:
    """What every form is made of.

    Attributes:
        float_model: a float flatbuffer with static shapes.
        samples: to calibrate with.
        worker: where TensorFlow and litert-quantizer run.
        progress: hears of each step.
    """

    float_model: Path
    samples: SampleStore
    worker: Worker
    progress: Progress


@dataclass(frozen=True)
class Form:
    """A way to quantize a model.

    Attributes:
        name: as the table has it.
        meaning: by whom and how, in a few words.
        make: the flatbuffer.
    """

    name: str
    meaning: str
    make: Callable[[Given], bytes]


FLOAT = "float32"
OURS = "tflitekit int8"


def _by_engine(name: str, recipe: Recipe | None = None) -> Callable[[Given], bytes]:
    def make(given: Given) -> bytes:
        job = QuantizeJob(given.float_model, given.samples, recipe=recipe or Recipe())
        return ENGINES[name].quantize(job, given.worker, given.progress).flatbuffer

    return make


def _int16_activations(given: Given) -> bytes:
    model = read_model(given.float_model)
    made = run_recipe("static_wi8_ai16", model, given.samples, given.worker, given.progress)
    return write_model(made)


def _dynamic(given: Given) -> bytes:
    return quantize_dynamic(given.float_model, given.worker, given.progress)


def _float(given: Given) -> bytes:
    return given.float_model.read_bytes()


FORMS = (
    Form(FLOAT, "TensorFlow's converter", _float),
    Form(OURS, "this project, `tflitekit convert` without options", _by_engine(OWN)),
    Form("stock int8", "`tf.lite.TFLiteConverter`, int8 in and out", _by_engine("stock")),
    Form(
        "litert static int8",
        "litert-quantizer, its recipe `static_wi8_ai8`",
        _by_engine("litert-quantizer"),
    ),
    Form(
        "litert static int16",
        "its recipe `static_wi8_ai16`: int8 weights, int16 activations",
        _int16_activations,
    ),
    Form(
        "litert dynamic",
        "its recipe `dynamic_wi8_afp32`: int8 weights of products, float activations",
        _dynamic,
    ),
    Form(
        "tflitekit dynamic",
        "this project, `--precision dynamic`: the same, with int8 embeddings too",
        _by_engine(OWN, Recipe(precision="dynamic")),
    ),
)
"""Every form; the first is what the others are measured against."""
