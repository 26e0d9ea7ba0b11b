"""``hopscope redact``: header blocks with pseudonyms, for sharing."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeGuard

import click

from hopscope.cli import notes, streams
from hopscope.cli.files import PRIVATE
from hopscope.cli.filters import filter_options
from hopscope.cli.options import Command, is_read, verbose_option, write
from hopscope.cli.reading import Reader
from hopscope.redaction import Aliases, Redacted, document
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.model import Route
    from hopscope.scale.filters import MessageFilter

__all__ = ["redact"]

_KEY_BYTES = 32


@click.command(
    cls=Command,
    epilog="""\
hopscope redact dump.mbox:17 -o shared.eml
hopscope redact export.mbox --key-file key.txt -o shared/""",
)
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option(
    "-o", "--output", type=click.Path(), metavar="PATH", help="Write to a file, or one file per message to a folder."
)
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Use the key in FILE, so that pseudonyms are the same in every run; created if it does not exist.",
)
@filter_options
@verbose_option
def redact(files: tuple[str, ...], output: str | None, key_file: str | None, *, filter_: "MessageFilter | None") -> int:
    """Redact headers for sharing: consistent pseudonyms for names.

    FILES: messages (.eml, .msg), mbox files, archives, folders, or addresses (dump.mbox:17); - is standard input. Also
    tracking logs and message traces: they get the same pseudonyms, and several of them need -o FOLDER/.

    Host names, addresses, mailboxes and ids are replaced, equal ones by equal pseudonyms. Times, builds, protocols,
    software and the domains of Microsoft's own servers are kept, so that the services and delays remain the same. The
    body and header fields that do not concern the path are removed.

    A single message is written as is, several as an mbox, or with -o FOLDER/ as 0001.eml and so on.

    The key is random and discarded after the run. Anyone with the key file can test guesses: keep it private.

    Exit status: 0, or 2 if any input could not be read or no message matches --host or --message-id.
    """
    if key_file and any(is_read(file, key_file) for file in files):
        raise click.UsageError(f"{visible(key_file)}: is also an input file; choose another --key-file")
    logs = _logs(files, output, filter_)
    aliases = Aliases(_key(key_file))
    inputs = (*(files or ("-",)), *([key_file] if key_file else ()))
    failed = _write_logs(logs, output, aliases, inputs)
    files = tuple(file for file in files if file not in logs)
    if logs and not files:
        return 2 if failed else 0
    reader, routes = _read(files, filter_)
    counted = _Counted()
    messages = counted.all(reader, routes, aliases)
    if _is_folder(output):
        _write_each(messages, output, inputs)
    else:
        first = next(messages, None)
        if first is not None:
            streams.as_utf_8()
            write(document(chain((first,), messages)), output, inputs=inputs)
    counted.report()
    return 2 if reader.failed or failed else 0


def _is_folder(output: str | None) -> TypeGuard[str]:
    return output is not None and (output.endswith(("/", os.sep)) or os.path.isdir(output))  # noqa: PTH112 - one question


def _logs(files: Sequence[str], output: str | None, filter_: "MessageFilter | None") -> list[str]:
    """The files that are tracking logs."""
    from hopscope.tracking.redact import is_log

    logs = [file for file in files if file != "-" and is_log(file)]
    if logs and filter_ is not None:
        raise click.UsageError(f"{visible(logs[0])}: is a tracking log; --host and --message-id select messages only")
    if logs and len(files) > 1 and not _is_folder(output):
        raise click.UsageError(f"{visible(logs[0])}: is a tracking log; with other files, use -o FOLDER/")
    return logs


def _write_logs(logs: Sequence[str], output: str | None, aliases: Aliases, inputs: Sequence[str]) -> bool:
    """Writes redacted tracking logs; whether one could not be read."""
    from hopscope.errors import SourceError
    from hopscope.tracking.files import name_of_copy
    from hopscope.tracking.redact import redacted

    failed = False
    for number, log in enumerate(logs, 1):
        path = output
        if _is_folder(output):
            _create_folder(output)
            path = os.path.join(output, name_of_copy(log, number))  # noqa: PTH118 - as in options
        try:
            streams.as_utf_8()
            write(redacted(log, aliases), path, inputs=inputs)
        except SourceError as error:
            click.echo(f"hopscope: {visible(str(error))}", err=True)
            failed = True
    return failed


def _read(files: Sequence[str], filter_: "MessageFilter | None") -> tuple[Reader, "Iterator[Route]"]:
    """The messages that a filter selects, or all, and what reads them."""
    if filter_ is None:
        reader = Reader(files)
        return reader, reader.routes()
    from hopscope.cli.dumps import Dump
    from hopscope.scale.reading import route_of
    from hopscope.scale.run import run
    from hopscope.scale.selecting import select

    dump = Dump(files, filter_=filter_, counted=True)
    chunks = dump.results(
        lambda progress: run(partial(select, filter_=filter_), dump.paths, dump.stdin, progress=progress)
    )
    return dump, dump.processed((item.message for chunk in chunks for item in chunk.messages), route_of)


class _Counted:
    """Counts messages and removed header fields."""

    def __init__(self) -> None:
        self.messages = self.left_out = 0

    def all(self, reader: Reader, routes: "Iterator[Route]", aliases: Aliases) -> Iterator[Redacted]:
        """The messages that can be read, redacted."""
        from hopscope.redaction import redact as redacted

        for message in reader.processed(routes, lambda route: redacted(route, aliases)):
            self.messages += 1
            self.left_out += message.left_out
            yield message

    def report(self) -> None:
        """Print the counts to stderr."""
        messages = "1 message" if self.messages == 1 else f"{self.messages} messages"
        fields = "1 header field" if self.left_out == 1 else f"{self.left_out} header fields"
        notes.note(f"{messages} redacted; {fields} removed")


def _write_each(messages: Iterator[Redacted], folder: str, inputs: Sequence[str]) -> None:
    _create_folder(folder)
    for number, message in enumerate(messages, 1):
        write([message.text], os.path.join(folder, f"{number:04}.eml"), inputs=inputs)  # noqa: PTH118 - as in options


def _create_folder(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - as in options
    except OSError as error:
        reason = f"cannot be created ({error.strerror})"
        raise click.ClickException(f"{visible(folder)}: {reason}; choose another --output") from None


def _key(path: str | None) -> bytes:
    """The key in a file, which is created if it does not exist; without a file, a new key."""
    if path is None:
        return os.urandom(_KEY_BYTES)
    try:
        created = _create(path)
        if created:
            return created
        with open(path, "rb") as file:  # noqa: PTH123 - as in options
            key = file.read(1 << 16).strip().strip(b"\0")  # /dev/zero is not a key
    except OSError as error:
        raise click.ClickException(
            f"{visible(path)}: cannot be used ({error.strerror}); choose another --key-file"
        ) from None
    if len(key) < _KEY_BYTES // 2:
        raise click.ClickException(f"{visible(path)}: key too short; name a file that does not exist to create one")
    return key


def _create(path: str) -> bytes | None:
    """A new key, in a new file that only its owner can read; ``None`` if the file exists."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    except FileExistsError:
        return None
    key = os.urandom(_KEY_BYTES).hex().encode()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key + b"\n")
    except BaseException:
        os.unlink(path)  # noqa: PTH108 - as in options; an incomplete key would fail every later run
        raise
    notes.note(f"hopscope: {visible(path)}: new key; keep it private")
    return key
