"""What `check` found as JUnit XML: a test case for each model, device and quantity.

A failed gate is a <failure>. An inconclusive one is an <error>, which is what JUnit calls a test
that came to no answer: GitLab, Jenkins and the common GitHub actions count it as not passed. They
show <skipped> as harmless, and GitLab leaves such a merge request green.

There is no official schema. What is written is what Jenkins, GitLab and Maven Surefire all read:
text and attributes without characters that XML 1.0 has no form for, and names that are the same
in every run, because histories are kept by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree import ElementTree

from tflitekit.gates.quantities import QUANTITIES
from tflitekit.gates.report import CheckedModel, CheckReport
from tflitekit.gates.verdict import Outcome, Verdict, worst
from tflitekit.report.one_line import plain
from tflitekit.report.verdict_text import gate_text, observed_text

Element = ElementTree.Element

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS: Mapping[Outcome, str] = {"failed": "failure", "inconclusive": "error"}


def junit(report: CheckReport) -> str:
    """The XML document."""
    root = Element("testsuites", {"name": "tflitekit check"})
    suites = [_suite(model, report) for model in report.models]
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.extend(suites)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _suite(model: CheckedModel, report: CheckReport) -> Element:
    """All gates of one model."""
    cases = [_case(verdicts) for verdicts in _by_gate(model.verdicts)]
    suite = _element("testsuite", name=model.name, tests=str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    suite.set("skipped", "0")
    suite.set("timestamp", report.time)
    facts = {"settings": report.settings, "commit": report.commit or "", "version": report.version}
    suite.append(_properties({"file": model.file, "sha256": model.sha256, **facts}.items()))
    suite.extend(cases)
    return suite


def _by_gate(verdicts: Sequence[Verdict]) -> Iterable[list[Verdict]]:
    """A quantity with an absolute and a relative limit is one case."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(gate_text(verdict), []).append(verdict)
    return groups.values()


def _case(verdicts: Sequence[Verdict]) -> Element:
    case = _element("testcase", classname=verdicts[0].model, name=gate_text(verdicts[0]))
    case.append(_properties(pair for verdict in verdicts for pair in _facts(verdict)))
    outcome = worst(verdicts)
    if outcome in _MARKS:
        told = [verdict for verdict in verdicts if verdict.outcome == outcome]
        message = "; ".join(verdict.reason for verdict in told)
        mark = _element(_MARKS[outcome], type=outcome, message=message)
        mark.text = _valid("\n".join(map(_line, verdicts)))
        case.append(mark)
    return case


def _line(verdict: Verdict) -> str:
    """GitLab shows the text of an element and not its message, so that is here as well."""
    return (
        f"{plain(verdict.model)}: {gate_text(verdict)}: {verdict.outcome}: {verdict.reason}\n"
        f"  observed {observed_text(verdict.observed)}, limit {verdict.limit}"
    )


def _facts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """What is known of a limit, with exact numbers."""
    kind, observed, baseline = verdict.kind, verdict.observed, verdict.baseline
    yield f"{kind}.outcome", verdict.outcome
    yield f"{kind}.limit", verdict.limit
    yield f"{kind}.reason", verdict.reason
    yield "unit", QUANTITIES[verdict.quantity].unit
    if baseline is not None:
        yield "baseline", _number(baseline.value)
    if observed is not None:
        yield "observed", _number(observed.value)
        ends = {"low": observed.low, "high": observed.high}
        yield from ((name, repr(end)) for name, end in ends.items() if end is not None)
        yield from ((f"setting.{name}", told) for name, told in observed.setting.items())
        yield from (("void", tag) for tag in observed.void)


def _number(value: float) -> str:
    """Exactly; a whole number the same whether it was read from JSON or counted."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def _properties(pairs: Iterable[tuple[str, str]]) -> Element:
    """Each name and value once: two limits of one quantity share what was observed."""
    properties = Element("properties")
    for name, value in dict.fromkeys(pairs):
        properties.append(_element("property", name=name, value=value))
    return properties


def _element(tag: str, **attributes: str) -> Element:
    return Element(tag, {name: _valid(value) for name, value in attributes.items()})


def _valid(text: str) -> str:
    """`text` with a mark in place of each character that XML has no form for."""
    return _NOT_XML.sub("\ufffd", text)
