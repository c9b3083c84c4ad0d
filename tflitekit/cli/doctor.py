"""The command `doctor`."""

from __future__ import annotations

from tflitekit.cli.options import (
    JsonOption,
)


def doctor(json: JsonOption = False) -> None:
    """Check what the toolkit needs on this machine, and say how to get what is missing."""
    from tflitekit import console
    from tflitekit.doctor import examine

    findings = examine(console.Console())
    if json:
        console.print_json({"checks": [finding.as_dict() for finding in findings]})
    else:
        header = ("check", "", "found", "what to do")
        console.print_table("", header, [finding.row() for finding in findings], numbers=False)
