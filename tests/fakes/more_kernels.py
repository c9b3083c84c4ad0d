"""The runner's sources with kernels that are not part of it, added as the guide says."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from tflitekit.runtime.build import source_root

_LAST_LINE = ")\n\n#define KERNEL_DECLARE"


def copy_with(folder: Path, kernels: Iterable[Path], names: Iterable[str]) -> Path:
    """A copy of android_bench in `folder` with more kernels.

    Args:
        kernels: the C files and headers, for the folder `kernels`.
        names: of the kernels, each a line of `list.h`.

    Returns:
        What `source_root` has to give for the copy to be used.
    """
    root = folder / "android_bench"
    shutil.copytree(source_root(), root)
    for path in kernels:
        shutil.copy(path, root / "kernels")
    listed = root / "kernels" / "list.h"
    text = listed.read_text()
    lines = "".join(f" X(kernel_{name})" for name in names)
    assert text.count(_LAST_LINE) == 1
    listed.write_text(text.replace(_LAST_LINE, f"){lines}\n\n#define KERNEL_DECLARE"))
    return root
