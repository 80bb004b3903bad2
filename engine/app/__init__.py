"""The use cases: check a spec, run it, resume a run, look at runs. What faces call; knows no terminal.

checking.py   the journey of a spec up to its diagnostics: load -> parse -> compile -> check
project.py    where a spec belongs: its project folder, the store, the tools
running.py    run and resume
session.py    one process's time with one run
stored.py     runs as a store keeps them
looking.py    runs and show
"""
