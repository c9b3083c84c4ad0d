"""Finding the object that `module:name` or `file.py:name` means; this runs the module's code."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from tflitekit.errors import DataError
from tflitekit.suggest import did_you_mean

_SPEC = re.compile(r"(?P<module>.*\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")
_SAMPLES = "The error is in the code that makes the samples"


def is_module_spec(spec: str) -> bool:
    """Whether `spec` reads `module:name`; nothing is imported."""
    return _SPEC.fullmatch(spec) is not None


def load_object(spec: str, hint: str = _SAMPLES) -> Any:
    """Import the module and return what `spec` names in it.

    The current folder, or that of `file.py`, is put first on the import path, as Python does for
    its own `-m module` and `file.py`.

    Args:
        spec: `module:name` or `file.py:name`.
        hint: whose code it is, where it raises.

    Raises:
        DataError: there is no such module or name, or importing it raised.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise DataError("is not module:callable", where=spec)
    is_file = match["module"].endswith(".py")
    folder = str(Path(match["module"]).resolve().parent if is_file else Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    with user_code(spec, hint):
        module = _import(match["module"], spec)
    return _attribute(module, match["name"], spec)


@contextmanager
def user_code(spec: str, hint: str = _SAMPLES) -> Iterator[None]:
    """Tell what the user's code raised, and where, in place of a traceback.

    What it prints goes to stderr: stdout is for results.

    Raises:
        DataError: whatever was raised, or the one that was.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except DataError:
        raise
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        raise DataError(
            f"raised {type(error).__name__}{place}: {error}",
            where=spec,
            hint=hint,
        ) from error


def _import(module: str, spec: str) -> ModuleType:
    if module.endswith(".py"):
        return _import_file(Path(module))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise DataError(
            f"there is no module {error.name!r}",
            where=spec,
            hint="Run in the folder that holds it, or set PYTHONPATH",
        ) from error


def _import_file(file: Path) -> ModuleType:
    name = f"_tflitekit_user_{file.stem}"
    found = importlib.util.spec_from_file_location(name, file)
    if not file.is_file() or found is None or found.loader is None:
        raise DataError("there is no such file", where=str(file))
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


def _attribute(module: ModuleType, name: str, spec: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            public = (one for one in vars(module) if not one.startswith("_"))
            raise DataError(
                f"the module has no {name!r}", where=spec, hint=did_you_mean(name, public)
            )
        found = getattr(found, part)
    return found
