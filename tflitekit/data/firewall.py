"""A report on a whole set of samples, made while they pass, before any work is done with them.

`checks` holds each sample to its input's shape, type and finite values. What only shows over a set
is found here: values in another range than the model's, samples that are all alike, come twice or
are too few, classes without a sample. Memory holds a hash of each sample and no sample.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tflitekit.data.dataset import Dataset
from tflitekit.data.evidence import expectations
from tflitekit.data.expectations import Expectation
from tflitekit.data.findings import DataFinding, enforce
from tflitekit.data.label_stats import LabelStats
from tflitekit.data.samples import Sample
from tflitekit.data.value_stats import ValueStats
from tflitekit.errors import DataError
from tflitekit.graph import Model
from tflitekit.progress import Progress

FEW_SAMPLES = 32
"""The fewest samples that say something about ranges; 100 to 500 are usual."""

_CLASS_METRICS = ("top1", "top5")


@dataclass
class _Refused:
    """Samples that were refused for one reason."""

    first: DataError
    count: int = 1


class Firewall:
    """Sees every sample once, then tells everything that is wrong with the set.

    Args:
        inputs: the names of the model's inputs.
        expected: what is known of their values, see `evidence.expectations`.
        classes: how many classes the model tells apart; None where it does not or is not known.
        labels_needed: whether something is to be scored by the labels.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        expected: Mapping[str, Sequence[Expectation]] | None = None,
        *,
        classes: int | None = None,
        labels_needed: bool = False,
    ) -> None:
        self._values = {name: ValueStats() for name in inputs}
        self._expected = expected or {}
        self._labels = LabelStats(classes, labels_needed)
        self._count = 0
        self._seen: set[bytes] = set()
        self._duplicates = 0
        self._first_duplicate: int | None = None
        self._refused: dict[str, _Refused] = {}
        self._one_shot = False

    def watch(
        self, dataset: Dataset, indices: Sequence[int] | None, progress: Progress
    ) -> Iterator[Sample]:
        """`Dataset.stream` with everything that passes seen, and judged at its end.

        Args:
            dataset: what to draw from.
            indices: as `choose` gives them.
            progress: hears the warnings.

        Raises:
            DataError: there are errors; all of them are in it.
        """
        try:
            for sample in dataset.stream(indices, self.refuse):
                self.see(sample)
                yield sample
            self._one_shot = dataset.one_shot
        except DataError as error:  # what ends the samples is one finding among the others
            self.refuse(error)
        enforce(self.findings(), dataset.place, progress)

    def see(self, sample: Sample) -> None:
        """Take note of a sample that fits the model."""
        self._count += 1
        digest = b"".join(stats.see(sample.inputs[name]) for name, stats in self._values.items())
        if len(self._values) > 1:
            digest = hashlib.blake2b(digest, digest_size=16).digest()
        if digest in self._seen:
            self._duplicates += 1
            if self._first_duplicate is None:
                self._first_duplicate = sample.index
        self._seen.add(digest)
        self._labels.see(sample.label)

    def refuse(self, error: DataError) -> None:
        """Take note of a sample that does not fit, by what is wrong with it."""
        kind = re.sub(r"[-\d.]+", "#", error.what)
        if kind in self._refused:
            self._refused[kind].count += 1
        else:
            self._refused[kind] = _Refused(error)

    def findings(self) -> tuple[DataFinding, ...]:
        """Everything that is wrong or suspicious, errors first."""
        # "error" sorts before "warning", and the order within each is kept.
        found = [*self._of_refused(), *self._of_values(), *self._of_set(), *self._labels.findings()]
        return tuple(sorted(found, key=lambda finding: finding.severity))

    def _of_refused(self) -> Iterator[DataFinding]:
        for refused in self._refused.values():
            error, others = refused.first, refused.count - 1
            more = f" (and {others} more sample{'s' if others > 1 else ''})" if others else ""
            text, hint = f"{error.what}{more}", error.hint or ""
            yield DataFinding("BAD_SAMPLE", "error", text, hint, where=error.where)

    def _of_values(self) -> Iterator[DataFinding]:
        if self._count == 0:
            return
        for name, stats in self._values.items():
            judged = (one.judge(name, stats) for one in self._expected.get(name, ()))
            contradictions = (finding for finding in judged if finding is not None)
            yield from itertools.islice(contradictions, 1)  # the others would repeat it
        constant = [name for name, stats in self._values.items() if not stats.varies]
        if self._count > 1 and constant:
            yield _constant(constant, everything=len(constant) == len(self._values))

    def _of_set(self) -> Iterator[DataFinding]:
        count = self._count
        if count == 0 and not self._refused:
            yield DataFinding("EMPTY", "error", "there is no sample", "Give --data with samples")
        if 0 < count < FEW_SAMPLES:
            text = f"{count} sample{'s are' if count > 1 else ' is'} too few to tell ranges from"
            yield DataFinding("FEW_SAMPLES", "warning", text, "Give 100 to 500 that vary")
        if self._duplicates and len(self._seen) > 1:
            text = (
                f"{self._duplicates} of {count} samples are copies of others, the first is "
                f"sample {self._first_duplicate}"
            )
            yield DataFinding("DUPLICATES", "warning", text, "Leave the copies out")
        if self._one_shot:
            text = "the samples can be drawn only once"
            hint = "Give a function that makes a new generator at each call"
            yield DataFinding("ONE_SHOT", "warning", text, hint)


def firewall_for(dataset: Dataset, model: Model, *, labels_needed: bool = False) -> Firewall:
    """A firewall that knows what the float `model` and the set's `dataset.toml` tell.

    Args:
        dataset: what will be drawn from.
        model: the float model.
        labels_needed: whether something is to be scored by the labels.
    """
    names = [spec.name for spec in dataset.inputs]
    expected = expectations(model, dataset.recipe)
    classes = _classes(dataset, model)
    return Firewall(names, expected, classes=classes, labels_needed=labels_needed)


def _classes(dataset: Dataset, model: Model) -> int | None:
    """As many as the only output has scores, or as the set has names."""
    if dataset.metric not in _CLASS_METRICS:
        return None
    outputs = model.signature().output_specs()
    if len(outputs) == 1 and outputs[0].shape and outputs[0].shape[-1] > 1:
        return outputs[0].shape[-1]
    return None if dataset.class_names is None else len(dataset.class_names)


def _constant(names: Sequence[str], everything: bool) -> DataFinding:
    if everything:
        hint = "Give samples as the model will meet them"
        return DataFinding("CONSTANT", "error", "all samples are equal", hint)
    told = ", ".join(map(repr, names))
    text = f"every sample has the same values for {told}"
    return DataFinding("CONSTANT", "warning", text, "Check that it is not left at a default")
