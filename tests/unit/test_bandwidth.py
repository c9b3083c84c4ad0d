import pytest

from tflitekit.bench.bandwidth import NO_COUNTERS, bandwidth_of, dram_of, peak_of
from tflitekit.runtime.run_record import CounterRecord, RunRecord

BEFORE = {"read": 20.0, "copy": 10.0}
AFTER = {"read": 15.0, "copy": 12.0}


def test_the_best_of_both_starts_is_kept_and_the_drift_is_told():
    peak = peak_of([BEFORE, AFTER])
    assert peak.patterns_gbps == {"read": 20.0, "copy": 12.0}
    assert peak.gbps == 20.0
    assert peak.drift == -0.25


def test_one_start_has_no_drift_and_none_no_peak():
    assert peak_of([BEFORE]).drift is None
    assert (peak_of([]).gbps, peak_of([]).drift) == (None, None)


def test_three_numbers_each_with_its_source():
    bandwidth = bandwidth_of(5_000_000, 1000.0, BEFORE, AFTER)
    assert bandwidth.effective_gbps == 5.0
    assert bandwidth.share_of_peak == 0.25
    assert bandwidth.peak_drift == -0.25
    assert (bandwidth.dram_gbps, bandwidth.dram_reason) == (None, NO_COUNTERS)
    assert bandwidth_of(1, 1.0).share_of_peak is None


def run(*counters, reason=None):
    return RunRecord("x86_64", (), "b", counters=counters, counters_reason=reason)


def test_counters_of_all_controllers_are_added_up_for_one_inference():
    half = CounterRecord("uncore_imc_0 cas_count_read", 4e9, None, 100, 2.0)
    written = CounterRecord("uncore_imc_0 cas_count_write", None, 2e9, 100, 2.0)
    dram = dram_of(run(half, half, written))
    assert (dram.read_bytes, dram.written_bytes) == (8e7, 2e7)
    assert dram.gbps == pytest.approx(5.0)
    assert dram.sources == ("uncore_imc_0 cas_count_read", "uncore_imc_0 cas_count_write")
    assert bandwidth_of(1, 1.0, dram=dram).dram_gbps == dram.gbps


def test_counters_that_cannot_be_read_leave_their_reason():
    dram = dram_of(run(reason="not permitted (perf_event_paranoid is 3)"))
    assert dram.gbps is None
    assert dram.reason == "not permitted (perf_event_paranoid is 3)"
    assert bandwidth_of(1, 1.0, dram=dram).dram_reason == dram.reason


def test_counters_that_did_not_count_are_no_zero():
    dram = dram_of(run(CounterRecord("misses", None, None, 10, 1.0)))
    assert dram.gbps is None
    assert dram.reason == "the counters did not count"
