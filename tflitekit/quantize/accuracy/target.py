"""How much accuracy a quantized model may lose, as the user writes it. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from tflitekit.errors import UsageError

_FORM = re.compile(r"(?P<number>\d+(\.\d*)?|\.\d+)\s*(?P<unit>%|pt)?")


@dataclass(frozen=True)
class Target:
    """The least score that will do.

    Attributes:
        amount: the allowed loss.
        relative: whether `amount` is a share of the float model's score, or is subtracted.
        budget: how many candidates may be scored at most.
    """

    amount: float
    relative: bool = True
    budget: int = 30

    def floor(self, float_score: float) -> float:
        """The least score that reaches the target; scores grow with accuracy and may be < 0."""
        loss = abs(float_score) * self.amount if self.relative else self.amount
        return float_score - loss


def parse_target(text: str, budget: int = 30) -> Target:
    """Read "1%" (of the float score), "0.3pt" (hundredths of a score between 0 and 1) or "0.01"
    (the same as 1%).

    Raises:
        UsageError: it is none of these, or not below 100 %.
    """
    match = _FORM.fullmatch(text.strip())
    number = float(match["number"]) if match else math.nan
    unit = match["unit"] if match else None
    amount = number / 100 if unit else number
    if not 0 <= amount < 1:
        raise UsageError(
            "is no loss of accuracy",
            where=f"--max-drop {text}",
            hint="Write 1% for a share of the float score, or 0.3pt for points",
        )
    return Target(amount, relative=unit != "pt", budget=budget)
