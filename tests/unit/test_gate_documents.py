import pytest

from tflitekit.gates.documents import of_bench, of_file
from tflitekit.gates.quantities import QUANTITIES

MODEL = {
    "size_bytes": 1000,
    "float_tensors": 3,
    "float_io": ["x", "y"],
    "custom_ops": ["a", "b"],
    "macs": 7,
    "bytes_moved": 8,
}


def result(model="m.tflite", **changes):
    return {
        "model": model,
        "device": {"model": "Phone", "abi": "arm64-v8a", "isa": ["neon", "dotprod"]},
        "threads": 2,
        "cores": [4, 5],
        "runtime": {"version": "2.3.0", "sha256": "0123456789abcdef01", "accelerator": "cpu"},
        "latency_us": {"median": 10.0, "ci95": [9.0, 11.0], "p90": None, "p90_ci95": None},
        "start_up": {"cold_us": {"value": 100.0, "ci95": None}},
        "comparison": None,
        "memory": {"arena": 50, "peak": {"pss": 500}},
        "accuracy": None,
        "agreement": [],
        "warnings": [],
        **changes,
    }


def measured(*results, allowed=(), data=None):
    found = of_bench(
        {"results": list(results)},
        "m.tflite",
        "phone",
        allowed=allowed,
        voiding=("HOT", "VIRTUAL"),
        data=data or {},
    )
    return {one.quantity: one for one in found}


def accuracy(value, rises=True):
    return {"metric": "a", "value": value, "n": 9, "rises": rises}


def test_a_file():
    found = {one.quantity: one.value for one in of_file(MODEL, MODEL | {"size_bytes": 4000})}
    assert found == {
        "size": 1000,
        "float_tensors": 1,
        "custom_ops": 2,
        "macs": 7,
        "bytes_moved": 8,
        "size_ratio": 0.25,
    }


def test_what_is_not_known_is_not_told():
    assert not {"size_ratio", "runtime"} & {one.quantity for one in of_file(MODEL)}


@pytest.mark.parametrize(
    ("text", "value"), [("2.13.1", 2013001), ("1.5", 1005000), ("2.3.0", 2003000)]
)
def test_the_oldest_runtime_is_a_number_that_compares(text, value):
    found = {one.quantity: one.value for one in of_file(MODEL | {"oldest_runtime": text})}
    assert found["runtime"] == value


def test_a_run_on_a_device():
    found = measured(result())
    assert {name: one.value for name, one in found.items()} == {
        "arena": 50,
        "memory": 500,
        "latency": 10.0,
        "cold_start": 100.0,
    }
    assert (found["latency"].low, found["latency"].high) == (9.0, 11.0)
    assert {one.device for one in found.values()} == {"phone"}
    assert found["latency"].setting["threads"] == "2"
    assert found["latency"].setting["processor"] == "Phone"


def test_beside_the_float_model():
    other = result("f.tflite", accuracy=accuracy(0.9))
    compared = {"ratio": 0.5, "ci95": [0.4, 0.6]}
    agreement = [
        {"against": "host", "outputs": [{"same_top1": 0.1}]},
        {"against": "float", "outputs": [{"same_top1": 0.98}, {"same_top1": None}]},
    ]
    own = result(comparison=compared, accuracy=accuracy(0.88), agreement=agreement)
    found = measured(other, own, data={"data": "digits"})
    assert found["latency_ratio"].value == 0.5
    assert found["accuracy"].value == 0.88
    assert found["accuracy_drop"].value == pytest.approx(0.02)
    assert found["agreement"].value == 0.98
    assert found["accuracy"].setting["data"] == "digits"
    assert "data" not in found["latency"].setting


def test_a_metric_where_less_is_better():
    own = result(accuracy=accuracy(5.1, rises=False))
    other = result("f.tflite", accuracy=accuracy(5.0, rises=False))
    found = measured(other, own)
    assert found["error"].value == 5.1
    assert found["error_ratio"].value == pytest.approx(1.02)
    assert "accuracy" not in found


def test_of_several_signatures_the_worst():
    quick, slow = result("m.tflite:a"), result("m.tflite:b")
    slow["latency_us"] = {"median": 20.0, "ci95": [19.0, 21.0], "p90": 30.0, "p90_ci95": [1, 2]}
    found = measured(quick, slow)
    assert (found["latency"].value, found["latency_p90"].value) == (20.0, 30.0)


@pytest.mark.parametrize(
    ("rises", "name", "worst"), [(True, "accuracy", 0.8), (False, "error", 0.9)]
)
def test_of_several_signatures_the_least_accurate(rises, name, worst):
    parts = [
        result(f"m.tflite:{key}", accuracy=accuracy(value, rises))
        for key, value in (("a", 0.8), ("b", 0.9))
    ]
    assert measured(*parts)[name].value == measured(*reversed(parts))[name].value == worst


@pytest.mark.parametrize("floats", [(), ("f.tflite:a", "f.tflite:b")])
def test_a_signature_is_not_held_to_another(floats):
    compared = {"ratio": 0.5, "ci95": [0.4, 0.6]}
    others = [result(name, accuracy=accuracy(0.9)) for name in floats]
    parts = [result(f"m.tflite:{key}", comparison=compared, accuracy=accuracy(0.8)) for key in "ab"]
    assert not {"latency_ratio", "accuracy_drop"} & {*measured(*others, *parts)}


def test_memory_that_is_not_known_is_not_told():
    found = measured(result(memory={"arena": None, "peak": {"pss": None}}))
    assert not {"arena", "memory"} & {*found}


def test_tags_void_what_is_timed_and_nothing_else():
    hot = result(
        warnings=[
            {"tag": "HOT", "text": ""},
            {"tag": "VIRTUAL", "text": ""},
            {"tag": "FEW_SAMPLES"},
        ],
        accuracy=accuracy(0.9),
    )
    found = measured(hot, allowed=("VIRTUAL",))
    assert found["latency"].void == found["cold_start"].void == ("HOT",)
    assert found["accuracy"].void == found["memory"].void == ()


def test_a_ratio_of_one_run_may_be_of_a_virtual_machine():
    virtual = [{"tag": "VIRTUAL", "text": ""}]
    own = result(warnings=virtual, comparison={"ratio": 0.5, "ci95": [0.4, 0.6]})
    found = measured(result("f.tflite", warnings=virtual), own)
    assert (found["latency"].void, found["latency_ratio"].void) == (("VIRTUAL",), ())


def test_answers_do_not_depend_on_the_processor():
    found = measured(result(accuracy=accuracy(0.9)))
    assert "processor" in found["latency"].setting
    assert "processor" not in found["accuracy"].setting
    assert found["accuracy"].setting["runtime"] == "2.3.0"


def test_every_quantity_of_the_table_is_told():
    agreement = [{"against": "float", "outputs": [{"same_top1": 0.98}]}]
    latency = {"median": 10.0, "ci95": [9.0, 11.0], "p90": 12.0, "p90_ci95": [11.0, 13.0]}
    compared = {"ratio": 1, "ci95": None}
    found = {}
    for rises in (True, False):
        own = result(
            accuracy=accuracy(0.9, rises),
            agreement=agreement,
            comparison=compared,
            latency_us=latency,
        )
        found |= measured(result("f.tflite", accuracy=accuracy(0.9, rises)), own)
    assert all(one.setting for one in found.values())
    told = {one.quantity for one in of_file(MODEL | {"oldest_runtime": "2.3.0"}, MODEL)}
    # How well a file can be compressed is not in the document of `inspect`.
    assert told | {*found} == {*QUANTITIES} - {"compressed_size"}
