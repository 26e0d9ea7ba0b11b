"""``hopscope help``: the help of a command."""

from typing import TYPE_CHECKING

import click

from hopscope.cli.options import Command, verbose_option, write

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["help"]


class _CommandName(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """The name of a command."""

    name = "command"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:  # noqa: ARG002 - click's signature
        """What the usage line says."""
        return "[COMMAND]"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG002 - click's signature
        """The commands that start with the incomplete name."""
        from click.shell_completion import CompletionItem

        root = ctx.find_root()
        assert isinstance(root.command, click.Group)  # noqa: S101 - internal invariant
        names = root.command.list_commands(root)
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


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
