"""Settings say what the options of `convert` and `bench` say, and no more."""

import dataclasses
from pathlib import Path

import pytest
import typer

from tflitekit.cli.app import app
from tflitekit.errors import UsageError
from tflitekit.frontend.source import ModelSource
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.pipeline.checking.requests import bench_request, convert_request
from tflitekit.pipeline.requests import BenchRequest, ConvertRequest
from tflitekit.project.contradictions import BESIDE_FLOAT, FOR_FILES, FOR_OWN_ENGINE, FOR_SOURCES
from tflitekit.project.descriptions import descriptions_of
from tflitekit.project.explain import keys_of, table_at
from tflitekit.project.settings import DeviceSettings, ModelSettings, RecipeSettings, Settings
from tflitekit.quantize.recipe import Recipe
from tflitekit.runtime.choice import RuntimeChoice

NOT_OF_A_PROJECT = {
    "convert": {"out", "float_out", "json", "help"},
    "bench": {"sustained", "selftest", "profile", "results", "html", "json", "help"},
}
"""Options that say where results go, or that ask for another kind of measurement."""

ELSEWHERE = {"cluster", "data", "samples", "metric", "seed"}
"""Options of `bench` that a model has, and no device (`samples` as `eval_samples`), or nobody."""

OTHER_DEFAULTS = {"eval_samples"}
"""`convert` only judges candidates: 1000 samples will do where nothing is said."""


def options(command):
    """The options of a command by the key that they would have, with their defaults."""
    found = typer.main.get_command(app).commands[command].params
    named = {
        one.opts[0].lstrip("-").replace("-", "_"): one for one in found if one.opts[0][0] == "-"
    }
    return {key: one.default for key, one in named.items() if key not in NOT_OF_A_PROJECT[command]}


def defaults(*tables):
    return {
        field.alias or name: field.default
        for table in tables
        for name, field in table.model_fields.items()
    }


def nothing(value):
    """What options leave empty by None, settings may by an empty table or array."""
    return None if value in ((), {}, []) else value


def test_every_option_of_convert_can_be_set_and_has_the_same_default():
    settable = defaults(ModelSettings, RecipeSettings)
    for key, default in options("convert").items():
        assert key in settable
        if key not in OTHER_DEFAULTS:
            assert nothing(settable[key]) == (None if key == "data" else nothing(default)), key


def test_every_option_of_bench_can_be_set_and_has_the_same_default():
    settable = defaults(DeviceSettings) | {"device": None}
    found = options("bench")
    assert found.keys() - settable.keys() == ELSEWHERE
    assert keys_of(DeviceSettings)[0] == "uri"
    assert {*keys_of(DeviceSettings), "device"} - {"uri"} == found.keys() - ELSEWHERE
    for key in found.keys() - ELSEWHERE - {"device", "threads"}:
        assert nothing(settable[key]) == nothing(found[key]), key
    assert settable["threads"] == 1


def test_a_recipe_has_options_of_convert_only():
    assert set(keys_of(RecipeSettings)) <= options("convert").keys()


def test_a_budget_has_every_quantity():
    assert keys_of(table_at(("models", "any", "budget"))) == tuple(QUANTITIES)
    assert keys_of(table_at(("models", "any", "budget_on", "phone"))) == tuple(QUANTITIES)


def test_contradictions_name_keys_that_there_are():
    assert {*FOR_SOURCES, *FOR_FILES} <= set(keys_of(ModelSettings))
    assert keys_of(RecipeSettings) == ("io", "samples", "engine", *FOR_OWN_ENGINE, "allow_float")
    assert set(BESIDE_FLOAT) <= QUANTITIES.keys()


def test_every_key_says_what_it_means():
    for table in (Settings, ModelSettings, RecipeSettings, DeviceSettings):
        assert descriptions_of(table).keys() == table.model_fields.keys()


def settings(model, device=None, folder=None):
    return Settings.model_validate(
        {"models": {"m": model}, "devices": {"d": device or {"uri": "local"}}},
        context={"folder": folder or Path()},
    )


def test_what_is_not_set_is_as_convert_and_bench_have_it(tmp_path):
    (tmp_path / "m.keras").touch()
    found = settings({"source": "m.keras", "data": "digits"}, folder=tmp_path)
    model, device = found.models["m"], found.devices["d"]
    assert convert_request(model, Path("out")) == ConvertRequest(
        source=ModelSource(tmp_path / "m.keras"), data="digits", out=Path("out")
    )
    assert bench_request(model, device, [Path("a")], with_data=True) == BenchRequest(
        models=[Path("a")], data="digits"
    )
    assert bench_request(model, device, [Path("a")], with_data=False).data is None


MODEL = {
    "source": "m.keras",
    "data": "d.npz",
    "eval_data": "e.npz",
    "eval_samples": 7,
    "metric": "top5",
    "seed": 3,
    "batch": 2,
    "input_shape": {"image": [1, 2]},
    "state": {"a": "b", "c": "d"},
    "state_from": "s.tflite",
    "trust": True,
    "custom_objects": "mine",
    "recipe": {
        "io": "uint8",
        "samples": 5,
        "engine": "best",
        "precision": "int16x8",
        "ranges": "mse",
        "effort": "high",
        "int16": ["a"],
        "float": ["b"],
        "kernels": "never",
        "stats": "stats.bin",
        "max_drop": "1%",
        "budget": 4,
        "allow_float": True,
    },
}
DEVICE = {
    "uri": "adb:1",
    "threads": 2,
    "cores": "big",
    "seconds": 9,
    "repeats": 8,
    "allow": ["HOT"],
    "runtime": "lib.so",
    "runner": "run",
    "accelerator": "gpu",
}


@pytest.fixture
def everything(tmp_path):
    """Settings in which each key has another value than its default."""
    for name in ("m.keras", "d.npz", "e.npz", "s.tflite", "lib.so", "run"):
        (tmp_path / name).touch()
    return settings(MODEL, DEVICE, tmp_path)


def test_the_example_of_everything_leaves_nothing_out():
    assert MODEL.keys() == set(keys_of(ModelSettings)) - {"file", "float", "budget", "budget_on"}
    assert MODEL["recipe"].keys() == set(keys_of(RecipeSettings))
    assert DEVICE.keys() == set(keys_of(DeviceSettings))


def test_everything_that_is_set_is_asked_for(everything, tmp_path):
    request = convert_request(everything.models["m"], Path("out"), Path("float"))
    assert request.source == ModelSource(
        tmp_path / "m.keras",
        batch=2,
        input_shapes={"image": (1, 2)},
        trust=True,
        custom_objects="mine",
        state=("a=b", "c=d"),
        state_from=tmp_path / "s.tflite",
    )
    assert request.recipe == Recipe("int16x8", "mse", "high", ("a",), ("b",), "never")
    assert (request.target.amount, request.target.budget) == (0.01, 4)
    assert request.data == str(tmp_path / "d.npz")
    assert request.eval_data == str(tmp_path / "e.npz")
    plain = ConvertRequest(source=request.source, data="", out=Path())
    same = [
        one.name
        for one in dataclasses.fields(request)
        if getattr(request, one.name) == getattr(plain, one.name)
    ]
    assert same == ["source"]


def test_everything_of_a_device_is_asked_for(everything, tmp_path):
    model, device = everything.models["m"], everything.devices["d"]
    request = bench_request(model, device, [Path("a")], with_data=True)
    assert request.runtime == RuntimeChoice(tmp_path / "lib.so", tmp_path / "run", "gpu")
    plain = BenchRequest(models=[])
    same = {
        one.name
        for one in dataclasses.fields(request)
        if getattr(request, one.name) == getattr(plain, one.name)
    }
    assert same == {"sustained", "selftest", "profile"}


def test_a_model_that_is_not_judged_takes_no_metric_for_its_conversion(tmp_path):
    (tmp_path / "m.keras").touch()
    model = {"source": "m.keras", "data": "digits", "metric": "top5", "eval_data": "digits"}
    found = settings(model, folder=tmp_path).models["m"]
    request = convert_request(found, Path("out"))
    request.check()
    assert request.metric is None
    best = settings(model | {"recipe": {"engine": "best"}}, folder=tmp_path).models["m"]
    assert convert_request(best, Path("out")).metric == "top5"


def test_a_finished_model_is_not_built(tmp_path):
    (tmp_path / "m.tflite").touch()
    with pytest.raises(ValueError, match="not built"):
        convert_request(settings({"file": "m.tflite"}, folder=tmp_path).models["m"], Path("out"))


def test_a_recipe_that_contradicts_itself_is_refused_before_any_work(tmp_path):
    (tmp_path / "m.keras").touch()
    model = {"source": "m.keras", "data": "digits"}
    recipe = {"engine": "stock", "effort": "high"}
    found = settings(model | {"recipe": recipe}, folder=tmp_path).models["m"]
    with pytest.raises(UsageError, match="engine stock"):
        convert_request(found, Path("out")).check()
