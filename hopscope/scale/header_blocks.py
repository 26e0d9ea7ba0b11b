"""Message -> the bytes that are stored in a row of a shard: its header block, without the body.

Reading these bytes again (:func:`hopscope.sources.content.read_bytes`) gives the same route as the message. For nearly
every message the header block is known to be sufficient. For the rest, such as damaged headers and reports, whose
delivery status is in the body, it is tried which part of the message is sufficient.
"""

import re
from collections.abc import Iterator
from itertools import islice

from hopscope.model import Route
from hopscope.parser import parse
from hopscope.parser.fields import MAX_BLOCK, header_end
from hopscope.paste.repair import is_well_formed
from hopscope.paste.report_signs import is_signed
from hopscope.sources.content import read_bytes
from hopscope.sources.mbox import is_separator
from hopscope.sources.message import Message

__all__ = ["header_block"]


def header_block(message: Message) -> bytes:
    """The part of a message to store.

    What was noted while the file was read is not part of it: lines of the body that look like separators of an mbox
    file, repairs that separated pasted messages.
    """
    data = _without_separator(message.data)
    end = header_end(data)
    header = data[: end[1]] if end else data
    if _is_usual(header, data):
        return header
    if message.problem is not None and message.problem.code == "limit-block":
        # Spaces in the separator, which is shorter now, so that the same bytes are read; at the end they would be text.
        line = b"From mbox".ljust(len(b"From mbox") + MAX_BLOCK - len(data))
        return data.replace(b"From mbox", line, 1) + b" "  # more than is read, so that the limit is noted again
    expected = parse(message.data, source=message.source)
    return next((part for part in _parts(header, data) if _read(part, message.source) == expected), header)


def _without_separator(data: bytes) -> bytes:
    """The data without the sender and date in its line ``From `` (mbox).

    The line itself is kept, so that line numbers remain the same, but it no longer separates messages. A sender of
    reports is replaced by the null reverse-path.
    """
    if not (data.startswith(b"From ") and is_separator(data)):
        return data
    line, _, rest = data.partition(b"\n")
    return b"From mbox%b\n%b" % (b" <>" if is_signed(line) else b"", rest)


_FIRST_FIELD = re.compile(rb"(?:From mbox\r?\n)?+[A-Za-z][!-9;-~]*+:")
_MAX_USUAL = 1 << 16
"""Bytes; longer blocks are more than a reader looks at first."""


def _is_usual(header: bytes, data: bytes) -> bool:
    """Whether the header block alone is certain to be read as the message. What nearly all messages have comes first.

    It must not look like two messages (:func:`hopscope.paste.messages.messages`).
    """
    return (
        len(header) < _MAX_USUAL
        and _FIRST_FIELD.match(header) is not None
        and b"\0" not in header
        and (header.startswith(b"Received:") or b"\nReceived:" in header)
        and (len(header) == len(data) or not (is_signed(header) or _has_received(data[len(header) :])))
        and is_well_formed(data)
        and header.count(b"\nMessage-I") <= 1
        and sum([header.count(name) > 1 for name in (b"\nFrom:", b"\nDate:", b"\nSubject:")]) <= 1
    )


def _has_received(text: bytes) -> bool:
    return b"eceived" in text or b"RECEIVED" in text


_RECEIVED = re.compile(rb"^[ \t>|]*+received[ \t]*+:[^\n]*+\n?(?:[ \t]++[^\n]*+\n?)*+", re.IGNORECASE | re.MULTILINE)
_NOTE = b"Not in the header block: the Received fields below.\n\n"
"""Text between header block and other Received fields, so that they are not read as a second message."""


def _parts(header: bytes, data: bytes) -> Iterator[bytes]:
    """Parts of a message, the smallest first."""
    yield header
    body = data[len(header) :]
    yield header + _NOTE + b"".join(_RECEIVED.findall(body))
    last = max(data.rfind(b"eceived:"), data.rfind(b"RECEIVED:"))
    end = header_end(data, last, first=last) if last >= 0 else None
    if end:
        yield data[: end[1]]  # of a report, to the end of the header that it returns
    yield data


def _read(data: bytes, source: str) -> Route | None:
    """The route of the one message in stored bytes; ``None`` if they are not read as one message."""
    items = list(islice(read_bytes(source, data), 2))
    if len(items) != 1 or not isinstance(items[0], Message) or items[0].source != source:
        return None
    return parse(items[0].data, source=source)
