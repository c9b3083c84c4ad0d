"""The budget of a model: for each quantity a bound, or how much worse it may get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from tflitekit.gates.quantities import QUANTITIES, Quantity
from tflitekit.project.table import Table, problem


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise problem("must be an amount, such as a number or a text with a unit")
    return value


Amount = Annotated[Any, BeforeValidator(_amount), WithJsonSchema({"type": ["string", "number"]})]
"""Text or a number, as `gates.amounts` reads it with the unit of its quantity."""


class LimitSettings(Table):
    """What one quantity is held to."""

    limit: Amount = Field(default=None, description="A bound on the value itself")
    regression: Amount = Field(
        default=None, description="The most that it may be worse than the baseline's"
    )


class BudgetBase(Table):
    """What all budgets can be asked; `Budget` has the keys."""

    def given(self) -> Mapping[Quantity, LimitSettings]:
        """What is limited, in the order of `QUANTITIES`."""
        limits = ((one, getattr(self, one.name)) for one in QUANTITIES.values())
        return {one: limit for one, limit in limits if limit is not None}


def _as_table(value: Any) -> Any:
    return value if isinstance(value, dict | LimitSettings) else {"limit": _amount(value)}


if TYPE_CHECKING:
    Budget = BudgetBase
else:
    Budget = create_model(
        "Budget",
        __base__=BudgetBase,
        __doc__="Limits by quantity: a bound, or a table of bound and regression.",
        **{
            one.name: (
                Annotated[LimitSettings | None, BeforeValidator(_as_table)],
                Field(default=None, description=one.meaning),
            )
            for one in QUANTITIES.values()
        },
    )
