"""Where the accuracy of a quantized model goes, layer by layer, and why."""
