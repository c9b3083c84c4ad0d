"""The state of a model as its user names it: `--state IN=OUT`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from tflitekit.errors import UsageError
from tflitekit.graph import read_model
from tflitekit.graph.model import Signature
from tflitekit.graph.spec import TensorSpec
from tflitekit.graph.state import Steps, state_of
from tflitekit.suggest import did_you_mean

_ANY = "*"


def carried_by(pairs: Sequence[str], signature: Signature) -> dict[str, str]:
    """The output that each carried input is in the next run.

    Args:
        pairs: "IN=OUT", names of the signature. One `*` in both stands for any text, the same in
            both: "keys*=next_keys*" is as many pairs as there are such inputs.
        signature: of the float model.

    Raises:
        UsageError: a pair is of another form; a name is not there, or there twice; an input and
            its output differ in shape or type; or nothing is left to be given or to be got.
    """
    inputs = {spec.name: spec for spec in signature.input_specs()}
    outputs = {spec.name: spec for spec in signature.output_specs()}
    carried: dict[str, str] = {}
    for pair in pairs:
        for name, output in _named(pair, inputs):
            _check(pair, inputs, name, "input")
            _check(pair, outputs, output, "output")
            if name in carried or output in carried.values():
                again = f"input {name!r}" if name in carried else f"output {output!r}"
                raise UsageError(f"the {again} is carried already", where=_where(pair))
            _check_alike(pair, inputs[name], outputs[output])
            carried[name] = output
    for side, names in (("input", inputs), ("output", outputs)):
        if len(carried) == len(names):
            raise UsageError(
                f"every {side} of the model is carried",
                where="--state",
                hint=f"A model needs an {side} of its own besides its state",
            )
    return carried


def shared_with(path: Path, signature: Signature, carried: Collection[str]) -> dict[str, Steps]:
    """The integers that carried inputs have to be so that a converted model can go on with them.

    Args:
        path: the converted model.
        signature: of the float model.
        carried: its carried inputs.

    Raises:
        ModelError: the file cannot be read.
        UsageError: it has no state in integers, or not all of this one, or in another shape.
    """
    where = f"--state-from {path}"
    other = read_model(path)
    ports = {spec.name: spec for spec in other.signature().input_specs()}
    known = {name: ports[name] for name in state_of(other).carried}
    shared: dict[str, Steps] = {}
    for spec in (signature.inputs[name].spec(name) for name in carried):
        found = known.get(spec.name)
        if found is None or found.shape != spec.shape:
            what = "no state" if found is None else f"{list(found.shape)} for"
            raise UsageError(
                f"has {what} {spec.name!r}, which is {list(spec.shape)} here",
                where=where,
                hint="Name a model that was converted with the same --state",
            )
        if found.scale is not None and found.zero_point is not None:
            shared[spec.name] = Steps(found.dtype, found.scale, found.zero_point)
    if not shared:
        raise UsageError("has no state in integers", where=where)
    return shared


def _named(pair: str, inputs: Collection[str]) -> Iterator[tuple[str, str]]:
    """The pairs of names that a text stands for."""
    name, _, output = pair.partition("=")
    if not name or not output or name.count(_ANY) != output.count(_ANY) or name.count(_ANY) > 1:
        raise UsageError(
            "is not of the form IN=OUT, or keys*=next_keys* for all of a kind", where=_where(pair)
        )
    if _ANY not in name:
        yield name, output
        return
    before, after = name.split(_ANY)
    found = [
        one.removeprefix(before).removesuffix(after)
        for one in inputs
        if one.startswith(before) and one.endswith(after) and len(one) > len(before + after)
    ]
    if not found:
        raise UsageError(
            f"the model has no input {name!r}",
            where=_where(pair),
            hint=f"Its inputs are {', '.join(inputs)}",
        )
    for text in found:
        yield name.replace(_ANY, text), output.replace(_ANY, text)


def _check(pair: str, known: Collection[str], name: str, side: str) -> None:
    if name not in known:
        raise UsageError(
            f"the model has no {side} {name!r}",
            where=_where(pair),
            hint=did_you_mean(name, list(known)),
        )


def _check_alike(pair: str, one: TensorSpec, other: TensorSpec) -> None:
    first, second = (f"{spec.dtype}{list(spec.shape)}" for spec in (one, other))
    if first != second:
        raise UsageError(
            f"the input {one.name!r} is {first}, and the output {other.name!r} is {second}",
            where=_where(pair),
            hint="A state has one shape and one type",
        )


def _where(pair: str) -> str:
    return f"--state {pair}"
