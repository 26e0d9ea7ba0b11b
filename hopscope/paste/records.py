"""Messages in well-formed JSON, JSON Lines and CSV -> the header block of each.

Header fields may be a list of names and values (``internetMessageHeaders`` of Microsoft Graph), an object with names as
keys, a list of lines, or a text with a header block, at any depth: in ``value``, in an array, in a message object. In
CSV, each row is a message, or each row is a field. There may be other text above and below JSON. Damaged text is
handled by ``data``. The module is over 300 lines because
the formats share the search for the messages in a value.
"""

import binascii
import csv
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain, dropwhile, groupby, islice, takewhile
from typing import Any

import msgspec

from hopscope.parser.encoding import to_text
from hopscope.paste.blocks import received_count
from hopscope.paste.data import field
from hopscope.paste.patterns import LIKELY_FIELD, MOSTLY, STAMP, USUAL_NAME, lazy

__all__ = ["Record", "by_line", "first", "in_csv", "in_json", "in_text", "may_be_structured", "only"]

_MAX_DEPTH = 40
_FIELDS, _BLOCK, _TEXT = 3, 2, 1
"""How certain it is that a value is the header of a message: a list of fields, a header block, other text with one."""


class Record(msgspec.Struct, frozen=True):
    """A message of a list."""

    text: str
    """Its header block, with LF line ends; empty if it has none."""
    unread: int = 0
    """Received fields in other values of the same object, such as a body."""


class _Object(list[tuple[str, Any]]):
    """The members of a JSON object; a key may be repeated."""


_Certain = tuple[int, list[Record]]
_NOTHING: _Certain = (0, [])


_CSV_START = lazy(
    r"(?:(?:sep=.|#TYPE [^\n]*+)\r?+\n)?+\"?+[\w .@/()-]{1,60}+\"?+(?:[,;\t|]\"?+[\w .@/()-]{0,60}+\"?+)*+[ \t]*+\r?+\n"
)
_DOCUMENT_START = lazy(r"[\ufeff \t\r\n]*+(?:\{\s*+[\"}]|\[\s*+[\[{\"]|\")")
_EMBEDDED = lazy(r"(?:\n[ \t]*+|\[[ \t\r\n]*+)(?=\{\s*+\"|\[\s*+[\[{\"])")
_MAX_STARTS = 8
"""Maximum lines of a text that are tried as the start of JSON."""


def may_be_structured(start: str) -> bool:
    """Whether a text that starts so may be JSON, also below other text, or CSV with column headings."""
    start = start.removeprefix("\ufeff")
    if may_be_json(start) or _CSV_START.match(start):
        return True
    return not LIKELY_FIELD.match(start) and _EMBEDDED.search(start) is not None


def may_be_json(start: str) -> bool:
    """Whether a text that starts so may be JSON."""
    return _DOCUMENT_START.match(start) is not None


def first(text: str) -> str | None:
    """The first message with header fields, if a text has several messages."""
    records = in_text(text) if may_be_structured(text) else []
    return next((record.text for record in records if STAMP.search(record.text)), None) if len(records) > 1 else None


def only(text: str) -> str | None:
    """The message in JSON or CSV whose header fields are damaged."""
    records = in_text(text) if may_be_structured(text) else []
    return records[0].text if len(records) == 1 and records[0].text != text else None


def in_text(text: str) -> list[Record]:
    """The messages in a text of any of these formats; empty if it is of none, or has no header fields."""
    return in_json(text) or _in_json_lines(text) or in_csv(text) or _in_embedded_json(text)


def in_json(text: str) -> list[Record]:
    """The messages in a JSON document, or in several (JSON Lines); empty if the text is not JSON or has none."""
    text = text.lstrip("\ufeff")
    decoded = _Decoded()
    documents = list(decoded.documents(text))
    return _in_documents(documents) if decoded.end == len(text) else []


def _in_json_lines(text: str) -> list[Record]:
    """The messages in JSON Lines, some of which are damaged; empty if most lines are not JSON or none is complete."""
    non_empty = (line for line in text.lstrip("\ufeff").split("\n") if line.strip())
    lines = list(dropwhile(lambda line: not line.startswith("{") and not STAMP.search(line), non_empty))
    if len(lines) < 2 or sum(line.startswith("{") for line in lines) < MOSTLY * len(lines):  # noqa: PLR2004 - several
        return []
    records = [in_json(line) for line in lines]
    if not any(records):
        return []
    return [record for line, inner in zip(lines, records, strict=True) for record in inner or [_damaged(line)]]


def _damaged(line: str) -> Record:
    """The text of a damaged line with Received fields, which is repaired like any other text."""
    return Record(line if received_count(line.encode("utf-8", "surrogateescape"), at_line_start=False) else "")


def _in_embedded_json(text: str) -> list[Record]:
    """The messages in JSON below other text, or in parts of damaged JSON; empty if other text has Received fields."""
    records: list[Record] = []
    others: list[str] = []
    end = 0
    for line in islice((line for line in _EMBEDDED.finditer(text) if line.end() >= end), _MAX_STARTS):
        decoded = _Decoded()
        documents = list(decoded.documents(text, line.end()))
        fields = list(takewhile(_field, documents))  # of a message whose end is missing
        more = [*_in_documents(fields), *_in_documents(documents[len(fields) :])]
        if more:
            records += [record for record in more if record.text]
            others.append(text[end : line.end()])
            end = decoded.end
    others.append(text[end:])
    if not records or any(map(STAMP.search, others)):
        return []
    unread = received_count("\n".join(others).encode("utf-8", "surrogateescape"), at_line_start=False)
    records[-1] = Record(records[-1].text, records[-1].unread + unread)
    return records


def _in_documents(documents: list[Any]) -> list[Record]:
    if len(documents) > 1 and all(isinstance(text, str) and text.find("\n") == len(text) - 1 for text in documents):
        documents = ["".join(documents)]  # adjacent strings of a program, one a line
    return _known(_records_in(documents[0] if len(documents) == 1 else documents, 0)[1])


class _Decoded:
    """Decodes JSON documents that follow each other."""

    def __init__(self) -> None:
        self._decode = json.JSONDecoder(object_pairs_hook=_Object, strict=False).raw_decode
        self.end = 0
        """Offset of the first text that is not JSON."""

    def documents(self, text: str, start: int = 0) -> Iterator[Any]:
        """The documents in a text from an offset on, up to the first text that is not JSON."""
        self.end = _end_of_space(text, start)
        while text[self.end : self.end + 1] in _STARTS:
            try:
                value, end = self._decode(text, self.end)
            except (ValueError, RecursionError):
                return
            self.end = _end_of_space(text, end)
            yield value


_STARTS = frozenset('{["')
_SPACE = lazy(r"[ \t\r\n,]*+")


def _end_of_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


def by_line(lines: Iterator[str]) -> Iterator[Record]:
    """The messages in JSON Lines, or in CSV with one message a row, of any size.

    Args:
        lines: The lines with their line ends.

    Raises:
        ValueError: The text is of neither format.
    """
    first_line = next(lines, "")
    if may_be_json(first_line) and in_json(first_line):
        for line in chain((first_line,), lines):
            if line.strip():
                yield from in_json(line) or [Record("")]
        return
    try:
        for row in _rows(chain((first_line,), lines)):
            yield from _records_in([row], 0)[1] or [Record("")]
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _rows(lines: Iterable[str]) -> Iterator[_Object]:
    """The rows of CSV with column headings.

    Raises:
        ValueError: A row has more or fewer cells than the headings, or there are none.
    """
    first_line, rows = _reader(lines)
    columns = next(rows, [])
    if any(map(STAMP.search, columns)) or not _CSV_START.match(first_line):
        raise ValueError("no column headings")
    for row in filter(any, rows):
        yield _Object(zip(columns, row, strict=True))


def _reader(lines: Iterable[str]) -> tuple[str, Iterator[list[str]]]:
    """The line with the column headings, and the rows from it on.

    Above it may be a line ``sep=;`` of Excel or ``#TYPE`` of PowerShell.
    """
    following = iter(lines)
    first_line = next(following, "").removeprefix("\ufeff")
    if first_line.lower().startswith(("sep=", "#type ")):
        first_line = next(following, "")
    delimiter = max(_DELIMITERS, key=first_line.count)
    return first_line, csv.reader(chain((first_line,), following), delimiter=delimiter, strict=True)


_DELIMITERS = ",;\t|"
_NAMES = frozenset({"name", "key", "header", "field", "headername"})
_VALUES = frozenset({"value", "body", "content", "headervalue"})


def in_csv(text: str) -> list[Record]:
    """The messages in CSV (RFC 4180), also with another delimiter; empty if the text is not CSV or has none."""
    try:
        rows = [row for row in _reader(StringIO(text))[1] if any(row)]
    except csv.Error:
        return []
    if '"' not in text:
        rows = _without_quotes(rows)
    if len(rows) <= 1 or (len(rows[0]) == 1 and '"' not in text) or any(len(row) != len(rows[0]) for row in rows):
        return []
    if any(STAMP.match(row[0]) and f'"{row[0]}' not in text for row in rows):  # lines of a header, not cells
        return []
    columns = [name.strip().lower() for name in rows[0]]
    name, value = (next((i for i, column in enumerate(columns) if column in keys), None) for keys in (_NAMES, _VALUES))
    if name is not None and value is not None:
        id_columns = [i for i in range(len(columns)) if i not in {name, value}]
        groups = groupby(rows[1:], key=lambda row: [row[i] for i in id_columns])
        return _known([Record("".join(_lines((row[name], row[value]) for row in group))) for _, group in groups])
    if any(map(STAMP.search, rows[0])) or (any(map(_NAME.fullmatch, columns[:1])) and columns[0] == "received"):
        return []
    return _known(_records_in([_Object(zip(rows[0], row, strict=True)) for row in rows[1:]], 0)[1])


def _without_quotes(rows: list[list[str]]) -> list[list[str]]:
    """The rows of CSV whose last cell, a header block without quotation marks around it, may contain the delimiter."""
    width = len(rows[0]) - 1 if rows else 0
    joined = [[*row[:width], ";".join(row[width:])] for row in rows[1:]]
    return [rows[0], *joined] if width and all(STAMP.match(row[-1]) for row in joined) else rows


def _known(records: list[Record]) -> list[Record]:
    """The records, if one of them has a Received field."""
    return records if any(STAMP.search(record.text) for record in records) else []


def _records_in(value: Any, depth: int) -> _Certain:  # noqa: ANN401 - any value of JSON
    """The messages in a value, and how certain they are."""
    if depth > _MAX_DEPTH:
        return _NOTHING
    if isinstance(value, str):
        return _in_string(value, depth)
    if isinstance(value, _Object):
        return _in_object(value, depth)
    return _in_list(value, depth) if isinstance(value, list) else _NOTHING


def _in_string(text: str, depth: int) -> _Certain:
    if "eceived" not in text and "RECEIVED" not in text:
        return _NOTHING
    text = text.replace("\r\n", "\n")
    if text.lstrip()[:1] in {"{", "["} and (records := in_json(text)):
        return (_FIELDS, records) if depth < _MAX_DEPTH else _NOTHING
    if not STAMP.search(text):
        return _NOTHING
    is_block = LIKELY_FIELD.match(text.lstrip()) or text.startswith("From ")
    return (_BLOCK if is_block else _TEXT), [Record(text)]


def _in_list(values: list[Any], depth: int) -> _Certain:
    if fields := _fields(values):
        return _FIELDS, [Record("".join(_lines(fields)))]
    results = [_records_in(value, depth + 1) for value in values]
    best = max((certainty for certainty, _ in results), default=0)
    records: list[Record] = []
    for value, (_, inner) in zip(values, results, strict=True):
        records += inner or ([Record("")] if best and isinstance(value, _Object) else [])
    return best, records


_ALIASES = {"messageid": "Message-ID", "internetmessageid": "Message-ID"}
"""Keys and columns of Microsoft Graph and Exchange that are the names of header fields without a hyphen."""


def _in_object(members: _Object, depth: int) -> _Certain:
    if any(key.lower() == "received" and _bodies(value) for key, value in members):
        named = [(_ALIASES.get(key.lower(), key), value) for key, value in members]
        fields = [(name, body) for name, value in named if _NAME.fullmatch(name) for body in _bodies(value)]
        return _FIELDS, [Record("".join(_lines(fields)))]
    results = [_records_in(_raw(key, value), depth + 1) for key, value in members]
    best = max((certainty for certainty, _ in results), default=0)
    records: list[Record] = []
    unread = 0
    for certainty, inner in results:
        for record in inner:
            if certainty == best and record not in records:
                records.append(record)
            elif certainty != best:
                unread += received_count(record.text.encode("utf-8", "surrogateescape")) + record.unread
    if unread and records:
        records[0] = Record(records[0].text, records[0].unread + unread)
    return best, records


def _raw(key: str, value: Any) -> Any:  # noqa: ANN401 - any value of JSON
    """The value of a member; a message in base64, as in ``raw`` of the Gmail API, is decoded."""
    if key.lower() not in {"raw", "mime", "contentbytes", "mimecontent"} or not isinstance(value, str):
        return value
    try:
        decoded = to_text(urlsafe_b64decode("".join(value.replace("+", "-").replace("/", "_").split()) + "=="))
    except (binascii.Error, ValueError):
        return value
    return decoded if STAMP.search(decoded) else value


_NAME = lazy(f"(?i:{USUAL_NAME})")
_PAIR = 2


def _fields(values: list[Any]) -> list[tuple[str, str]]:
    """The names and bodies, if a list consists of header fields; else empty."""
    fields = [_field(value) for value in values]
    complete = [pair for pair in fields if pair is not None]
    return complete if len(complete) == len(fields) and any(_NAME.fullmatch(name) for name, _ in complete) else []


def _field(value: Any) -> tuple[str, str] | None:  # noqa: ANN401 - any value of JSON
    """Name and body of a field: an object with both, a pair, or a line."""
    if isinstance(value, _Object):
        texts = {key.lower(): text for key, text in value if isinstance(text, str)}
        name = next((texts[key] for key in texts if key in _NAMES), None)
        body = next((texts[key] for key in texts if key in _VALUES), None)
        return (name, body) if name is not None and body is not None else None
    if isinstance(value, list):
        is_pair = len(value) == _PAIR and all(isinstance(text, str) for text in value)
        return (value[0], value[1]) if is_pair else None
    if not isinstance(value, str) or not LIKELY_FIELD.match(value):
        return None
    lines = value.rstrip().replace("\r\n", "\n").split("\n")
    name, _, body = value.partition(":")
    return (name.rstrip(), body) if all(line[:1] in {" ", "\t"} for line in lines[1:]) else None


def _bodies(value: Any) -> list[str]:  # noqa: ANN401 - any value of JSON
    """The bodies of the fields with one name: a text, or a list of texts."""
    if isinstance(value, str) and value.startswith("["):
        value = next(_Decoded().documents(value), value)
    values = value if isinstance(value, list) else [value]
    return values if all(isinstance(body, str) for body in values) else []


def _lines(fields: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The header lines of fields; the Received fields of a message may be the lines of one text."""
    for name, body in fields:
        bodies = [body]
        if name.lower() == "received":
            bodies = [_NAME_BEFORE.sub("", part) for part in _NEXT_RECEIVED.sub(r"\1\0", body).split("\0")]
        yield from (f"{field(name, part)}\n" for part in bodies)


_NAME_BEFORE = lazy(r"\A\s*+received[ \t]*+:", re.IGNORECASE)
_NEXT_RECEIVED = lazy(
    r"(;[^;\n]{0,99}+(?=\n)|;[^;\n+-]{8,40}+[+-][0-9]{4}(?: \([A-Z]{1,5}+\))?+)"
    r"[ \t]*+(?:[;,|]|<br[ /]{0,2}+>|\\n)?+\s*+"
    r"(?=(?:received[ \t]*+:)?+[ \t]*+(?:from|by|\((?:from|qmail))\b)",
    re.IGNORECASE,
)
"""The end of a Received field, and the start of the next one in the same text: a line end, a separator, or nothing."""
