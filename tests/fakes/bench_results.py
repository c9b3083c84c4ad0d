"""What a bench gives of one model, without a device."""

from tflitekit.bench.bandwidth import bandwidth_of
from tflitekit.bench.comparison import compare
from tflitekit.bench.records import BenchResult, Repeat, samples_of, start_up_of
from tflitekit.bench.stats import medians, summarize_latency
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.observation import Observation
from tflitekit.runtime.protocol import RunRecord

PHONE = DeviceInfo("adb:1234", "arm64-v8a", "Pixel", False, "android", "14", 8)
STEADY = {"t": "warmup", "runs": 20, "steady": True, "first_us": 9.0}


def repeat(samples, warmup=STEADY):
    """A cold start with these times of inferences (us)."""
    record = RunRecord(
        "arm64-v8a",
        ("neon",),
        "b",
        start_us=200.0,
        library_us=3000.0,
        load_us=100.0,
        compile_us=2000.0,
        samples_us=tuple(samples),
        warmup=warmup,
        peak_rss_bytes=10**7,
    )
    return Repeat(record, Observation(), Observation())


def timed(starts):
    """A model of which only the times are known, of each cold start those of its inferences."""
    repeats = tuple(map(repeat, starts))
    latency = summarize_latency(samples_of(repeats))
    return BenchResult(
        model="m.tflite",
        sha256="0" * 64,
        size_bytes=2_000_000,
        device=PHONE,
        isa=("neon",),
        threads=4,
        repeats=repeats,
        latency_us=latency,
        start_up=start_up_of([one.record for one in repeats]),
        bandwidth=bandwidth_of(5_000_000, latency.median, {"read": 10.0, "triad": 8.0}),
        accuracy=None,
        warnings=(),
    )


def comparison_of(first, other):
    """`other`, compared with `first`."""
    return compare(*(medians(samples_of(one.repeats)) for one in (first, other)))
