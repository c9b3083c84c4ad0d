"""A second process for work that may crash, such as anything inside TensorFlow."""

from tflitekit.child.worker import Worker

__all__ = ["Worker"]
