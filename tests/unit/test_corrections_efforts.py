from dataclasses import asdict

from tflitekit.quantize.corrections.efforts import EFFORTS


def test_more_effort_leaves_nothing_out():
    corrections = [{name for name, on in asdict(one).items() if on} for one in EFFORTS.values()]
    assert corrections[0] < corrections[1] < corrections[2]
