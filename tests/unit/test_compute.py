"""The peak of the arithmetic, of what the runner told of it."""

import pytest

from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.compute import ComputePeak, compute_peaks
from tflitekit.pipeline.peaks import roof_of
from tflitekit.runtime.run_record import ComputeRecord


def start(**rates):
    """What one start told; `int8_neon=2.0` is of int8 with NEON."""
    told = ((*name.split("_"), gmacs) for name, gmacs in rates.items())
    return tuple(ComputeRecord(dtype, isa, gmacs, 9) for dtype, isa, gmacs in told)


def test_the_best_instruction_set_of_all_starts_is_the_peak_of_its_type():
    before = start(float32_neon=10.0, int8_neon=20.0, int8_dotprod=64.0)
    after = start(float32_neon=12.0, int8_neon=40.0, int8_dotprod=48.0)
    peaks = compute_peaks([before, after])
    assert peaks["int8"] == ComputePeak(64.0, "dotprod", {"neon": 40.0, "dotprod": 64.0}, -0.25)
    assert (peaks["float32"].gmacs, peaks["float32"].drift) == (12.0, pytest.approx(0.2))


def test_one_start_has_no_drift_and_an_old_processor_no_peak():
    assert compute_peaks([start(float32_neon=10.0)])["float32"].drift is None
    assert compute_peaks([(), ()]) == {}


def test_the_roof_of_the_cpu_is_over_no_accelerator():
    bandwidth = bandwidth_of(1, 1.0, {"read": 20.0})
    peaks = compute_peaks([start(int8_dotprod=64.0)])
    assert roof_of(bandwidth, peaks, "cpu").gmacs == {"int8": 64.0}
    assert roof_of(bandwidth, peaks, "gpu").gmacs == {}
    assert roof_of(bandwidth, peaks, "gpu").gbps == 20.0
