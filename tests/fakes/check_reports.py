"""Reports of `check` with every outcome, and with names that try to be more than names."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.page_reports import summary
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.gates.report import SCHEMA, CheckedModel, CheckReport
from tflitekit.gates.verdict import Verdict

SETTING = {"processor": "Cortex-A76", "threads": "1"}

SIZE = Measurement("size", 154_500.0)
SIZE_BEFORE = Measurement("size", 150_000.0)
ACCURACY = Measurement("accuracy", 0.982, setting={"data": "digits", "samples": "899"})
ACCURACY_BEFORE = replace(ACCURACY, value=0.984)
LATENCY = Measurement("latency", 2100.0, 2050.0, 2160.0, "phone", SETTING)
LATENCY_BEFORE = replace(LATENCY, value=2000.0, low=1990.0, high=2010.0)
VOID = Measurement("latency_p90", 2500.0, device="phone", setting=SETTING, void=("THROTTLED",))
RUNTIME = Measurement("runtime", 2_013_000.0)

LIMITS = (
    Verdict("digits", "size", None, "absolute", "failed", SIZE, None, "at most 150 kB", "3 % more"),
    Verdict(
        *("digits", "size", None, "relative", "passed", SIZE, SIZE_BEFORE),
        *("at most 5 % more than the baseline", "3 % more"),
    ),
    Verdict(
        *("digits", "accuracy", None, "relative", "passed", ACCURACY, ACCURACY_BEFORE),
        *("at most 0.5 pt worse than the baseline", "0.2 pt worse"),
    ),
    Verdict(
        *("digits", "latency", "phone", "relative", "failed", LATENCY, LATENCY_BEFORE),
        *("at most 2 % slower than the baseline", "all of the interval is beyond"),
    ),
    Verdict(
        *("digits", "latency_p90", "phone", "absolute", "inconclusive", VOID, None),
        *("at most 3 ms", "THROTTLED voids the number"),
    ),
    Verdict(
        *("digits", "memory", "phone", "absolute", "inconclusive", None, None),
        *("at most 10 MB", "the device went away"),
    ),
    Verdict(
        *("digits", "runtime", None, "absolute", "passed", RUNTIME, None),
        *("at most 2.14", "2.13 is enough"),
    ),
)

HOSTILE = (
    "a|b `c` ``d`` ::error::x\n::set-env name=A::b <script>alert(1)</script> @someone #12 !3 %, "
    "\"q\" 'p' \x00\x1b[31m \\| ]]> &amp; https://x.example www.example.com someone@x.example "
    '{a="b"} **b** [l](http://y.example) ![i](http://z.example/p.png) <!-- :+1: \u2028\ud800 --> \\'
)


def report(*verdicts: Verdict, name: str = "digits") -> CheckReport:
    """One model with these limits, and what was observed for them."""
    found = [verdict.observed for verdict in verdicts if verdict.observed is not None]
    model = CheckedModel(
        name=name,
        file="models/digits_int8.tflite",
        sha256="0" * 64,
        model=summary(),
        float_model=None,
        quantization=None,
        benches={"phone": {"schema": "tflitekit.bench/2", "results": []}},
        diagnosis=None,
        measurements=tuple(one for number, one in enumerate(found) if one not in found[:number]),
        verdicts=verdicts,
        warnings=("the calibration data have 3 findings",),
    )
    return CheckReport(
        SCHEMA, "0.1.0", "tflitekit.toml", "5254ba5+", "2026-01-02T03:04:05Z", (model,)
    )


def every_outcome() -> CheckReport:
    """Limits that hold, that do not, and that nobody can tell."""
    return report(*LIMITS)


def all_passed() -> CheckReport:
    """Only those that hold."""
    return report(*(verdict for verdict in LIMITS if verdict.outcome == "passed"))


def not_built() -> CheckReport:
    """A model of which there is no file."""
    (model,) = (made := report(replace(LIMITS[0], observed=None, reason="not built"))).models
    changes = {"sha256": "", "model": None, "measurements": (), "benches": {}}
    model = replace(model, **changes, warnings=("there is no such layer",))
    return replace(made, models=(model,))


def every_quantity() -> CheckReport:
    """All that can be limited, with a baseline that was a little less."""
    return report(
        *(
            Verdict(
                *("digits", name, None, "relative", "passed"),
                *(Measurement(name, 2_013_001.0), Measurement(name, 2_013_000.0)),
                *("limit", "reason"),
            )
            for name in QUANTITIES
        )
    )


def hostile() -> CheckReport:
    """`HOSTILE` wherever a report takes a text from outside."""
    setting = {HOSTILE: HOSTILE}
    observed = replace(LATENCY, device=HOSTILE, setting=setting, void=(HOSTILE,))
    verdict = Verdict(
        *(HOSTILE, "latency", HOSTILE, "relative", "failed", observed, LATENCY_BEFORE),
        *(HOSTILE, HOSTILE),
    )
    made = report(verdict, name=HOSTILE)
    fit = replace(LATENCY, device=HOSTILE)
    (model,) = made.models
    model = replace(
        model,
        file=HOSTILE,
        measurements=(observed, fit),
        warnings=(HOSTILE,),
        verdicts=(verdict, replace(verdict, outcome="inconclusive", kind="absolute")),
    )
    return replace(made, models=(model,), settings=HOSTILE, commit=HOSTILE, version=HOSTILE)


def many(count):
    """A report with more gates than fit in a comment."""
    return report(*(replace(LIMITS[0], reason=f"reason {number}") for number in range(count)))


REPORTS = {
    "every outcome": every_outcome(),
    "passed": all_passed(),
    "no limits": report(),
    "hostile": hostile(),
    "no models": replace(every_outcome(), models=()),
    "not built": not_built(),
    "every quantity": every_quantity(),
}
"""By what is in them."""
