from dataclasses import replace

import pytest

from tflitekit.bench.memory import MOMENTS, memory_of
from tflitekit.runtime.run_record import MemoryRecord

MIB = 1 << 20


def moment(when, size, **more):
    sizes = dict.fromkeys(("pss_bytes", "private_dirty_bytes", "swap_bytes"), size)
    sizes |= dict.fromkeys(("rss_bytes", "anonymous_bytes"), 2 * size)
    return MemoryRecord(when, **(sizes | {"model_bytes": 0, "weight_cache_bytes": 0} | more))


def one_run():
    sizes = dict(zip(MOMENTS, (2, 3, 30, 40, 35), strict=True))
    records = {name: moment(name, size * MIB) for name, size in sizes.items()}
    records["after"] = replace(
        records["after"], model_bytes=7 * MIB, weight_cache_bytes=5 * MIB, anonymous_bytes=20 * MIB
    )
    return records


def test_each_moment_is_kept_and_the_weights_are_apart_from_the_arena():
    memory = memory_of(list(reversed(one_run().values())), peak_rss=90 * MIB)
    assert (memory.compiled.pss, memory.compiled.rss) == (30 * MIB, 60 * MIB)
    assert (memory.peak.pss, memory.peak_rss) == (40 * MIB, 90 * MIB)
    assert memory.mapped_weights == 12 * MIB
    assert memory.arena == (20 - 2 * 2) * MIB
    assert memory.cost == 38 * MIB


def test_what_the_kernel_hides_stays_unknown():
    records = one_run()
    records["after"] = replace(records["after"], model_bytes=None, anonymous_bytes=None)
    records["peak"] = replace(records["peak"], pss_bytes=None)
    memory = memory_of(records.values(), peak_rss=None)
    assert (memory.mapped_weights, memory.arena, memory.cost) == (None, None, None)


def test_a_run_of_another_mode_has_no_moments():
    with pytest.raises(KeyError):
        memory_of([], peak_rss=None)
