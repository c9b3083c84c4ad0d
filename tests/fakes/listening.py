"""A `Progress` that remembers what people are warned of."""

from __future__ import annotations

from tflitekit.progress import Silent


class Listening(Silent):
    """Keeps the warnings."""

    def __init__(self):
        self.heard = []

    def warn(self, text):
        self.heard.append(text)
