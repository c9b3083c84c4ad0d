import tomllib

import pytest

from tflitekit.project.positions import positions_of

TEXT = '''\
# a comment
baseline = "b.json"  # another

[models.digits]
source = """
two
lines"""
"quoted key" = 'literal'
"es\\"caped.ü" = 1
budget.size = "1 kB"
budget . latency = { limit = "2 ms", regression = { x = [1, 2] } }
int16 = [
  # first
  "a",

  { inner = "b" }, [
    "c",
  ],
]

[devices]
[devices . "my phone"]
uri = "adb"
[devices.tablet.more]
uri = "adb"
[devices.tablet]
threads = 2

[[array]]
a = 1
[[array]]
a = 2
[array.table]
b = 3
[[array.deep]]
c = 4
[[array.deep]]
c = 5
'''

LINES = {
    ("baseline",): 2,
    ("models",): 4,
    ("models", "digits"): 4,
    ("models", "digits", "source"): 5,
    ("models", "digits", "quoted key"): 8,
    ("models", "digits", 'es"caped.ü'): 9,
    ("models", "digits", "budget"): 10,
    ("models", "digits", "budget", "size"): 10,
    ("models", "digits", "budget", "latency"): 11,
    ("models", "digits", "budget", "latency", "limit"): 11,
    ("models", "digits", "budget", "latency", "regression"): 11,
    ("models", "digits", "budget", "latency", "regression", "x"): 11,
    ("models", "digits", "budget", "latency", "regression", "x", 0): 11,
    ("models", "digits", "budget", "latency", "regression", "x", 1): 11,
    ("models", "digits", "int16"): 12,
    ("models", "digits", "int16", 0): 14,
    ("models", "digits", "int16", 1): 16,
    ("models", "digits", "int16", 1, "inner"): 16,
    ("models", "digits", "int16", 2): 16,
    ("models", "digits", "int16", 2, 0): 17,
    ("devices",): 21,
    ("devices", "my phone"): 22,
    ("devices", "my phone", "uri"): 23,
    ("devices", "tablet"): 26,
    ("devices", "tablet", "more"): 24,
    ("devices", "tablet", "more", "uri"): 25,
    ("devices", "tablet", "threads"): 27,
    ("array",): 29,
    ("array", 0): 29,
    ("array", 0, "a"): 30,
    ("array", 1): 31,
    ("array", 1, "a"): 32,
    ("array", 1, "table"): 33,
    ("array", 1, "table", "b"): 34,
    ("array", 1, "deep"): 35,
    ("array", 1, "deep", 0): 35,
    ("array", 1, "deep", 0, "c"): 36,
    ("array", 1, "deep", 1): 37,
    ("array", 1, "deep", 1, "c"): 38,
}


def places(value, place=()):
    if place:
        yield place
    if isinstance(value, dict):
        items = value.items()
    else:
        items = enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*place, key))


@pytest.mark.parametrize("place", LINES, ids=str)
def test_the_line_of_each_key_and_element(place):
    assert positions_of(TEXT).lines[place] == LINES[place]


def test_everything_that_tomllib_reads_has_a_line_and_nothing_else_has():
    assert set(positions_of(TEXT).lines) == set(places(tomllib.loads(TEXT)))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_end_as_they_do(newline):
    text = newline.join(["a = 'ä€😀'", "", "[b]", "c = 1", ""])
    assert positions_of(text).lines == {("a",): 1, ("b",): 3, ("b", "c"): 4}


def test_what_is_not_there_is_where_the_table_around_it_is():
    positions = positions_of("\n[a.b]\nc = 1\n")
    assert positions.line(("a", "b", "missing", 3)) == 2
    assert positions.deepest(("a", "b", "missing", 3)) == ("a", "b")
    assert positions.line(("missing",)) == 1
    assert positions.deepest(("missing",)) == ()
