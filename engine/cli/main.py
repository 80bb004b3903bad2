"""`weft`: finds the command, turns exceptions into exit codes and messages.

Exit codes: 0 good · 1 the spec or the checked thing is wrong · 2 the call is wrong · 3 a fault of the engine · 4 a run
ended other than succeeded · 5 something needed is unavailable · 130, 143 stopped by a signal · 141 closed pipe.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from engine.text import suggestion

COMMANDS = {
    "validate": "check spec files, every problem at once",
    "run": "validate a spec, then run it",
    "resume": "go on with a run that has not ended",
    "runs": "list the runs of a store",
    "show": "the result, or the events, of a run",
    "graph": "show a spec as a graph",
    "tools": "list tools, or show one with its parameters",
    "schema": "print or write the JSON Schemas",
}


class Commands(click.Group):
    """Knows the names of the commands; imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"engine.cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = suggestion(name, COMMANDS)
            raise click.UsageError(f'no command "{name}"' + (f" ({hint})" if hint else ""))
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.option("--version", is_flag=True, help="Print the version.")
@click.pass_context
def weft(ctx: click.Context, version: bool) -> None:
    """Weft runs workflows written as YAML or JSON files.

    \b
    Examples:
      weft validate                        check every spec below this folder
      weft run orders.weft.yaml -i day=2026-01-31
    """
    if version:
        from engine.version import VERSION

        click.echo(f"weft {VERSION}")
    elif ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit the process."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone: say nothing, and keep the interpreter from trying again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    sys.exit(code)


def _run(arguments: list[str] | None) -> int:
    try:
        result = weft.main(args=arguments, prog_name="weft", standalone_mode=False)
    except BrokenPipeError:
        raise
    except click.exceptions.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        click.echo(f"weft: {error.format_message()}", err=True)
        return 2
    except Exception as error:
        from engine.cli.failures import report_failure

        return report_failure(error, sys.argv[1:] if arguments is None else arguments)
    return result if isinstance(result, int) else 0


def _usage(error: click.UsageError) -> int:
    message = error.format_message()
    click.echo(f"weft: {message[:1].lower()}{message[1:].rstrip('.')}", err=True)
    if error.ctx is not None:
        click.echo(f"      try: {error.ctx.command_path} --help", err=True)
    return 2
