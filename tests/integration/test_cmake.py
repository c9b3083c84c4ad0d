"""The same sources build with CMake, as they do for those who have an NDK."""

import json
import shutil
import subprocess

import pytest

from tflitekit.runtime.build import source_root

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(shutil.which("cmake") is None, reason="cmake is not installed"),
    pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler"),
]


def test_the_host_build_says_hello(tmp_path):
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DRUNNER_BUILD_ID=cmake"]
    for command in (
        ["cmake", "-S", source_root(), "-B", tmp_path, *options],
        ["cmake", "--build", tmp_path],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([tmp_path / "runner"], capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout.splitlines()[0])["build"] == "cmake"
