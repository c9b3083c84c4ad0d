"""Every mistake in a settings file is told, with its line and a way on."""

import re
from pathlib import Path

import pytest

from tests.fakes.settings_texts import (
    CHOICES,
    CONTRADICTIONS,
    FILES,
    SMALLEST,
    UNKNOWN,
    WHOLE,
    WRONG,
    device,
    finished,
    model,
)
from tflitekit.errors import SettingsError, UsageError
from tflitekit.project.read import read_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def read(tmp_path):
    """Reads settings of a text; beside the file are `FILES`."""
    for name in FILES:
        (tmp_path / name).touch()

    def from_text(text):
        file = tmp_path / "tflitekit.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_settings(file)

    return from_text


@pytest.fixture
def mistakes(read, tmp_path):
    """What is told of a text: line, what and hint of each mistake."""

    def of(text):
        with pytest.raises(UsageError) as raised:
            read(text)
        assert all(part.exit_code == 2 for part in raised.value.parts)
        return [
            (
                int(part.where.removeprefix(f"{tmp_path / 'tflitekit.toml'}:")),
                part.what,
                part.hint,
            )
            for part in raised.value.parts
        ]

    return of


def test_four_lines_are_enough(read, tmp_path):
    settings = read(SMALLEST)
    assert len(SMALLEST.splitlines()) == 4
    assert settings.models["digits"].source == tmp_path / "model.keras"
    assert settings.models["digits"].limits_on(None)["size"].bound == 150_000
    assert settings.baseline == tmp_path / "tflitekit.baseline.json"
    assert settings.devices == {}


def test_the_examples_of_the_readme_are_valid(read, tmp_path):
    text = (ROOT / "README.md").read_text()
    section = text[text.index("### Settings") : text.index("### Exit codes")]
    examples = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    for example in examples:
        assert read(example).models["digits"].limits_on(None)
    assert len(examples) == 2


def test_everything_that_can_be_set(read, tmp_path):
    settings = read(WHOLE)
    built, taken, phone = *settings.models.values(), settings.devices["phone"]
    assert settings.baseline == tmp_path / "ci" / "baseline.json"
    assert built.data == str(tmp_path / "data.npz")
    assert built.eval_data == "digits"
    assert built.input_shape == {"image": (1, 8, 8, 1)}
    assert built.recipe.int16 == ("a", "b")
    assert built.recipe.float32 == ("c",)
    assert built.recipe.stats == tmp_path / "stats.bin"
    assert taken.float_file == tmp_path / "float.tflite"
    assert taken.data == f"{tmp_path / 'code.py'}:samples"
    assert phone.seconds == 10
    assert phone.allow == ("CHARGING",)


def test_a_device_has_limits_of_its_own(read):
    built = read(WHOLE).models["built"]
    assert built.limits_on(None)["latency"].bound == 2000
    assert built.limits_on("phone")["latency"].bound == 3000
    assert built.limits_on("phone")["size"].bound == 150_000
    assert list(built.limits_on("other")) == [
        "size",
        "float_tensors",
        "runtime",
        "accuracy",
        "latency",
    ]


def test_nothing_of_it_can_be_changed(read):
    settings = read(SMALLEST)
    with pytest.raises(ValueError, match="frozen"):
        settings.models["digits"].seed = 1


@pytest.mark.parametrize(
    ("text", "line", "key", "near"), UNKNOWN, ids=[case[2] for case in UNKNOWN]
)
def test_an_unknown_key_is_told_with_its_line_and_the_nearest(mistakes, text, line, key, near):
    ((found, what, hint),) = mistakes(text)
    assert (found, what) == (line, f"{key}: there is no such key")
    assert hint.removeprefix("Did you mean ").removesuffix("?").split(" or ")[0] == near


@pytest.mark.parametrize(("text", "line", "what"), WRONG, ids=[case[2] for case in WRONG])
def test_a_wrong_value_is_told_with_its_line(mistakes, text, line, what):
    ((found, told, _),) = mistakes(text)
    assert (found, told) == (line, what)


@pytest.mark.parametrize(("key", "value", "near"), CHOICES)
def test_a_choice_that_does_not_exist_is_told_with_the_nearest(mistakes, key, value, near):
    ((line, what, hint),) = mistakes(model(f'recipe.{key} = "{value}"'))
    assert (line, what) == (4, f'models.m.recipe.{key} = "{value}": there is no such choice')
    assert near in hint


def test_choices_of_a_device(mistakes):
    lines = ("uri = 'adb'", "accelerator = 'gpo'", "allow = ['NOISY',", "'EMULATR']")
    assert mistakes(device(*lines)) == [
        (8, 'devices.d.accelerator = "gpo": there is no such choice', "Did you mean gpu?"),
        (
            10,
            'devices.d.allow[1] = "EMULATR": there is no such choice',
            "Did you mean EMULATOR?",
        ),
    ]


def test_a_metric_or_a_loss_that_does_not_exist(mistakes):
    assert mistakes(model("metric = 'top7'", "recipe.max_drop = '2'")) == [
        (
            4,
            'models.m.metric = "top7": there is no such metric',
            "Use top1, top5, binary, f1, auc, agreement, r2, pearson, spearman, mse, mae, "
            "perplexity, or module:function",
        ),
        (
            5,
            'models.m.recipe.max_drop = "2": is no loss of accuracy',
            "Write 1% for a share of the float score, or 0.3pt for points",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        (model().replace("model.keras", "model.kers"), 2, "models.m.source"),
        (finished().replace("int8.tflite", "int9.tflite"), 2, "models.m.file"),
        (finished("float = 'flat.tflite'"), 3, "models.m.float"),
        (model("state_from = 'int9.tflite'"), 4, "models.m.state_from"),
        (model("eval_data = 'dat.npz'"), 4, "models.m.eval_data"),
        (device("uri = 'adb'", "runtime = 'int9.tflite'"), 8, "devices.d.runtime"),
    ],
)
def test_a_file_that_is_missing_is_told_with_what_is_there(mistakes, text, line, key):
    ((found, what, hint),) = mistakes(text)
    assert found == line
    assert what.startswith(f"{key} = ")
    assert "there is no such file" in what
    assert hint.startswith("Did you mean")


def test_a_long_value_is_cut(mistakes):
    ((_, what, _),) = mistakes(model(f"metric = '{'x' * 1000}'"))
    assert what == 'models.m.metric = "' + 59 * "x" + "...: there is no such metric"


def test_data_that_do_not_exist(mistakes):
    assert mistakes(model().replace("digits", "digts")) == [
        (3, 'models.m.data = "digts": is neither a path nor a data set', "Did you mean digits?")
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"), CONTRADICTIONS, ids=[case[2] for case in CONTRADICTIONS]
)
def test_what_does_not_fit_together_is_told_at_the_key(mistakes, text, line, what):
    ((found, told, _),) = mistakes(text)
    assert (found, told) == (line, what)


def test_all_mistakes_are_told_together_in_the_order_of_the_lines(mistakes):
    text = "\n".join(
        [
            "[devices.phone]",
            "thread = 1",
            "[models.a]",
            "source = 'model.keras'",
            "file = 'int8.tflite'",
            "seed = '1'",
            "[models.b]",
            "file = 'int8.tflite'",
            "budget_on.phon.latency = '2'",
        ]
    )
    assert [(line, what.split(":")[0]) for line, what, _ in mistakes(text)] == [
        (1, "devices.phone"),
        (2, "devices.phone.thread"),
        (5, "models.a.file"),
        (6, 'models.a.seed = "1"'),
        (9, 'models.b.budget_on.phon.latency = "2"'),
        (9, "models.b.budget_on.phon"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a = 1\n[models", 2, "Expected ']' at the end of a table declaration"),
        ("a = \n", 1, "Invalid value"),
        ("[models.m]\nfile = 'a\nb = 2", 2, 'Expected "\'"'),
        ("a = 1\n\na = 2", 3, "Cannot overwrite a value"),
        ("[a]\nb = 1\n[a]\n", 3, "Cannot declare ('a',) twice"),
        ('a = 1\nb = """\n\n', 2, "Unterminated string"),
        ("a = 1\nb = [\n1,\n", 2, "Invalid value"),
    ],
)
def test_broken_syntax_is_told_with_its_line(mistakes, text, line, what):
    ((found, told, _),) = mistakes(text)
    assert (found, told.removeprefix("is no TOML: ")) == (line, what)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"there is no such file.*tflitekit init"):
        read_settings(tmp_path / "tflitekit.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_settings(tmp_path)


def test_text_of_another_encoding_is_told_with_its_line(mistakes, read):
    assert mistakes(b"a = 1\n# \xe4\n") == [(2, "is no UTF-8 text", None)]
    assert read("﻿" + SMALLEST).models


def test_an_error_tells_all_of_its_parts(read):
    with pytest.raises(SettingsError) as raised:
        read("a = 1\nb = 2\n")
    told = raised.value.as_dict()
    assert told["kind"] == "settings"
    assert [part["what"].split(":")[0] for part in told["errors"]] == ["needs models", "a", "b"]
    assert len(str(raised.value).splitlines()) == 3


def test_reading_runs_no_code_of_the_users(read, tmp_path):
    (tmp_path / "code.py").write_text("raise SystemExit('ran')")
    read(finished("data = 'code.py:samples'", "metric = 'code.py:metric'"))


ANYTHING = (
    *(
        "-1",
        "0",
        "1.5",
        "nan",
        "-inf",
        "9" * 30,
        "true",
        "''",
        "'x'",
        "'1 kB'",
        '"\\u0000"',
        '"\\n"',
    ),
    *("2026-11-21", "12:00:00", "[]", "[1]", "['a', []]", "[{}]", "{}", "{ a = 1 }"),
    *("{ limit = {} }", "{ regression = [] }", "{ phone = { latency = 1 } }"),
)


@pytest.mark.parametrize("value", ANYTHING)
def test_any_value_of_any_key_is_taken_or_told_at_its_line(read, value):
    lines = WHOLE.splitlines()
    for number, line in enumerate(lines, start=1):
        key, equals, _ = line.partition(" = ")
        if not equals:
            continue
        changed = [*lines[: number - 1], f"{key} = {value}", *lines[number:]]
        try:
            read("\n".join(changed))
        except UsageError as error:
            told = {int(part.where.rpartition(":")[2]) for part in error.parts}
            assert told <= set(range(1, len(lines) + 1))
            assert number in told or key in ("uri", "allow_float", "data")


@pytest.mark.parametrize(
    "header", ["baseline", "models", "models.built", "devices", "devices.phone"]
)
@pytest.mark.parametrize("value", ANYTHING)
def test_any_value_in_place_of_a_table_is_taken_or_told(mistakes, header, value):
    for line, what, _ in mistakes(f"{header} = {value}"):
        assert line == 1
        assert what
