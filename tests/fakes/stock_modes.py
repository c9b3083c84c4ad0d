"""What `stock_zoo` makes: names only, for tests that do not load TensorFlow."""

MODELS = ("products", "elementwise", "movements", "choices", "pooled")
MODES = ("float32", "float16", "dynamic", "int8", "int16x8")
