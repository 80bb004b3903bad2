"""The first page: every command by name, and the text of `weft --help`. Imports nothing: it is there at once."""

COMMANDS = {
    "validate": "check spec files, every problem at once",
    "run": "validate a spec, then run it",
    "resume": "go on with a run that has not ended",
    "retry": "run the next attempt of an ended run",
    "cancel": "end a run that has not ended",
    "recover": "go on with every run that nobody drives",
    "signal": "tell a run what one of its steps waits for",
    "runs": "list the runs of a store",
    "show": "the result, or the events, of a run",
    "clean": "delete runs that ended long ago",
    "backup": "copy a store that may be in use",
    "metrics": "how often tools were called, how runs went",
    "audit": "the trail of calls through connections",
    "health": "ask connections and tools whether they work",
    "doctor": "check that what a store holds is whole",
    "graph": "show a spec as a graph",
    "describe": "say in words what a spec does",
    "templates": "specs kept in the store by name",
    "explain": "the long text of a problem",
    "tools": "list tools, or show one with its parameters",
    "schema": "print or write the JSON Schemas",
    "init": "make a project to start from",
}
"""What `engine.cli.commands` has, in the order of help. A new command is a module there and a line here."""

_HELP = """\
Usage: weft [OPTIONS] COMMAND [ARGS]...

  Weft runs workflows written as YAML or JSON files.

  Examples:
    weft validate                        check every spec below this folder
    weft run orders.weft.yaml -i day=2026-01-31

Options:
  --version   Print the version.
  -h, --help  Show this message and exit.

Commands:
"""


def help_text() -> str:
    """What `weft`, `weft -h` and `weft --help` print."""
    width = max(map(len, COMMANDS))
    return _HELP + "\n".join(f"  {name:<{width}}  {about}" for name, about in COMMANDS.items())
