"""The engine that tries the others, and takes the most accurate result."""

from __future__ import annotations

from collections.abc import Sequence

from tflitekit.child import Worker
from tflitekit.errors import ConversionError
from tflitekit.graph import read_model
from tflitekit.graph.strict import fully_integer
from tflitekit.progress import Progress
from tflitekit.quantize.job import Engine, Quantized, QuantizeJob


class Best:
    """The best of several engines on held-out samples; of equals, the first.

    Args:
        engines: what is tried, in this order.
    """

    name = "best"

    def __init__(self, engines: Sequence[Engine]) -> None:
        self._engines = engines

    def quantize(self, job: QuantizeJob, worker: Worker, progress: Progress) -> Quantized:
        """See `job.Engine`.

        Raises:
            ConversionError: no engine makes a model that may be taken.
            ValueError: the job cannot score.
        """
        if job.score is None:
            raise ValueError("the best engine cannot be found without a score")
        scores: dict[str, float] = {}
        best: tuple[str, Quantized] | None = None
        for engine in self._engines:
            made = _attempt(engine, job, worker, progress)
            if made is None:
                continue
            score = job.score(made.flatbuffer)
            if best is None or score > scores[best[0]]:
                best = engine.name, made
            scores[engine.name] = score
            shown, whole = job.score.show(score), job.score.show(job.score.float_score)
            progress.note(f"{engine.name}: {shown}, float {whole}")
        if best is None:
            raise ConversionError(
                "no engine makes a model without float tensors",
                hint="--engine NAME tells what stops one of them; --allow-float accepts some",
            )
        name, taken = best
        progress.note(f"taking {name}")
        accuracy = {
            "metric": job.score.metric,
            "samples": job.score.count,
            "float_score": job.score.float_score,
            "score": scores[name],
        }
        facts = {"best": {"engine": name, "scores": scores}, "accuracy": accuracy}
        return Quantized(taken.flatbuffer, {**taken.facts, **facts}, taken.left_float)


def _attempt(
    engine: Engine, job: QuantizeJob, worker: Worker, progress: Progress
) -> Quantized | None:
    """None, told to the user, where the engine fails or leaves what is not allowed."""
    try:
        made = engine.quantize(job, worker, progress)
    except ConversionError as error:
        progress.warn(f"{engine.name} is out: {error}")
        return None
    if not job.allow_float and not fully_integer(read_model(made.flatbuffer)):
        progress.warn(f"{engine.name} is out: it leaves float tensors")
        return None
    return made
