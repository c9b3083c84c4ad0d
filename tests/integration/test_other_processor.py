"""The same bytes on another x86-64 processor: this one, emulated without its latest parts."""

import shutil

import pytest

from tests.integration.test_engines_stock import random_samples
from tflitekit.devices.local import LocalDevice
from tflitekit.frontend.lower import lower
from tflitekit.frontend.source import ModelSource
from tflitekit.graph import read_model
from tflitekit.progress import SILENT
from tflitekit.quantize.calibration import calibrate
from tflitekit.quantize.calibration.samples import SampleStore
from tflitekit.quantize.job import QuantizeJob
from tflitekit.quantize.quantizer import Quantizer
from tflitekit.quantize.recipe import Recipe

pytestmark = [pytest.mark.convert, pytest.mark.build]

QEMU = shutil.which("qemu-x86_64-static")


class Haswell(LocalDevice):
    """This machine without AVX-512."""

    def run(self, argv, **options):
        return super().run([QEMU, "-cpu", "Haswell", *argv], **options)


@pytest.mark.skipif(QEMU is None, reason="qemu-user-static is not installed")
@pytest.mark.parametrize("source", ["cnn", "transformer"])
def test_a_quantized_model_does_not_depend_on_the_processor(
    worker, zoo, tmp_path, monkeypatch, source
):
    lowered = lower(ModelSource(zoo / f"{source}.keras"), tmp_path / "f.tflite", worker, SILENT)
    inputs = read_model(lowered.path).signature().input_specs()
    store = SampleStore.write(tmp_path / "samples", inputs, random_samples(inputs))
    job = QuantizeJob(lowered.path, store)
    here = Quantizer(job, SILENT).quantize(Recipe()).flatbuffer
    monkeypatch.setattr(calibrate, "LocalDevice", Haswell)
    assert Quantizer(job, SILENT).quantize(Recipe()).flatbuffer == here
