"""Our kernels give the same bits on every device."""

import numpy as np
import pytest

from tests.commands import succeed
from tests.fakes.kernel_cases import mixture
from tests.fakes.kernel_cases.quality import measure, quantize
from tflitekit.devices.registry import open_device
from tflitekit.graph import write_model
from tflitekit.progress import SILENT
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.device, pytest.mark.build, pytest.mark.convert]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """m.tflite, whose ops are all ours, and in.npz with many samples for it."""
    case = mixture.case()
    folder = tmp_path_factory.mktemp("mixture")
    with open_session(open_device("local"), SILENT) as session:
        made = quantize(case, session)
        assert measure(case, made, session).is_enough
    ops = [op.name for op in made.model.ops()]
    assert all(name.startswith("tflitekit.") for name in ops)
    assert len(set(ops)) >= 5
    (folder / "m.tflite").write_bytes(write_model(made.model))
    (name,) = made.model.signature().inputs
    random = np.random.default_rng(0)
    x = random.integers(-128, 128, (30, 1, mixture.LENGTH, mixture.WIDTH)).astype(np.int8)
    np.savez(folder / "in.npz", **{name: x})
    return folder


def outputs(folder, device):
    target = folder / f"{device.replace(':', '_')}.npz"
    succeed(
        *("run", folder / "m.tflite", "--inputs", folder / "in.npz", "--outputs", target),
        *("--raw", "--device", device),
    )
    return np.load(target)


@pytest.mark.parametrize("android", ["virtual_amd64", "virtual_arm64"])
def test_many_kernels_in_one_model(folder, android, request):
    here = outputs(folder, "local")
    there = outputs(folder, f"adb:{request.getfixturevalue(android)}")
    assert set(here) == set(there)
    for name in here:
        assert len(np.unique(here[name])) > 10
        assert (here[name] == there[name]).all()
