"""The Python face: load, validate, run, resume and look at runs from a program. Decides nothing the use cases do.

calls.py      what a program calls, each as a function and as a coroutine
spec.py       a spec as a value: from a path, a mapping, or one that is loaded already
results.py    the result of a run, the entries of a list of runs
offers.py     the tools a program offers: for one run, or for the process
blocking.py   a run that is waited for, from inside and outside an event loop

The surface is what `engine.__all__` lists; everything else may change. Nothing here imports the command line.
"""
