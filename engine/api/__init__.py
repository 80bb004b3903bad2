"""The Python face: load, validate, run, resume and look at runs from a program. Decides nothing the use cases do.

runs.py       begin a run, go on with one; here and below each call is there as a function and as a coroutine
asking.py     ask something of a run that is under way: cancel, signal
recorded.py   look at what was run
specs.py      look at specs without running them
spec.py       a spec as a value: from a path, a mapping, or one that is loaded already
arguments.py  arguments of a wrong type
given.py      what a program gives with a call, checked
results.py    the result of a run, the entries of a list of runs
offers.py     the tools a program offers: for one run, or for the process
blocking.py   a run that is waited for, from inside and outside an event loop

The surface is what `engine.__all__` lists; everything else may change. Nothing here imports the command line.
"""
