"""The lines of values in a JSON text."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tflitekit.json_lines import line_of, lines_of

TEXT = """{
  "a": {"b": [1,
    2, {"c":
      "x,{"}],
    "d": null, "f": {}},
  "say \\"b\\"": []
}"""


def test_each_value_has_its_line():
    assert lines_of(TEXT) == {
        (): 1,
        ("a",): 2,
        ("a", "b"): 2,
        ("a", "b", 0): 2,
        ("a", "b", 1): 3,
        ("a", "b", 2): 3,
        ("a", "b", 2, "c"): 3,
        ("a", "d"): 5,
        ("a", "f"): 5,
        ('say "b"',): 6,
    }


def test_what_is_missing_has_the_line_of_what_is_around_it():
    assert line_of(TEXT, ("a", "d", "x", 3)) == 5
    assert line_of(TEXT, ("z",)) == 1


def paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, key))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from((None, 2)))
def test_every_value_is_found(value, indent):
    lines = lines_of(json.dumps(value, indent=indent))
    assert list(lines) == list(paths(value))
    assert list(lines.values()) == sorted(lines.values())
