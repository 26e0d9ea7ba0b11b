"""Errors of the command line in one line, in the words of this program; loaded only for an error."""

import re

import click

from hopscope.config.near import suggested
from hopscope.renderers.text.escape import visible

__all__ = ["in_one_line"]


def in_one_line(error: click.ClickException) -> str:
    """The message of an error; a usage error without advice refers to the help."""
    if not isinstance(error, click.UsageError):
        return "\n".join(map(visible, error.format_message().split("\n")))
    message = visible(" ".join(_message(error).split()).rstrip("."))
    is_value = isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter)
    advice = "" if is_value or "; " in message or error.ctx is None else f"; see {error.ctx.command_path} --help"
    return f"{message}{advice}"


def _message(error: click.UsageError) -> str:
    """The message of a usage error, which click words differently in each version."""
    if isinstance(error, click.NoSuchOption):
        return _no_such_option(error)
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name} {'takes no' if 'not take' in error.message else 'needs a'} value"
    if isinstance(error, click.MissingParameter) and error.param:
        names = getattr(error.param.type, "choices", ())
        return f"{_name(error.param, error.ctx)} is missing" + (f"; choose from {', '.join(names)}" if names else "")
    if isinstance(error, click.BadParameter):
        hint = error.param_hint if isinstance(error.param_hint, str) else ""
        name = _name(error.param, error.ctx) if error.param else hint.strip("'")
        return f"{name}: {_reason(error)}" if name else error.message
    if extra := re.search(r"unexpected extra arguments? \((.*)\)", error.message):
        return f"unexpected argument {extra[1].split()[0]!r}"
    return error.message


def _no_such_option(error: click.NoSuchOption) -> str:
    """Options of the program are candidates, too, as ``--versoin`` is taken for one of the default command."""
    parameters = error.ctx.command.params if error.ctx else []
    names = [name for parameter in parameters for name in parameter.opts if name.startswith("--")]
    suggestion = suggested(error.option_name, [*names, "--help", "--version"])
    return f"no such option {error.option_name}" + (f"; {suggestion}" if suggestion else "")


def _reason(error: click.BadParameter) -> str:
    kind = error.param.type if error.param else None
    if isinstance(kind, click.IntRange):
        value, is_number, _ = error.message.partition(" is not in the range ")
        if is_number:
            return f"{value} is less than {kind.min}"
        return error.message.replace("a valid integer range", "a whole number")
    if isinstance(kind, click.Choice):
        value = error.message.partition(" is not one of ")[0]
        suggestion = suggested(value.strip("'"), kind.choices)
        return f"{value} is not one of {', '.join(kind.choices)}" + (f"; {suggestion}" if suggestion else "")
    if isinstance(kind, click.Path) and "is a directory" in error.message:
        return re.sub(r"^\w+ (.*) is a directory.*$", r"\1 is a folder; name a file", error.message)
    return error.message


def _name(parameter: click.Parameter, ctx: click.Context | None) -> str:
    """An option, an argument, or the environment variable that has its value."""
    if ctx and ctx.get_parameter_source(parameter.name or "") is click.core.ParameterSource.ENVIRONMENT:
        return str(parameter.envvar)
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name.strip("[]")
