"""Every condition fires on what it is for, and on nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tflitekit.bench.conditions import (
    RULES,
    TAGS,
    VOIDING,
    Condition,
    check_tags,
    conditions_of,
    not_allowed,
    runtime_conditions,
)
from tflitekit.bench.records import Repeat
from tflitekit.bench.symptoms import (
    BACKGROUND_SHARE,
    HOT_BATTERY_C,
    LOOK_S,
    LOW_BATTERY_LEVEL,
    SLOWER,
)
from tflitekit.devices.base import DeviceInfo
from tflitekit.devices.observation import Battery, Observation
from tflitekit.errors import UsageError
from tflitekit.runtime.app_runtime import Runtime
from tflitekit.runtime.protocol import RunRecord
from tflitekit.runtime.run_record import ClockRecord

PHONE = DeviceInfo("adb:1234", "arm64-v8a", "Pixel", False, "android", "14", 8)
ALL = tuple(range(8))
CALM = Observation(
    governors=dict.fromkeys(ALL, "schedutil"),
    drivers=dict.fromkeys(ALL, "cpufreq-dt"),
    limit_khz=dict.fromkeys(ALL, 2_000_000),
    most_khz=dict.fromkeys(ALL, 2_000_000),
    online=ALL,
    busy_s=100.0,
    idle_s=500.0,
    thermal_status=0,
    temperatures_c={"skin": 31.0},
    battery=Battery(80.0, 30.0, False),
)
SPIN_US = 1000.0


def clocks(*spins: float, cores: Sequence[int] = ALL) -> tuple[ClockRecord, ...]:
    return tuple(ClockRecord("before", spin, tuple(cores), (cores[0],)) for spin in spins)


RECORD = RunRecord(
    "arm64-v8a",
    (),
    "b",
    cores=ALL,
    samples_us=(100.0,) * 60,
    warmup={"steady": True, "runs": 20},
    clocks=clocks(SPIN_US, SPIN_US),
    cpu_us=10e6,
)
AFTER = replace(CALM, busy_s=110.5, idle_s=569.5)
REPEAT = Repeat(RECORD, CALM, AFTER)
"""Ten seconds of one thread on eight processors."""


def tags(*repeats: Repeat, device: DeviceInfo = PHONE, **options: object) -> set[str]:
    return {one.tag for one in conditions_of(device, repeats, **options)}  # type: ignore[arg-type]


def before(**changes: object) -> Repeat:
    return replace(REPEAT, before=replace(CALM, **changes))


def after(**changes: object) -> Repeat:
    return replace(REPEAT, after=replace(AFTER, **changes))


def both(**changes: object) -> Repeat:
    return Repeat(RECORD, replace(CALM, **changes), replace(AFTER, **changes))


def said(**changes: object) -> Repeat:
    return replace(REPEAT, record=replace(RECORD, **changes))


def test_a_clean_run_has_no_tag() -> None:
    assert tags(REPEAT, REPEAT, REPEAT) == set()


def test_a_device_that_tells_nothing_has_no_tag() -> None:
    silent = Repeat(replace(RECORD, clocks=(), cores=(), cpu_us=None), Observation(), Observation())
    assert tags(silent, silent) == set()


BATTERY = Battery(80.0, 30.0, False)
HOT = replace(BATTERY, temperature_c=HOT_BATTERY_C)
LOW = replace(BATTERY, level=LOW_BATTERY_LEVEL - 1)
FIRES = {
    "hot: light": (after(thermal_status=1), {"HOT"}),
    "hot: battery": (before(battery=HOT), {"HOT"}),
    "throttled: status": (after(thermal_status=2), {"HOT", "THROTTLED"}),
    "throttled: slower": (said(clocks=clocks(SPIN_US, SPIN_US * 1.11)), {"THROTTLED"}),
    "throttled: limited": (both(limit_khz={**CALM.limit_khz, 3: 1_500_000}), {"THROTTLED"}),
    "throttled: falls": (after(most_khz={}, limit_khz={0: 1_999_999}), {"THROTTLED"}),
    "low battery": (after(battery=LOW), {"LOW_BATTERY"}),
    "charging": (before(battery=replace(BATTERY, charging=True)), {"CHARGING"}),
    "governor: changed": (after(governors={**CALM.governors, 7: "performance"}), {"GOVERNOR"}),
    "governor: slow": (both(governors=dict.fromkeys(ALL, "powersave")), {"GOVERNOR"}),
    "cores: off": (after(online=ALL[:6]), {"CORES_CHANGED"}),
    "load": (after(busy_s=100 + 10 + 9), {"BACKGROUND_LOAD"}),
    "noisy": (said(samples_us=(100.0,) * 50 + (200.0,) * 10), {"NOISY"}),
    "few": (said(samples_us=(100.0,) * 14), {"FEW_SAMPLES"}),
    "unsteady": (said(warmup={"steady": False, "runs": 9}), {"UNSTEADY"}),
}


@pytest.mark.parametrize("name", FIRES)
def test_each_condition_sets_its_own_tag(name: str) -> None:
    repeat, expected = FIRES[name]
    assert tags(repeat, device=PHONE) == expected
    assert tags(repeat, repeat) == expected


def test_of_the_device() -> None:
    assert tags(REPEAT, device=replace(PHONE, emulator=True)) == {"EMULATOR"}
    assert tags(REPEAT, device=replace(PHONE, virtual=True)) == {"VIRTUAL"}


def test_of_the_runtime() -> None:
    library = Runtime(Path("libLiteRt.so"), {}, "app.aar", "ab" * 32, "2.1.5", "glibc", False)
    assert tags(REPEAT, runtime=library) == {"UNTESTED_RUNTIME"}
    assert tags(REPEAT, runtime=replace(library, tested=True)) == set()
    (found,) = conditions_of(PHONE, [REPEAT], runtime=library)
    assert runtime_conditions(library) == (found,)
    assert "app.aar has a LiteRT (version 2.1.5, SHA-256 abab" in found.text


def test_every_tag_has_a_test() -> None:
    fired = {tag for _, tags_of in FIRES.values() for tag in tags_of}
    assert fired | {"EMULATOR", "VIRTUAL", "UNTESTED_RUNTIME"} == set(TAGS)


DOES_NOT_FIRE = {
    "a little slower": said(clocks=clocks(SPIN_US, SPIN_US * SLOWER)),
    "nearly hot": both(battery=replace(BATTERY, temperature_c=HOT_BATTERY_C - 0.1)),
    "just enough battery": both(battery=replace(BATTERY, level=LOW_BATTERY_LEVEL)),
    "unknown charging": both(battery=Battery(80.0, None, None)),
    "a driver that governs": both(
        governors=dict.fromkeys(ALL, "powersave"), drivers=dict.fromkeys(ALL, "intel_pstate")
    ),
    "a governor that grew silent": after(governors={}),
    "some load": after(busy_s=100 + 10 + 80 * BACKGROUND_SHARE - 1),
    "a limit of a processor that was not used": replace(
        both(limit_khz={**CALM.limit_khz, 3: 1_500_000}),
        record=replace(RECORD, cores=(4, 5), clocks=clocks(SPIN_US, cores=(4, 5))),
    ),
    "the limit of fixed-performance mode": both(
        limit_khz=dict.fromkeys(ALL, 1_500_000), fixed_performance=True
    ),
}


@pytest.mark.parametrize("name", DOES_NOT_FIRE)
def test_what_is_no_condition(name: str) -> None:
    assert tags(DOES_NOT_FIRE[name]) == set()


def test_a_repeat_that_is_slower_than_another() -> None:
    slow = said(clocks=clocks(SPIN_US * 1.2, SPIN_US * 1.2))
    assert tags(slow) == set()
    assert tags(REPEAT, slow) == {"THROTTLED"}


def test_what_changes_between_repeats() -> None:
    later = replace(CALM, governors=dict.fromkeys(ALL, "performance"))
    assert tags(REPEAT, Repeat(RECORD, later, replace(later, busy_s=110.5, idle_s=569.5))) == {
        "GOVERNOR"
    }


def test_a_limit_that_falls_in_fixed_performance_mode() -> None:
    fixed = both(limit_khz=dict.fromkeys(ALL, 1_500_000), fixed_performance=True)
    lower = replace(fixed.after, limit_khz=dict.fromkeys(ALL, 1_400_000))
    assert tags(replace(fixed, after=lower)) == {"THROTTLED"}


def test_cores_that_were_asked_for() -> None:
    bound = said(cores=(6, 7), clocks=clocks(SPIN_US, SPIN_US, cores=(6, 7)))
    assert tags(bound, cores=(6, 7)) == set()
    assert tags(bound, cores=(4, 5, 6, 7)) == set()
    assert tags(bound, cores=(6,)) == {"CORES_CHANGED"}
    assert tags(bound, REPEAT) == {"CORES_CHANGED"}
    moved = said(cores=(6,), clocks=(ClockRecord("after", SPIN_US, (6,), (2, 6)),))
    assert tags(moved, cores=(6,)) == {"CORES_CHANGED"}


def test_own_time_is_no_load() -> None:
    """Without the runner's word, each thread is taken to have worked all the while."""
    four = Repeat(replace(RECORD, cpu_us=40e6), CALM, replace(AFTER, busy_s=141.0, idle_s=539.0))
    assert tags(four) == set()
    untold = replace(four, record=replace(RECORD, cpu_us=None))
    assert tags(untold, threads=4) == set()
    assert tags(untold, threads=1) == {"BACKGROUND_LOAD"}


def short(others_s: float) -> Repeat:
    """0.4 s on two processors, of which the runner had 0.3 and others so much."""
    two = replace(CALM, online=(0, 1), busy_s=100.0, idle_s=500.0)
    busy_s = 0.3 + others_s
    after = replace(two, busy_s=100 + busy_s, idle_s=500 + 0.8 - busy_s)
    return Repeat(replace(RECORD, cpu_us=0.3e6), two, after)


def test_load_in_short_repeats_shows_in_their_sum() -> None:
    """A fifth of the processors is 0.16 s of a repeat, which alone may be the look at it."""
    assert tags(short(0.16)) == set()
    assert tags(*[short(0.16)] * 20) == {"BACKGROUND_LOAD"}
    (found,) = conditions_of(PHONE, [short(0.16)] * 20)
    assert found.text.startswith("other processes had 16% of the processors (2.6 s in 20 repeats)")


def test_looking_at_a_device_often_is_no_load() -> None:
    assert tags(*[short(LOOK_S)] * 100) == set()
    assert tags(*[short(0.8 * BACKGROUND_SHARE + LOOK_S - 0.01)] * 100) == set()


def test_load_in_one_of_many_repeats_is_seen() -> None:
    assert tags(*[short(0.0)] * 19, short(0.45)) == {"BACKGROUND_LOAD"}


def test_the_text_tells_what_was_seen_and_what_to_do() -> None:
    (found,) = conditions_of(PHONE, [after(battery=LOW)])
    assert found == Condition("LOW_BATTERY", "its battery was at 24 %; charge it first")


def test_what_is_not_allowed_voids() -> None:
    found = tuple(Condition(tag, "") for tag in TAGS)
    assert [one.tag for one in not_allowed(found, ())] == list(VOIDING)
    assert not_allowed(found, VOIDING) == ()
    assert "NOISY" not in {one.tag for one in not_allowed(found, {"NOISY"})}
    assert len(not_allowed(found, {"NOISY"})) == len(VOIDING) - 1


def test_the_tags_of_the_table() -> None:
    assert len(TAGS) == len(RULES)
    assert set(TAGS) - set(VOIDING) == {"UNSTEADY", "FEW_SAMPLES", "UNTESTED_RUNTIME"}
    assert check_tags(TAGS) == frozenset(TAGS)
    assert check_tags(()) == frozenset()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("LOW-BATTERY", "LOW_BATTERY"),
        ("noisy", "NOISY"),
        ("THROTLED", "THROTTLED"),
        ("x", "EMULATOR, VIRTUAL, THROTTLED"),
    ],
)
def test_an_unknown_tag_names_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="no such tag") as caught:
        check_tags(["EMULATOR", name])
    assert hint in str(caught.value.hint)
    assert name in str(caught.value.where)
