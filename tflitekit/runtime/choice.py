"""Which runtime the user wants models to be run by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tflitekit.runtime.accelerator import CPU, accelerator_named
from tflitekit.runtime.app_runtime import check_runtime
from tflitekit.runtime.elf import read_elf


@dataclass(frozen=True)
class RuntimeChoice:
    """What is used in place of what the toolkit was tested with.

    Attributes:
        library: a file with an app's own LiteRT library; None for the tested one.
        runner: a runner that was compiled by the user; None for one of ours.
        accelerator: "cpu", "gpu" or "npu".
    """

    library: Path | None = None
    runner: Path | None = None
    accelerator: str = CPU

    def check(self) -> None:
        """Refuse what can be used on no device, before one is asked.

        Raises:
            UsageError: a file cannot be read or is of another kind, or there is no such
                accelerator.
        """
        accelerator_named(self.accelerator)
        if self.library is not None:
            check_runtime(self.library)
        if self.runner is not None:
            read_elf(self.runner)


TESTED = RuntimeChoice()
"""Everything as it was tested."""
