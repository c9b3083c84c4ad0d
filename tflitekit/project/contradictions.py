"""What does not fit together in a settings file, though each key is right by itself.

It looks at which keys are there, in the file as it was read, so that this is told together with
wrong values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tflitekit.gates.quantities import QUANTITIES
from tflitekit.project.positions import Place
from tflitekit.suggest import did_you_mean

FOR_SOURCES = ("recipe", "trust", "custom_objects", "batch", "input_shape", "state", "state_from")
"""Keys of a model that is built."""

FOR_OWN_ENGINE = (
    "precision",
    "ranges",
    "effort",
    "int16",
    "float",
    "kernels",
    "stats",
    "max_drop",
    "budget",
)
"""Keys of a recipe that other engines know nothing of."""

FOR_FILES = ("float",)
"""Keys of a finished model: what is built has its float model anyway."""

BESIDE_FLOAT = ("size_ratio", "accuracy_drop", "error_ratio", "agreement", "latency_ratio")
"""Quantities that are measured beside the float model."""

Content = Mapping[str, Any]


class Contradiction(NamedTuple):
    """A key that does not fit.

    Attributes:
        place: of the key.
        what: is wrong with it.
        hint: what to do about it.
    """

    place: Place
    what: str
    hint: str | None = None


def contradictions(content: Content) -> Iterator[Contradiction]:
    """Everything that does not fit, in a file's content as `tomllib` gives it."""
    devices = _table(content, "devices")
    models = _table(content, "models")
    for name, model in models.items():
        if not isinstance(model, dict):
            continue
        place = ("models", name)
        yield from _misplaced(place, model)
        yield from _within_recipe(place, model)
        for keys, budget in _budgets(model):
            yield from _unmeasurable((*place, *keys), budget, model)
        for device in _table(model, "budget_on"):
            if device not in devices:
                hint = did_you_mean(device, devices)
                yield Contradiction((*place, "budget_on", device), "there is no such device", hint)


def _misplaced(place: Place, model: Content) -> Iterator[Contradiction]:
    if "source" in model and "file" in model:
        yield Contradiction((*place, "file"), "contradicts source", "Name one of them")
    elif "source" not in model and "file" not in model:
        yield Contradiction(place, "needs a source to build, or a file")
    elif "source" in model:
        yield from _not_for("source", FOR_FILES, place, model)
        if "data" not in model:
            hint = "Name a path, a data set or module:callable as data"
            yield Contradiction((*place, "source"), "cannot be quantized without data", hint)
    else:
        yield from _not_for("file", FOR_SOURCES, place, model)


def _not_for(
    kind: str, keys: tuple[str, ...], place: Place, model: Content
) -> Iterator[Contradiction]:
    for key in keys:
        if key in model:
            yield Contradiction((*place, key), f"makes no sense for a model that has a {kind}")


def _within_recipe(place: Place, model: Content) -> Iterator[Contradiction]:
    recipe = _table(model, "recipe")
    if recipe.get("float") and recipe.get("allow_float") is not True:
        yield Contradiction((*place, "recipe", "float"), "needs allow_float = true")
    if "engine" not in recipe:
        return
    from tflitekit.quantize.engines.registry import BEST, ENGINES, OWN

    engine = str(recipe["engine"])
    if engine in ENGINES and engine not in (OWN, BEST):
        for key in FOR_OWN_ENGINE:
            if key in recipe:
                yield Contradiction((*place, "recipe", key), f"is not for the engine {engine}")
    if engine in ENGINES and engine != OWN and model.get("state"):
        yield Contradiction((*place, "state"), f"is lost by the engine {engine}", f"Use {OWN}")


def _budgets(model: Content) -> Iterator[tuple[Place, Content]]:
    """Each budget of a model, and where it is below the model."""
    yield ("budget",), _table(model, "budget")
    others = _table(model, "budget_on")
    for device in others:
        yield ("budget_on", device), _table(others, device)


def _unmeasurable(place: Place, budget: Content, model: Content) -> Iterator[Contradiction]:
    has_data = "data" in model or "eval_data" in model
    has_float = "source" in model or "float" in model
    for name in budget:
        quantity = QUANTITIES.get(name)
        if quantity is None:
            continue
        if quantity.source == "data" and not has_data:
            hint = "Name a path, a data set or module:callable as data"
            yield Contradiction((*place, name), "cannot be measured without data", hint)
        if quantity.source in ("file", "float file") and place[-2] == "budget_on":
            yield Contradiction((*place, name), "is the same on all devices", "Move it to budget")
        if name in BESIDE_FLOAT and not has_float:
            hint = "Name its file as float"
            yield Contradiction((*place, name), "cannot be measured without the float model", hint)


def _table(content: Content, key: str) -> Content:
    """The table of that key; an empty one where there is none."""
    value = content.get(key)
    return value if isinstance(value, dict) else {}
