"""Samples for the firewall of data, and what it says of them."""

from __future__ import annotations

import numpy as np

from tests.fakes.graphs import op, tensor
from tflitekit.data.firewall import Firewall
from tflitekit.data.samples import Sample
from tflitekit.graph import Model
from tflitekit.graph.model import Signature

PICTURE = (1, 4, 4, 3)


def random(shape, number=0, low=0.0, high=1.0):
    return np.random.default_rng(number).uniform(low, high, shape).astype(np.float32)


def sample(number, label=None, **inputs):
    values = inputs or {"x": random((1, 5), number)}
    return Sample(number, values, None if label is None else np.asarray(label))


def tags(firewall):
    return [finding.tag for finding in firewall.findings()]


def fed(samples, **options):
    samples = list(samples)
    firewall = Firewall(list(samples[0].inputs), **options)
    for one in samples:
        firewall.see(one)
    return firewall


def reading(shape, *steps, dtype="float32", gain=0.3):
    """A model that does `steps` to its input, (op, constant, ...), and then a convolution."""
    model = Model()
    graph = model.add_subgraph()
    x = y = tensor(graph, "x", shape, dtype)
    steps = (*steps, ("CONV_2D", random((4, 3, 3, shape[-1]), low=-gain, high=gain)))
    for name, *constants in steps:
        others = [graph.constant(name, np.asarray(one, np.float32)) for one in constants]
        y = op(graph, name, [y, *others], shape)
    graph.inputs, graph.outputs = [x], [y]
    model.signatures["serving_default"] = Signature(graph, {"x": x}, {"y": y})
    return model
