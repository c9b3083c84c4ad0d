"""Run models in the TensorFlow Lite of this interpreter, which has nothing of the toolkit.

    PYTHON answers.py MODELS ANSWERS PACKAGE ...

Takes the first PACKAGE that is there. Of each NAME.tflite in MODELS that was not begun before, runs
the calls in NAME.npz, an array an input with one call a row, and writes ANSWERS/NAME.npz, an array
an output, or NAME.error; of one that ends the process there is NAME.begun and nothing else. Prints
the release.
"""

import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np

INTERPRETERS = {
    "ai_edge_litert": "ai_edge_litert.interpreter",
    "tensorflow": "tensorflow.lite.python.interpreter",
    "tflite_runtime": "tflite_runtime.interpreter",
}


def main(models: Path, folder: Path, packages: list[str]) -> None:
    """Answer for every model."""
    package = next((one for one in packages if importlib.util.find_spec(one)), None)
    if package is None:
        sys.exit(f"has none of {', '.join(packages)}")
    library = importlib.import_module(INTERPRETERS[package])
    for path in sorted(models.glob("*.tflite")):
        begun = folder / f"{path.stem}.begun"
        if begun.exists():
            continue
        begun.touch()
        try:
            np.savez(folder / f"{path.stem}.npz", *answers(library, path))
        except (RuntimeError, ValueError) as error:
            (folder / f"{path.stem}.error").write_text(str(error))
    print(importlib.import_module(package).__version__)


def answers(library, path: Path) -> list:
    """The outputs of a model, all calls of each stacked."""
    # XNNPACK would hide the kernels that the versions speak of, and an app may have none.
    kernels = library.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = library.Interpreter(
        model_path=str(path), experimental_op_resolver_type=kernels, num_threads=1
    )
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    with np.load(path.with_suffix(".npz")) as arrays:
        calls = list(zip(*(arrays[name] for name in arrays.files), strict=True))
    found = []
    for call in calls:
        for details, values in zip(inputs, call, strict=True):
            interpreter.set_tensor(details["index"], values)
        interpreter.invoke()
        found.append([interpreter.get_tensor(details["index"]) for details in outputs])
    return [np.stack(output) for output in zip(*found, strict=True)]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
