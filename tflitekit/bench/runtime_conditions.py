"""What there is to say of the LiteRT library that ran."""

from __future__ import annotations

from tflitekit.bench.conditions import Condition
from tflitekit.runtime.app_runtime import Runtime

UNTESTED_RUNTIME = "UNTESTED_RUNTIME"


def runtime_conditions(runtime: Runtime) -> tuple[Condition, ...]:
    """A tag on results of a library that is not the one that the toolkit was tested with."""
    if runtime.tested:
        return ()
    version = f"version {runtime.version}" if runtime.version else "version unknown"
    text = f"{runtime.source} has a LiteRT ({version}, SHA-256 {runtime.sha256[:16]}) that the "
    return (Condition(UNTESTED_RUNTIME, f"{text}toolkit was not tested with"),)
