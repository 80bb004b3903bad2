"""The parser: finds the command, calls it, turns exceptions into exit codes and messages."""

from __future__ import annotations

from importlib import import_module

import click

from engine.cli.front import COMMANDS, help_text
from engine.cli.misuse import usage_error
from engine.errors import UsageError
from engine.execute.secrets import forgotten_after
from engine.text import suggestion
from engine.text.snippet import shortened


class Commands(click.Group):
    """Knows the names of the commands; imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"engine.cli.commands.{cmd_name}").command
        return command

    def get_help(self, ctx: click.Context) -> str:
        return help_text()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = suggestion(name, COMMANDS)
            raise UsageError(f'no command "{shortened(name)}"', hint=hint)
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True
)
@click.option("--version", is_flag=True)
@click.pass_context
def weft(ctx: click.Context, version: bool) -> None:
    if version:
        from engine.version import VERSION

        click.echo(f"weft {VERSION}")
    elif ctx.invoked_subcommand is None:
        click.echo(help_text())


def run(arguments: list[str]) -> int:
    """Call the command that `arguments` name and return the exit code. Lets only BrokenPipeError through."""
    with forgotten_after():
        return _exit_code(arguments)


def _exit_code(arguments: list[str]) -> int:
    try:
        # Not `weft.main()`: that turns a closed pipe into exit code 1.
        with weft.make_context("weft", list(arguments)) as context:
            result = weft.invoke(context)
    except BrokenPipeError:
        raise
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:
        from engine.cli.failures import report_failure

        told = usage_error(error) if isinstance(error, click.ClickException) else error
        return report_failure(told, arguments)
    return result if isinstance(result, int) else 0
