"""What makes a number less than it looks. Conditions are values that a gate can see, not prints."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tflitekit.bench import symptoms
from tflitekit.bench.symptoms import Evidence
from tflitekit.devices.base import DeviceInfo
from tflitekit.errors import UsageError
from tflitekit.runtime.app_runtime import Runtime

if TYPE_CHECKING:  # records hold conditions
    from tflitekit.bench.records import Repeat


@dataclass(frozen=True)
class Condition:
    """A tag on a result.

    Attributes:
        tag: one upper-case word that scripts can match.
        text: what was seen, and what to do about it.
    """

    tag: str
    text: str


@dataclass(frozen=True)
class Rule:
    """When a result gets a tag.

    Attributes:
        tag: the word.
        meaning: what it says, for documents.
        advice: what to do about it.
        seen: looks for it, and gives what was seen.
        voids: whether the number cannot be defended unless the tag is allowed.
    """

    tag: str
    meaning: str
    advice: str
    seen: Callable[[Evidence], str | None]
    voids: bool = True

    def condition(self, seen: str) -> Condition:
        """The tag on a result of which `seen` was seen."""
        return Condition(self.tag, f"{seen}; {self.advice}")


UNTESTED_RUNTIME = Rule(
    "UNTESTED_RUNTIME",
    "the LiteRT library is another than the one that the toolkit was tested with",
    "compare with a run without --runtime",
    symptoms.untested_runtime,
    voids=False,
)

RULES = (
    Rule(
        "EMULATOR",
        "an emulator or a virtual Android device",
        "its times say nothing of a phone",
        symptoms.emulator,
    ),
    Rule(
        "VIRTUAL",
        "a virtual machine, which shares its processors with others",
        "compare only within one run, or use a machine of its own",
        symptoms.virtual,
    ),
    Rule(
        "THROTTLED",
        "the processor got slower, or its clock was limited, by heat or by a setting",
        "let it cool down, and measure for a shorter time",
        symptoms.throttled,
    ),
    Rule(
        "HOT",
        "the thermal status is not none, or the battery has 40 °C or more",
        "let it cool down",
        symptoms.hot,
    ),
    Rule(
        "LOW_BATTERY",
        "the battery is below 25 %, where systems save power",
        "charge it first",
        symptoms.low_battery,
    ),
    Rule(
        "CHARGING",
        "the battery takes charge, which heats the device",
        "wait until it is full, or use adb over the network",
        symptoms.charging,
    ),
    Rule(
        "GOVERNOR",
        "the rule for the clocks changed, or is one that holds them low",
        "leave it alone meanwhile, or set schedutil or performance",
        symptoms.governor,
    ),
    Rule(
        "CORES_CHANGED",
        "processors were switched on or off, or it ran on other ones than were asked for",
        "name processors that stay on by --cores",
        symptoms.cores_changed,
    ),
    Rule(
        "BACKGROUND_LOAD",
        "other processes had more than a tenth of the processors",
        "end what else runs, and wait after a start of the device",
        symptoms.background_load,
    ),
    Rule(
        "NOISY",
        "p90 is more than 1.25 times the median",
        "look for other load, or name processors by --cores",
        symptoms.noisy,
    ),
    Rule(
        "UNSTEADY",
        "the time was still changing when the warm-up ended",
        "raise --seconds",
        symptoms.unsteady,
        voids=False,
    ),
    Rule(
        "FEW_SAMPLES",
        "fewer than 30 inferences were timed",
        "raise --seconds",
        symptoms.few_samples,
        voids=False,
    ),
    UNTESTED_RUNTIME,
)
"""Every condition, the gravest first; documents, the help of options and tests read it."""

TAGS: Mapping[str, str] = {rule.tag: rule.meaning for rule in RULES}
"""What each tag means."""

VOIDING = tuple(rule.tag for rule in RULES if rule.voids)
"""The tags that fail a benchmark unless they are allowed."""


def conditions_of(
    device: DeviceInfo,
    repeats: Sequence[Repeat],
    *,
    threads: int = 1,
    cores: Sequence[int] = (),
    runtime: Runtime | None = None,
) -> tuple[Condition, ...]:
    """Every condition under which the repeats were taken that a reader should know.

    Args:
        device: where they ran.
        repeats: the cold starts, in order, each with the state of the device before and after.
        threads: that compute.
        cores: the processors that were asked for; empty for any.
        runtime: the LiteRT library that ran.
    """
    evidence = Evidence(device, tuple(repeats), threads, tuple(cores), runtime)
    found = ((rule, rule.seen(evidence)) for rule in RULES)
    return tuple(rule.condition(seen) for rule, seen in found if seen)


def runtime_conditions(runtime: Runtime) -> tuple[Condition, ...]:
    """What there is to say of a LiteRT library, also where nothing is timed."""
    seen = symptoms.untested(runtime)
    return (UNTESTED_RUNTIME.condition(seen),) if seen else ()


def not_allowed(conditions: Iterable[Condition], allowed: Collection[str]) -> tuple[Condition, ...]:
    """Those of `conditions` that void the numbers and whose tags are not in `allowed`."""
    return tuple(one for one in conditions if one.tag in VOIDING and one.tag not in allowed)


def check_tags(names: Iterable[str]) -> frozenset[str]:
    """The tags that `--allow` names.

    Raises:
        UsageError: one is no tag; it names the nearest.
    """
    allowed = frozenset(names)
    for name in sorted(allowed - TAGS.keys()):
        near = difflib.get_close_matches(name.upper().replace("-", "_"), TAGS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"The tags are: {', '.join(TAGS)}"
        raise UsageError("there is no such tag", where=f"--allow {name}", hint=hint)
    return allowed
