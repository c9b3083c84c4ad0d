"""`kernels export`: the library loads on Android, and the how-to's code runs with real runtimes."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import ai_edge_litert
import numpy as np
import pytest

from tests.commands import succeed, tflitekit
from tests.fakes.table_model import ENTRIES, WIDTH, table_model
from tflitekit.abi import ABIS, host_abi
from tflitekit.kernels import KERNELS
from tflitekit.kernels.table import reference
from tflitekit.runtime.compiler import compile_c

pytestmark = pytest.mark.build

FAKES = Path(__file__).resolve().parents[1] / "fakes"
SYSTEM = Path("/lib") / f"{host_abi().machine}-linux-gnu"
CROSS = Path("/usr/aarch64-linux-gnu")
LIBRARY = "libtflitekit_kernels.so"

BIONIC = {
    "libc.so": {
        *("calloc", "free", "malloc", "posix_memalign"),
        *("memcmp", "memcpy", "memmove", "memset", "snprintf", "strcmp", "strlen"),
        *("getauxval", "getenv", "pthread_create", "pthread_join", "pthread_once"),
        *("pthread_cond_broadcast", "pthread_cond_signal", "pthread_cond_wait"),
        *("pthread_getspecific", "pthread_key_create", "pthread_setspecific"),
        *("pthread_mutex_lock", "pthread_mutex_unlock"),
    },
    "libm.so": {
        *("exp", "expf", "expm1", "expm1f", "log", "logf", "rint", "rintf"),
        *("sqrt", "sqrtf", "tanh", "tanhf"),
    },
}
"""What Android's libraries have since API 21, of what kernels may call."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    abis = [word for name in ABIS for word in ("--abi", name)]
    succeed("kernels", "export", *abis, "-o", "kernels", cwd=folder)
    return folder / "kernels"


def elf(path, *options):
    if shutil.which("readelf") is None:
        pytest.skip("readelf is not installed")
    argv = ["readelf", "-W", *options, path]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("abi", ABIS)
def test_the_library_asks_for_nothing_that_android_has_not(exported, abi):
    library = exported / "lib" / abi / LIBRARY
    assert set(re.findall(r"NEEDED.*\[(.*)\]", elf(library, "-d"))) == set(BIONIC)
    symbols = re.findall(r" UND (\S+)", elf(library, "--dyn-syms"))
    assert not [name for name in symbols if "@" in name], "versions are glibc's"
    assert set(symbols) <= set.union(*BIONIC.values())
    segments = elf(library, "-l")
    assert "TLS" not in segments, "thread-local variables need Android 10"
    loads = re.findall(r"LOAD.* (0x\w+)$", segments, re.MULTILINE)
    assert loads
    assert all(int(alignment, 16) % 16384 == 0 for alignment in loads)


@pytest.mark.parametrize("abi", ABIS)
def test_the_library_shows_what_the_header_declares_and_nothing_else(exported, abi):
    shown = re.findall(
        r" (?:GLOBAL|WEAK) +DEFAULT +\d+ (\S+)",
        elf(exported / "lib" / abi / LIBRARY, "--dyn-syms"),
    )
    header = (exported / "include" / "tflitekit_kernels.h").read_text()
    declared = re.findall(r"^(?:TFLITEKIT_EXPORT )?\w+ (tflitekit_\w+)\(", header, re.MULTILINE)
    assert sorted(shown) == sorted(declared)


def link_as_on_android(folder, libraries):
    """Android's names of the libraries, for those of another Linux."""
    for name in BIONIC:
        (folder / name).symlink_to(libraries / f"{name}.6")


def example(exported, name):
    """The code of the how-to that is marked by this name."""
    text = (exported / "HOWTO.md").read_text()
    (code,) = re.findall(rf"```\w+ {name}\n(.*?)```", text, re.DOTALL)
    return code


def build_app(exported, folder, name, library):
    """The how-to's code with a `main`, linked with a runtime's library."""
    source, app = folder / f"{name}.c", folder / name
    source.write_text(example(exported, name))
    arguments = [
        *("-target", host_abi().zig_target, "-std=c11", "-Wall", "-Wextra", "-Werror"),
        *(f"-I{exported / 'include'}", f"-I{FAKES / 'runtime_headers'}"),
        *(str(source), str(FAKES / "apps" / f"{name}_main.c"), "-o", str(app)),
        *(str(exported / "lib" / host_abi().name / LIBRARY), str(library)),
        *("-Wl,--allow-shlib-undefined", f"-Wl,-rpath,{library.parent}:{folder}"),
    ]
    compile_c(arguments, "the app", host_abi().name)
    return app


def litert_library():
    return Path(ai_edge_litert.__file__).parent / "libLiteRt.so"


def tflite_library():
    found = importlib.util.find_spec("pyopen_wakeword")
    if found is None:
        pytest.skip("pyopen-wakeword, which brings TensorFlow Lite's C library, is not installed")
    return Path(found.origin).parent / "lib" / "libtensorflowlite_c.so"


RUNTIMES = {"litert": litert_library, "tflite": tflite_library}


@pytest.fixture(scope="module", params=RUNTIMES)
def app(request, exported, tmp_path_factory):
    """The app's program and the folder that it runs in."""
    folder = tmp_path_factory.mktemp(request.param)
    link_as_on_android(folder, SYSTEM)
    return build_app(exported, folder, request.param, RUNTIMES[request.param]()), folder


def start(app, exported, model, x):
    program, folder = app
    (folder / "model.tflite").write_bytes(model)
    x.tofile(folder / "in.bin")
    library = exported / "lib" / host_abi().name
    done = subprocess.run(
        [program, "model.tflite", "in.bin", "out.bin"],
        cwd=folder,
        env=os.environ | {"LD_LIBRARY_PATH": f"{library}:{folder}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done, folder / "out.bin"


@pytest.mark.skipif(shutil.which("qemu-aarch64-static") is None, reason="qemu is not installed")
@pytest.mark.skipif(not CROSS.is_dir(), reason="libc6-arm64-cross is not installed")
def test_the_arm64_library_loads(exported, tmp_path):
    link_as_on_android(tmp_path, CROSS / "lib")
    library = exported / "lib" / "arm64-v8a"
    arguments = [
        *("-target", ABIS["arm64-v8a"].zig_target, f"-I{exported / 'include'}"),
        *(str(FAKES / "apps" / "loads_main.c"), str(library / LIBRARY)),
        *("-o", str(tmp_path / "app"), "-Wl,--allow-shlib-undefined"),
    ]
    compile_c(arguments, "the app", "arm64-v8a")
    paths = f"LD_LIBRARY_PATH={library}:{tmp_path}"
    command = ["qemu-aarch64-static", "-L", CROSS, "-E", paths, tmp_path / "app"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "no failure\n"), done.stderr


def test_the_how_to_runs_a_model(app, exported):
    x = np.random.default_rng(0).integers(-128, 128, (1, WIDTH)).astype(np.int8)
    done, out = start(app, exported, table_model(), x)
    assert done.returncode == 0, done.stderr
    assert (np.fromfile(out, np.int8) == reference(x, ENTRIES)[0].ravel()).all()


def test_a_kernel_that_fails_is_told_by_its_name(app, exported):
    done, _ = start(app, exported, table_model(ENTRIES[:255]), np.zeros((1, WIDTH), np.int8))
    assert done.returncode == 1
    assert "tflitekit.table: the table" in done.stderr


@pytest.mark.parametrize("name", ["litert", "tflite", "jni"])
def test_the_how_to_is_c_plus_plus_too(exported, tmp_path, name):
    source = tmp_path / f"{name}.cpp"
    source.write_text(example(exported, name))
    arguments = [
        *("-target", host_abi().zig_target, "-x", "c++", "-Wall", "-Wextra", "-Werror", "-c"),
        *("-nostdinc++", f"-I{exported / 'include'}", f"-I{FAKES / 'runtime_headers'}"),
        *(str(source), "-o", str(tmp_path / "example.o")),
    ]
    compile_c(arguments, "the example", host_abi().name)


@pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed")
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_the_sources_build_as_the_how_to_says(exported, tmp_path):
    linked, from_sources = re.findall(
        r"```cmake\n(.*?)```", (exported / "HOWTO.md").read_text(), re.DOTALL
    )
    link = linked.splitlines()[-1]
    (tmp_path / "tflite.c").write_text(example(exported, "tflite"))
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.18)\nproject(app LANGUAGES C)\n"
        f"add_library(app STATIC tflite.c)\n"
        f"target_include_directories(app PRIVATE {FAKES / 'runtime_headers'})\n"
        f"{from_sources}{link}\n"
    )
    build = tmp_path / "build"
    for command in (
        ["cmake", "-S", tmp_path, "-B", build, f"-DTFLITEKIT={exported}"],
        ["cmake", "--build", build],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_model_with_a_foreign_op_is_refused_and_nothing_written(tmp_path):
    (tmp_path / "fine.tflite").write_bytes(table_model())
    foreign = table_model().replace(b"tflitekit.table", b"other.of.theirs")
    (tmp_path / "foreign.tflite").write_bytes(foreign)
    models = ("--model", "fine.tflite", "--model", "foreign.tflite")
    done = tflitekit("kernels", "export", *models, "-o", "kernels", cwd=tmp_path)
    assert done.returncode == 3
    assert "foreign.tflite: needs custom ops that are not among our kernels" in done.stderr
    assert "other.of.theirs" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fine.tflite", "foreign.tflite"]


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "mine").write_text("")
    assert tflitekit("kernels", "export", "-o", "kernels", cwd=tmp_path).returncode == 2
    assert [path.name for path in (tmp_path / "kernels").iterdir()] == ["mine"]


def test_every_kernel_is_listed():
    listed = json.loads(succeed("kernels", "list", "--json"))["kernels"]
    assert [one["name"] for one in listed] == [op.name for op in KERNELS]
    assert {"avx2", "neon"} <= {
        isa for one in listed for isas in one["isas"].values() for isa in isas
    }
    for one in listed:
        assert len({bool(isas) for isas in one["isas"].values()}) == 1, "one processor is forgotten"
