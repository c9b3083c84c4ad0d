from dataclasses import asdict

from tflitekit.quantize.corrections.efforts import EFFORTS
from tflitekit.quantize.recipe import EFFORTS as NAMES


def test_every_effort_that_can_be_asked_for_has_its_corrections():
    assert tuple(EFFORTS) == NAMES


def test_more_effort_leaves_nothing_out():
    corrections = [{name for name, on in asdict(one).items() if on} for one in EFFORTS.values()]
    assert corrections[0] < corrections[1] < corrections[2]
