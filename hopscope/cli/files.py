"""Output files, and the files that an earlier run saved.

Output is written to a temporary file that replaces the file at the end. After a failed or terminated run, the previous
file is unchanged and the temporary file is removed. Two runs that write to the same file do not disturb each other: the
file is that of the run that ends last.
"""
# ruff: noqa: PTH105, PTH108, PTH110, PTH113, PTH116, PTH118, PTH120, PTH123
# os.path as in sources: importing pathlib takes 3 ms at start-up

import codecs
import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

import click

from hopscope.renderers.text.escape import visible

__all__ = ["PRIVATE", "content", "replaced", "standard_stream", "unwritable"]

PRIVATE = 0o600
"""Mode of a new file that only its owner can read."""
_GZIP = b"\x1f\x8b"
_PUBLIC = 0o666
"""Mode of any other new file, from which the system subtracts the umask."""


@contextmanager
def replaced(path: str, *, private: bool = False) -> Iterator[BinaryIO]:
    """The new content of a file, which replaces the file unless an exception is raised.

    A symbolic link is followed. An existing file keeps its mode, and its owner and group if the system allows that. A
    device or FIFO is written directly.

    Args:
        path: The file.
        private: Whether a new file can be read by its owner only.

    Raises:
        OSError: The file cannot be written.
    """
    final = os.path.realpath(path)
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as device:
            yield device
        return
    previous = os.stat(final) if os.path.exists(final) else None
    if previous and not os.access(final, os.W_OK):
        raise PermissionError(0, "the file is read-only")
    mode = PRIVATE if previous or private else _PUBLIC
    temporary = os.path.join(os.path.dirname(final), f".hopscope-{os.urandom(8).hex()}.part")
    try:
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
            if previous and hasattr(os, "fchown"):
                file.flush()
                _keep_owner_and_mode(file.fileno(), previous)
        os.replace(temporary, final)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _keep_owner_and_mode(handle: int, previous: os.stat_result) -> None:
    with suppress(OSError):
        os.fchown(handle, -1, previous.st_gid)  # separately, as a user may change the group but not the owner
    with suppress(OSError):
        os.fchown(handle, previous.st_uid, -1)
    os.fchmod(handle, stat.S_IMODE(previous.st_mode) & 0o777)


def content(path: str, most: int) -> bytes:
    """The content of a file saved by an earlier run, unpacked and without the byte order mark that editors add.

    Args:
        path: The file, or ``-`` for standard input.
        most: The maximum number of bytes.

    Raises:
        OSError: The file cannot be read, or has more than ``most`` bytes.
    """
    data: bytes | None
    if path == "-" and sys.stdin is not None:
        data = sys.stdin.buffer.read(most + 1)
    else:
        with open(path, "rb") as file:
            data = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else None
    if data is not None and data.startswith(_GZIP):
        data = _unpacked(data, most)
    if data is None or len(data) > most:
        raise OSError(errno.EFBIG, f"larger than {most >> 20} MiB")
    return data.removeprefix(codecs.BOM_UTF8)


def _unpacked(data: bytes, most: int) -> bytes:
    """The first ``most`` bytes, and one more, of a gzip file."""
    import gzip
    import zlib
    from io import BytesIO

    try:
        return gzip.GzipFile(fileobj=BytesIO(data)).read(most + 1)
    except (EOFError, zlib.error):
        raise OSError(errno.EIO, "damaged gzip file") from None


def standard_stream(path: str) -> TextIO | None:
    """Standard output or standard error if ``path`` is the same file, such as ``/dev/stdout``; else ``None``."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # no stream, or one without a file; no such path
            if os.path.samestat(os.fstat(stream.fileno()), os.stat(path)):
                return stream
    return None


def unwritable(path: str, error: OSError, option: str) -> click.ClickException:
    """The error for a file that cannot be written."""
    folder = os.path.dirname(os.path.realpath(path))
    missing = isinstance(error, FileNotFoundError) and not os.path.isdir(folder)  # noqa: PTH112
    reason = "its folder does not exist" if missing else error.strerror or str(error)
    return click.ClickException(f"{visible(path)}: cannot be written ({reason}); choose another {option}")
