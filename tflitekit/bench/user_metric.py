"""A metric of the user's own, `module:function`: a Python function of all answers.

```python
def within_a_tenth(outputs, expected):
    return float((abs(outputs["y"] - expected) < 0.1).mean())

within_a_tenth.greater_is_better = True  # the default
```

`outputs` has an array [N, ...] of real values for each output; `expected` are the labels [N, ...],
or, where there are none, the float model's outputs in the same form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tflitekit.bench.metrics import Answers, Metric
from tflitekit.data.sources.user_module import load_object, user_code
from tflitekit.errors import DataError

_HINT = "The error is in the code of the metric"

Function = Callable[[dict[str, NDArray[Any]], Any], Any]


def load_metric(spec: str) -> Metric:
    """The metric that `module:function`, or `file.py:function`, names; this runs the module's code.

    Raises:
        DataError: it cannot be imported, or is no function.
    """
    found = load_object(spec, hint=_HINT)
    if not callable(found):
        raise DataError(f"is {type(found).__name__}, no function", where=spec)
    rises = bool(getattr(found, "greater_is_better", True))
    tally = partial(_Collected, spec, found)
    return Metric(spec, "a function of your own", tally, "either", rises, is_share=False)


class _Collected:
    """Keeps every part, for the function takes them all."""

    def __init__(self, spec: str, function: Function) -> None:
        self._spec, self._function = spec, function
        self._answers: list[Answers] = []
        self._expected: list[Answers | NDArray[Any]] = []

    def add(self, answers: Answers, expected: Answers | NDArray[Any]) -> None:
        self._answers.append(answers)
        self._expected.append(expected)

    def value(self) -> float:
        with user_code(self._spec, hint=_HINT):
            found = self._function(_joined(self._answers), _joined(self._expected))
        return self._number(found)

    def _number(self, found: Any) -> float:
        try:
            value = float(found)
        except (TypeError, ValueError) as error:
            raise DataError(f"gave {type(found).__name__}, no number", where=self._spec) from error
        if not math.isfinite(value):
            raise DataError(f"gave {value}", where=self._spec, hint="Give a finite number")
        return value


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], Mapping):
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return np.concatenate(parts)
