"""Imports large libraries so that the garbage collector passes over them. Runs in the child only.

The objects of TensorFlow and Keras live as long as the process. Every full collection of a
conversion would look at them all again.
"""

from __future__ import annotations

import functools
import gc
import importlib
from types import ModuleType


@functools.cache
def import_frozen(name: str) -> ModuleType:
    """The module; no later collection looks at what lives now.

    To be called before a model is loaded, which would else never be freed.
    """
    module = importlib.import_module(name)
    gc.collect()
    gc.freeze()
    return module
