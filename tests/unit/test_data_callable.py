"""`module:callable`: what it may yield, how it is called, and generators that have run dry."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tflitekit.data import choose, open_dataset
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec
from tflitekit.progress import Silent

VECTOR = TensorSpec("v", (1, 2), "float32")
IDS = TensorSpec("ids", (1, 1), "int32")
NUMBERS = itertools.count()

Write = Callable[[str], str]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a module of a new name into the current folder and returns its name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(code: str) -> str:
        name = f"user_samples_{next(NUMBERS)}"
        (tmp_path / f"{name}.py").write_text(f"import numpy as np\n{code}\n")
        return name

    return write


def drawn(spec: str, *inputs: TensorSpec, **options: Any) -> list[Any]:
    dataset = open_dataset(spec, inputs or [VECTOR], **options)
    return [sample.inputs for sample in dataset.stream()]


@pytest.mark.parametrize(
    ("item", "label"),
    [
        ("np.ones(2)", None),
        ("np.ones((1, 2), np.float32)", None),
        ("{'v': np.ones(2)}", None),
        ("{'x': [1, 1], 'y': 3}", 3),
        ("(np.ones(2), 3)", 3),
        ("({'v': np.ones(2)}, 3)", 3),
        ("[np.ones((1, 2))]", None),
    ],
)
def test_each_form_of_an_item(module: Write, item: str, label: int | None) -> None:
    name = module(f"def make():\n    yield {item}\n    yield {item}")
    dataset = open_dataset(f"{name}:make", [VECTOR])
    samples = list(dataset.stream())
    assert (dataset.count, dataset.labels()) == (None, None)
    assert dataset.metric == ("top1" if label else None)
    assert [sample.inputs["v"].tolist() for sample in samples] == [[[1.0, 1.0]]] * 2
    assert samples[0].inputs["v"].dtype == np.float32
    assert [sample.label for sample in samples] == [label] * 2


def test_seed_and_split_are_given_by_name(module: Write) -> None:
    name = module("def make(seed, split='?'):\n    yield np.array([seed, len(split)])")
    (inputs,) = drawn(f"{name}:make", seed=7, split="evaluate")
    assert inputs["v"].tolist() == [[7.0, 8.0]]


def test_a_list_an_attribute_and_a_file_will_do(module: Write) -> None:
    name = module("class Set:\n    items = [np.zeros(2)] * 3\nmade = lambda: Set.items")
    assert len(drawn(f"{name}:Set.items")) == len(drawn(f"{name}.py:made")) == 3


def test_several_inputs_by_name_or_in_order(module: Write) -> None:
    name = module(
        "def a():\n    yield {'ids': [4], 'v': [1, 2]}\ndef b():\n    yield [[1, 2], [4]]"
    )
    assert str(drawn(f"{name}:a", VECTOR, IDS)) == str(drawn(f"{name}:b", VECTOR, IDS))


def test_the_first_samples_of_an_endless_generator(module: Write) -> None:
    name = module(
        "def make():\n    n = 0\n    while True:\n        yield np.full(2, n)\n        n += 1"
    )
    dataset = open_dataset(f"{name}:make", [VECTOR])
    indices = choose(dataset, 5, seed=1)
    assert [sample.inputs["v"][0, 0] for sample in dataset.stream(indices)] == [0, 1, 2, 3, 4]
    assert choose(dataset, None, seed=1) is None
    assert [sample.index for sample in dataset.stream([2, 6])] == [2, 6]


def test_the_digest_is_that_of_the_samples_drawn(module: Write) -> None:
    name = module("def make(seed):\n    for n in range(4):\n        yield np.full(2, n + seed)")
    first = open_dataset(f"{name}:make", [VECTOR])
    digests = []
    for indices in (range(3), range(3), range(4)):
        list(first.stream(indices))
        digests.append(first.digest())
    other = open_dataset(f"{name}:make", [VECTOR], seed=1)
    list(other.stream(range(3)))
    assert digests[0] == digests[1]
    assert len({*digests, other.digest()}) == 3


def test_fewer_samples_than_asked_for_is_told(module: Write) -> None:
    class Listener(Silent):
        said = ""

        def warn(self, text: str) -> None:
            self.said += text

    listener = Listener()
    name = module("def make():\n    yield np.zeros(2)")
    dataset = open_dataset(f"{name}:make", [VECTOR], progress=listener)
    assert len(list(dataset.stream(choose(dataset, 3, seed=0)))) == 1
    assert "3 samples asked for, 1 there" in listener.said


@pytest.mark.parametrize(
    "code",
    [
        "made = (np.zeros(2) for _ in range(3))",
        "once = (np.zeros(2) for _ in range(3))\ndef made():\n    return once",
        "once = iter([np.zeros(2)] * 3)\ndef made():\n    return once",
        "once = (np.zeros(2) for _ in range(3))\ndef made():\n    yield from once",
    ],
)
def test_a_generator_that_can_be_drawn_once(module: Write, code: str) -> None:
    name = module(code)
    dataset = open_dataset(f"{name}:made", [VECTOR])
    assert len(list(dataset.stream())) == 3
    with pytest.raises(DataError, match="the generator is exhausted") as caught:
        list(dataset.stream())
    assert "Return a new generator at each call" in str(caught.value)


def test_a_half_drawn_generator_is_not_silently_continued(module: Write) -> None:
    name = module("once = (np.zeros(2) for _ in range(9))\ndef made():\n    return once")
    dataset = open_dataset(f"{name}:made", [VECTOR])
    assert len(list(dataset.stream(range(3)))) == 3
    with pytest.raises(DataError, match="exhausted"):
        list(dataset.stream(range(3)))


def test_asking_for_the_metric_costs_no_sample(module: Write) -> None:
    name = module("made = ((np.full(2, n), n) for n in range(3))")
    dataset = open_dataset(f"{name}:made", [VECTOR])
    assert dataset.metric == "top1"
    assert [int(sample.label) for sample in dataset.stream()] == [0, 1, 2]  # type: ignore[arg-type]
    name = module("made = ((np.full(2, n), n) for n in range(3))")
    drawn_first = open_dataset(f"{name}:made", [VECTOR])
    assert len(list(drawn_first.stream())) == 3
    assert drawn_first.metric == "top1"


def test_an_iterable_that_starts_again_is_fine(module: Write) -> None:
    name = module(
        "class Again:\n"
        "    def __iter__(self):\n        self.n = 0\n        return self\n"
        "    def __next__(self):\n        self.n += 1\n"
        "        if self.n > 2:\n            raise StopIteration\n        return np.zeros(2)\n"
        "made = Again()"
    )
    dataset = open_dataset(f"{name}:made", [VECTOR])
    assert len(list(dataset.stream())) == len(list(dataset.stream())) == 2


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def made():\n    return []", "gives no samples"),
        ("def made():\n    return 3", "gives int, which cannot be iterated over"),
        ("made = 3", "gives int, which cannot be iterated over"),
        ("def made(path):\n    yield 1", "needs the argument 'path'"),
        ("def make():\n    yield 1", "the module has no 'made'. Did you mean make?"),
        (
            "def made():\n    yield np.zeros(2)\n    1 / 0",
            "raised ZeroDivisionError at user_samples_",
        ),
        ("1 / 0\nmade = 1", "raised ZeroDivisionError at user_samples_"),
        ("import no_such_thing", "raised ModuleNotFoundError"),
        ("def made(:", "raised SyntaxError"),
        ("def made():\n    yield {'w': [1, 2]}", "sample 0: holds no 'v' for the input 'v'"),
        ("def made():\n    yield {'v': [1, 2], 'w': 1}", "sample 0: 'w' is no input of the model"),
        ("def made():\n    yield (1, 2, 3)", "sample 0: is a tuple of 3"),
        ("def made():\n    yield [1, 2]", "sample 0: has 2 values, and the model has 1 inputs, v"),
        ("def made():\n    yield {'v': [[1], [2, 3]]}", "sample 0, input 'v': is no array"),
        ("def made():\n    yield np.array([1, None])", "input 'v': holds Python objects"),
        ("def made():\n    yield np.array(['a', 'b'])", "input 'v': holds text"),
        (
            "def made():\n    yield np.array([1, np.nan])",
            "sample 0, input 'v': holds NaN at [0, 1]",
        ),
        ("def made():\n    yield np.zeros(3)", "has the shape [3], and the input takes [1, 2]"),
        ("def made():\n    yield (np.zeros(2), 'cat')", "sample 0: the label holds text"),
    ],
)
def test_bad_code_is_one_clear_line(module: Write, code: str, message: str) -> None:
    name = module(code)
    with pytest.raises(DataError) as caught:
        drawn(f"{name}:made")
    assert message in str(caught.value)
    assert name in str(caught.value)


def test_one_buffer_for_all_samples_is_fine(module: Write) -> None:
    name = module(
        "def made():\n    buffer = np.zeros(2, 'f4')\n"
        "    for n in range(3):\n        buffer[:] = n\n        yield buffer"
    )
    assert [inputs["v"][0, 0] for inputs in drawn(f"{name}:made")] == [0, 1, 2]


def test_what_the_code_prints_is_no_result(
    module: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    name = module("print('import')\ndef made():\n    print('draw')\n    yield np.zeros(2)")
    dataset = open_dataset(f"{name}:made", [VECTOR])
    samples = dataset.stream()
    next(samples)
    print("result")  # noqa: T201
    list(samples)
    assert capsys.readouterr() == ("result\n", "import\ndraw\n")


def test_a_file_elsewhere_may_hold_dataclasses_and_import_its_neighbours(
    module: Write, tmp_path: Path
) -> None:
    neighbour = module("VALUE = 5")
    name = module(
        f"from dataclasses import dataclass\nfrom {neighbour} import VALUE\n"
        "@dataclass\nclass Item:\n    value: 'float' = VALUE\n"
        "def made():\n    yield np.full(2, Item().value)"
    )
    (tmp_path / "elsewhere").mkdir()
    os.chdir(tmp_path / "elsewhere")
    assert drawn(f"../{name}.py:made")[0]["v"].tolist() == [[5.0, 5.0]]


def test_code_that_exits_does_not_end_the_tool(module: Write) -> None:
    with pytest.raises(DataError, match="raised SystemExit"):
        drawn(f"{module('raise SystemExit(0)')}:made")


@pytest.mark.parametrize("spec", ["no_such_module:made", "no.such.module:made", "no_such.py:made"])
def test_a_module_that_is_not_there(tmp_path: Path, spec: str) -> None:
    with pytest.raises(DataError, match="there is no"):
        drawn(spec)
