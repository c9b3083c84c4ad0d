"""Convert Keras models to full-integer TensorFlow Lite and measure them on real devices."""

__version__ = "0.1.0"
