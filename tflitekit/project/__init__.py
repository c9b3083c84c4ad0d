"""`tflitekit.toml`: models, devices and budgets of a project in one file."""
