"""A diagnosis as rows, as JSON and as node data."""

import json

from tflitekit.quantize.diagnosis.cause import Cause
from tflitekit.quantize.diagnosis.causes import NONE
from tflitekit.quantize.diagnosis.diagnose import Diagnosis, LayerDiagnosis, TensorDiagnosis
from tflitekit.quantize.diagnosis.noise import MOST_DB
from tflitekit.quantize.recipe import Recipe
from tflitekit.report.diagnosis_table import HEADER, diagnosis_rows, diagnosis_title
from tflitekit.report.node_data import THRESHOLDS, node_data

SOUND = Cause(NONE)
BAD = Cause("outlier channel", "net/a/Conv2D;net/a/Bias", "50 times", "--int16 a", {"ratio": 50.0})


def layer(name, cost, tensors=(), cause=SOUND):
    own = tuple(TensorDiagnosis(one, 20.0, MOST_DB) for one in tensors)
    return LayerDiagnosis(name, (name,), ("CONV_2D",), cost, 30.04, MOST_DB, 0.256, cause, own)


DIAGNOSIS = Diagnosis(
    Recipe(int16=("b",)),
    12,
    {"scores": 33.26},
    {"net/c/Neg": "it has no int8 kernel"},
    (
        layer("a", 12.346, ["net/a/Conv2D", "net/a/Add"], BAD),
        layer("b" * 80, MOST_DB, ["net/b"]),
        layer("(inputs)", 40.0),
    ),
)


def test_a_row_a_layer_in_the_order_of_the_header():
    rows = diagnosis_rows(DIAGNOSIS)
    assert all(len(row) == len(HEADER) for row in rows)
    shows = "net/a/Bias: 50 times"
    expected = ("a", "12.3 dB", "30.0 dB", "no noise", "25.6%", "outlier channel", shows)
    assert rows[0] == (*expected, "--int16 a")
    assert rows[1][:2] == ("..." + "b" * 48, "no noise")
    assert rows[1][5:] == ("none found", "", "")


def test_only_the_first_rows():
    assert [row[0] for row in diagnosis_rows(DIAGNOSIS, 1)] == ["a"]


def test_the_title_tells_how_the_whole_model_does():
    assert "scores 33.3 dB" in diagnosis_title(DIAGNOSIS)
    assert "12 samples" in diagnosis_title(DIAGNOSIS)


def test_json_holds_everything():
    value = json.loads(json.dumps(DIAGNOSIS.as_dict(), allow_nan=False))
    assert value["schema"] == "tflitekit.diagnosis/1"
    assert value["recipe"]["int16"] == ["b"]
    assert value["layers"][0]["cause"]["figures"] == {"ratio": 50.0}
    assert value["layers"][1]["cost_db"] == MOST_DB
    assert value["layers"][0]["tensors"][1]["name"] == "net/a/Add"
    assert value["left_float"] == {"net/c/Neg": "it has no int8 kernel"}


def test_node_data_have_a_number_a_tensor():
    data = json.loads(json.dumps(node_data(DIAGNOSIS), allow_nan=False))
    assert data["results"] == {
        "net/a/Conv2D": {"value": 12.35},
        "net/a/Add": {"value": 12.35},
        "net/b": {"value": MOST_DB},
    }


def test_every_value_has_a_colour():
    limits = [limit for limit, *_ in THRESHOLDS]
    assert limits == sorted(limits)
    assert limits[-1] == MOST_DB
    items = node_data(DIAGNOSIS)["thresholds"]
    assert {frozenset(one) for one in items} == {frozenset({"value", "bgColor", "textColor"})}
