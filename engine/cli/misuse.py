"""What click says of a wrong call, in Weft's words: lower case, the offending text quoted, the nearest name."""

from __future__ import annotations

import click

from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened


def usage_error(error: click.ClickException) -> UsageError:
    """The same problem as a UsageError whose hint ends with the page of help to read."""
    message, hint = _words(error)
    context = getattr(error, "ctx", None)
    page = f"try: {context.command_path} --help" if context is not None else None
    return UsageError(message, hint="\n".join(filter(None, (hint, page))) or None)


def _words(error: click.ClickException) -> tuple[str, str | None]:
    if isinstance(error, click.NoSuchOption):
        known = [name for name in _option_names(error.ctx) if name.startswith("--")]
        return f'no option "{shortened(error.option_name)}"', suggestion(error.option_name, known)
    if isinstance(error, click.MissingParameter):
        name = error.param.make_metavar(error.ctx) if error.param is not None and error.ctx else "an argument"
        return f"{name} is missing", None
    if isinstance(error, click.BadOptionUsage) and "requires an argument" in error.message:
        return f'option "{error.option_name}" needs a value', None
    message = error.message if isinstance(error, click.UsageError) else error.format_message()
    place = (
        f"{error.param.opts[0]}: "
        if isinstance(error, click.BadParameter) and error.param is not None
        else ""
    )
    return place + shortened(message[:1].lower() + message[1:].rstrip("."), 300), None


def _option_names(context: click.Context | None) -> list[str]:
    parameters = context.command.get_params(context) if context is not None else []
    return [name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)]
