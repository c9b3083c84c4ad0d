"""CSV and TSV: how columns find their inputs, and what cells may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tflitekit.data import open_dataset
from tflitekit.errors import DataError
from tflitekit.graph.spec import TensorSpec

VECTOR = TensorSpec("v", (1, 3), "float32")
IDS = TensorSpec("ids", (1, 2), "int32")


def write(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    "header",
    [
        "v_0,v_1,v_2,y",
        "v[0],v[1],v[2],label",
        "x_0,x_1,x_2,y",
        "a,b,c,y",
        "\ufeffv_0, v_1 ,v_2,label",
    ],
)
def test_columns_find_the_only_input(tmp_path: Path, header: str) -> None:
    spec = write(tmp_path / "a.csv", f"{header}\n1,2.5,-3,0\n4,5,6e1,1\n\n7,8,9,1\n")
    dataset = open_dataset(spec, [VECTOR])
    assert (dataset.count, dataset.metric, dataset.class_names) == (3, "top1", None)
    assert [sample.inputs["v"].tolist() for sample in dataset.stream([0, 1])] == [
        [[1.0, 2.5, -3.0]],
        [[4.0, 5.0, 60.0]],
    ]
    assert [int(sample.label) for sample in dataset.stream([1, 2])] == [1, 1]  # type: ignore[arg-type]


def test_numbered_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    spec = write(tmp_path / "a.tsv", "v_2\ty\tv_0\tv_1\n3\t0\t1\t2\n")
    (sample,) = open_dataset(spec, [VECTOR]).stream()
    assert sample.inputs["v"].tolist() == [[1.0, 2.0, 3.0]]


def test_several_inputs_by_name(tmp_path: Path) -> None:
    gain = TensorSpec("gain", (1, 1), "float32")
    spec = write(tmp_path / "a.csv", "ids_0,ids_1,gain\n1,2,0.5\n")
    (sample,) = open_dataset(spec, [IDS, gain]).stream()
    assert sample.inputs["ids"].dtype.name == "int32"
    assert sample.inputs["ids"].tolist() == [[1, 2]]
    assert sample.inputs["gain"].tolist() == [[0.5]]
    assert sample.label is None


def test_row_major_order_fills_the_shape(tmp_path: Path) -> None:
    spec = write(tmp_path / "a.csv", "a,b,c,d\n1,2,3,4\n")
    (sample,) = open_dataset(spec, [TensorSpec("m", (1, 2, 2), "float32")]).stream()
    assert sample.inputs["m"].tolist() == [[[1.0, 2.0], [3.0, 4.0]]]


def test_labels_may_be_names_or_real_numbers(tmp_path: Path) -> None:
    named = open_dataset(write(tmp_path / "a.csv", "a,b,c,y\n1,2,3,no\n1,2,3,yes\n"), [VECTOR])
    assert named.class_names == ("no", "yes")
    assert [int(sample.label) for sample in named.stream()] == [0, 1]  # type: ignore[arg-type]
    real = open_dataset(write(tmp_path / "b.csv", "a,b,c,y\n1,2,3,0.5\n1,2,3,1\n"), [VECTOR])
    assert real.metric is None
    assert [float(sample.label) for sample in real.stream()] == [0.5, 1.0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the data set is empty"),
        ("a,b,c,y\n", "the data set is empty"),
        ("1,2,3,4\n5,6,7,8\n", "the first line holds numbers, and must name the columns"),
        ("a,b,c\n1,2,3\n1,2\n", "line 3: has 2 cells, and the first line has 3"),
        ("a,b,c\n1,2,three\n", "line 2: column 'c' holds 'three', and a number is needed"),
        ("a,b,c\n1,2,\n", "line 2: column 'c' holds '', and a number is needed"),
        ("a,b,c\n1,2,nan\n", "sample 0 (line 2), input 'v': holds NaN at [0, 2]"),
        ("a,b,c\n1,2,-inf\n", "holds infinity"),
        ("a,b\n1,2\n", "has 2 columns for the input 'v', which takes [1, 3]"),
        ("v_0,v_1,v_3\n1,2,3\n", "the columns of 'v' are not numbered 0, 1, 2... without a gap"),
        ("v_0,v_1,v_2,weight\n1,2,3,4\n", "'weight' is no input of the model"),
        ("a,a,c\n1,2,3\n", "two columns are called 'a'"),
        ("a,b,c,y\n1,2,3,\n", "sample 0 has no label"),
        ('a,b,c\n1,2,"3\n', "cannot be read"),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        list(open_dataset(write(tmp_path / "a.csv", text), [VECTOR]).stream())
    assert message in str(caught.value)


@pytest.mark.parametrize("cell", ["1.5", "one", "99999999999999999999"])
def test_integer_inputs_take_whole_numbers(tmp_path: Path, cell: str) -> None:
    spec = write(tmp_path / "a.csv", f"a,b\n1,{cell}\n")
    with pytest.raises(DataError, match="a whole number is needed"):
        list(open_dataset(spec, [IDS]).stream())


def test_a_binary_file_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match="Is it UTF-8 text"):
        open_dataset(str(tmp_path / "a.csv"), [VECTOR])
