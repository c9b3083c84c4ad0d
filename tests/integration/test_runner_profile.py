"""Times by op, as LiteRT's own profiler gives them to the runner."""

import json

import pytest

from tests.fakes.mixed_model import mixed_model
from tests.fakes.table_model import table_model
from tflitekit.bench.profile import profile_of
from tflitekit.graph import read_model, write_model
from tflitekit.runtime.protocol import RecordReader

pytestmark = [pytest.mark.build, pytest.mark.alone]

WORDS = ("mode=profile", "seconds=0", "min_runs=20", "max_runs=20", "warmup_seconds=1")


@pytest.fixture
def profiled(start, tmp_path):
    """The profile of a flatbuffer."""

    def run(content: bytes):
        (tmp_path / "m.tflite").write_bytes(content)
        records, status = start("model=m.tflite", *WORDS)
        assert status == 0
        reader = RecordReader()
        reader.feed_all(json.dumps(record) for of_type in records.values() for record in of_type)
        return profile_of(read_model(tmp_path / "m.tflite"), reader.record(), [1.0])

    return run


def test_each_op_has_a_time_and_a_partition(profiled):
    profile = profiled(write_model(mixed_model()))
    assert [(one.name, one.partition) for one in profile.ops] == [
        ("FULLY_CONNECTED", 0),
        ("CUMSUM", None),
        ("FULLY_CONNECTED", 1),
    ]
    heavy, outside, light = (one.us for one in profile.ops)
    assert heavy > 4 * light
    assert outside > 0
    assert len(profile.partitions) == 2


def test_the_ops_are_together_no_more_than_the_run(profiled):
    profile = profiled(write_model(mixed_model()))
    # A telemetry event of 2^32 us would be here, if it were taken for an op.
    assert 0 < profile.ops_us < 1.1 * profile.profiled_us
    assert profile.rest_us > 0


def test_our_own_kernels_are_ops_like_any_other(profiled):
    (only,) = profiled(table_model()).ops
    assert only.name == "tflitekit.table"
    assert only.partition is None
    assert only.us is not None
