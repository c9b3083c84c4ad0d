"""The budget of a model: a key for each quantity, with what it is held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    create_model,
)
from pydantic_core import CoreSchema, InitErrorDetails, core_schema

from tflitekit.gates.limit import LIMIT_KEYS, Limit, parse_limit
from tflitekit.gates.quantities import QUANTITIES, Quantity
from tflitekit.project.table import Table, problem
from tflitekit.suggest import did_you_mean


class BudgetBase(Table):
    """What is limited; `Budget` has the keys."""

    def limits(self) -> Mapping[str, Limit]:
        """By quantity, in the order of `QUANTITIES`."""
        limits = ((name, getattr(self, name)) for name in QUANTITIES)
        return {name: limit for name, limit in limits if limit is not None}


@dataclass(frozen=True)
class _LimitOf:
    """How a limit of one quantity is read."""

    quantity: Quantity

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {}  # schema.py knows

    def _read(self, value: object) -> Limit:
        if isinstance(value, Mapping) and (wrong := list(self._wrong(value))):
            raise ValidationError.from_exception_data("limit", wrong)
        try:
            return parse_limit(self.quantity.name, value)
        except ValueError as error:
            raise problem(str(error)) from error

    def _wrong(self, table: Mapping[str, object]) -> Iterator[InitErrorDetails]:
        """What is wrong with each key of a table, at the key."""
        for key, value in table.items():
            if key not in LIMIT_KEYS:
                error = problem("there is no such key", did_you_mean(key, LIMIT_KEYS))
                yield InitErrorDetails(type=error, loc=(key,), input=table)
                continue
            try:
                parse_limit(self.quantity.name, {key: value})
            except ValueError as wrong:
                yield InitErrorDetails(type=problem(str(wrong)), loc=(key,), input=value)


if TYPE_CHECKING:
    Budget = BudgetBase
else:
    Budget = create_model(
        "Budget",
        __base__=BudgetBase,
        __doc__="What a model is held to, by quantity.",
        **{one.name: (Annotated[Limit | None, _LimitOf(one)], None) for one in QUANTITIES.values()},
    )
