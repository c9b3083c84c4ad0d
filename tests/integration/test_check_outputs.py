"""`check` writes what CI systems read, whatever became of the gates."""

import json
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.commands import tflitekit
from tests.conftest import ROOT
from tests.fakes.json_documents import strict

pytestmark = [pytest.mark.build, pytest.mark.convert]

SETTINGS = """\
[models.digits]
file = {file}
float = {float}

[models.digits.budget]
size = {size}
float_tensors = 0
"""

OUTPUTS = ("--report", "r.json", "--junit", "r.xml", "--markdown", "r.md", "--gitlab", "r.txt")


def settings(folder, digits, size="150 kB"):
    """A settings file with the digits model."""
    files = {name: json.dumps(str(digits / f"{name}.tflite")) for name in ("int8", "float32")}
    text = SETTINGS.format(file=files["int8"], float=files["float32"], size=json.dumps(size))
    (folder / "tflitekit.toml").write_text(text)


@pytest.mark.parametrize(("size", "status"), [("150 kB", 0), ("100 kB", 7)])
def test_every_output_is_there_whether_gates_hold_or_not(digits, tmp_path, size, status):
    settings(tmp_path, digits, size)
    done = tflitekit("check", "--static", *OUTPUTS, "--github", "--json", cwd=tmp_path)
    assert done.returncode == status, done.stderr
    schema = json.loads((ROOT / "docs" / "schemas" / "check.schema.json").read_text())
    shown = json.loads(done.stdout)
    jsonschema.validate(shown, strict(schema))
    assert shown == json.loads((tmp_path / "r.json").read_text())
    assert shown["outcome"] == ("failed" if status else "passed")
    root = ElementTree.parse(tmp_path / "r.xml").getroot()
    assert root.get("failures") == ("1" if status else "0")
    assert (tmp_path / "r.md").read_text().startswith("### ❌" if status else "### ✅")
    assert 'tflitekit_size_bytes{model="digits"}' in (tmp_path / "r.txt").read_text()
    line = "::error file=tflitekit.toml,line=6,title=digits%3A size::"
    assert (line in done.stderr) == bool(status)


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(digits, tmp_path):
    settings(tmp_path, digits)
    done = tflitekit("check", "--static", "--junit", "none/r.xml", cwd=tmp_path)
    assert done.returncode == 2
    assert "Make the folder first" in done.stderr
    assert done.stdout == ""
