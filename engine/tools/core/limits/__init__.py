"""Limits on what a call may take of its machine, kept by the operating system: for `shell` and `python`.

`declare.py` is the schema; `keep.py` reads limits, sets them on this process and tells which was hit; `launch.py` sets them
on a process that becomes a program.
"""
