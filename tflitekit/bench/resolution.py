"""How well times can be compared at all."""

RESOLUTION = 0.01
"""A ratio that may be nearer to 1 is told, but no verdict."""
