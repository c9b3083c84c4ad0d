"""A check's report as JUnit XML, read by a parser that is not ours."""

import re
from dataclasses import replace
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml

from tests.fakes.check_reports import (
    HOSTILE,
    LIMITS,
    every_outcome,
    hostile,
    report,
)
from tflitekit.report.junit import junit


def cases_of(made):
    """By suite and name, each test case as another reader sees it."""
    xml = JUnitXml.fromroot(ElementTree.fromstring(junit(made).encode("utf-8", "replace")))
    return {(suite.name, case.name): case for suite in xml for case in suite}


def test_junit_has_a_case_for_each_model_device_and_quantity():
    cases = cases_of(every_outcome())
    assert [name for _, name in cases] == [
        *("size", "accuracy", "latency on phone", "latency_p90 on phone", "memory on phone"),
        "runtime",
    ]
    failed, passed, _, void, missing = [
        cases["digits", name]
        for name in (
            *("size", "accuracy", "latency on phone", "latency_p90 on phone", "memory on phone"),
        )
    ]
    assert [type(one) for one in failed.result] == [Failure]
    assert failed.result[0].message == "3 % more"
    assert "digits: size: failed: 3 % more" in failed.result[0].text
    assert "digits: size: passed: 3 % more" in failed.result[0].text
    assert passed.is_passed
    for case in (void, missing):
        assert [type(one) for one in case.result] == [Error]
        assert not case.is_passed
        assert not case.is_skipped
    assert void.result[0].type == "inconclusive"


def test_junit_counts_what_it_holds(any_report):
    root = ElementTree.fromstring(junit(any_report).encode("utf-8", "replace"))
    for holder in (root, *root.iter("testsuite")):
        cases = list(holder.iter("testcase"))
        assert int(holder.get("tests")) == len(cases)
        assert int(holder.get("failures")) == sum(
            case.find("failure") is not None for case in cases
        )
        assert int(holder.get("errors")) == sum(case.find("error") is not None for case in cases)
        assert holder.get("skipped") == "0"


def test_junit_has_the_exact_numbers():
    root = ElementTree.fromstring(junit(every_outcome()))
    cases = {
        case.get("name"): [(one.get("name"), one.get("value")) for one in case.iter("property")]
        for case in root.iter("testcase")
    }
    found = dict(cases["latency on phone"])
    assert float(found["observed"]) == 2100.0
    assert float(found["baseline"]) == 2000.0
    assert (found["low"], found["high"], found["unit"]) == ("2050.0", "2160.0", "us")
    assert found["setting.processor"] == "Cortex-A76"
    size = [name for name, _ in cases["size"]]
    assert {"absolute.outcome", "relative.outcome"} <= set(size)
    assert len(size) == len(set(size))


def test_junit_names_do_not_depend_on_what_was_observed():
    faster = replace(LIMITS[3], outcome="passed", observed=replace(LIMITS[3].observed, value=1.0))
    assert cases_of(report(faster)).keys() == cases_of(report(LIMITS[3])).keys()


def test_a_hostile_name_is_one_name_in_junit():
    ((suite, name),) = cases_of(hostile())
    unprintable = re.compile("[\x00\x1b\ud800]")
    assert suite == unprintable.sub("\ufffd", HOSTILE)
    assert name == "latency on " + unprintable.sub("\ufffd", HOSTILE)
