"""One HTML page that holds everything: pure functions from documents to text.

CheckReport ─► sections/ (what is told) ─► content.py (blocks) ─► templates/ ─► page
                  └──► charts/ (Vega-Lite) ─► drawing.py (SVG) ──────┘
"""
