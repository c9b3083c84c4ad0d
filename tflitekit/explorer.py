"""Shows a model in Google's Model Explorer, with overlays: a program, which serves until Ctrl-C.

    python -m tflitekit.explorer PORT MODEL [OVERLAY ...]

It is a process of its own because Model Explorer prints, and loads much that nobody else needs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str]) -> None:
    """Start the server, and a browser where there is one."""
    import model_explorer

    port, model, *overlays = arguments
    config = model_explorer.config().add_model_from_path(model)
    for overlay in overlays:
        config.add_node_data_from_path(overlay)
    model_explorer.visualize_from_config(config, port=int(port))


if __name__ == "__main__":
    main(sys.argv[1:])
