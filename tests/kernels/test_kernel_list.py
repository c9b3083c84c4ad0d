import re

from tflitekit.kernels import KERNELS
from tflitekit.runtime.build import source_root


def test_every_op_has_a_native_kernel_and_the_other_way_round():
    listed = re.findall(r"X\(kernel_(\w+)\)", (source_root() / "kernels" / "list.h").read_text())
    assert sorted(f"tflitekit.{name}" for name in listed) == sorted(op.name for op in KERNELS)
