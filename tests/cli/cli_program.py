"""The command line as a process of its own: how it is called. A module of its own, as `conftest` names many files."""

import sys

PROGRAM = [sys.executable, "-c", "from engine.cli import main; main()"]
