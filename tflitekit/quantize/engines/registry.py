"""The engines that turn a float flatbuffer into an integer one."""

from __future__ import annotations

from tflitekit.errors import UsageError
from tflitekit.quantize.engines.best import Best
from tflitekit.quantize.engines.litert_quantizer import LitertQuantizer
from tflitekit.quantize.engines.own import Own
from tflitekit.quantize.engines.stock import Stock
from tflitekit.quantize.job import Engine

_SINGLE: tuple[Engine, ...] = (Own(), Stock(), LitertQuantizer())

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (*_SINGLE, Best(_SINGLE))}
"""Every engine by the name that `--engine` takes."""

OWN = Own.name
BEST = Best.name


def engine_named(name: str) -> Engine:
    """The entry of `ENGINES`.

    Raises:
        UsageError: there is no such engine.
    """
    if name not in ENGINES:
        raise UsageError(
            "there is no such engine", where=f"--engine {name}", hint=f"Use {', '.join(ENGINES)}"
        )
    return ENGINES[name]
