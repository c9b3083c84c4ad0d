"""A Vega-Lite chart as SVG that can stand inside a page.

Vega itself draws, once, when the page is made. So the page needs no script to show charts, its
policy can forbid evaluating any, and colours stay variables of the style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from tflitekit.report.html.charts.style import VEGA_LITE
from tflitekit.report.html.content import Spec
from tflitekit.report.one_line import one_line

SVG = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset({"svg", "g", "path", "line", "rect", "text", "tspan", "title"})


def draw(spec: Spec, label: str, css_class: str) -> str:
    """The `svg` element of a chart, with tooltips (`title`) where the chart has descriptions.

    Args:
        spec: in Vega-Lite; needs no other data than it holds.
        label: what a screen reader says instead; the numbers are in tables.
        css_class: of the element.
    """
    import vl_convert

    ElementTree.register_namespace("", SVG)
    text = vl_convert.vegalite_to_svg(printable(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    root = ElementTree.fromstring(text)
    _tidy(root)
    size = {"viewBox": root.get("viewBox", ""), "width": root.get("width", "")}
    root.attrib.clear()
    root.attrib.update(size, **{"class": css_class, "role": "img", "aria-label": one_line(label)})
    return ElementTree.tostring(root, encoding="unicode")


def printable(value: Any) -> Any:
    """A specification without characters that XML cannot hold."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {name: printable(one) for name, one in value.items()}
    return [printable(one) for one in value] if isinstance(value, list | tuple) else value


def _tidy(element: ElementTree.Element) -> None:
    """Drop what draws nothing, and make tooltips of descriptions.

    Raises:
        ValueError: Vega wrote an element that no chart is made of.
    """
    for child in list(element):
        name = child.tag.removeprefix(f"{{{SVG}}}")
        if name not in _ELEMENTS:
            raise ValueError(f"a chart has the element {name}")
        if name == "path" and child.get("d") in _NOTHING:
            element.remove(child)
            continue
        _tidy(child)
        _name(child)


def _name(element: ElementTree.Element) -> None:
    """Only marks of data say something that the picture does not."""
    description = element.get("aria-label")
    is_axis = element.get("aria-roledescription") == "axis"
    for attribute in _SAYS_NOTHING:
        element.attrib.pop(attribute, None)
    for attribute in ("d", "transform", "x2", "y2"):
        if attribute in element.attrib:
            element.set(attribute, _LONG_NUMBER.sub(_rounded, element.attrib[attribute]))
    if description and not is_axis:
        title = ElementTree.Element(f"{{{SVG}}}title")
        title.text = description
        element.insert(0, title)


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}"


_LONG_NUMBER = re.compile(r"\d+\.\d{2,}(?:e-?\d+)?")
_SAYS_NOTHING = (
    *("aria-label", "aria-roledescription", "aria-hidden", "role"),
    *("font-family", "class", "pointer-events"),
)
_NOTHING = ("", "M0,0h0v0h0Z", None)
