"""The page: what it tells, and that names in it are nothing but text."""

import ast
import base64
import hashlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.fakes.check_reports import every_outcome, hostile
from tests.fakes.page_reports import (
    bench_document,
    bench_result,
    check_report,
    checked_model,
    summary,
)
from tflitekit.report.html import page as page_module
from tflitekit.report.html.bench_report import bench_report
from tflitekit.report.html.page import page

HOSTILE = (
    "</title></style></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"
)


class Reader(HTMLParser):
    """Elements with their attributes, and the text outside of style and script."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self._inside = [], [], None
        self.raw = {"style": "", "script": ""}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside in self.raw:
            self.raw[self._inside] += data
        else:
            self.words.append(data.strip())

    @property
    def text(self):
        return " ".join(filter(None, self.words))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def written():
    return Reader(page(check_report(checked_model(devices=("phone", "tablet")))))


@pytest.fixture(scope="module")
def attacked():
    model = checked_model(HOSTILE, op=HOSTILE, layer=HOSTILE, devices=(HOSTILE, "b"))
    return Reader(page(replace(check_report(model), settings=HOSTILE, commit=HOSTILE)))


def test_names_are_text_wherever_they_stand(attacked):
    assert len(attacked.all("script")) == len(attacked.all("style")) == 1
    assert not attacked.all("img")
    assert "alert(1)" not in attacked.raw["script"]
    assert "{{ 7 * 7 }}" in attacked.text
    assert "</script><script>alert(1)</script>" in attacked.text
    for _, attributes in attacked.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_text_that_no_page_can_hold_is_spelled_out():
    text = page(hostile())
    assert "<script>alert" not in text
    assert "\x00" not in text
    text.encode()


def test_the_policy_allows_this_style_and_this_script_only(written):
    (policy,) = (
        one["content"]
        for one in written.all("meta")
        if one.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(written.raw[name].encode()).digest()).decode()
        assert rules[f"{name}-src"] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"


def test_nothing_is_asked_for_elsewhere(written):
    for _, attributes in written.elements:
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert attributes.get(name, "#").startswith(("#", "data:,"))
    assert "url(" not in written.raw["style"]


def test_every_link_leads_somewhere(written):
    places = [attributes["id"] for _, attributes in written.elements if "id" in attributes]
    assert len(places) == len(set(places))
    links = [one["href"] for one in written.all("a")]
    assert len(links) > 20
    assert {link.removeprefix("#") for link in links} <= set(places)


def test_verdicts_come_first_and_say_why(written):
    text = written.text
    assert "1 failed, 1 inconclusive, 1 passed of 3 gates" in text
    order = [text.index(why) for why in ("it is 15 % larger", "it was CHARGING", "it holds")]
    assert order == sorted(order)
    assert max(order) < text.index("float tensors")
    assert "1.2 ms (1.19 ms - 1.21 ms)" in text
    assert "1.1 ms (+9.09 %)" in text


@pytest.mark.parametrize(
    "told",
    [
        *("138 kB", "3.70× smaller than float", "1.2 ms", "97.50 %"),
        *("On phone", "On tablet", "Side by side", "0.601×, faster"),
        *("5.31 ms", "process and LiteRT", "5 MB", "10 GB/s"),
        *("outlier channel", "net/a: 50 times", "--int16 a", "20.0"),
        *("peak of int8", "50 GMAC/s with neon", "oldest runtime", "1 kernel in 1 partition"),
        *("tflitekit.attention", "MUL, SOFTMAX", "CONV_2D", "block/conv_0"),
        *("CHARGING: it takes charge; wait until it is full", "Pixel", "98.00 %"),
        *("source: file", "digits.keras", "keras 3.15.1", "abc1234", "digits was built anew"),
    ],
)
def test_numbers_are_there_as_text(written, told):
    assert told in written.text


def test_a_chart_is_drawn_for_a_wide_screen_and_for_a_narrow_one(written):
    classes = [one.get("class", "") for one in written.all("svg")]
    assert classes.count("chart wide") == classes.count("chart narrow") > 10


def test_what_is_not_known_is_left_out_and_said():
    model = replace(checked_model(), benches={}, diagnosis=None, manifest=None, quantization=None)
    text = Reader(page(check_report(model))).text
    assert "Not in this report: latency, memory and bandwidth: nothing was run" in text
    assert "no diagnosis was asked for" in text
    assert "Roofline" not in text
    assert "512 kB" in text


def test_a_model_that_could_not_be_built_says_so():
    model = replace(
        checked_model(), model=None, float_model=None, benches={}, diagnosis=None, warnings=("no",)
    )
    assert "it was not read" in Reader(page(check_report(model))).text


def test_reports_with_little_in_them():
    assert "10 MB" in page(every_outcome())
    assert "nothing was checked" in page(replace(every_outcome(), models=()))


def test_a_column_of_verdicts_in_which_nothing_stands_is_left_out(written):
    verdict = checked_model().verdicts[0]
    text = Reader(page(check_report(replace(checked_model(), verdicts=(verdict,))))).text
    assert "baseline why" in written.text
    assert "limit why" in text


def test_one_device_is_beside_no_other():
    assert "Side by side" not in page(check_report(checked_model()))


def test_a_page_of_many_models_is_small():
    models = [checked_model(f"model_{number}", devices=("a", "b")) for number in range(3)]
    assert len(page(check_report(*models))) < 1_500_000


def test_a_bench_is_a_check_without_limits():
    document = bench_document(
        bench_result("x/float.tflite", 2000.0), bench_result("x/int8.tflite", 500.0)
    )
    summaries = {"x/float.tflite": summary(integer=False), "x/int8.tflite": summary()}
    report = bench_report(document | {"error": None}, summaries, "2026-01-02T03:04:05+00:00")
    text = Reader(page(report)).text
    assert "On adb:1234" in text
    assert "int8 takes 0.251× the time" in text
    assert "Verdicts" not in text
    alone = Reader(page(bench_report(document, {}, "2026"))).text
    assert "what is in the file: it was not read" in alone


def test_a_matrix_is_side_by_side_and_says_what_failed():
    document = bench_document(bench_result("int8.tflite", 500.0))
    error = {
        "kind": "device",
        "what": "went away",
        "where": None,
        "hint": "Plug it in",
        "exit_code": 5,
    }
    cells = [
        {"device": "local", "threads": 1, "report": document, "error": None},
        {"device": "local", "threads": 2, "report": document, "error": None},
        {"device": "adb:7", "threads": 1, "report": None, "error": error},
    ]
    text = Reader(page(bench_report({"cells": cells}, {}, "2026"))).text
    assert "Side by side" in text
    assert "On local, 2 threads" in text
    assert "adb:7: went away. Plug it in" in text


def test_what_draws_is_imported_by_who_needs_a_page_only():
    for path in Path(page_module.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        names = {
            alias.name.split(".")[0]
            for node in tree.body
            if isinstance(node, ast.Import)
            for alias in node.names
        } | {
            node.module.split(".")[0]
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.module
        }
        assert not names & {"vl_convert", "jinja2", "markupsafe"}, path
