"""Devices as rows for people and as JSON. Pure: the console draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tflitekit.devices.registry import DeviceEntry

HEADER = ("device", "state", "model", "abi", "system", "what to do")


def device_rows(entries: Sequence[DeviceEntry]) -> list[tuple[str, ...]]:
    """One row a device, in the order of `HEADER`."""
    return [_row(entry) for entry in entries]


def device_json(entry: DeviceEntry) -> dict[str, Any]:
    """What is known of a device, and its problem if it has one."""
    return {
        "uri": entry.uri,
        "state": entry.state,
        "info": asdict(entry.info) if entry.info else None,
        "problem": entry.problem.as_dict() if entry.problem else None,
    }


def _row(entry: DeviceEntry) -> tuple[str, ...]:
    info, problem = entry.info, entry.problem
    if info is None:
        advice = f"{problem.what}. {problem.hint or ''}".strip() if problem else ""
        return entry.uri, entry.state, "-", "-", "-", advice
    kind = " (emulator)" if info.emulator else ""
    return entry.uri, entry.state, f"{info.model}{kind}", info.abi, f"{info.os} {info.release}", ""
