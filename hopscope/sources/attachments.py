"""Messages attached to a message, including those in bounces: ``mail.eml:attached:1``.

The email package of the standard library locates the MIME parts. Their bytes are used unchanged, and the
header block of the outer message is parsed by hopscope, since the package modifies header fields and drops
those below a line that is not a header field. This is the only module that reads bodies.
"""

from collections.abc import Iterator
from email.message import Message as MimePart
from email.parser import BytesParser
from email.policy import Policy, compat32
from io import BytesIO
from typing import Any

from msgspec.structs import replace

from hopscope.errors import SourceError
from hopscope.parser.fields import split
from hopscope.parser.message import by_fields, by_report
from hopscope.paste.report_signs import is_signed
from hopscope.sources.entry import Readable, checked
from hopscope.sources.message import Message, message

__all__ = ["MAX_ATTACHED", "MAX_NESTED", "MAX_PARTS", "MAX_SEARCHED", "read"]

MAX_SEARCHED = 1 << 25
"""Maximum bytes of a message that are searched for attached messages."""
MAX_ATTACHED = 1000
"""Maximum attached messages read of one message."""
MAX_NESTED = 8
"""Maximum nesting depth of MIME parts, and of attached messages."""
MAX_PARTS = 10_000
"""Maximum MIME parts of a message or an attached message."""

_MAX_VALUE = 4096  # characters of a field that are parsed; the package takes quadratic time for parameters

# RFC 2046 section 5.2.1, RFC 6532 section 3.7; RFC 3462 section 2, RFC 6533 section 6
_MESSAGES = frozenset({"message/rfc822", "message/global"})
_HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_SIGNS = (b"rfc822", b"message/global", b"multipart/digest")
_MIME = frozenset({"content-type", "content-transfer-encoding"})


def read(outer: Message, remainder: Readable) -> Iterator[Message | SourceError]:
    """The messages attached to a message, in order, each followed by the messages attached to it.

    A report is read as the message that it returns, so the report itself follows instead: ``mail.eml:report``.

    Args:
        outer: The part of the message that was already read.
        remainder: The stream with the rest of the message.

    Raises:
        SourceError: The rest of the stream cannot be read.
    """
    data = outer.data + remainder.read(MAX_SEARCHED + 1 - len(outer.data))
    if b"\n" not in data:  # line ends of classic Mac OS
        data = data.replace(b"\r", b"\n")
        outer = replace(outer, data=outer.data.replace(b"\r", b"\n"))
    returned = _returned(outer)
    if returned is not None:
        yield Message(source=f"{outer.source}:report", data=outer.data[: split(outer.data).end])
    try:
        for number, part in enumerate(_attached(outer.source, data[:MAX_SEARCHED]), 1):
            if number == 1 and returned is not None and split(part).fields == split(returned).fields:
                continue
            if number > MAX_ATTACHED:
                reason = f"only the first {MAX_ATTACHED} attached messages were read"
                yield SourceError(outer.source, reason, "save the remaining ones as files")
                break
            yield message(f"{outer.source}:attached:{number}", BytesIO(part))
    except SourceError as error:
        yield error
    if len(data) > MAX_SEARCHED:
        reason = f"only the first {MAX_SEARCHED >> 20} MiB were searched for attached messages"
        yield SourceError(outer.source, reason, "save the attached messages as files")


def _returned(outer: Message) -> bytes | None:
    """The message that a report returns, if the report is read as that message."""
    if not is_signed(outer.data[: split(outer.data).end]):
        return None
    from hopscope.paste import report  # few messages are reports

    returned = report.split(outer.data).original
    route = by_report(outer.data, outer.source) if returned else None
    return returned if returned and route and route.headers == by_fields(returned, "").headers else None


def _attached(source: str, data: bytes, depth: int = 1) -> Iterator[bytes]:
    lowered = data.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return
    if depth > MAX_NESTED:
        raise SourceError(
            source, f"attached messages are nested deeper than {MAX_NESTED}", "save the inner ones as files"
        )
    for kind, part in checked(source, _parts, data):
        yield part
        if kind in _MESSAGES:
            yield from _attached(source, part, depth + 1)


def _parts(data: bytes) -> list[tuple[str, bytes]]:
    """The media types and contents of the MIME parts that are messages."""
    header = split(data)
    lines = [f"{field.name}:{field.body}\n" for field in header.fields if field.name.lower() in _MIME]
    root = BytesParser(_Factory()).parsebytes(
        "".join(lines).encode("utf-8", "surrogateescape") + b"\n" + data[header.end :]
    )
    payloads = [(part.kind, part.get_payload(decode=True)) for part in root.walk() if part.kind in _MESSAGES | _HEADERS]
    return [(kind, part) for kind, part in payloads if isinstance(part, bytes)]


class _Part(MimePart):
    """A MIME part; the package sees attached messages and parts nested too deep as binary data without parts."""

    depth = 0

    @property
    def kind(self) -> str:
        """The media type."""
        return super().get_content_type()

    def get_content_type(self) -> str:
        is_data = self.kind.startswith("message/") or self.depth >= MAX_NESTED
        return "application/octet-stream" if is_data else self.kind

    def attach(self, payload: Any) -> None:  # noqa: ANN401 - the signature of the package
        payload.depth = self.depth + 1
        super().attach(payload)

    def get(self, name: str, failobj: Any = None) -> Any:  # noqa: ANN401 - the signature of the package
        value = super().get(name, failobj)
        return value if value is failobj else str(value)[:_MAX_VALUE]


class _Factory:
    """Creates the MIME parts of one message, up to ``MAX_PARTS``."""

    def __init__(self) -> None:
        self._remaining = MAX_PARTS

    def __call__(self, *, policy: Policy = compat32) -> _Part:
        self._remaining -= 1
        if self._remaining < 0:
            raise ValueError(f"more than {MAX_PARTS} MIME parts")
        return _Part(policy=policy)
