"""Header fields -> their redacted form, by ``data/kept_fields.tsv`` and one function for each kind of content."""

import base64
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

from msgspec.structs import replace

from hopscope.classifier import builds
from hopscope.classifier.dialects import exchange
from hopscope.classifier.software import software
from hopscope.data import table
from hopscope.model import DateTime, HeaderField, Stamp
from hopscope.parser import clauses, dates, stamp
from hopscope.parser.clauses import COMMENT, DATE, DATE_WORD, KEYWORD, SEPARATOR, VALUE, Part
from hopscope.redaction import text as words_of
from hopscope.redaction.names import Aliases
from hopscope.redaction.text import Software, Text, date_word, is_printable, is_zone

__all__ = ["READERS", "kept"]

_PRESENT = "yes"
"""Body of a field of which only the presence is relevant."""


def kept(field: HeaderField, aliases: Aliases) -> HeaderField | None:
    """The redacted field; ``None`` if it is removed. A Received field is never removed."""
    row_name, kind = _kind(field.name.lower())
    body = READERS[kind](field, aliases) if kind else ""
    if not body and row_name != "received":
        return None
    ending = field.name[len(row_name) - 1 :] if row_name.endswith("*") else ""
    name = field.name.removesuffix(ending) + (aliases.label(ending) if ending else "")
    return HeaderField(name=name, body=body, line=field.line)


def _kind(name: str) -> tuple[str, str]:
    """The name in the table for a field, and the kind of content to keep; both empty if the field is removed."""
    kinds = _kinds()
    families = (row_name for row_name in kinds if row_name.endswith("*") and name.startswith(row_name[:-1]))
    row_name = name if name in kinds else next(families, "")
    return row_name, kinds.get(row_name, "")


@cache
def _kinds() -> dict[str, str]:
    return {row["name"]: row["kept"] for row in table("kept_fields")}


def _stamp(field: HeaderField, aliases: Aliases) -> str:
    """A redacted Received field, clause by clause."""
    return _Stamp(stamp.by_lexer(field), aliases).rewritten()


class _Stamp:
    """Rewrites the parts of a Received field, depending on their clause."""

    def __init__(self, read: Stamp, aliases: Aliases) -> None:
        self._body = read.field.body
        self._aliases = aliases
        self._build = _build(read)
        self._date = read.date_time
        self._date_end = _date_end(read)
        product = None if exchange.read(read) else software(read)
        self._is_evident = product is not None and product != software(replace(read, id=aliases.identifier("")))
        self._is_sendmail = product is not None and "Sendmail" in product.name
        self._text = Text(aliases, words_of.software(product.name, self._body) if product else None)

    def rewritten(self) -> str:
        """The redacted field body; white space between parts becomes one space."""
        pieces, position = [], 0
        parts = clauses.split(self._body)
        standard = self._standard_date(parts)
        for part in parts:
            text = self._part(part)
            if standard is not None and part.role is DATE_WORD and part.start < self._date_end:
                text, standard = standard, ""
            pieces.append(" " * (part.start > position and text != "") + text)
            position = part.end
        return "".join(pieces)

    def _standard_date(self, parts: Sequence[Part]) -> str | None:
        """The date in the form of RFC 5322 if redacting its words would change it; else ``None``."""
        if self._date is None or self._date.value is None:
            return None
        of_date = [part for part in parts if part.clause == DATE and part.role is not SEPARATOR]
        shown = " ".join(self._part(part) for part in of_date)
        if is_printable(shown) and _instant(dates.parse(shown)) == _instant(self._date):
            return None
        from email.utils import format_datetime

        utc = self._date.value.astimezone(UTC).replace(tzinfo=None)  # written as -0000
        value = self._date.value if self._date.zone_known else utc
        time = f"{value:%H:%M:%S}"
        fraction = f".{value.microsecond:06}" if value.microsecond else ""
        return format_datetime(value).replace(time, time + fraction)

    def _part(self, part: Part) -> str:
        text = self._body[part.start : part.end]
        if part.role in {KEYWORD, SEPARATOR}:
            return text
        if part.role is VALUE:
            return self._value(part.clause, text)
        if part.role is COMMENT and self._build and re.fullmatch(r"\(Build [0-9]{1,5}\.[0-9]{1,5}\)", text):
            return text
        return self._of_date(part, text) if part.clause == DATE else self._text.words(text)

    def _of_date(self, part: Part, text: str) -> str:
        """A word or comment after the last semicolon. An unreadable date stays unreadable; later text is not a date."""
        if part.role is COMMENT and is_zone(text[1:-1].strip()):
            return text
        if part.role is not DATE_WORD:
            return self._text.words(text)
        if part.start < self._date_end:
            return date_word(text) or self._weekday(text)
        return self._aliases.label(text) if not self._date_end and text[:1].isdigit() else self._text.words(text)

    def _weekday(self, text: str) -> str:
        """A word of a readable date that is in no table: a day of the week in another language, or a remark."""
        is_name = text.endswith(",") and text[:-1].isalpha()
        return f"{self._aliases.weekday(text[:-1])}," if is_name else self._text.word(text)

    def _value(self, clause: str, text: str) -> str:
        if clause in {"from", "by"}:
            return self._text.host(text)
        if clause == "id":
            return text if self._build else self._id(text)
        return self._text.words(text)

    def _id(self, text: str) -> str:
        """An id; its form is kept only if the software is recognised by it."""
        if not self._is_evident and not re.fullmatch(clauses.RELEASE, text):
            return _id(text, self._aliases)
        time_length = _TIME_LENGTH if self._is_sendmail and re.fullmatch(_SENDMAIL_ID, text) else 0
        return text[:time_length] + self._aliases.form(text)[time_length:]


def _instant(date_time: DateTime) -> tuple[datetime | None, timedelta | None, bool]:
    """What the text of a date is read for; equal datetimes may have different offsets."""
    value = date_time.value
    return value, value.utcoffset() if value else None, date_time.zone_known


_SENDMAIL_ID = r"[0-9A-Za-x]{8}[0-9]{5,7}"
_TIME_LENGTH = 6
"""Characters of a Sendmail id that encode the time of the Received field."""


def _date_end(read: Stamp) -> int:
    """Offset in the field where the readable part of its date ends; 0 for an unreadable date."""
    for defect in read.defects:
        if defect.code == "date-unreadable":
            return 0
        if defect.code == "date-trailing-text" and defect.start is not None:
            return defect.start
    return len(read.field.body)


def _build(read: Stamp) -> bool:
    """Whether the id of a Received field is an Exchange build."""
    if exchange.read(read) is None or read.id is None:
        return False
    if read.id.startswith("Version "):
        return re.fullmatch(r"Version [0-9]{2}\.[0-9]{1,2}", read.id) is not None
    return builds.short(read.id) is not None and builds.lookup(read.id) is not None


def _id(text: str, aliases: Aliases) -> str:
    """A redacted id, including angle brackets; with an ``@``, in the form of a message id."""
    inner = text.strip("<>")
    start = len(text) - len(text.lstrip("<>"))
    local, at, host = inner.rpartition("@")
    new = f"{aliases.local(local, 'm')}@{Text(aliases).host(host)}" if at else aliases.identifier(inner)
    return text[:start] + new + text[start + len(inner) :]


def _message_id(field: HeaderField, aliases: Aliases) -> str:
    return " ".join(_id(identifier, aliases) for identifier in field.body.split()[:_MAX_WORDS])


_MAX_WORDS = 8
"""Maximum words of a Message-ID; valid ones have a single word."""


def _mailboxes(field: HeaderField, aliases: Aliases) -> str:
    return Text(aliases).words(field.body)


def _hosts(field: HeaderField, aliases: Aliases) -> str:
    text = Text(aliases)
    return text.words(field.body, lambda token: token if token.lower() == "to" else text.host(token))


def _date(field: HeaderField, aliases: Aliases) -> str:
    return _stamp(HeaderField(name=field.name, body=f";{field.body}", line=field.line), aliases)[1:]


def _duration(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    return field.body if re.fullmatch(_DURATION, field.body) else ""


_DURATION = r"(?:[0-9]{1,3}[.:])?[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?"
"""A TimeSpan of .NET: 00:00:04.9491322, 1:00:00:00"""


def _text(field: HeaderField, aliases: Aliases) -> str:
    """Redacted text that keeps a duration, a milter-greylist version and the date, as in X-Greylist."""
    head, _, tail = field.body.partition(";")
    version = re.compile(r"(?<=grey-)[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}(?![0-9a-z.])", re.IGNORECASE)
    text = Text(aliases, Software(version=version))
    when = _date(HeaderField(name=field.name, body=tail, line=field.line), aliases) if tail else ""
    delay = re.search(_DELAY, head)
    start, end = delay.span() if delay else (0, 0)
    return text.words(head[:start]) + head[start:end] + text.words(head[end:]) + (f";{when}" if when else "")


_DELAY = (
    r"(?i)\b(?:(?:[0-9]{1,3} days?,? )?(?<![0-9:])[0-9]{1,3}:[0-9]{2}:[0-9]{2}(?![0-9:])"
    r"|(?<![0-9:.])[0-9]{1,7} ?(?:s|secs?|seconds?|min|minutes?|h|hours?|days?)\b)"
)
"""The duration in X-Greylist: 1843 seconds, 00:05:59."""
_YEAR_1601, _YEAR_2000, _YEAR_2100 = (date(year, 1, 1).toordinal() - 1 for year in (1601, 2000, 2100))
"""Days since the year 1."""
_TICKS_A_DAY = 864_000_000_000
"""Ticks of .NET and FILETIME are 100 nanoseconds."""


def _is_time(ticks: int) -> bool:
    """Whether a number of ticks since the year 1 is a plausible time; any other number may be confidential data."""
    return _YEAR_2000 < ticks // _TICKS_A_DAY < _YEAR_2100


def _network_message_id(field: HeaderField, aliases: Aliases) -> str:
    """A Network-Message-Id: the last two groups, the time of entry in .NET ticks, are kept; the others are replaced."""
    match = re.fullmatch(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})", field.body.lower())
    if match is None or not _is_time(int(match[3] + match[2], 16)):
        return ""
    return f"{aliases.hexadecimal(match[1])}-{match[2]}-{match[3]}"


def _latency(field: HeaderField, aliases: Aliases) -> str:
    """The servers and their totals of a latency header."""
    totals = re.finditer(r"\b(L?SRV=)([^:;|\s]++)(:TOTAL-(?:FE|HUB)=)([0-9]{0,9}(?:\.[0-9]{1,9})?)", field.body)
    return ";".join(match[1] + Text(aliases).host(match[2]) + match[3] + match[4] for match in totals)


def _signature_time(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    """The instance number, creation time and expiration time of a signature."""
    tags = re.finditer(r"(?:^|;)\s*+([itx])\s*+=\s*+([0-9]{1,2}|1[0-9]{9})\s*+(?=;|$)", field.body)
    return "; ".join(f"{tag[1]}={tag[2]}" for tag in tags)


_INDEX_TIME, _INDEX_ID, _INDEX_CHILD = 6, 22, 5
"""Bytes of a conversation index (MS-OXOMSG 2.2.1.3): end of the time, end of the GUID, each reply."""


def _thread_index(field: HeaderField, aliases: Aliases) -> str:
    """A conversation index with the time of the first message (48 bits of a FILETIME) and without the replies."""
    try:
        index = base64.b64decode("".join(field.body.split()), validate=True)
    except ValueError:
        return ""
    ticks = (int.from_bytes(index[:_INDEX_TIME]) << 16) + _YEAR_1601 * _TICKS_A_DAY
    if len(index) < _INDEX_ID or (len(index) - _INDEX_ID) % _INDEX_CHILD or not _is_time(ticks):
        return ""
    number = aliases.draw("thread", index[_INDEX_TIME:_INDEX_ID].hex(), 1 << 128)
    return base64.b64encode(index[:_INDEX_TIME] + number.to_bytes(16)).decode()


def _presence(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    return _PRESENT


READERS: dict[str, Callable[[HeaderField, Aliases], str]] = {
    "stamp": _stamp,
    "mailboxes": _mailboxes,
    "hosts": _hosts,
    "message id": _message_id,
    "date": _date,
    "duration": _duration,
    "text": _text,
    "entry": _network_message_id,
    "latency": _latency,
    "signature time": _signature_time,
    "thread index": _thread_index,
    "presence": _presence,
}
"""The function that redacts a field, by the column ``kept`` of the table."""
