"""The help of a command: options grouped by purpose, examples at the end; ``hopscope help``.

Loaded only where help is printed.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from hopscope.cli.options import Command, verbose_option, write

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["grouped_options", "help", "write_examples", "write_options"]

_GROUPS: dict[str, tuple[str, ...]] = {
    "Input": ("attached", "merge", "stats", "model", "number"),
    "Messages": (
        "message_ids",
        "slower_than",
        "findings",
        "services",
        "hosts",
        "scenarios",
        "since",
        "until",
    ),
    "Selection": ("legs", "select", "ignore"),
    "Limits": ("fail_on", "max_total", "max_hop"),
    "Settings": ("config_path", "organisation", "show_settings"),
    "Baselines": ("baseline", "against", "tolerance", "update_baseline"),
    "Output": (
        "format_",
        "as_json",
        "output",
        "output_files",
        "save",
        "by",
        "sort",
        "top",
        "details",
        "title",
        "timeline",
        "defects",
        "coexistence",
        "tz",
        "color",
        "key_file",
    ),
}
"""Heading and names of the options below it; any other option is below ``Other``."""


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options of a command, grouped by purpose."""
    for heading, options in grouped_options(command.get_params(ctx)).items():
        rows = [row for option in options if (row := option.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section(heading):
                formatter.write_dl(rows)


def grouped_options(parameters: Iterable[click.Parameter]) -> dict[str, list[click.Option]]:
    """The options below each heading; a heading may have none."""
    options = {option.name or "": option for option in parameters if isinstance(option, click.Option)}
    grouped = {heading: [options.pop(name) for name in names if name in options] for heading, names in _GROUPS.items()}
    return {**grouped, "Other": list(options.values())}


def write_examples(lines: Iterable[str], formatter: click.HelpFormatter) -> None:
    """Write command lines without wrapping, so that they can be copied."""
    with formatter.section("Examples"):
        for line in lines:
            formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class _CommandName(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """The name of a command."""

    name = "command"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002 - click's signature
        """What the usage line says."""
        return "[COMMAND]"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG002 - click's signature
        """The commands that start with the incomplete name."""
        from click.shell_completion import CompletionItem

        from hopscope.cli import COMMANDS

        return [CompletionItem(name) for name in COMMANDS if name.startswith(incomplete)]


@click.command(
    cls=Command,
    name="help",
    epilog="""\
hopscope help
hopscope help check""",
)
@click.argument("command", required=False, type=_CommandName(), metavar="[COMMAND]")
@verbose_option
def help(command: str | None) -> int:  # noqa: A001 - the name of the command
    """Show the help of a command, as --help does.

    Without COMMAND, show the help of hopscope.

    Exit status: 0, or 2 if there is no such command.
    """
    root = click.get_current_context().find_root()
    assert isinstance(root.command, click.Group)  # noqa: S101 - internal invariant
    if command is None:
        write([f"{root.get_help()}\n"], None)
        return 0
    shown = root.command.get_command(root, command)
    if shown is None:
        from hopscope.config.near import suggested

        commands = root.command.list_commands(root)
        advice = suggested(command, commands) or f"the commands are {', '.join(commands)}"
        raise click.UsageError(f"{command!r} is not a command; {advice}")
    with click.Context(shown, info_name=command, parent=root) as context:
        write([f"{shown.get_help(context)}\n"], None)
    return 0
