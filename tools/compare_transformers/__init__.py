"""Transformers in every form that an engine makes of them: size, latency and score side by side."""
