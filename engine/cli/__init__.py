"""The command line: a face. Parses words, calls a use case, prints; decides nothing.

entry.py        the process: exit codes, closed pipes, `--version` and `--help` without the parser
front.py        the commands by name and the first page of help
parser.py       the parser (click); imports a command when it is called
commands/       one module a command
options.py      options that several commands share · misuse.py: what click says, in our words
printing.py     JSON and text, to standard output or standard error
failures.py     exceptions as messages, JSON and exit codes
progress.py     which onlooker follows a run: story.py what it hears, wording.py how it says it,
                lines.py plain lines, live.py and live_view.py a block on a terminal, jsonl.py JSON lines
results.py      the end of a run · recorded.py: a run of the past, in the same words
tool_page.py    a tool for people: parameters, results, settings of its connections
"""

from engine.cli.entry import main

__all__ = ["main"]
