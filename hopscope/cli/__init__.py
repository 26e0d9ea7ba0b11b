"""The command line: one command per file; options and wiring only.

Exit status: 0 clean, 1 differences, 2 usage error or unreadable input, 130 Ctrl-C, 141 closed pipe, 143 SIGTERM.
"""

# ruff: noqa: E402 - the garbage collector is set before anything is imported
import gc

# What start-up makes is kept, and to search it for garbage costs 5 ms. A run over many messages makes hardly anything
# that refers to itself: 600 objects of 4,000 messages, and to search for them takes 3 % of its time.
gc.set_threshold(1_000_000)

import codecs
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from hopscope import __version__

__all__ = ["COMMANDS", "main"]

COMMANDS = (
    "show",
    "check",
    "compare",
    "explain",
    "export",
    "graph",
    "pipeline",
    "redact",
    "report",
    "rules",
    "schema",
    "stats",
)
"""Every command; each is the function of that name in the file of that name."""


class _Commands(click.Group):
    """Loads a command when it is asked for; the first word need not be one: ``show`` is meant then."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            interactive = sys.stdin is None or sys.stdin.isatty()
            args = ["--help"] if interactive else ["show"]
        elif args[0] not in {*COMMANDS, "--help", "-h", "--version"}:
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - internal invariant
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`hopscope mail.eml` is short for `hopscope show mail.eml`; headers piped in are read without a FILE.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def commands() -> None:
    """Which way did this message go, which Exchange service handled it, and where did the time go?"""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status."""
    arguments = list(sys.argv[1:] if args is None else args)
    _prepare_signals()
    _prepare_streams()
    try:
        status = commands.main(arguments, prog_name="hopscope", standalone_mode=False)
    except click.Abort:
        status = 130
    except click.ClickException as error:
        error.show()
        status = 2
    except BrokenPipeError:  # where there is no SIGPIPE
        status = 141
    except Exception as error:
        if "-vv" in arguments:
            raise
        click.echo(f"hopscope: internal error: {error!r}; -vv shows where, please report it", err=True)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def _prepare_signals() -> None:
    """A closed pipe ends the program as it ends any other; who asks it to end has it tidy up first."""
    import signal

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored
            signal.signal(number, _end)


def _end(number: int, _: object) -> NoReturn:
    """End with the status that a shell reports for a signal."""
    sys.exit(128 + number)


def _prepare_streams() -> None:
    """No character is too strange to be printed."""
    codecs.register_error("hopscope", _nearest)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="hopscope")


_NEAREST = str.maketrans("–─█▉▊▋▌▍▎▏◂→·•●○━┄╱┬…", "--#######|<>,**o=./+~")
"""What our own characters become where the terminal has no Unicode: as wide, so that columns stay aligned."""


def _nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    """Error handler for output: the nearest ASCII character of ours, an escape for any other."""
    if isinstance(error, UnicodeEncodeError):
        piece = error.object[error.start]
        nearest = piece.translate(_NEAREST)
        return nearest if nearest.isascii() else piece.encode("ascii", "backslashreplace").decode(), error.start + 1
    raise error
