"""The entry point. It imports next to nothing, so that Ctrl-C is heard at any moment."""

from __future__ import annotations

import signal
import sys

_INTERRUPTED = 130  # as a shell reports Ctrl-C


def main() -> None:
    """Run the command line."""
    try:
        # So that a polite kill, too, releases devices and removes what is half done.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        from tflitekit.cli.app import run_command

        run_command()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
