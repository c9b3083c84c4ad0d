"""The int8 file of a transformer runs on every device, and answers alike."""

from pathlib import Path

import numpy as np
import pytest

from tests.commands import succeed
from tests.fakes.one_op_quality import sqnr_db
from tflitekit.child import Worker
from tflitekit.progress import SILENT

pytestmark = [pytest.mark.device, pytest.mark.build, pytest.mark.convert]

ROOT = Path(__file__).resolve().parents[2]
ALIKE_DB = 35.0
"""XNNPACK may choose a kernel for a processor that rounds some values to the next step."""


@pytest.fixture(scope="module", params=["multiplied_mask", "boolean_mask"])
def folder(tmp_path_factory, request):
    """m.tflite in int8, and held_out.npz with tokens for it."""
    folder = tmp_path_factory.mktemp("encoder")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        with Worker() as worker:
            worker.call(
                "tests.fakes.encoders:build",
                SILENT,
                doing="making an encoder",
                folder=str(folder),
                names=[request.param],
            )
    data = "--data", folder / "calibrate.npz"
    succeed("convert", folder / f"{request.param}.keras", *data, "-o", folder / "m.tflite")
    return folder


def outputs(folder, device):
    target = folder / f"{device.replace(':', '_')}.npz"
    succeed(
        *("run", folder / "m.tflite", "--inputs", folder / "held_out.npz", "--outputs", target),
        *("--device", device),
    )
    (values,) = np.load(target).values()
    return values


@pytest.mark.parametrize("android", ["virtual_amd64", "virtual_arm64"])
def test_the_same_file_answers_alike(folder, android, request):
    here = outputs(folder, "local")
    there = outputs(folder, f"adb:{request.getfixturevalue(android)}")
    assert len(np.unique(here)) > 100
    assert sqnr_db(here, there) >= ALIKE_DB
