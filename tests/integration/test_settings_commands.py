"""`init`, `schema` and a broken tflitekit.toml, as a user meets them."""

import json

import pytest

from tests.commands import succeed, tflitekit
from tests.fakes.table_model import table_model


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "table.tflite").write_bytes(table_model())
    return tmp_path


def test_what_init_writes_is_what_check_takes(folder):
    assert succeed("init", "table.tflite", cwd=folder) == "tflitekit.toml\n"
    found = json.loads(succeed("check", "--static", "--json", cwd=folder))
    verdicts = [one for model in found["models"] for one in model["verdicts"]]
    assert {one["quantity"] for one in verdicts} >= {"size", "float_tensors", "custom_ops"}
    assert {one["outcome"] for one in verdicts} == {"passed"}
    again = tflitekit("init", "table.tflite", cwd=folder)
    assert (again.returncode, again.stdout) == (2, "")
    assert "there already" in again.stderr


def test_every_mistake_ends_check_at_once(folder):
    (folder / "tflitekit.toml").write_text(
        "[models.table]\nfile = 'table.tflit'\nbudget.sizes = 1\n\n[divices.a]\nuri = 'adb'\n"
    )
    done = tflitekit("check", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        'error: tflitekit.toml:2: models.table.file = "table.tflit": there is no such file',
        "  → Did you mean table.tflite?",
        "error: tflitekit.toml:3: models.table.budget.sizes: there is no such key",
        "  → Did you mean size?",
        "error: tflitekit.toml:5: divices: there is no such key",
        "  → Did you mean devices?",
    ]


def test_schemas_are_printed(folder):
    assert json.loads(succeed("schema"))["title"] == "tflitekit.toml"
    wrong = tflitekit("schema", "setings")
    assert wrong.returncode == 2
    assert "Did you mean settings?" in wrong.stderr
