"""Every promised use of our kernels: strict int8, by that kernel, close to the ideal."""

import pytest

from tests.fakes.kernel_cases import CASES
from tests.fakes.kernel_cases.quality import measure, quantize
from tflitekit.devices.registry import open_device
from tflitekit.graph.accounting import macs
from tflitekit.graph.strict import fully_integer
from tflitekit.kernels import KERNELS
from tflitekit.progress import SILENT
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.build, pytest.mark.convert]


@pytest.fixture(scope="module")
def session():
    with open_session(open_device("local"), SILENT) as session:
        yield session


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_int8_is_strict_and_close_to_the_ideal(case, session):
    made = quantize(case, session)
    assert made.left_float == {}
    assert fully_integer(made.model)
    assert macs(made.model) == macs(case.build())
    assert f"tflitekit.{case.kernel}" in {op.name for op in made.model.ops() if op.custom}
    quality = measure(case, made, session)
    assert quality.is_enough, quality


def test_every_kernel_is_used():
    assert {op.name for op in KERNELS} == {f"tflitekit.{case.kernel}" for case in CASES}
