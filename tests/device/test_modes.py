"""What the runner measures besides the time, on virtual devices: all of it works there."""

import pytest

from tests.fakes.mixed_model import mixed_model
from tflitekit.bench.bandwidth import measure_dram, measure_peak, peak_of
from tflitekit.bench.compute import compute_peaks, measure_compute
from tflitekit.bench.memory import measure_memory
from tflitekit.bench.profile import measure_profile
from tflitekit.devices.registry import open_device
from tflitekit.graph import read_model, write_model
from tflitekit.graph.accounting import weight_bytes
from tflitekit.progress import SILENT
from tflitekit.runtime.protocol import RunSpec
from tflitekit.runtime.session import open_session

pytestmark = [pytest.mark.device, pytest.mark.build]

SETS = {"x86_64": {"fma", "avx2"}, "arm64-v8a": {"neon"}}
"""Instruction sets that have a peak at least."""


@pytest.fixture(scope="module", params=["virtual_amd64", "virtual_arm64"])
def session(request):
    serial = request.getfixturevalue(request.param)
    with open_session(open_device(f"adb:{serial}"), SILENT) as opened:
        yield opened


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.tflite"
    path.write_bytes(write_model(mixed_model()))
    return path, read_model(path)


def test_memory(session, model):
    memory = measure_memory(session, *model)
    assert 0 < memory.library.pss <= memory.compiled.pss <= memory.peak.pss
    assert memory.peak.private_dirty > 0
    assert memory.peak.swap == 0
    assert memory.peak_rss >= memory.after.rss
    assert memory.mapped_weights >= 0.9 * weight_bytes(model[1])
    assert memory.arena > 0


def test_a_profile(session, model):
    profile = measure_profile(session, *model, seconds=0.1)
    assert [op.name for op in profile.outside] == ["CUMSUM"]
    assert [partition.ops for partition in profile.partitions] == [(0,), (2,)]
    heavy, _, light = profile.ops
    assert heavy.us > light.us >= 0
    assert profile.ops_us <= profile.profiled_us


def test_counters_count_or_tell_why_they_do_not(session, model):
    dram = measure_dram(session, *model, seconds=0.05)
    assert (dram.gbps is None) is (dram.reason is not None)


def test_the_peak_of_the_memory(session):
    peak = peak_of([measure_peak(session, threads=2, seconds=0.01)])
    assert set(peak.patterns_gbps) == {"read", "write", "copy", "triad"}
    assert peak.gbps > 0.01


def test_the_peak_of_the_arithmetic(session):
    start = measure_compute(session, threads=2, seconds=0.01)
    assert {record.isa for record in start} >= SETS[session.device.info.abi]
    assert {dtype: peak.gmacs > 0.001 for dtype, peak in compute_peaks([start]).items()} == {
        "float32": True,
        "int8": True,
    }


def test_a_cache_of_packed_weights(session, model):
    spec = RunSpec(min_runs=1, seconds=0.0, warmup_seconds=0.0, weight_cache=True)
    kept = session.run(spec, model[0]).weight_cache
    assert kept["bytes"] > 0
    assert kept["compile_us"] > 0
