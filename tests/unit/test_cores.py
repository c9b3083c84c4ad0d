"""Processors by name, on the topologies of phones and of this machine."""

import pytest

from tests.fakes.device_texts import ANDROID_14
from tflitekit.devices.adb_state import observation_in
from tflitekit.devices.cores import NAMES, cores_named
from tflitekit.devices.observation import Observation
from tflitekit.errors import UsageError

THREE_KINDS = observation_in(ANDROID_14)
BY_CLOCK = Observation(
    online=tuple(range(6)), most_khz={0: 1800, 1: 1800, 2: 1800, 3: 1800, 4: 2200, 5: 2350}
)
ALIKE = Observation(online=(0, 1, 2, 3), most_khz={0: 5000, 1: 5000, 2: 5200, 3: 5200})
UNTOLD = Observation(online=(0, 1))
PARTLY_TOLD = Observation(online=(0, 1), capacities={0: 1024})


@pytest.mark.parametrize(
    ("seen", "big", "little"),
    [
        (THREE_KINDS, (4, 5, 6, 7), (0, 1, 2, 3)),
        (BY_CLOCK, (4, 5), (0, 1, 2, 3)),
        (ALIKE, (0, 1, 2, 3), (0, 1, 2, 3)),
        (UNTOLD, (0, 1), (0, 1)),
        (PARTLY_TOLD, (0, 1), (0, 1)),
        (Observation(capacities={0: 200, 1: 1024}), (1,), (0,)),
    ],
)
def test_kinds(seen: Observation, big: tuple[int, ...], little: tuple[int, ...]) -> None:
    assert cores_named("big", seen) == big
    assert cores_named("little", seen) == little
    assert cores_named("all", seen) == tuple(sorted({*big, *little}))


def test_a_big_processor_that_is_off_is_left_out() -> None:
    seen = Observation(online=(0, 1, 3), capacities={0: 200, 1: 200, 2: 1024, 3: 1024})
    assert cores_named("big", seen) == (3,)


def test_numbers_and_nothing() -> None:
    assert cores_named("4-5,0", THREE_KINDS) == (0, 4, 5)
    assert cores_named("12", Observation()) == (12,)
    assert cores_named("", Observation()) == ()


@pytest.mark.parametrize("name", ["Big", "5-4", "0-", "x", ",", "0,8"])
def test_what_names_no_processors(name: str) -> None:
    with pytest.raises(UsageError, match="processor") as caught:
        cores_named(name, THREE_KINDS)
    assert caught.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_a_device_that_tells_nothing(name: str) -> None:
    with pytest.raises(UsageError, match="does not tell"):
        cores_named(name, Observation())
