"""What `check` is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tflitekit.errors import UsageError
from tflitekit.suggest import did_you_mean

T = TypeVar("T")


@dataclass(frozen=True)
class CheckRequest:
    """What `check` is asked for.

    Attributes:
        settings: the file with models, budgets and devices.
        models: names of those to check; empty for all.
        devices: names of those to measure on; empty for all.
        static: judge only what files tell, and run nothing.
        diagnose: also measure each layer's noise, of models that are built.
        profile: also time each op.
        save_baseline: make what was measured what later checks are relative to.
        record: add it to the history.
    """

    settings: Path
    models: Sequence[str] = ()
    devices: Sequence[str] = ()
    static: bool = False
    diagnose: bool = False
    profile: bool = False
    save_baseline: bool = False
    record: bool = False

    def check(self) -> None:
        """Refuse choices that make no sense.

        Raises:
            UsageError: something is asked for that has to run, and that nothing runs.
        """
        for option, given in (("--device", self.devices), ("--profile", self.profile)):
            if self.static and given:
                raise UsageError("runs nothing", where="--static", hint=f"Leave {option} out")


def chosen(named: Iterable[str], table: Mapping[str, T], option: str) -> dict[str, T]:
    """The entries of these names, in the table's order; all if none is named.

    Raises:
        UsageError: there is no such entry.
    """
    names = set(named)
    for name in sorted(names - table.keys()):
        hint = did_you_mean(name, table)
        raise UsageError("the settings have none of this name", where=f"{option} {name}", hint=hint)
    return {name: entry for name, entry in table.items() if not names or name in names}
