import numpy as np

from tflitekit.kernels.table import pack, reference
from tflitekit.quantize.params import QuantParams


def test_the_table_of_the_identity_requantizes():
    x, y = QuantParams((0.1,), (5,), "int8"), QuantParams((0.2,), (-3,), "int8")
    table = pack(lambda values: values, x, y)
    (result,) = reference(np.arange(-128, 128, dtype=np.int8), table)
    restored = y.dequantize(result)
    assert np.abs(restored - x.dequantize(np.arange(-128, 128, dtype=np.int8))).max() <= 0.1001


def test_any_shape():
    table = np.arange(127, -129, -1).astype(np.int8)
    (result,) = reference(np.zeros((0, 3), np.int8), table)
    assert result.shape == (0, 3)
    assert reference(np.int8([[-128, 127]]), table)[0].tolist() == [[127, -128]]
