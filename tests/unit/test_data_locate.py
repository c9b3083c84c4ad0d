"""What a SPEC on the command line means, and help for one that means nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tflitekit.data import dataset_names, open_dataset
from tflitekit.data.locate import locate, spec_for, spec_from
from tflitekit.data.sources import SOURCES
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

VECTOR = TensorSpec("v", (1, 2), "float32")


def make_set(folder: Path, value: float) -> None:
    folder.mkdir(parents=True)
    np.savez(folder / "data.npz", x=np.full((1, 2), value))
    (folder / "dataset.toml").write_text('[splits]\ncalibrate = "data.npz"\n')


def value(spec: str) -> float:
    return float(next(open_dataset(spec, [VECTOR]).stream()).inputs["v"][0, 0])


def test_a_path_comes_before_a_name_before_the_shipped_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "digits" in dataset_names()
    make_set(tmp_path / "datasets" / "digits", 1.0)
    assert value("digits") == 1.0
    make_set(tmp_path / "digits", 2.0)
    assert value("digits") == 2.0
    assert value("datasets/digits") == 1.0
    assert value(str(tmp_path / "digits" / "data.npz")) == 2.0


def test_a_path_comes_before_module_callable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "os.py:path").write_text("x")
    with pytest.raises(DataError, match="is no kind of data"):
        value("os.py:path")


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("digitss", "Did you mean digits?"),
        ("zzz", "There are: digits, train.npz"),
        ("train.npy", "Did you mean train.npz?"),
        ("no/such/folder/a.npz", "there is no such file or folder"),
        ("", "no data are named"),
    ],
)
def test_what_is_not_there_gets_its_near_matches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.npz").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        value(spec)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("here", "there", "back"),
    [
        ("own", "../datasets/own", "sub/../datasets/own"),
        ("data.npz", "../data.npz", "sub/../data.npz"),
        ("loader.py:load", "../loader.py:load", "sub/../loader.py:load"),
        ("os.path:join", "os.path:join", "os.path:join"),
        ("digits", "digits", "digits"),
    ],
)
def test_what_is_named_from_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, here: str, there: str, back: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make_set(tmp_path / "datasets" / "own", 1.0)
    (tmp_path / "data.npz").write_bytes(b"")
    (tmp_path / "sub").mkdir()
    assert spec_for(Path("sub"), here) == there
    assert spec_from(Path("sub"), there) == back


def test_what_is_near_is_of_the_folder_it_is_named_in(tmp_path: Path) -> None:
    make_set(tmp_path / "datasets" / "flowers", 1.0)
    with pytest.raises(DataError, match="Did you mean flowers"):
        spec_from(tmp_path, "flower")


@pytest.mark.parametrize(
    "find",
    [partial(locate, split="evaluate"), partial(spec_from, Path()), partial(spec_for, Path())],
)
def test_what_cannot_be_looked_for_is_told(find: Callable[[str], object]) -> None:
    with pytest.raises(DataError, match="File name too long"):
        find("x" * 5000)


def test_an_unknown_kind_is_told_all_kinds(tmp_path: Path) -> None:
    file = tmp_path / "data.parquet"
    file.write_bytes(b"PAR1")
    with pytest.raises(DataError) as caught:
        value(str(file))
    for source in SOURCES:
        assert source.kind in str(caught.value)
