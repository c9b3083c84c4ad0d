"""What a self-test found, in words and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tflitekit.bench.conditions import Condition
from tflitekit.bench.records import Repeat, samples_of
from tflitekit.bench.selftest import EFFECTS, SURELY, SelfTest
from tflitekit.bench.stats import medians

SCHEMA = "tflitekit.selftest/1"


def selftest_sentences(found: SelfTest) -> list[str]:
    """What a reader should know, a sentence each."""
    alarms = (
        f"A model against itself was called different in {found.false_alarms} of "
        f"{found.comparisons} comparisons ({100 * found.false_alarm_rate:.1f} %), of "
        f"{found.repeats} cold starts a side."
    )
    return [alarms, _effect(found)]


def selftest_rows(found: SelfTest) -> list[tuple[str, str]]:
    """How often each slowdown would have been found."""
    return [
        (f"{100 * effect:g} %", f"{100 * share:.0f} %") for effect, share in found.found.items()
    ]


def selftest_json(
    model: str, found: SelfTest, repeats: Sequence[Repeat], warnings: Sequence[Condition]
) -> dict[str, Any]:
    """The result, and the median of each start, of which it can be made again."""
    return {
        "schema": SCHEMA,
        "model": model,
        "starts": found.starts,
        "repeats": found.repeats,
        "comparisons": found.comparisons,
        "false_alarms": found.false_alarms,
        "false_alarm_rate": found.false_alarm_rate,
        "smallest_effect": found.smallest_effect,
        "found": [{"effect": effect, "share": share} for effect, share in found.found.items()],
        "medians_us": medians(samples_of(repeats)),
        "warnings": [asdict(warning) for warning in warnings],
    }


def _effect(found: SelfTest) -> str:
    if found.smallest_effect is None:
        return (
            f"Not even a slowdown of {100 * max(EFFECTS):g} % would have been found in "
            f"{100 * SURELY:g} % of them: raise --repeats, or end what else runs on the device."
        )
    return (
        f"Slowdowns from {100 * found.smallest_effect:g} % on would have been found by "
        f"{100 * SURELY:g} % of them or more; smaller ones cannot be told from none on this "
        "device, as it is now."
    )
