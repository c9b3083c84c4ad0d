"""The history: what is recorded, asked for and drawn."""

import csv
import io
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from tests.fakes.checks import checked, latency, report
from tflitekit.baseline.baseline import Baseline, of_measurements
from tflitekit.baseline.compare import compare_baselines
from tflitekit.errors import OutputError, UsageError
from tflitekit.gates.measurement import Measurement
from tflitekit.gates.report_file import read_report
from tflitekit.history.database import VERSION, reading, writing
from tflitekit.history.query import Entry, Query, find, since
from tflitekit.history.record import record, utc
from tflitekit.report.baseline_table import baseline_rows, change_rows
from tflitekit.report.check_json import check_text
from tflitekit.report.history_plot import check_suffix, history_spec, plotted
from tflitekit.report.history_table import history_csv, history_json, history_rows

SIZE = Measurement("size", 138_000)
VOID = replace(latency(9000), void=("HOT", "NOISY"))
EVERYTHING = Query()


def day(number, *models, commit=None):
    time = f"2026-11-{number:02}T12:00:00+00:00"
    return report(*models, commit=commit or f"{number:x}" * 40, time=time)


@pytest.fixture
def history(tmp_path):
    """Three checks, recorded out of order."""
    path = tmp_path / "odd?name #1%.sqlite"
    record(path, day(2, checked("digits", SIZE, latency(2100)), checked("kws", SIZE)))
    record(path, day(1, checked("digits", SIZE, latency(2000))))
    record(path, day(3, checked("digits", replace(SIZE, value=140_000), VOID)))
    return path


def test_what_was_measured_comes_back(history):
    entries = find(history, EVERYTHING)
    assert [(one.time[8:10], one.model, one.measurement) for one in entries] == [
        ("01", "digits", SIZE),
        ("01", "digits", latency(2000)),
        ("02", "digits", SIZE),
        ("02", "digits", latency(2100)),
        ("02", "kws", SIZE),
        ("03", "digits", replace(SIZE, value=140_000)),
        ("03", "digits", VOID),
    ]
    assert (entries[0].commit, entries[0].sha256) == ("1" * 40, "0" * 64)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query(models=("kws",)), 1),
        (Query(models=("kws", "digits")), 7),
        (Query(quantities=("latency",)), 3),
        (Query(devices=("phone",)), 3),
        (Query(devices=("tablet",)), 0),
        (Query(since="2026-11-02T12:00:00Z"), 5),
        (Query(since="2026-11-02T12:00:01Z"), 2),
        (Query(("digits",), ("size",), (), "2026-11-02"), 2),
        (Query(models=("x' OR '1'='1",)), 0),
    ],
)
def test_queries(history, query, count):
    assert len(find(history, query)) == count


def test_the_same_report_is_in_there_once(history):
    again = day(1, checked("digits", SIZE, latency(2000)))
    assert not record(history, again)
    assert record(history, replace(again, time="2026-11-01T12:00:01+00:00"))
    assert len(find(history, EVERYTHING)) == 9


def test_a_saved_report_is_the_same_report(tmp_path):
    made = day(1, checked("digits", SIZE, latency(2000), size="150 kB"))
    file = tmp_path / "report.json"
    file.write_text(check_text(made))
    assert record(tmp_path / "h", made)
    assert not record(tmp_path / "h", read_report(file))


def test_what_is_no_number_is_not_kept(tmp_path):
    path = tmp_path / "h"
    record(path, day(1, checked("m", SIZE, Measurement("accuracy", float("nan")))))
    assert [one.measurement for one in find(path, EVERYTHING)] == [SIZE]


def test_many_may_record_at_a_time(tmp_path):
    """The file is made by whoever is first; none of them is lost."""
    path = tmp_path / "h"

    def add(who):
        return [record(path, day(number, checked(who, SIZE))) for number in range(1, 11)]

    with ThreadPoolExecutor(4) as pool:
        assert all(map(all, pool.map(add, "abcd")))
    assert len(find(path, EVERYTHING)) == 40


def test_half_a_check_is_never_in_there(history):
    before = find(history, EVERYTHING)
    with pytest.raises(ZeroDivisionError), writing(history) as database:
        database.execute("DELETE FROM measurements")
        raise ZeroDivisionError
    assert find(history, EVERYTHING) == before


def test_reading_changes_nothing(history, tmp_path):
    with pytest.raises(OutputError, match="readonly"), reading(history) as database:
        database.execute("DELETE FROM measurements")
    with pytest.raises(UsageError, match="there is no history"):
        find(tmp_path / "none", EVERYTHING)
    assert not (tmp_path / "none").exists()


def other_program(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE notes (text TEXT)")


def newer_version(path):
    record(path, day(1))
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path.write_text("no database, but a text that is long enough"), "is no hist"),
        (other_program, "is no history"),
        (newer_version, f"is a history of version {VERSION + 1}, and this version of tflitekit"),
    ],
)
def test_what_is_no_history_is_left_alone(tmp_path, make, what):
    path = tmp_path / "h"
    make(path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match=what):
        find(path, EVERYTHING)
    with pytest.raises(UsageError, match=what):
        record(path, day(1))
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_history_but_is_none(tmp_path):
    path = tmp_path / "h"
    path.touch()
    with pytest.raises(UsageError, match="is no history"):
        find(path, EVERYTHING)
    assert record(path, day(1, checked("m", SIZE)))


def test_where_nothing_can_be_written_is_told(tmp_path):
    with pytest.raises(OutputError, match="cannot be used"):
        record(tmp_path / "none" / "h", day(1))
    with pytest.raises(UsageError, match="the report's time is none: noon"):
        record(tmp_path / "h", replace(day(1), time="noon"))


@pytest.mark.parametrize(
    ("time", "same"),
    [
        ("2026-11-21T18:00:00Z", "2026-11-21T18:00:00Z"),
        ("2026-11-21T20:00:00.5+02:00", "2026-11-21T18:00:00Z"),
        ("2026-11-21 18:00", "2026-11-21T18:00:00Z"),
        ("2026-11-21", "2026-11-21T00:00:00Z"),
    ],
)
def test_times_have_one_form(time, same):
    assert utc(time) == same
    assert since(time) == same


def test_since_may_be_an_age():
    now = datetime(2026, 11, 21, 18, tzinfo=UTC)
    assert since("30d", now) == "2026-10-22T18:00:00Z"
    assert since("2w", now) == "2026-11-07T18:00:00Z"


@pytest.mark.parametrize("text", ["", "yesterday", "d", "xd", "9999999d", "2026-13-01"])
def test_what_is_no_date_is_told(text):
    with pytest.raises(UsageError, match="is no date"):
        since(text)


def test_an_unknown_quantity_is_told(history):
    with pytest.raises(UsageError, match="Did you mean size"):
        find(history, Query(quantities=("siez",)))


def test_tables(history):
    entries = find(history, EVERYTHING)
    rows = list(history_rows(entries))
    time = "2026-11-01T12:00:00Z"
    commit = "1" * 12
    assert rows[0] == (time, commit, "digits", "size", "-", "138 kB", "-", "")
    assert rows[1][3:] == ("latency", "phone", "2 ms", "1.98 ms - 2.02 ms", "")
    assert rows[-1][-1] == "HOT NOISY"
    assert json.loads(json.dumps(history_json(entries)))[-1]["void"] == ["HOT", "NOISY"]


def test_a_name_is_no_command_to_a_ci_system():
    name = "a\n::error::b"
    entry = Entry("2026-11-01T12:00:00Z", None, name, "0", replace(latency(5), device=name))
    (row,) = history_rows([entry])
    baseline, _ = of_measurements([(name, replace(latency(5), device=name, setting={name: name}))])
    (change,) = change_rows(compare_baselines(baseline, Baseline()))
    for cell in (*row, *next(baseline_rows(baseline)), *change):
        assert "\n" not in cell
        assert "::" not in cell


def test_csv_has_base_units_and_always_a_header(history):
    read = list(csv.DictReader(io.StringIO(history_csv(find(history, EVERYTHING)))))
    assert [row["value"] for row in read[:2]] == ["138000.0", "2000.0"]
    assert read[1]["setting"] == "processor=Cortex-A76;runtime=2.3;threads=1"
    assert (read[1]["unit"], read[1]["device"], read[0]["device"]) == ("us", "phone", "")
    assert history_csv([]).startswith("time,commit,model")


def charts(entries, baseline=None):
    spec = history_spec(entries, baseline or Baseline())
    return {
        one["title"]["text"] + " " + one["layer"][-2]["encoding"]["y"]["title"]: one
        for one in spec["concat"]
    }


def test_a_chart_for_each_quantity_of_each_model(history):
    found = charts(find(history, EVERYTHING))
    assert list(found) == ["digits size (kB)", "digits latency (ms)", "kws size (kB)"]
    values = found["digits latency (ms)"]["data"]["values"]
    assert [row["value"] for row in values] == [2.0, 2.1, 9.0]
    assert [row["check"] for row in values] == ["1111111", "2222222", "3333333"]
    assert values[0]["low"] == pytest.approx(1.98)
    assert [row["void"] for row in values] == ["", "", "HOT NOISY"]


def test_only_intervals_have_a_band(history):
    found = charts(find(history, EVERYTHING))
    marks = {name: [layer["mark"] for layer in one["layer"]] for name, one in found.items()}
    assert marks["digits latency (ms)"][0]["type"] == "area"
    assert marks["digits size (kB)"][0] == "line"


def test_the_baseline_is_a_line(history):
    baseline, _ = of_measurements([("digits", latency(1900)), ("kws", latency(1))])
    found = charts(find(history, EVERYTHING), baseline)
    lines = {name: one["layer"][-1]["data"]["values"] for name, one in found.items()}
    assert lines["digits latency (ms)"] == [{"device": "phone", "value": pytest.approx(1.9)}]
    assert lines["digits size (kB)"] == lines["kws size (kB)"] == []


def test_checks_of_one_commit_are_told_apart_by_time(tmp_path):
    path = tmp_path / "h"
    for number, commit in ((1, "a" * 40), (2, "a" * 40), (3, "b" * 40 + "+")):
        record(path, day(number, checked("m", SIZE), commit=commit))
    record(path, replace(day(4, checked("m", SIZE)), commit=None))
    (chart,) = charts(find(path, EVERYTHING)).values()
    assert chart["layer"][0]["encoding"]["x"]["scale"]["domain"] == [
        "aaaaaaa 2026-11-01T12:00:00Z",
        "aaaaaaa 2026-11-02T12:00:00Z",
        "bbbbbbb+",
        "2026-11-04T12:00:00Z",
    ]


@pytest.mark.parametrize(("suffix", "begin"), [(".svg", b"<svg"), (".png", b"\x89PNG")])
def test_pictures(history, suffix, begin):
    assert plotted(find(history, EVERYTHING), Baseline(), suffix).startswith(begin)


def test_a_page_asks_for_nothing_and_its_points_tell_their_figures(history):
    page = plotted(find(history, EVERYTHING), Baseline(), ".html").decode()
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")
    assert "default-src 'none'" in page
    assert page.count("<svg") == 3
    titles = [one.text for one in ElementTree.fromstring(body(page)).iter() if "title" in one.tag]
    assert any("check: 1111111" in title and "threads 1" in title for title in titles)


def body(page):
    return page[page.index("<body>") : page.index("</html>")] if "<body>" in page else page


@pytest.mark.parametrize("suffix", [".svg", ".png", ".html"])
def test_any_name_can_be_drawn(tmp_path, suffix):
    name = "</script><script>x</script>\x01\u2028\ud800\"<b>&\n::error::'"
    odd = replace(latency(5), device=name, setting={name: name})
    drawn = plotted([Entry("2026-11-01T12:00:00Z", "<i>", name, "0", odd)], Baseline(), suffix)
    if suffix != ".png":
        ElementTree.fromstring(body(drawn.decode()))
        assert b"<script" not in drawn
        assert b"<i>" not in drawn


def test_other_kinds_of_plot_are_refused(tmp_path):
    with pytest.raises(UsageError, match="is no kind of plot"):
        check_suffix(tmp_path / "h.gif")
