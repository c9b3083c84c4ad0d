"""How far the answers of models agree with others': the host's, and the float model's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tflitekit.bench.accuracy import Evaluation
from tflitekit.bench.agreement import Agreement
from tflitekit.bench.agreement_runs import (
    FLOAT,
    HOST,
    Answerer,
    is_float,
    measure_agreement,
    unlike,
)
from tflitekit.devices.local import URI as LOCAL
from tflitekit.devices.local import LocalDevice
from tflitekit.pipeline.subjects import Subject
from tflitekit.runtime.session import Session, open_session

_PATIENCE_S = 24 * 3600.0
"""Benches of other devices at the same time use this machine for the same purpose."""


def reference_of(subjects: Sequence[Subject]) -> Subject | None:
    """The float model that the others are held to: the first, where it is one."""
    first, *others = subjects
    return first if others and is_float(first.graph) else None


@contextmanager
def host_beside(session: Session, *, needed: bool) -> Iterator[Session | None]:
    """This machine as well, where another device is measured; None where it is measured itself."""
    if not needed or session.device.info.uri == LOCAL:
        yield None
        return
    patient = LocalDevice(_PATIENCE_S, session.progress)
    with open_session(patient, session.progress) as host:
        yield host


def agreement_of(
    subject: Subject,
    evaluation: Evaluation | None,
    session: Session,
    host: Session | None,
    reference: Subject | None,
    *,
    threads: int,
) -> tuple[Agreement, ...]:
    """How far a model's answers on the device agree with those of the same file on `host`, and with
    those of the float model `reference` on the device; nothing without an `evaluation`.

    Raises:
        DataError: a sample does not fit.
        DeviceError, RunError: as `Session.run`.
    """
    others = {}
    if host is not None:
        others[HOST] = Answerer(host, subject.path, subject.graph)
    if evaluation is None:
        return ()
    if reference is not None and reference is not subject:
        reason = unlike(subject.graph, reference.graph)
        if reason is None:
            others[FLOAT] = Answerer(session, reference.path, reference.graph)
        else:
            names = f"{subject.path.name} and {reference.path.name}"
            session.progress.warn(f"{names} are not compared: {reason}")
    if not others:
        return ()
    own = Answerer(session, subject.path, subject.graph)
    return measure_agreement(own, others, evaluation.samples(), threads=threads)
