"""What can be wrong with the double of an Android device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SHELL_V2 = "shell_v2"
FEATURES = frozenset({SHELL_V2, "stat_v2", "cmd", "fixed_push_mkdir"})


@dataclass(frozen=True)
class Faults:
    """Faults that no real daemon produces when asked to; the default is a sound device.

    Attributes:
        authorized: False for a device that accepts no key.
        answers: how many connections are answered at all; later ones, and so the device, stay
            offline. None for every one.
        drop_at: break the connection when a command prints this text.
        storage: bytes that can be pushed before the storage is full.
        damage: whether a pushed byte arrives changed.
        delay: seconds by which every service starts late.
        features: what the device claims to support.
        properties: what `getprop` tells differently.
        missing: commands that the device does not have.
    """

    authorized: bool = True
    answers: int | None = None
    drop_at: str | None = None
    storage: int | None = None
    damage: bool = False
    delay: float = 0.0
    features: frozenset[str] = FEATURES
    properties: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


SOUND = Faults()
