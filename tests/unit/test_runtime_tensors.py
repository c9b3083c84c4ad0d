import pytest

from tflitekit.errors import RunError
from tflitekit.graph.spec import TensorSpec
from tflitekit.runtime.protocol import PortRecord
from tflitekit.runtime.tensors import check_ports

SPECS = [TensorSpec(name, (1, 4), "int8") for name in ("zeta", "alpha")]


def port(name):
    return PortRecord(name, "int8", (1, 4), 4)


def test_files_are_taken_for_tensors_in_one_order():
    check_ports(SPECS, [port("zeta"), port("alpha")])
    for ports in ([port("alpha"), port("zeta")], [port("zeta")]):
        with pytest.raises(RunError, match=r"\['zeta', 'alpha'\]"):
            check_ports(SPECS, ports)
