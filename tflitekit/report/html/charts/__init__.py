"""Charts as Vega-Lite specifications: pure functions from numbers to plain dicts, one a chart.

Colours are variables of the page's style sheet (`style.py`), so that one drawing is right in light
and in dark. Every mark has a `description`, which the page shows as its tooltip.
"""
