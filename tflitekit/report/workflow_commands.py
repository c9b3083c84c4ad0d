"""GitHub's workflow commands: lines of a log that its runner takes as orders. Pure."""

from __future__ import annotations


def command(level: str, message: str, **properties: str) -> str:
    """One command; nothing in `message` or `properties` can begin another.

    Args:
        level: error, warning or notice.
        message: what is shown, of any number of lines.
        **properties: such as file, line and title; empty ones are left out.
    """
    told = ",".join(f"{name}={escape_property(text)}" for name, text in properties.items() if text)
    return f"::{level}{' ' if told else ''}{told}::{escape_message(message)}"


def escape_message(text: str) -> str:
    """A message as the runner decodes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """A property's value as the runner decodes it."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")
