"""The pipelines, each a straight line of named steps over a frozen request.

build:   model + data -> lower -> sample -> quantize -> write objects -> verify -> artifact
diagnose: the same as far as quantize, then layer by layer
export:   kernels -> library, header, sources and how-to for an app
merging:  artifacts -> one file with a signature for each
measure: artifact -> device -> run -> evaluate -> summarize -> report
selftest: one artifact -> device -> run often -> compare it with itself

Nothing is imported here: a command loads the pipeline that it runs, and no other.
"""
