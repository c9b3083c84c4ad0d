"""What every table of the settings has in common, and how a value is refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

PROBLEM = "problem"
"""The type of an error that already says what is wrong, in its context as `what` and `hint`."""


class Table(BaseModel):
    """A table of `tflitekit.toml`: nothing in it is changed or converted, and no key is ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def problem(what: str, hint: str | None = None) -> PydanticCustomError:
    """The error that a validator raises.

    Args:
        what: is wrong with the value; read.py writes the key before it.
        hint: what to do about it.
    """
    return PydanticCustomError(PROBLEM, "{what}", {"what": what, "hint": hint})
