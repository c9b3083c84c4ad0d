"""What the runner tells of one cold start: phases, samples, the clock, the processors."""

import itertools

import pytest

pytestmark = pytest.mark.build

SHORT = ("seconds=0", "min_runs=5", "max_runs=5")


def test_each_phase_of_a_start_has_its_time(start, digits):
    records, _ = start(f"model={digits / 'float32.tflite'}", *SHORT)
    ready, warmup = records["ready"][0], records["warmup"][0]
    phases = [records["hello"][0]["start_us"], warmup["first_us"]]
    phases += [ready[name] for name in ("library_us", "load_us", "compile_us")]
    assert all(0 < us < 10e6 for us in phases)


def test_each_sample_has_its_time_since_the_first(start, digits):
    records, _ = start(f"model={digits / 'float32.tflite'}", *SHORT)
    samples = records["sample"]
    assert samples[0]["at_us"] == 0
    for one, next_one in itertools.pairwise(samples):
        assert one["at_us"] + one["us"] <= next_one["at_us"] + 0.01


def test_the_clock_is_read_on_both_sides_of_the_samples(start, digits):
    records, _ = start(f"model={digits / 'float32.tflite'}", *SHORT)
    before, after = records["clock"]
    assert (before["when"], after["when"]) == ("before", "after")
    # The same steps on the same machine: no factor of ten lies between, whoever else runs.
    assert before["spin_us"] > 500
    assert 0.1 < before["spin_us"] / after["spin_us"] < 10


@pytest.mark.parametrize("core", [0, 1])
def test_a_bound_process_is_seen_on_its_processor_alone(start, digits, core):
    words = (f"model={digits / 'float32.tflite'}", f"cores={core}", "threads=2", *SHORT)
    for clock in start(*words)[0]["clock"]:
        assert clock["cores"] == [core]
        assert clock["ran_on"] == [core]


@pytest.fixture
def cached(start, digits, tmp_path):
    """The records of a start with a weight cache, and of one without."""
    model = f"model={digits / 'float32.tflite'}"
    without, _ = start(model, *SHORT)
    assert not (tmp_path / "weights.cache").exists()
    with_cache, status = start(model, *SHORT, "weight_cache=1")
    assert status == 0
    return with_cache, without


def test_a_weight_cache_is_written_before_the_start_and_read_by_it(cached, tmp_path):
    with_cache, without = cached
    (record,) = with_cache["weight_cache"]
    assert record["bytes"] == (tmp_path / "weights.cache").stat().st_size > 400_000
    assert "weight_cache" not in without
    # One process wrote, another one said the rest.
    assert len(with_cache["ready"]) == len(with_cache["done"]) == 1


def test_a_weight_cache_changes_where_the_weights_are(start, digits):
    model = f"model={digits / 'float32.tflite'}"
    words = (model, "mode=memory", "min_runs=1", "seconds=0")
    mapped = {}
    for choice in (0, 1):
        moments = start(*words, f"weight_cache={choice}")[0]["memory"]
        mapped[choice] = next(one for one in moments if one["when"] == "after")
    assert mapped[0]["weight_cache_bytes"] == 0
    assert mapped[1]["weight_cache_bytes"] > 400_000
    assert mapped[1]["anonymous_bytes"] < mapped[0]["anonymous_bytes"] - 400_000


def test_a_weight_cache_that_cannot_be_made_tells_why(start):
    records, status = start("model=nowhere.tflite", "weight_cache=1")
    assert status == 1
    assert [record["kind"] for record in records["error"]] == ["litert"]
