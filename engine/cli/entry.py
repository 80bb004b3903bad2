"""The process of `weft`: its exit code, a closed pipe, and what is answered without the parser.

Exit codes: 0 good · 1 the spec or the checked thing is wrong · 2 the call is wrong · 3 a fault of the engine · 4 a run
ended other than succeeded · 5 something needed is unavailable · 130, 143 stopped by a signal · 141 closed pipe.

The parser costs more than everything else `--version` and `--help` need; they are answered before it is imported.
"""

from __future__ import annotations

import os
import sys

BROKEN_PIPE = 141
COMPLETION = "_WEFT_COMPLETE"
"""Set by a shell that asks what could follow; the parser answers."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit the process."""
    words = sys.argv[1:] if arguments is None else arguments
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name that cannot be encoded never stops a message.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _answered(words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        # The reader has gone: say nothing, and keep the interpreter from trying again at exit.
        _close_quietly()
        code = BROKEN_PIPE
    sys.exit(code)


def _answered(words: list[str]) -> int:
    if COMPLETION in os.environ:
        from engine.cli.parser import weft

        weft.main(prog_name="weft")
    if words == ["--version"]:
        from engine.version import VERSION

        print(f"weft {VERSION}")
        return 0
    if words in ([], ["-h"], ["--help"]):
        from engine.cli.front import help_text

        print(help_text())
        return 0
    from engine.cli.parser import run

    return run(words)


def _open_closed() -> None:
    """A process may be started without standard output or error: what it says then goes nowhere."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  (for as long as the process lives)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _close_quietly() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(null, stream.fileno())
