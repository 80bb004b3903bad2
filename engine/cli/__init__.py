"""The command line: a face. Parses words, calls a use case, prints; decides nothing.

Each command is a module of `commands/`, imported only when it is called.
"""

from engine.cli.main import main

__all__ = ["main"]
