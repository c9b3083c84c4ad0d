"""Choosing samples: seeded, sorted, with every class in its share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tflitekit.data import Dataset, choose, open_dataset
from tflitekit.data.sampling import _shares, choose_others
from tflitekit.errors import UsageError
from tflitekit.graph.spec import TensorSpec
from tflitekit.progress import Silent


def labelled(folder: Path, labels: NDArray[np.generic] | None, count: int = 0) -> Dataset:
    arrays = {} if labels is None else {"y": labels}
    total = count if labels is None else len(labels)
    np.savez(folder / "a.npz", x=np.zeros((total, 1), np.float32), **arrays)  # type: ignore[arg-type]
    return open_dataset(str(folder / "a.npz"), [TensorSpec("v", (1, 1), "float32")])


def test_the_same_seed_chooses_the_same_and_another_does_not(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, np.arange(300) % 7)
    chosen = choose(dataset, 50, seed=3)
    assert chosen == choose(dataset, 50, seed=3)
    assert chosen != choose(dataset, 50, seed=4)
    assert chosen is not None
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == 50


def test_the_choice_is_the_same_on_every_machine(tmp_path: Path) -> None:
    assert choose(labelled(tmp_path, None, 100), 5, seed=0) == (5, 20, 36, 82, 93)


def test_classes_get_their_share_and_none_is_left_out(tmp_path: Path) -> None:
    labels = np.repeat([5, 9, 2], [80, 18, 2])
    chosen = choose(labelled(tmp_path, labels), 10, seed=0)
    assert chosen is not None
    values, counts = np.unique(labels[list(chosen)], return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {2: 1, 5: 8, 9: 1}


def test_real_labels_are_not_classes(tmp_path: Path) -> None:
    chosen = choose(labelled(tmp_path, np.linspace(0, 1, 40)), 7, seed=0)
    assert chosen is not None
    assert len(chosen) == 7


@pytest.mark.parametrize("n", [None, 20, 21])
def test_all_of_them(tmp_path: Path, n: int | None) -> None:
    assert choose(labelled(tmp_path, np.arange(20) % 2), n, seed=0) == range(20)


def test_more_than_there_are_is_told(tmp_path: Path) -> None:
    class Listener(Silent):
        said = ""

        def warn(self, text: str) -> None:
            self.said += text

    listener = Listener()
    labelled(tmp_path, None, 20)
    spec = TensorSpec("v", (1, 1), "float32")
    choose(open_dataset(str(tmp_path / "a.npz"), [spec], progress=listener), 21, seed=0)
    assert "21 samples asked for, 20 there" in listener.said


@pytest.mark.parametrize("n", [0, -1])
def test_nothing_cannot_be_chosen(tmp_path: Path, n: int) -> None:
    with pytest.raises(UsageError):
        choose(labelled(tmp_path, None, 3), n, seed=0)


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.data(), st.integers(0, 9))
def test_shares_sum_up_and_stay_near_the_proportion(
    counts: list[int], data: st.DataObject, seed: int
) -> None:
    n = data.draw(st.integers(1, sum(counts)))
    sizes = np.array(counts)
    shares = _shares(sizes, n, np.random.default_rng(seed))
    exact = sizes * n / sizes.sum()
    assert shares.sum() == n
    assert (shares >= 0).all()
    assert (shares <= sizes).all()
    if n >= len(counts):
        assert (shares >= 1).all()
    if (exact >= 1).all():
        assert (np.abs(shares - exact) < 1).all()


def test_the_others_are_none_of_the_taken_and_keep_the_classes_shares(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, np.arange(100) % 4)
    taken = choose(dataset, 40, seed=0)
    assert taken is not None
    others = choose_others(dataset, taken, 20, seed=0)
    assert not set(others) & set(taken)
    assert np.bincount(np.array(others) % 4).tolist() == [5, 5, 5, 5]
    assert sorted([*choose_others(dataset, taken, None, 0), *taken]) == list(range(100))
    assert choose_others(dataset, range(100), 5, 0) == ()
