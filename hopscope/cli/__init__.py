"""The command line: one command per file; options and wiring only.

Exit status: 0 clean, 1 findings or differences, 2 usage error or unreadable input, 130 Ctrl-C, 141 closed pipe,
143 SIGTERM.
"""

# ruff: noqa: E402 - the garbage collector is set before anything is imported
import gc

# Objects created at start-up live until the end, and collecting among them costs 5 ms. A run over a mailbox creates few
# reference cycles (600 objects for 4,000 messages), and collecting them takes 3 % of its time.
gc.set_threshold(1_000_000)

import errno
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from hopscope import __version__
from hopscope.cli import notes, streams
from hopscope.cli.log_commands import filter_streams
from hopscope.errors import DEBUG, failure

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["COMMANDS", "main"]

COMMANDS = (
    "show",
    "check",
    "compare",
    "completion",
    "explain",
    "export",
    "graph",
    "help",
    "pipeline",
    "redact",
    "report",
    "rules",
    "schema",
    "stats",
    "track",
)
"""Every command: the function of that name in the module of that name."""


class _Commands(click.Group):
    """Imports a command on first use; ``show`` is the default where the first argument is not a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ctx.resilient_parsing and not args:  # the first word is completed
            return super().parse_args(ctx, args)
        if not args:
            interactive = sys.stdin is None or sys.stdin.isatty()
            args = ["--help"] if interactive else ["show"]
        elif _first(args) not in {*COMMANDS, "--help", "-h", "--version"}:
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - internal invariant
        if _is_completing():
            from hopscope.cli.completion import completed

            return completed(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The commands, without loading them, and the files and options of the default command."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            show = self.get_command(ctx, "show")
            options = show.shell_complete(ctx, incomplete) if show else []
            return [*options, *click.Command.shell_complete(self, ctx, incomplete)]
        commands = (CompletionItem(name) for name in COMMANDS if name.startswith(incomplete))
        return [CompletionItem(incomplete, "file"), *commands]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        from hopscope.cli.help_text import write_examples

        write_examples((self.epilog or "").splitlines(), formatter)


def _is_completing() -> bool:
    """Whether the script of a shell asks for candidates."""
    return "_HOPSCOPE_COMPLETE" in os.environ


def _first(arguments: Sequence[str]) -> str:
    """The first argument after ``-v`` and ``-q``, which may precede the command."""
    return next((argument for argument in arguments if not _VERBOSITY.fullmatch(argument)), "")


_VERBOSITY = re.compile("-[vq]+|--verbose|--quiet")


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001, FBT001 - click's signature
    if not value:
        return
    if ctx.params["verbose"]:
        from hopscope.cli.version import report

        click.echo(report(), nl=False)
    else:
        click.echo(f"hopscope {__version__}")
    ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\
hopscope mail.eml                     same as: hopscope show mail.eml
hopscope dump.mbox --slower-than 5m   messages with a longer total delay""",
)
@click.option("-v", "--verbose", count=True, is_eager=True, hidden=True)
@click.option("-q", "--quiet", is_flag=True, hidden=True)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit; with -v, all that a bug report needs.",
)
def commands(verbose: int, *, quiet: bool) -> None:
    """Trace a message hop by hop: which Exchange service handled it, and where the delay is.

    Run hopscope - to paste headers; they can also be piped in. For the options of a command: hopscope COMMAND --help.
    """
    notes.set_verbosity(verbose, quiet=quiet)
    if verbose > 1:
        os.environ[DEBUG] = "1"  # as -vv after the command does


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status."""
    arguments = list(sys.argv[1:] if args is None else args)
    _prepare_signals()
    streams.prepare()
    if _is_completing():
        import hopscope.cli.completion  # noqa: F401 - registers what completes a line in each shell
    filter_streams()
    try:
        status = _status(arguments)
    except click.Abort:
        status = 130
    except click.ClickException as error:
        from hopscope.cli.usage_errors import in_one_line

        with suppress(OSError):  # standard error may be full, too
            click.echo(f"hopscope: {in_one_line(error)}", err=True)
        status = 2
    except BrokenPipeError:  # on systems without SIGPIPE
        streams.discard_output()
        status = 141
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        click.echo(f"hopscope: {failure(error)}; rerun with -vv and report the traceback", err=True)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def _status(arguments: list[str]) -> object:
    """Run a command. An error of its output streams, such as a full disk, is not an internal error."""
    try:
        return commands.main(arguments, prog_name="hopscope", standalone_mode=False, windows_expand_args=False)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}:
            raise
        raise click.ClickException(f"output cannot be written ({error.strerror}); use --output") from None


def _prepare_signals() -> None:
    """Exit silently on a closed pipe, and after clean-up on SIGTERM and SIGHUP."""
    import signal

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _end)


def _end(number: int, _: object) -> NoReturn:
    """Exit with the status that a shell reports for a signal."""
    sys.exit(128 + number)
