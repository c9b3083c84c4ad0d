"""What every check measured, in one SQLite file."""

FILE_NAME = "tflitekit.history.sqlite"
"""Where nobody names another."""
