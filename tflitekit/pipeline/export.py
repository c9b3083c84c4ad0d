"""Export our kernels for apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tflitekit.abi import Abi
from tflitekit.errors import ModelError
from tflitekit.graph import read_model
from tflitekit.kernels import BY_NAME
from tflitekit.progress import Progress
from tflitekit.runtime.kernel_export import export_kernels


@dataclass(frozen=True)
class ExportRequest:
    """What `kernels export` is asked for.

    Attributes:
        abis: what to compile for.
        out: the folder to make.
        models: files that the app runs, whose custom ops have to be among ours.
    """

    abis: Sequence[Abi]
    out: Path
    models: Sequence[Path] = ()


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: all of them.
        used: the names of our custom ops that the models use.
    """

    files: Sequence[Path]
    used: Sequence[str]


def export(request: ExportRequest, progress: Progress) -> Exported:
    """Write the folder, once every model is known to run with it.

    Raises:
        ModelError: a file is no model, or needs a custom op that is not ours.
        OutputError, RunError: as `export_kernels`.
    """
    used = {name for path in request.models for name in _covered(path)}
    return Exported(export_kernels(request.abis, request.out, progress), sorted(used))


def _covered(path: Path) -> set[str]:
    names = {op.name for op in read_model(path).ops() if op.custom}
    foreign = sorted(names - BY_NAME.keys())
    if foreign:
        raise ModelError(
            f"needs custom ops that are not among our kernels: {', '.join(foreign)}",
            where=str(path),
            hint="`tflitekit kernels list` shows ours; the app has to bring the others itself",
        )
    return names
