"""The charts of the page as specifications, and one as a drawing."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from tflitekit.report.html.charts.bandwidth import bandwidth
from tflitekit.report.html.charts.bars import Bar, bars
from tflitekit.report.html.charts.devices import Timed, latency_by_device
from tflitekit.report.html.charts.latencies import Samples, histogram, minutes, starts
from tflitekit.report.html.charts.noise import LayerNoise, layer_sqnr
from tflitekit.report.html.charts.phases import memory, start_up
from tflitekit.report.html.charts.roofline import ComputeRoof, Point, roofline
from tflitekit.report.html.charts.style import log_channel
from tflitekit.report.html.charts.times import time_unit
from tflitekit.report.html.drawing import SVG, draw
from tflitekit.report.one_line import one_line

HOSTILE = "</text><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&\x00\ud800\u2028"

FLOAT = Samples("float", 0, (np.full(40, 100.0), np.linspace(100, 200, 40)), (0, 3))
INT8 = Samples("int8", 1, (np.full(40, 30.0), np.full(40, 31.0)), (1, 2))
POINTS = (
    Point("model", 4.0, 20.0, 1, True, "the model"),
    Point("op", 0.5, 2.0, 1, False, "an op"),
)
CHARTS = {
    "bars": lambda width: bars([Bar(HOSTILE, 5.0, "5 B", 0), Bar("b", 2.0, "2 B", 1)], width),
    "histogram": lambda width: histogram([FLOAT, INT8], width),
    "starts": lambda width: starts([FLOAT, INT8], width),
    "minutes": lambda width: minutes([("a", 1, [(0.0, 10.0), (60.0, 11.0)])], width),
    "start up": lambda width: start_up([("a", 1, {"load": 10.0, "compile": 30.0})], width),
    "memory": lambda width: memory([("a", 1, {"model": 1e6, "peak": 2e6})], width),
    "noise": lambda width: layer_sqnr([LayerNoise(HOSTILE, 20.0, None)], 25.0, width),
    "roofline": lambda width: roofline(POINTS, 10.0, [ComputeRoof("int8", 50.0)], width),
    "no roof": lambda width: roofline(POINTS, None, [], width),
    "bandwidth": lambda width: bandwidth([("a", 1, 3.0)], {"read": 10.0}, width),
    "devices": lambda width: latency_by_device([Timed(HOSTILE, "a", 1, 10.0, None)], width),
}


def rows(spec):
    return spec["data"]["values"]


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_has_its_width_its_tooltips_and_colours_of_the_page(name):
    root = ElementTree.fromstring(draw(CHARTS[name](318), HOSTILE, "chart narrow"))
    assert root.tag == f"{{{SVG}}}svg"
    assert root.get("aria-label") == one_line(HOSTILE)
    assert float(root.get("width")) == pytest.approx(318, abs=1)
    assert root.find(f".//{{{SVG}}}title") is not None
    for element in root.iter():
        assert not [attribute for attribute in element.attrib if attribute.startswith("on")]
        for attribute in ("fill", "stroke"):
            colour = element.get(attribute, "none")
            assert colour.startswith("var(--") or colour in ("none", "transparent"), colour


def test_names_in_a_chart_stay_text():
    text = draw(CHARTS["bars"](520), "", "chart wide")
    assert "&lt;/text&gt;&lt;script" in text
    assert "<script" not in text
    assert "<img" not in text
    assert "\\ud800" in text


def test_an_element_that_no_chart_is_made_of_is_refused():
    picture = {"mark": {"type": "image", "url": "data:,"}, "data": {"values": [{}]}}
    with pytest.raises(ValueError, match="image"):
        draw(picture, "", "")


def test_bars_begin_at_zero_and_show_their_interval():
    spec = bars([Bar("a", 5.0, "5 ms", 1, (4.0, 6.5))], 400)
    bar, interval, _ = spec["layer"]
    assert bar["encoding"]["x"]["scale"]["domain"][0] == 0
    assert interval["encoding"]["x"]["scale"] == bar["encoding"]["x"]["scale"]
    (row,) = rows(spec)
    assert (row["low"], row["value"], row["high"], row["text"]) == (4.0, 5.0, 6.5, "5 ms")


def test_a_histogram_counts_every_sample_also_those_beyond_its_ends():
    tail = Samples("a", 1, (np.array([10.0] * 99 + [1e6]),), (0,))
    found = rows(histogram([tail], 400))
    assert sum(row["share"] for row in found) == pytest.approx(1)
    assert max(row["x2"] for row in found) < 12
    assert found[-1]["share"] == pytest.approx(0.01)


def test_starts_stand_in_the_order_of_the_run():
    found = {row["place"]: row for row in rows(starts([FLOAT, INT8], 400))}
    assert [found[place]["series"] for place in (1, 2, 3, 4)] == [0, 1, 1, 0]
    assert (found[2]["median"], found[4]["p5"]) == (30.0, 105.0)


def test_phases_stand_end_to_end():
    found = rows(start_up([("a", 1, {"load": 1000.0, "compile": 3000.0})], 400))
    assert [(row["begin"], row["end"]) for row in found] == [(0.0, 1.0), (1.0, 4.0)]
    assert found[0]["shade"] < found[1]["shade"] == 1


def test_the_roofs_meet_where_memory_allows_what_arithmetic_can_do():
    spec = roofline(POINTS, 10.0, [ComputeRoof("int8", 25.0)], 400)
    slope, level = (one["layer"][0]["data"]["values"] for one in spec["layer"][:2])
    assert all(row["y"] == pytest.approx(10 * row["x"]) for row in slope)
    assert level[0]["x"] == pytest.approx(2.5)
    assert {row["y"] for row in level} == {25.0}
    low, high = spec["encoding"]["y"]["scale"]["domain"]
    assert all(low <= row["y"] <= high * 1.0001 for row in slope)


def test_layers_with_one_end_are_told_apart():
    layers = [LayerNoise("a" * 60, 20.0, 1.0), LayerNoise("b" + "a" * 60, 21.0, 2.0)]
    spec = layer_sqnr(layers, None, 400)
    names = [row["layer"] for row in rows(spec)]
    assert len(set(names)) == 2
    assert all(len(name) < 30 for name in names)


def test_the_whole_model_is_a_line_where_it_is_known():
    layers = [LayerNoise("a", 20.0, 1.0)]
    texts = [json.dumps(layer_sqnr(layers, output, 400)) for output in (33.0, None)]
    assert ["the whole model: 33.0 dB" in text for text in texts] == [True, False]


@pytest.mark.parametrize(
    ("ends", "ticks"),
    [
        ((0.9, 11.0), [1, 2, 5, 10]),
        ((12.0, 41.0), [15, 20, 30, 40]),
        ((40.0, 260.0), [50, 100, 200]),
        ((1, 1e5), [1, 10, 100, 1e3, 1e4, 1e5]),
    ],
)
def test_ticks_of_a_logarithmic_axis(ends, ticks):
    assert log_channel(*ends)["axis"]["values"] == ticks


@pytest.mark.parametrize(
    ("us", "unit"), [([], "µs"), ([999], "µs"), ([5, 1000], "ms"), ([2e6], "s")]
)
def test_times_have_the_unit_of_the_largest(us, unit):
    assert time_unit(us)[1] == unit
