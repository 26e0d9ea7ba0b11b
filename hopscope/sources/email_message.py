"""Messages of Python's ``email`` package -> bytes, with every header field as it was received."""

import re
from email.errors import MissingHeaderBodySeparatorDefect
from email.generator import BytesGenerator
from email.message import Message
from email.policy import compat32
from io import BytesIO
from itertools import starmap

from hopscope.parser.encoding import to_bytes

__all__ = ["as_written"]


def as_written(message: Message) -> bytes:
    """The message as bytes: what was parsed, and what a program added.

    ``Message.as_bytes`` folds long fields again, and raises for some that are damaged or not ASCII. The header fields
    are not lost with a body that cannot be written.
    """
    written = BytesIO()
    try:
        generator = _AsWritten(written, mangle_from_=False, policy=compat32)
        generator.flatten(message, unixfrom=message.get_unixfrom() is not None)
    except Exception:  # noqa: BLE001 - the body may have values of any type, and the email package defects of its own
        return b"".join(starmap(_field, message.raw_items())) + b"\n"
    return written.getvalue()


class _AsWritten(BytesGenerator):
    """Writes header fields as they were parsed, and text that is not ASCII as UTF-8."""

    _fp: BytesIO

    def write(self, text: str) -> None:
        self._fp.write(to_bytes(text))

    def _write_headers(self, message: Message) -> None:
        for name, value in message.raw_items():
            self._fp.write(_field(name, value))
        if not any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in message.defects):
            self._fp.write(b"\n")


def _field(name: str, value: object) -> bytes:
    """A header field; a line break in a value that a program set does not start another field."""
    text = str(value).rstrip("\r\n")
    return to_bytes(f"{name}: {_LINE_BREAKS.sub(_folded, text)}\n")


_LINE_BREAKS = re.compile(r"[\r\n]++([ \t]?+)")


def _folded(breaks: re.Match[str]) -> str:
    return f"\n{breaks[1] or ' '}"
