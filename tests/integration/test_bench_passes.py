"""The passes of a bench that are no timing, through a session on this machine."""

import pytest

from tflitekit.bench.bandwidth import bandwidth_of, measure_dram, measure_peak
from tflitekit.bench.compute import compute_peaks, measure_compute
from tflitekit.bench.memory import measure_memory
from tflitekit.bench.profile import measure_profile
from tflitekit.devices.registry import open_device
from tflitekit.graph import read_model
from tflitekit.graph.accounting import bytes_moved
from tflitekit.progress import SILENT
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.build, pytest.mark.convert, pytest.mark.alone]


@pytest.fixture(scope="module")
def session():
    with open_session(open_device("local"), SILENT) as opened:
        yield opened


@pytest.fixture
def model(digits):
    path = digits / "int8.tflite"
    return path, read_model(path)


def test_memory(session, model):
    memory = measure_memory(session, *model)
    assert memory.library.pss < memory.peak.pss
    assert memory.peak.pss >= memory.after.pss
    assert memory.peak_rss >= memory.after.rss
    assert 0.9 * model[0].stat().st_size < memory.mapped_weights
    cached = measure_memory(session, *model, weight_cache=True)
    assert cached.arena < memory.arena


def test_a_profile_has_its_overhead(session, model):
    profile = measure_profile(session, *model, seconds=0.1)
    assert len(profile.ops) == len(model[1].main.ops)
    assert profile.ops_us > 0
    # A call of this model takes some 10 us, and profiling it some 100.
    assert profile.overhead > 1


def test_three_numbers_of_bandwidth(session, model):
    peaks = [measure_peak(session, seconds=0.01) for _ in range(2)]
    dram = measure_dram(session, *model, seconds=0.05)
    bandwidth = bandwidth_of(bytes_moved(model[1]), 100.0, *peaks, dram=dram)
    assert bandwidth.peak_gbps > 0.1
    assert bandwidth.peak_drift is not None
    assert (bandwidth.dram_gbps is None) is (bandwidth.dram_reason is not None)


def test_the_arithmetic_has_a_peak(session):
    peaks = compute_peaks([measure_compute(session, seconds=0.05) for _ in range(2)])
    assert set(peaks) == {"float32", "int8"}
    # Every instruction set takes more int8 than float32 at a time.
    assert peaks["int8"].gmacs > peaks["float32"].gmacs > 0.1
    assert all(peak.drift is not None for peak in peaks.values())
