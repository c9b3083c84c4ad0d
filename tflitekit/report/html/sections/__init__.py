"""What the page tells, a file a subject: pure functions from documents to sections.

A section is None where its documents hold nothing of it.
"""
