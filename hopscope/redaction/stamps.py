"""Received fields -> their redacted form, clause by clause."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from msgspec.structs import replace

from hopscope.classifier import builds
from hopscope.classifier.dialects import exchange
from hopscope.classifier.software import software
from hopscope.data import table
from hopscope.model import DateTime, HeaderField, Stamp
from hopscope.parser import clauses, dates, stamp
from hopscope.parser.clauses import COMMENT, DATE, DATE_WORD, KEYWORD, SEPARATOR, UNCLOSED, VALUE, Part
from hopscope.redaction import text as words_of
from hopscope.redaction.names import Aliases
from hopscope.redaction.text import Software, Text, date_word, is_printable, is_zone

__all__ = ["message_id", "redacted", "standard"]


def redacted(field: HeaderField, aliases: Aliases) -> str:
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
        mark = exchange.read(read)
        self._mark = {"with": mark.token.lower(), "via": ((mark.prints_via and mark.via) or "").lower()} if mark else {}
        product = None if mark else software(read)
        self._is_evident = product is not None and product != software(replace(read, id=aliases.identifier("")))
        self._is_sendmail = product is not None and "Sendmail" in product.name
        named = words_of.software(product.name, self._body) if product else None
        is_via_elsewhere = mark is not None and mark.prints_via and read.via is None
        self._text = Text(aliases, _VIA if is_via_elsewhere else named or _fetchers())

    def rewritten(self) -> str:
        """The redacted field body; white space between parts becomes one space."""
        pieces, position = [], 0
        parts = clauses.split(self._body)
        standard = self._standard_date(parts)
        for part in parts:
            text = self._part(part)
            if standard is not None and self._is_of_date(part):
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
        return standard(self._date)

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
        if self._is_of_date(part):
            return date_word(text) or self._weekday(text)
        is_number = part.role is DATE_WORD and not self._date_end and text[:1].isdigit()
        return self._aliases.label(text) if is_number else self._text.words(text)

    def _is_of_date(self, part: Part) -> bool:
        """Whether it is a word of a readable date, which may be in an unclosed comment."""
        is_word = part.role is DATE_WORD or (part.role is UNCLOSED and self._body[part.start] != "(")
        return is_word and part.clause == DATE and part.start < self._date_end

    def _weekday(self, text: str) -> str:
        """A word of a readable date that is in no table: a day of the week in another language, or a remark."""
        is_name = text.endswith(",") and text[:-1].isalpha()
        return f"{self._aliases.weekday(text[:-1])}," if is_name else self._text.word(text)

    def _value(self, clause: str, text: str) -> str:
        if clause in {"from", "by"}:
            return self._text.host(text)
        if clause == "id":
            return text if self._build else self._id(text)
        if text.lower() in self._mark.get(clause, ""):  # a part of it too: marks in a paste split words
            return text
        return self._text.words(text)

    def _id(self, text: str) -> str:
        """An id; its form is kept only if the software is recognised by it."""
        if not self._is_evident and not re.fullmatch(clauses.RELEASE, text):
            return message_id(text, self._aliases)
        time_length = _TIME_LENGTH if self._is_sendmail and re.fullmatch(_SENDMAIL_ID, text) else 0
        return text[:time_length] + self._aliases.form(text)[time_length:]


_VIA = Software(version=re.compile(r"(?<![a-z])(?:frontend|mailbox|transport)(?![a-z])", re.IGNORECASE))
"""Words of a via clause that the analysis finds in a comment or a mark, also with digits after them."""


@cache
def _fetchers() -> Software:
    """The programs that fetch mail, by which the analysis recognises a mailbox even in a damaged field."""
    names = (row["name"].lower().split() for row in table("fetched_mail") if row["kind"] == "program")
    forms = "|".join(re.escape(word) for words in names for word in words)
    return Software(version=re.compile(rf"(?<![\w.-])(?:{forms})(?![a-z.])", re.IGNORECASE))


def standard(date_time: DateTime) -> str | None:
    """A date in the form of RFC 5322, with a fraction of a second if it has one; ``None`` if it was not read."""
    from email.utils import format_datetime

    if date_time.value is None:
        return None
    utc = date_time.value.astimezone(UTC).replace(tzinfo=None)  # written as -0000
    value = date_time.value if date_time.zone_known else utc
    time = f"{value:%H:%M:%S}"
    fraction = f".{value.microsecond:06}" if value.microsecond else ""
    return format_datetime(value).replace(time, time + fraction)


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
    number = builds.short(read.id)
    if number is None:
        return False
    if builds.lookup(read.id) is not None:
        return True
    is_online = read.by_domain is not None and builds.is_online_host(read.by_domain.domain or "")
    return is_online and max(map(int, number.split("."))) > _MAX_OCTET


_MAX_OCTET = 255
"""A larger number is in no IPv4 address, so on a server of Exchange Online it is in a build."""


def message_id(text: str, aliases: Aliases) -> str:
    """A redacted id, including angle brackets; with an ``@``, in the form of a message id."""
    inner = text.strip("<>")
    start = len(text) - len(text.lstrip("<>"))
    local, at, host = inner.rpartition("@")
    new = f"{aliases.local(local, 'm')}@{Text(aliases).host(host)}" if at else aliases.identifier(inner)
    return text[:start] + new + text[start + len(inner) :]
