"""The state of an Android device, asked for by one call of its shell."""

from __future__ import annotations

from collections.abc import Mapping

from tflitekit.devices.adb_client import REMOTE_ROOT
from tflitekit.devices.observation import (
    BATTERY_FILES,
    PROCESSOR_FILES,
    ZONE_FILES,
    Observation,
    files_in,
    observation_of,
)

FIXED_PERFORMANCE_NOTE = "fixed-performance"
"""The file, in this tool's folder, that is there while the mode is on by its doing."""

_MARK = "== tflitekit "
_FILES, _THERMAL, _BATTERY, _FIXED = "files", "thermal", "battery", "fixed"

# The service that lacks sensors, or is not there (Android 9 and older), leaves the kernel's files.
# They are not read otherwise: some sensors take milliseconds each.
_SCRIPT = """\
exec 2>/dev/null </dev/null
echo '{mark}{thermal}'
thermal=$(dumpsys -t 5 thermalservice); echo "$thermal"
echo '{mark}{battery}'
battery=$(dumpsys -t 5 battery); echo "$battery"
echo '{mark}{fixed}'
[ -f {root}/{note} ] && echo on
echo '{mark}{files}'
case "$thermal" in *Temperature*) ;; *) grep -sHm1 . {zones} ;; esac
case "$battery" in *level*) ;; *) grep -sHm1 . {supplies} ;; esac
grep -sHm1 . {processors}
true
"""


def observation_script() -> str:
    """Shell text that prints what `observation_in` reads."""
    return _SCRIPT.format(
        mark=_MARK,
        thermal=_THERMAL,
        battery=_BATTERY,
        fixed=_FIXED,
        files=_FILES,
        root=REMOTE_ROOT,
        note=FIXED_PERFORMANCE_NOTE,
        zones=" ".join(ZONE_FILES),
        supplies=" ".join(BATTERY_FILES),
        processors=" ".join(PROCESSOR_FILES),
    )


def observation_in(text: str) -> Observation:
    """What the output of `observation_script` tells."""
    sections = _sections(text)
    return observation_of(
        files_in(sections.get(_FILES, "").splitlines()),
        thermal_service=sections.get(_THERMAL, ""),
        battery_service=sections.get(_BATTERY, ""),
        fixed_performance=True if sections.get(_FIXED, "").strip() == "on" else None,
    )


def _sections(text: str) -> Mapping[str, str]:
    parts = (part.partition("\n") for part in text.replace("\r", "").split(_MARK)[1:])
    return {name.strip(): body for name, _, body in parts}
