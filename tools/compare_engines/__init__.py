"""The three engines side by side on the models of `tools.trained_models`."""
