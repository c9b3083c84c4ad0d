"""Every version of tflitekit.rescale gives the bits of the reference."""

import numpy as np
import pytest

from tflitekit.kernels.rescale import pack, reference
from tflitekit.quantize.params import QuantParams
from tools.native_kernels import aligned, versions

pytestmark = pytest.mark.build

SIZES = (0, 1, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 251, 1009)


def packed(x, y):
    (block,) = pack(None, [x], [y])
    return aligned(block)


def params(scale, zero_point, dtype="int8"):
    return QuantParams((scale,), (zero_point,), dtype)


BLOCKS = [
    (params(0.1, 5), params(0.037, -3)),
    (params(0.5, -128), params(1.0, 0)),
    (params(1e-3, 127), params(10.0, 127)),
    (params(10.0, -128), params(1e-3, -128)),
]


def test_every_value(native):
    x = np.arange(-128, 128).astype(np.int8)
    wide = np.arange(-32768, 32768).astype(np.int16)
    for source, target in BLOCKS:
        block = packed(source, target)
        for given in (x, wide):
            (wanted,) = reference(given, block)
            for isa in versions(native, "rescale"):
                y = np.zeros(given.shape, np.int8)
                assert native.call("rescale", [aligned(given), block], [y], isa) is None
                assert (y == wanted).all()


@pytest.mark.parametrize("dtype", [np.int8, np.int16])
@pytest.mark.parametrize("size", SIZES)
def test_awkward_sizes(native, size, dtype):
    limits = np.iinfo(dtype)
    x = np.random.default_rng(size).integers(limits.min, limits.max + 1, (1, size)).astype(dtype)
    block = packed(*BLOCKS[0])
    for isa in versions(native, "rescale"):
        y = aligned(np.full((1, size), 99, np.int8), 3)
        assert native.call("rescale", [aligned(x, 2), block], [y], isa) is None
        assert (y == reference(x, block)[0]).all()


def test_it_means_the_same():
    source, target = BLOCKS[0]
    x = np.arange(-128, 128).astype(np.int8)
    real = source.dequantize(x)
    limits = target.dequantize(np.array([-128, 127]))
    (y,) = reference(x, packed(source, target))
    assert np.abs(target.dequantize(y) - real.clip(*limits)).max() <= 0.037 / 2 + 1e-6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("<i4", 0, 1 << 15), "zero point"),
        (("<i4", 0, -(1 << 15) - 1), "zero point"),
        (("<f4", 1, np.inf), "scale"),
        (("<f4", 1, np.nan), "scale"),
        (("<f4", 2, np.nan), "scale"),
    ],
)
def test_parameters_that_cannot_be_are_refused(native, change, reason):
    kind, field, value = change
    x, block = np.zeros(5, np.int8), packed(*BLOCKS[0])
    block.view(kind)[field] = value
    assert reason in native.call("rescale", [x, block], [np.zeros(5, np.int8)])
