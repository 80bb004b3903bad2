"""Tools written as Python: a class with typed operations, or a function, becomes a declaration and a living tool.

In come classes, instances and functions; out come a `Declaration` (what the checks read) and a maker of living tools.
It knows no run and no registry. Imports pydantic, so it is itself imported on use only.

    operation.py   the decorator: marks a method or function, builds nothing
    signature.py   type hints and docstring of a function -> JSON Schemas, checked arguments, a result as JSON
    tool.py        the class to derive from
    given.py       whatever was given as a tool -> its declaration and its maker
"""
