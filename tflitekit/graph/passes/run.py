"""Running passes, with the graph verified after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from tflitekit.errors import ModelError, ToolkitError
from tflitekit.graph.model import Model
from tflitekit.graph.verify import verify

Pass = Callable[[Model], int]

_MAX_ROUNDS = 1000


def run_passes(model: Model, passes: Sequence[Pass]) -> dict[str, int]:
    """Run `passes` in order, again and again until none changes the model.

    Args:
        model: changed in place.
        passes: functions that change a model and tell how often.

    Returns:
        The changes that each pass made, by its name.

    Raises:
        ModelError: the model was not valid from the start, or a pass cannot work with it.
        ToolkitError: a pass left an invalid graph or never settles, which is a bug in it; the
            error names it and the passes before it.
    """
    verify(model)
    changes: Counter[str] = Counter({pass_.__name__: 0 for pass_ in passes})
    done: list[str] = []
    for _ in range(_MAX_ROUNDS):
        before = changes.total()
        for pass_ in passes:
            changes[pass_.__name__] += pass_(model)
            _verify_after(model, pass_.__name__, done)
            done.append(pass_.__name__)
        if changes.total() == before:
            return dict(changes)
    raise ToolkitError(f"the passes do not settle in {_MAX_ROUNDS} rounds: {dict(changes)}")


def _verify_after(model: Model, name: str, done: list[str]) -> None:
    try:
        verify(model)
    except ModelError as error:
        earlier = f"after {', '.join(done)}" if done else "as the first"
        raise ToolkitError(f"the pass {name}, run {earlier}, broke the graph: {error}") from error
