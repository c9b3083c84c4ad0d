"""Baselines: what is kept, the bytes of the file, and what changed."""

import json
from dataclasses import asdict, replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.checks import SETTING, checked, latency, report
from tests.fakes.json_documents import strict
from tflitekit.baseline import store
from tflitekit.baseline.baseline import Baseline, of_measurements, of_report
from tflitekit.baseline.compare import compare_baselines
from tflitekit.baseline.file import baseline_text, read_baseline, write_baseline
from tflitekit.errors import UsageError
from tflitekit.gates.judge import judge
from tflitekit.gates.limit import parse_limit
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.quantities import QUANTITIES
from tflitekit.gates.report_file import read_report
from tflitekit.report.baseline_table import baseline_rows, change_rows
from tflitekit.report.schemas import SCHEMAS

SIZE = Measurement("size", 138_000.0)
ACCURACY = Measurement("accuracy", 890 / 899, setting={"data": "digits"})
ON_PHONE = replace(ACCURACY, device="phone", setting={**SETTING, "data": "digits"})

FILE = """{
  "models": {
    "digits": {
      "devices": {
        "phone": {
          "setting": {
            "processor": "Cortex-A76",
            "runtime": "2.3",
            "threads": "1"
          },
          "values": {
            "accuracy": {
              "setting": {
                "data": "digits"
              },
              "value": 0.9899888765294772
            },
            "latency": {
              "high": 2020.12,
              "low": 1980.12,
              "value": 2000.12
            }
          }
        }
      },
      "file": {
        "values": {
          "size": {
            "value": 138000
          }
        }
      }
    }
  },
  "schema": "tflitekit.baseline/1"
}
"""


SCHEMA = strict(SCHEMAS["baseline"]())


def saved(tmp_path, *models):
    path = tmp_path / "baseline.json"
    store.save(path, [report(*models)])
    return path


def test_a_file_has_a_value_a_line(tmp_path):
    path = saved(tmp_path, checked("digits", latency(2000.123456), SIZE, ON_PHONE))
    assert path.read_text() == FILE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "tflitekit.baseline/2"),
        (("models", "digits", "file", "values", "size"), {"low": 1, "high": 2}),
        (("models", "digits", "devices", "phone", "values", "latency", "value"), "2 ms"),
        (("models", "digits", "devices", "phone", "setting", "threads"), 1),
    ],
)
def test_the_schema_refuses_what_is_not_read(tmp_path, path, value):
    document = json.loads(FILE)
    *above, last = path
    holder = document
    for key in above:
        holder = holder[key]
    holder[last] = value
    with pytest.raises(jsonschema.ValidationError) as caught:
        jsonschema.validate(document, SCHEMA)
    assert tuple(caught.value.absolute_path) == path
    (tmp_path / "b.json").write_text(json.dumps(document))
    with pytest.raises(UsageError):
        read_baseline(tmp_path / "b.json")


def test_the_same_check_gives_the_same_bytes(tmp_path):
    models = checked("b", latency(2000.123456), SIZE), checked("a", ACCURACY)
    path = saved(tmp_path, *models)
    first = path.read_bytes()
    store.save(path, [report(*reversed(models), commit="b" * 40)])
    assert path.read_bytes() == first


NAMES = st.text(min_size=1, max_size=5)
NUMBERS = st.floats(0, 1e12)


@st.composite
def measurements(draw):
    quantity = draw(st.sampled_from(sorted(QUANTITIES)))
    value = draw(NUMBERS)
    device = draw(st.none() | NAMES)
    setting = draw(st.dictionaries(NAMES, NAMES, max_size=2))
    return Measurement(quantity, value, value * 0.9, value * 1.1, device, setting)


@given(st.lists(st.tuples(NAMES, measurements())))
def test_what_is_written_is_read_and_written_again(tmp_path_factory, found):
    baseline, left_out = of_measurements(found)
    assert not left_out
    path = tmp_path_factory.mktemp("baseline") / "b.json"
    write_baseline(path, baseline)
    again = read_baseline(path)
    assert baseline_text(again) == path.read_text()
    jsonschema.validate(json.loads(path.read_text()), SCHEMA)
    assert again.measurements.keys() == baseline.measurements.keys()
    for key, one in baseline.measurements.items():
        assert again.measurements[key].setting == one.setting
        if one.about.deterministic:
            assert again.measurements[key].value == one.value


def test_what_is_the_same_every_time_is_no_worse_than_itself(tmp_path):
    baseline = read_baseline(saved(tmp_path, checked("m", ACCURACY)))
    limit = parse_limit("accuracy", {"regression": 0})
    (verdict,) = judge("m", limit, ACCURACY, baseline.find("m", "accuracy", None))
    assert verdict.outcome == "passed"


def test_what_was_not_measured_stays(tmp_path):
    path = saved(tmp_path, checked("m", SIZE, latency(2000)), checked("n", SIZE))
    store.save(path, [report(checked("m", replace(SIZE, value=1)))])
    baseline = read_baseline(path)
    assert baseline.find("m", "size", None).value == 1
    assert baseline.find("m", "latency", "phone").value == 2000
    assert baseline.find("n", "size", None).value == 138_000
    assert baseline.find("m", "latency", "tablet") is None


@pytest.mark.parametrize(
    ("unfit", "reason"),
    [
        (replace(latency(5), void=("HOT", "NOISY")), "it is void: HOT, NOISY"),
        (replace(latency(5), low=None, high=None), "it was timed too few times"),
        (Measurement("accuracy", float("nan")), "it is no finite number"),
    ],
)
def test_what_nothing_can_be_held_to_is_left_out(tmp_path, unfit, reason):
    baseline, (left_out,) = of_report(report(checked("m", SIZE, unfit)))
    assert list(baseline.measurements) == [("m", None, "size")]
    assert (left_out.model, left_out.measurement) == ("m", unfit)
    assert reason in left_out.reason


BROKEN = [
    ("", 1, "is no JSON"),
    (FILE.replace('      "file"', "<<<<<<< HEAD\n", 1), 26, "merge that was left unfinished"),
    (
        FILE.replace("138000", '"138000"'),
        29,
        "models.digits.file.values.size.value: input should be a",
    ),
    (FILE.replace('"size"', '"siez"'), 26, "models.digits.file: there is no quantity siez"),
    (FILE.replace('"value": 138000', '"vlaue": 1'), 28, "models.digits.file.values.size.value"),
    (FILE.replace("baseline/1", "baseline/2"), None, "is tflitekit.baseline/2, and this version"),
    ("[" * 100_000, None, "nested too deeply"),
    ("[]", None, "is no baseline of tflitekit"),
    ('{"schema": "tflitekit.check/1"}', None, "is no baseline of tflitekit"),
]


@pytest.mark.parametrize(("text", "line", "what"), BROKEN)
def test_a_broken_file_is_told_with_the_line(tmp_path, text, line, what):
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(UsageError) as raised:
        read_baseline(path)
    assert what in raised.value.what
    assert raised.value.where == (str(path) if line is None else f"{path}:{line}")
    with pytest.raises(UsageError):
        store.save(path, [report(checked("m", SIZE))])
    assert path.read_text() == text


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_baseline(tmp_path / "none.json")
    with pytest.raises(UsageError, match="Is a directory"):
        read_baseline(tmp_path)
    (tmp_path / "b").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is no text"):
        read_baseline(tmp_path / "b")


def test_a_report_is_read_as_it_was_written(tmp_path):
    written = report(checked("m", SIZE, latency(2000), size="1 kB", latency="3 ms"))
    path = tmp_path / "report.json"
    path.write_text(json.dumps({**asdict(written), "outcome": written.outcome}))
    assert read_report(path) == written


def test_a_report_of_another_version_is_refused(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps({**asdict(report()), "schema": "tflitekit.check/9"}))
    with pytest.raises(UsageError, match=r"is tflitekit\.check/9, and this version"):
        read_report(path)


def as_baseline(*found):
    return of_measurements(("m", one) for one in found)[0]


@pytest.mark.parametrize(
    ("before", "after", "kind", "difference"),
    [
        (SIZE, SIZE, "same", "-"),
        (SIZE, replace(SIZE, value=140_000), "worse", "+2 kB"),
        (SIZE, replace(SIZE, value=137_999), "better", "-1 B"),
        (ACCURACY, replace(ACCURACY, value=0.98), "worse", "-0.999 pt"),
        (ACCURACY, replace(ACCURACY, value=1), "better", "+1 pt"),
        (latency(2000), latency(2010), "unclear", "+10 µs"),
        (latency(2000), latency(2100), "worse", "+100 µs"),
        (latency(2000), latency(1900), "better", "-100 µs"),
        (latency(2000), latency(1000, threads=4), "refused", "-"),
        (None, SIZE, "added", "-"),
        (SIZE, None, "removed", "-"),
    ],
)
def test_what_changed(before, after, kind, difference):
    baselines = (as_baseline(one) if one else Baseline() for one in (before, after))
    (change,) = compare_baselines(*baselines)
    assert change.kind == kind
    assert (change.before, change.after) == (before, after)
    ((*_, shown, text),) = change_rows([change])
    assert shown == difference
    assert text == (kind if kind != "refused" else change.reason)


def test_a_refusal_names_what_differs():
    pair = as_baseline(latency(1)), as_baseline(latency(1, threads=4, cores="4-7"))
    (change,) = compare_baselines(*pair)
    assert "cores 4-7, there unknown; threads 4, there 1" in change.reason


def test_a_row_tells_value_interval_and_setting():
    rows = list(baseline_rows(as_baseline(latency(2000), SIZE)))
    setting = ", ".join(f"{name} {value}" for name, value in SETTING.items())
    assert rows == [
        ("m", "size", "-", "138 kB", "-", "-"),
        ("m", "latency", "phone", "2 ms", "1.98 ms - 2.02 ms", setting),
    ]
