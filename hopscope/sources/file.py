"""Files of any name, including FIFOs and devices."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from errno import EINVAL
from typing import BinaryIO

from hopscope.errors import SourceError, internal_error
from hopscope.parser.fields import header_end
from hopscope.paste.report_signs import is_signed
from hopscope.sources.message import BODY_SAMPLE, Message, has_certain_end, unreadable
from hopscope.sources.meter import Meter

__all__ = ["read"]


def read(
    path: str,
    stdin: BinaryIO | None = None,  # noqa: ARG001 - the common interface of sources
    *,
    attached: bool = False,
    meter: Meter | None = None,
    only: str | None = None,
) -> Iterator[Message | SourceError]:
    """The messages in the file ``path``."""
    try:
        if not attached and path.endswith(_MESSAGE) and (result := _usual(path)):
            yield result
            return
        with _opened(path) as file:
            from hopscope.sources import content  # imported here: not needed for a usual message

            yield from content.read_stream(path, file, attached=attached, meter=meter, only=only)
    except OSError as error:
        yield unreadable(path, error)
    except Exception as error:  # noqa: BLE001 - a defect of hopscope ends only this file
        yield internal_error(path, error)


def _opened(path: str) -> BinaryIO:
    """The file ``path``.

    Raises:
        OSError: It cannot be opened, or no file can have this path, such as one with a NUL.
    """
    try:
        return open(path, "rb")  # noqa: PTH123 - importing pathlib takes 3 ms at start-up; the caller closes it
    except ValueError as error:
        raise OSError(EINVAL, str(error)) from None


_MESSAGE = ".eml"
_HEAD = 1 << 14
"""Bytes; nearly every header block is shorter."""
_FIELD = re.compile(rb"[A-Za-z][!-9;-~]*+:")


def _usual(path: str) -> Message | None:
    """The message in a file with an undamaged header block at its start; ``None`` if a full check is needed."""
    with suppress(OSError, ValueError):
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - importing pathlib takes 3 ms at start-up
            return None
        descriptor = os.open(path, os.O_RDONLY | _BINARY)
        try:
            head = os.read(descriptor, _HEAD)
        finally:
            os.close(descriptor)
        end = header_end(head) if _FIELD.match(head) else None
        if end is None or b"\0" in head or is_signed(head[: end[1]]):
            return None
        if has_certain_end(head, 0, end[1], end[1] + BODY_SAMPLE):
            return Message(source=path, data=head[: end[1]])
    return None


_BINARY = getattr(os, "O_BINARY", 0)
"""Without this flag, Windows opens files in text mode."""
