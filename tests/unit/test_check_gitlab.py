"""A check's report as OpenMetrics text, read by parsers that are not ours."""

import io
import shlex
from dataclasses import replace

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.fakes.check_reports import (
    LIMITS,
    every_outcome,
    report,
)
from tflitekit.gates.verdict import Verdict
from tflitekit.report.gitlab_metrics import gitlab_metrics


def gitlab_reads(text):
    """What GitLab makes of a metrics report: all up to a #, split as a shell does."""
    found = {}
    for line in io.StringIO(text):
        words = shlex.split(line.split("#")[0])
        if len(words) > 1:
            found[words[0]] = words[1]
    return found


def test_openmetrics_is_read_by_prometheus(any_report):
    families = list(text_string_to_metric_families(gitlab_metrics(any_report)))
    assert families[-1].name == "tflitekit_gates"


def test_openmetrics_has_values_with_units():
    text = gitlab_metrics(every_outcome())
    families = {one.name: one for one in text_string_to_metric_families(text)}
    assert families["tflitekit_size_bytes"].unit == "bytes"
    (sample,) = families["tflitekit_latency_seconds"].samples
    assert sample.value == 0.0021
    assert sample.labels == {"model": "digits", "device": "phone"}
    assert "tflitekit_latency_p90_seconds" not in families, "a void number is no number"
    gates = {one.labels["outcome"]: one.value for one in families["tflitekit_gates"].samples}
    assert gates == {"failed": 2, "inconclusive": 2, "passed": 3}


def test_a_change_of_unit_adds_no_digits():
    """GitLab compares texts: 7.3 µs must not be 7.299999999999999e-06 s."""
    made = report(replace(LIMITS[3], observed=replace(LIMITS[3].observed, value=7.3)))
    assert '"digits"} 7.3e-06\n' in gitlab_metrics(made)


def test_gitlab_reads_every_value(any_report):
    text = gitlab_metrics(any_report)
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    found = gitlab_reads(text)
    assert len(found) == len(samples)
    assert sorted(map(float, found.values())) == sorted(one.value for one in samples)


def test_a_name_with_a_hash_is_not_lost_in_gitlab():
    made = report(Verdict(*LIMITS[0].__dict__.values()), name="model #1")
    assert "tflitekit_size_bytes{model=model ＃1}" in gitlab_reads(gitlab_metrics(made))
