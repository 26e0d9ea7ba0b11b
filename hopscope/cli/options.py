"""The options that several commands share, and how they determine the output.

The module is over 300 lines because every option that several commands share is declared here once.
"""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, timedelta, timezone, tzinfo
from functools import wraps
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, TypeVar

import click
import msgspec

from hopscope.cli import notes, streams, wildcards
from hopscope.cli.files import replaced, standard_stream, unwritable
from hopscope.cli.formats import FormatAndPath, by_suffix
from hopscope.cli.log_commands import unfiltered
from hopscope.errors import DEBUG
from hopscope.renderers import RENDERERS, Style
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from hopscope.config.settings import Organisation

__all__ = [
    "Choice",
    "Command",
    "Output",
    "attached_option",
    "check_distinct",
    "is_read",
    "jobs_option",
    "opened",
    "organisation_option",
    "output_options",
    "terminal_width",
    "verbose_option",
    "with_times",
    "without_messages",
    "write",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_WIDTH_WITHOUT_TERMINAL = 120
_LEAST_WIDTH, _MAX_WIDTH = 40, 1000
"""Limits for the columns of a terminal: no line is longer than all its cells, but a time axis fills any width."""
_PROTECTION = "\udc80"
"""Precedes ``-:2`` while options are parsed; a character that every file system encoding can encode."""
_READ_BY_PEOPLE = frozenset({"table", "plain", "text"})
"""Formats in the encoding of the terminal; all others are UTF-8."""


class Command(click.Command):
    """A command whose help groups the options by purpose and ends with examples, the lines of ``epilog``.

    Wildcards in the arguments are expanded where the shell does not. Values of options are not touched, as
    ``--host mb*`` is not a file; click would expand them as well.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; expand wildcards in those that may be files, and accept the address ``-:2``."""
        protected = [f"{_PROTECTION}{text}" if text.startswith("-:") else text for text in args]
        rest = super().parse_args(ctx, protected)
        for name in {"files", "what"} & ctx.params.keys():
            files = tuple(text[1:] if text.startswith(f"{_PROTECTION}-:") else text for text in ctx.params[name])
            ctx.params[name] = tuple(wildcards.expanded(files)) if wildcards.NEEDED else files
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, grouped by purpose."""
        from hopscope.cli.help_text import write_options

        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples."""
        from hopscope.cli.help_text import write_examples

        write_examples((self.epilog or "").splitlines(), formatter)


class Choice(click.Choice):  # type: ignore[type-arg] # generic since click 8.2
    """One of several names, in any letter case."""

    def __init__(self, choices: Sequence[str]) -> None:
        super().__init__(choices, case_sensitive=False)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":  # noqa: ARG002 - click's signature
        """The names that start with the incomplete one, in their own letter case."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self.choices if name.lower().startswith(incomplete.lower())]


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """Destination, format and style of the output."""

    format: str
    path: str | None
    style: Style
    files: tuple["Output", ...] = ()
    """The same output in other formats, in the files of ``--output-file``."""


class _Zone(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """``utc``, ``local``, an offset such as ``+10:00``, or a name of the IANA time zone database."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:  # noqa: ANN401
        """The time zone called ``value``."""
        text = str(value)
        if text.lower() in {"utc", "z"}:
            return UTC
        if match := re.fullmatch(r"([+-])([01]?[0-9]|2[0-3]):?([0-5][0-9])", text):
            offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
            return timezone(-offset if match[1] == "-" else offset)
        if text.lower() == "local":
            return _local_zone()
        return self._named(text, param, ctx)

    def _named(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        """The zone of the database with this name, in any letter case."""
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(text)
        by_key = {name.lower(): name for name in available_timezones()}
        if text.lower() in by_key:
            return ZoneInfo(by_key[text.lower()])
        from hopscope.config.near import suggested

        cities = {name.rpartition("/")[2]: name for name in sorted(by_key.values()) if "/" in name}
        suggestion = suggested(cities.get(text.title(), text), cities.values())  # abbreviations are all similar
        advice = f"; {suggestion}" if suggestion else " (examples: utc, local, +10:00, Europe/Berlin)"
        return self.fail(f"{text!r} is not a time zone{advice}", param, ctx)


def _local_zone() -> tzinfo:
    from dateutil.tz import tzlocal

    return tzlocal()


attached_option = click.option(
    "--attached", is_flag=True, help="Include attached messages, such as the original in an NDR."
)
"""``--attached``: whether attached messages are read."""


def jobs_option(command: _Command) -> _Command:
    """``--jobs``: the number of worker processes."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=1),
        default=_cores,
        metavar="N",
        envvar="HOPSCOPE_JOBS",
        help="Number of worker processes (default: one per core).",
    )(command)


def _cores() -> int:
    """Number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _organisation(ctx: click.Context, param: click.Parameter, path: str | None) -> "Organisation | None":  # noqa: ARG001 - click's signature
    """The reader's servers, from the settings file named or the nearest one; ``None`` if it does not identify them."""
    from hopscope.config import file as settings_file
    from hopscope.errors import SettingsError

    key = "organisation"
    try:
        file = settings_file.load(path) if path else settings_file.find(os.curdir)
        if file is None or key not in file.values:
            return None
        from hopscope.config.keys import read

        return read({key: file.values[key]}, (), file.file)[key]  # type: ignore[no-any-return]
    except SettingsError as error:
        raise click.ClickException(visible(str(error))) from None


organisation_option = click.option(
    "--config",
    "organisation",
    metavar="FILE",
    envvar="HOPSCOPE_CONFIG",
    callback=_organisation,
    help="Settings file that identifies your servers (default: the nearest hopscope.toml or pyproject.toml).",
)
"""``--config``: the settings file, of which only ``organisation`` is read."""


def verbose_option(command: _Command) -> _Command:
    """``-v`` and ``-q``, accepted by every command."""
    quiet = click.option(
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=_set_quiet,
        help="Print only errors to standard error: no notes, no summary, no progress bar.",
    )
    verbose = click.option(
        "-v",
        "--verbose",
        count=True,
        expose_value=False,
        callback=_set_debug,
        help="List skipped files; with -vv, print the traceback of an internal error, which then ends the run.",
    )
    return verbose(quiet(command))


def _set_quiet(_: click.Context, __: click.Parameter, quiet: bool) -> None:  # noqa: FBT001 - click's signature
    notes.set_verbosity(0, quiet=quiet)


def _set_debug(_: click.Context, __: click.Parameter, count: int) -> None:
    """With -vv, unexpected exceptions are raised; worker processes inherit the setting."""
    notes.set_verbosity(count, quiet=False)
    if count > 1:
        os.environ[DEBUG] = "1"


def output_options(command: _Command) -> _Command:
    """``--format``, ``--json``, ``--output`` ..., ``--color`` and ``--tz``, given to the command as one ``Output``."""
    decorated = _with_output(command, RENDERERS, None, _format_option(RENDERERS, "HOPSCOPE_FORMAT"), _TZ_OPTION)
    return verbose_option(decorated)


def without_messages(formats: Sequence[str], default: str | None = None) -> Callable[[_Command], _Command]:
    """The same options without ``--tz``, for a command that shows no messages and has its own formats.

    ``HOPSCOPE_FORMAT`` is meant for commands that show messages, so it applies only if it is one of ``formats``.
    Without ``default``, the format is ``table`` on a terminal and ``plain`` otherwise.
    """

    def decorate(command: _Command) -> _Command:
        return verbose_option(_with_output(command, formats, default, _format_option(formats, default=default)))

    return decorate


def with_times(formats: Sequence[str]) -> Callable[[_Command], _Command]:
    """As ``without_messages``, with ``--tz``, for a command that shows times but no messages."""

    def decorate(command: _Command) -> _Command:
        return verbose_option(_with_output(command, formats, None, _format_option(formats), _TZ_OPTION))

    return decorate


def _with_output(
    command: _Command, formats: Sequence[str], default: str | None, *options: Callable[[_Command], _Command]
) -> _Command:
    """The command with the options, whose values it gets as one ``Output``."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any argument of the command
        names = ("format_", "as_json", "output", "output_files", "color")
        values = {name: kwargs.pop(name) for name in names}
        return command(*args, output=_output(formats, default, tz=kwargs.pop("tz", None), **values), **kwargs)

    format_option, *tz_option = options
    all_options: list[Callable[[Any], Any]] = [format_option, *_output_options(formats), *tz_option]
    for option in reversed(all_options):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def _format_option(
    formats: Sequence[str], envvar: str | None = None, default: str | None = None
) -> Callable[[_Command], _Command]:
    usual = default or "table on a terminal, plain otherwise"
    return click.option(
        "-f",
        "--format",
        "format_",
        type=Choice(formats),
        metavar="FORMAT",
        envvar=envvar,
        help=f"Output format: {', '.join(formats)} (default: by the suffix of --output; else {usual}).",
    )


def _output_options(formats: Sequence[str]) -> Iterator[Callable[[_Command], _Command]]:
    yield click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
    yield click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False),
        metavar="FILE",
        help="Write the output to FILE (atomically).",
    )
    yield click.option(
        "--output-file",
        "output_files",
        type=FormatAndPath(formats),
        multiple=True,
        metavar="[FORMAT=]FILE",
        help="Also write the output to FILE, in this format (default: by the suffix of FILE); repeatable.",
    )
    yield click.option(
        "--color",
        type=Choice(("auto", "always", "never")),
        metavar="WHEN",
        default="auto",
        envvar="HOPSCOPE_COLOR",
        help="Colour the output: auto, always, never (default: only on a terminal; NO_COLOR and FORCE_COLOR are "
        "honoured).",
    )


_TZ_OPTION = click.option(
    "--tz",
    type=_Zone(),
    metavar="ZONE",
    envvar="HOPSCOPE_TZ",
    help="Show all times in ZONE, such as utc, local, +10:00 or Europe/Berlin (default: as recorded).",
)


def _output(  # noqa: PLR0913 - the values of the options
    formats: Sequence[str],
    default: str | None,
    *,
    format_: str | None,
    as_json: bool,
    output: str | None,
    output_files: Sequence[tuple[str, str]],
    color: str,
    tz: tzinfo | None,
) -> Output:
    source = click.get_current_context().get_parameter_source("format_")
    if as_json and format_ != "json" and source is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(f"--json and --format {format_} exclude each other; use one of them")
    for _, path in output_files:
        if path == "-" or standard_stream(path):
            raise click.UsageError(f"--output-file {visible(path)}: needs a file; use --format for standard output")
    check_distinct(("--output", output), *(("--output-file", path) for _, path in output_files))
    terminal = output is None and sys.stdout is not None and sys.stdout.isatty()
    usual = os.environ.get("HOPSCOPE_FORMAT", "").lower()
    # With --format, any suffix is accepted: scripts name files as they like.
    chosen = "json" if as_json else format_ or (usual if usual in formats else None)
    chosen = chosen or (by_suffix(output, formats) if output else None) or default or ("table" if terminal else "plain")
    if chosen not in _READ_BY_PEOPLE:
        streams.as_utf_8()

    def made(name: str, path: str | None, files: tuple[Output, ...] = ()) -> Output:
        width = _width() if name == "table" else _WIDTH_WITHOUT_TERMINAL
        style = Style(width=width, color=_colored(color, terminal=terminal and path is None), tz=tz)
        return Output(format=name, path=path, style=style, files=files)

    return made(chosen, output, tuple(made(name, path) for name, path in output_files))


def check_distinct(*files: tuple[str, str | None]) -> None:
    """Fail if two options name one file, which the last one written would replace.

    Args:
        files: The options and their files; ``None`` and ``-`` are ignored.
    """
    options: dict[str, str] = {}
    for option, path in files:
        if path is None or path == "-" or _is_device(path):
            continue
        real = os.path.realpath(path)
        if real in options:
            raise click.UsageError(f"{visible(path)}: is also the file of {options[real]}; choose another {option}")
        options[real] = option


def _is_device(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)  # noqa: PTH110, PTH113 - one question each


def terminal_width() -> int | None:
    """Columns of the terminal; ``None`` if standard output is not a terminal."""
    return _width() if sys.stdout is not None and sys.stdout.isatty() else None


def _width() -> int:
    """COLUMNS, else the width of the terminal. As in shutil, whose import costs 2 ms for compression modules."""
    columns = os.environ.get("COLUMNS", "")
    width = int(columns[:_MAX_DIGITS]) if columns.isdecimal() else 0
    if not width:
        with suppress(ValueError, OSError):  # closed, or not a terminal
            width = os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 0
    return min(max(_LEAST_WIDTH, width or _WIDTH_WITHOUT_TERMINAL), _MAX_WIDTH)


_MAX_DIGITS = 9


def _colored(choice: str, *, terminal: bool) -> bool:
    """--color, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether it is a terminal that shows colours."""
    if choice == "never" or (choice == "auto" and os.environ.get("NO_COLOR")):
        return False
    ansi = terminal and streams.interprets_ansi()
    if choice == "always" or os.environ.get("FORCE_COLOR"):
        return True
    return ansi and os.environ.get("TERM") != "dumb"


def write(  # noqa: PLR0913 - the defaults suit most callers
    pieces: Iterable[str],
    path: str | None,
    *,
    option: str = "--output",
    inputs: Sequence[str] = (),
    private: bool = False,
    log_commands: bool = False,
) -> None:
    """Write the pieces to standard output one by one, or to a file atomically; see ``opened``."""
    with opened(path, option=option, inputs=inputs, private=private, log_commands=log_commands) as put:
        for piece in pieces:
            put(piece)


@contextmanager
def opened(
    path: str | None,
    *,
    option: str = "--output",
    inputs: Sequence[str] = (),
    private: bool = False,
    log_commands: bool = False,
) -> Iterator[Callable[[str], None]]:
    """The function that writes a piece of text to standard output, or to a file that is replaced at the end.

    Args:
        path: The file; ``None`` or ``-`` for standard output.
        option: The option that names the file, for errors.
        inputs: The file must not be one of these, as they may be read while the pieces are generated.
        private: Whether a new file can be read by its owner only.
        log_commands: Whether commands to a CI runner are intended.
    """
    stream = sys.stdout if path is None or path == "-" else standard_stream(path)
    if path is None or path == "-" or stream is not None:
        if stream is None:
            raise click.ClickException("standard output is closed; use --output")
        put = _put_to_stream(unfiltered(stream) if log_commands else stream)
        yield put
        put("")
        return
    if any(is_read(source, path) for source in inputs):
        raise click.ClickException(f"{visible(path)}: is also an input file; choose another {option}")
    try:
        with replaced(path, private=private) as file:
            yield _put_to_file(file, path, option)
    except BrokenPipeError:  # of standard output, which is written at the same time
        raise
    except OSError as error:
        raise unwritable(path, error, option) from None


def _put_to_file(file: BinaryIO, path: str, option: str) -> Callable[[str], None]:
    def put(piece: str) -> None:
        try:
            file.write(piece.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise unwritable(path, error, option) from None

    return put


def _put_to_stream(stream: TextIO) -> Callable[[str], None]:
    """The function that writes a piece to standard output; an empty one flushes it."""

    def put(piece: str) -> None:
        try:
            stream.write(piece) if piece else stream.flush()
        except OSError as error:
            if streams.is_closed_pipe(error):
                raise BrokenPipeError from None
            raise click.ClickException(f"standard output: cannot be written ({error.strerror}); use --output") from None

    return put


def is_read(source: str, path: str) -> bool:
    """Whether the file ``path`` is ``source``, contains it, or is a mail file in the folder ``source``."""
    from hopscope.sources import container
    from hopscope.sources.content import is_mail_member

    source = container(source)
    resolved = os.path.realpath(path)
    if not os.path.isfile(resolved):  # noqa: PTH113 - one question
        return False
    candidates = [resolved, *(_parents(resolved) if os.path.isdir(source) and is_mail_member(resolved) else ())]  # noqa: PTH112
    try:
        named = os.fstat(sys.stdin.fileno()) if source == "-" and sys.stdin else os.stat(source)  # noqa: PTH116
        return any(os.path.samestat(named, os.stat(candidate)) for candidate in candidates)  # noqa: PTH116
    except (OSError, ValueError):  # the source does not exist, or is not a file
        return False


def _parents(path: str) -> Iterator[str]:
    """The parent folders of ``path``, an absolute path."""
    folder = os.path.dirname(path)  # noqa: PTH120 - pathlib costs 3 ms at start-up
    while folder != path:
        yield folder
        path, folder = folder, os.path.dirname(folder)  # noqa: PTH120
