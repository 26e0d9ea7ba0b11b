"""``hopscope redact``: header blocks that can be shared."""

import os
from collections.abc import Iterator, Sequence
from itertools import chain

import click

from hopscope.cli.options import verbose_option, write
from hopscope.cli.reading import Reader
from hopscope.redaction import Aliases, Redacted

__all__ = ["redact"]

_KEY_BYTES = 32
_SEPARATOR = "From redacted Thu Jan  1 00:00:00 1970\n"
"""What each message of an mbox starts with (RFC 4155, appendix A)."""


@click.command(short_help="Header blocks with pseudonyms, fit to be shared.")
@click.argument("files", nargs=-1, type=click.Path(readable=False))
@click.option("-o", "--output", type=click.Path(), help="Write to this file, or a file each into this folder.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Give the same names the same pseudonyms in every run with this file; it is made where it is missing.",
)
@verbose_option
def redact(files: tuple[str, ...], output: str | None, key_file: str | None) -> int:
    """Write the header block of each message with stable pseudonyms for all that names somebody.

    Hosts, addresses, mailboxes and ids are replaced, the same by the same. Times, builds, protocols, software and the
    domains of Microsoft's own servers stay, so that the result tells of the same services and delays. Header fields
    that say nothing of the way, and the body, are left out.

    One message is written as it is, several as an mbox, or with -o FOLDER/ as 0001.eml and so on.

    The key is random and forgotten after the run. Who has a key file can test guesses: keep it to yourself.

    Exit status: 0, or 2 if anything could not be read.
    """
    aliases = Aliases(_key(key_file))
    reader = Reader(files)
    inputs = (*(files or ("-",)), *([key_file] if key_file else ()))
    counted = _Counted()
    messages = counted.all(reader, aliases)
    if output and (output.endswith(("/", os.sep)) or os.path.isdir(output)):  # noqa: PTH112 - one question
        _write_each(messages, output, inputs)
    else:
        first = next(messages, None)
        if first is not None:
            write(_pieces(first, messages), output, inputs=inputs)
    counted.report()
    return 2 if reader.failed else 0


class _Counted:
    """Counts what goes through it."""

    def __init__(self) -> None:
        self.messages = self.left_out = 0

    def all(self, reader: Reader, aliases: Aliases) -> Iterator[Redacted]:
        """The messages that can be read, redacted."""
        from hopscope.redaction import redact as redacted

        for route in reader.routes():
            message = redacted(route, aliases)
            self.messages += 1
            self.left_out += message.left_out
            yield message

    def report(self) -> None:
        """Say on stderr how much there was."""
        messages = "1 message" if self.messages == 1 else f"{self.messages} messages"
        fields = "1 header field" if self.left_out == 1 else f"{self.left_out} header fields"
        click.echo(f"{messages} redacted; {fields} left out", err=True)


def _pieces(first: Redacted, remaining: Iterator[Redacted]) -> Iterator[str]:
    """One message alone as it is, several as an mbox."""
    second = next(remaining, None)
    if second is None:
        yield first.text
    else:
        for message in chain((first, second), remaining):
            yield _SEPARATOR
            yield message.text


def _write_each(messages: Iterator[Redacted], folder: str, inputs: Sequence[str]) -> None:
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - as in options
    except OSError as error:
        raise click.ClickException(f"{folder}: cannot be made: {error.strerror}; choose another --output") from None
    for number, message in enumerate(messages, 1):
        write([message.text], os.path.join(folder, f"{number:04}.eml"), inputs=inputs)  # noqa: PTH118 - as in options


def _key(path: str | None) -> bytes:
    """The key of a file, which is made with a new one where it is missing; without a file, a new one."""
    if path is None:
        return os.urandom(_KEY_BYTES)
    try:
        made = _made(path)
        if made:
            return made
        with open(path, "rb") as file:  # noqa: PTH123 - as in options
            key = file.read(1 << 16).strip()
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be used: {error.strerror}; choose another --key-file") from None
    if len(key) < _KEY_BYTES // 2:
        raise click.ClickException(f"{path}: this is too short for a key; name a file that does not exist to get one")
    return key


def _made(path: str) -> bytes | None:
    """A new key, kept in a new file that only its owner can read; ``None`` where the file exists."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    key = os.urandom(_KEY_BYTES).hex().encode()
    with os.fdopen(handle, "wb") as file:
        file.write(key + b"\n")
    click.echo(f"{path}: new key; keep it to yourself", err=True)
    return key
