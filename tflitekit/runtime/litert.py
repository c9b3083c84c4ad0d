"""Find LiteRT's shared library for an ABI, and refuse one that was not tested."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tflitekit import files
from tflitekit.abi import SYSTEM_LIBRARIES, Abi
from tflitekit.errors import RunError
from tflitekit.progress import Progress
from tflitekit.runtime.locks import exclusive

VERSION = "2.3.0"
LIBRARY = "libLiteRt.so"
_MEMBER = "ai_edge_litert/libLiteRt.so"
_TIMEOUT_S = 900


def litert_library(abi: Abi, progress: Progress) -> Path:
    """LiteRT's library of `VERSION` for `abi`: the installed wheel's, else one from a wheel that
    pip downloads once.

    Raises:
        RunError: pip cannot download it, or its hash is not the one that was tested.
    """
    installed = _installed()
    if installed is not None and files.sha256_file(installed) == abi.library_sha256:
        return installed
    target = files.cache_root() / "litert" / VERSION / abi.name / LIBRARY
    with exclusive(target.parent / "lock"):
        if not target.is_file():
            progress.step(f"Downloading LiteRT {VERSION} for {abi.name}")
            _download(abi, target)
    return target


def system_libraries(abi: Abi) -> dict[str, Path]:
    """The C and C++ libraries that LiteRT needs beside it on a device without them, by file name.

    Raises:
        RunError: one is not installed on this machine.
    """
    names = (abi.loader, *SYSTEM_LIBRARIES)
    found = {name: path for name in names if (path := _find(abi, name)) is not None}
    missing = [name for name in names if name not in found]
    if missing:
        raise RunError(
            f"{', '.join(missing)} for {abi.name} not found on this machine",
            hint=f"Install them: sudo apt-get install {' '.join(abi.packages)}",
        )
    return found


def _find(abi: Abi, name: str) -> Path | None:
    candidates = (Path(folder) / name for folder in abi.library_folders)
    return next((path.resolve() for path in candidates if path.is_file()), None)


def _installed() -> Path | None:
    spec = importlib.util.find_spec("ai_edge_litert")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / LIBRARY
    return path if path.is_file() else None


def _download(abi: Abi, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tflitekit-") as folder:
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--only-binary=:all:", "--python-version", "3.11"),
            *("--platform", abi.wheel_platform, "--dest", folder),
            f"ai-edge-litert=={VERSION}",
        ]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise RunError(f"pip took more than {_TIMEOUT_S} s to download LiteRT") from error
        wheels = sorted(Path(folder).glob("*.whl"))
        if result.returncode != 0 or not wheels:
            tail = "\n".join(result.stderr.splitlines()[-5:])
            raise RunError(
                f"pip could not download LiteRT {VERSION} for {abi.name}:\n{tail}",
                hint="It is needed once; check the network, or pip's index configuration",
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            _keep_if_tested(wheel.read(_MEMBER), abi, target)


def _keep_if_tested(library: bytes, abi: Abi, target: Path) -> None:
    actual = files.sha256_bytes(library)
    if actual != abi.library_sha256:
        raise RunError(
            f"LiteRT's library for {abi.name} has the hash {actual[:16]}, "
            f"{abi.library_sha256[:16]} was tested",
            hint="The wheel was changed on the way, or the index holds another build",
        )
    files.write_whole(target, library)
