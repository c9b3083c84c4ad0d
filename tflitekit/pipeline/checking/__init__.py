"""Hold models to their budgets: settings -> build or take -> inspect -> measure -> judge -> report.

Modules that build, run and diagnose are imported where a budget asks for them, so that a check of
what files tell takes no longer than reading them.
"""
