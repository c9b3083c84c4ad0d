"""docs/kernels.md lists every promised use of every kernel; the measured numbers are not checked.

Made again by `python -m tools.kernel_table --write`.
"""

from tests.fakes.kernel_cases import CASES
from tflitekit.kernels import KERNELS
from tools.kernel_table import PAGE, cases_of, heading

TEXT = PAGE.read_text(encoding="utf-8")


def test_every_kernel_has_a_table():
    for kernel in KERNELS:
        assert heading(kernel) in TEXT


def test_every_use_is_a_row_and_nothing_else():
    lines = [line for line in TEXT.splitlines() if line.startswith("| `")]
    told = [line.split("` |")[0].removeprefix("| `").replace("\\|", "|") for line in lines]
    assert told == [case.name for kernel in KERNELS for case in cases_of(kernel)]


def test_every_use_is_of_a_kernel():
    assert {f"tflitekit.{case.kernel}" for case in CASES} == {kernel.name for kernel in KERNELS}
