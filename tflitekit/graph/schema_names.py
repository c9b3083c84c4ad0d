"""The numbers that the schema gives operators and option types, and their names."""

from __future__ import annotations

from functools import cache
from typing import Any


def operator_name(number: int) -> str | None:
    """The builtin operator's name; None for a number that the schema does not have."""
    return _names("BuiltinOperator").get(number)


def operator_number(name: str) -> int:
    """The inverse of `operator_name`.

    Raises:
        KeyError: there is no such operator.
    """
    return _numbers("BuiltinOperator")[name]


def options_name(union: int, number: int) -> str | None:
    """The name of an options type in the first or second union; None for an unknown one."""
    return _names(_UNIONS[union]).get(number)


def options_number(name: str) -> tuple[int, int]:
    """The union, 1 or 2, that holds the options type `name`, and its number there.

    Raises:
        KeyError: there is no such type.
    """
    for union, enumeration in _UNIONS.items():
        if name in _numbers(enumeration):
            return union, _numbers(enumeration)[name]
    raise KeyError(name)


_UNIONS = {1: "BuiltinOptions", 2: "BuiltinOptions2"}


@cache
def _numbers(enumeration: str) -> dict[str, int]:
    from ai_edge_litert import schema_py_generated

    members: dict[str, Any] = vars(getattr(schema_py_generated, enumeration))
    return {name: value for name, value in members.items() if not name.startswith("_")}


@cache
def _names(enumeration: str) -> dict[int, str]:
    return {number: name for name, number in _numbers(enumeration).items()}
