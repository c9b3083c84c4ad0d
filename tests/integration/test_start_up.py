"""Commands start fast because they import little: what is loaded, not how long it took."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "tensorflow",
    "keras",
    "tf_keras",
    "scipy",
    "PIL",
    "google.protobuf",
    "vl_convert",
    "jinja2",
}

SCRIPT = """
import json, sys
from tflitekit.cli.app import app
try:
    app(sys.argv[1:])
except SystemExit:
    pass
finally:
    print("\\n" + json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


INTERRUPTED = """
import sys
class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from tflitekit.cli import main
main()
"""
"""Ctrl-C while the command line is being imported."""


def loaded(*words):
    command = [sys.executable, "-c", SCRIPT, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [["--help"], ["bench", "--help"], ["--version"]])
def test_help_loads_next_to_nothing(words):
    assert not loaded(*words) & (
        HEAVY | {"numpy", "flatbuffers", "tree_sitter", "tflitekit.project"}
    )


def test_the_command_line_itself_needs_no_pydantic():
    assert "pydantic" not in loaded("--help")  # Typer takes it for the values of some options


@pytest.mark.convert
def test_only_convert_needs_tensorflow_and_it_in_a_child(digits, tmp_path):
    model = digits / "int8.tflite"
    assert not loaded("inspect", model) & HEAVY
    assert not loaded("devices") & HEAVY
    assert not loaded("bench", model, "--seconds", "0.1") & (HEAVY - {"scipy"})
    convert = (
        "convert",
        digits / "float32.tflite",
        "--data",
        "digits",
        "-o",
        tmp_path / "o.tflite",
    )
    assert not loaded(*convert) & HEAVY
    assert (tmp_path / "o.tflite").exists()


def test_forms_of_a_report_that_nobody_asked_for_load_nothing():
    script = "import sys, tflitekit.pipeline.reports; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    heavy = {"numpy", "jinja2", "vl_convert", "pydantic", "prometheus_client", "tree_sitter"}
    assert not set(done.stdout.split()) & heavy


def test_ctrl_c_while_importing_is_no_traceback():
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
