"""Kills the tool, adb's server, the daemon or the runner at random moments, and looks at the rest.

After each kill nothing may be left on the device but the content store: no process, no file, no
lock, no setting; and the next run has to work.
"""
