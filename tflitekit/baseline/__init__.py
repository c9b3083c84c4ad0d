"""What a project holds its models to: measurements that a reviewer accepted, in one file."""

FILE_NAME = "tflitekit.baseline.json"
"""Where settings name no other."""
