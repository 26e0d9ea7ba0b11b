"""A tracking log or message trace -> the same with the pseudonyms of redacted headers, safe to share.

Times, events, sizes, replies that are known errors, and latencies are kept, so that the events still stand at the hops
of the redacted header. Names, addresses and ids get the pseudonyms that they have in it under the same key. Subjects
and all other text are removed.

The module is over 300 lines because what is kept of each column is in one place.
"""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import BinaryIO

from hopscope import data
from hopscope.errors import SourceError
from hopscope.model import HeaderField
from hopscope.parser.encoding import utf_16
from hopscope.redaction import Aliases, fields
from hopscope.redaction.reports import error
from hopscope.redaction.text import Text
from hopscope.tracking import events, forms, times
from hopscope.tracking.files import head, readable
from hopscope.tracking.forms import Form
from hopscope.tracking.rows import rows

__all__ = ["is_log", "redacted"]


_REMEMBERED = 1 << 12
"""Cells that are remembered with their pseudonyms: the rows of a message follow each other."""


def is_log(path: str) -> bool:
    """Whether a file is a tracking log or message trace."""
    try:
        start = head(path)[: forms.HEAD]
    except (OSError, ValueError, SourceError):
        return False
    return forms.recognised(start.decode(utf_16(start) or "utf-8-sig", "replace").removeprefix("\ufeff")) is not None


def redacted(path: str, aliases: Aliases) -> Iterator[str]:
    """The redacted log at ``path``, line by line, in ASCII with LF line ends. Damaged rows are left out.

    Raises:
        SourceError: The file cannot be read or is not a log.
    """
    with tempfile.TemporaryDirectory(prefix="hopscope-", ignore_cleanup_errors=True) as folder:
        for item in readable(path, None, folder):
            if isinstance(item, SourceError):
                raise item
            with Path(item[1]).open("rb") as file:
                yield from _lines(path, file, aliases)


def _lines(path: str, file: BinaryIO, aliases: Aliases) -> Iterator[str]:
    form = forms.recognised(file.read(forms.HEAD).decode("utf-8-sig", "replace"))
    if form is None:
        raise SourceError(path, "not a message tracking log or message trace", "see docs/tracking.md for the forms")
    has_header = form.name == "log"

    @lru_cache(_REMEMBERED)
    def rewritten(field: str | None, cell: str) -> str:
        return _REWRITERS[field](cell, aliases) if field in _REWRITERS and cell else ""

    for *_, row in rows(file, may_have_line_breaks=form.may_have_line_breaks):
        if forms.is_directive(row):
            form = forms.with_directive(form, row)
            if shown := _directive(row, form):
                yield f"{shown}\n"
        elif row and not row.isspace():
            if not has_header or forms.is_header(events.values(row, form) or {}):
                has_header = True
                yield _joined(_names(row.decode("utf-8-sig", "replace"), form.separator), form)
            elif (cells := events.cells(row, form)) is not None:
                yield _joined([*map(rewritten, form.columns, cells)], form)


def _joined(cells: list[str], form: Form) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=form.separator, lineterminator="\n").writerow(cells)
    return "".join(character if " " <= character <= "~" or character in "\n\t" else "?" for character in out.getvalue())


_FIXED = {"software": "Microsoft Exchange Server", "log-type": "Message Tracking Log"}


def _directive(row: bytes, form: Form) -> str:
    """A line such as ``#Version: 15.02.1544.004``; empty if it is removed."""
    name, _, value = row.decode("utf-8-sig", "replace").strip().removeprefix("#").partition(":")
    value = value.strip()
    kind = name.lower()
    if kind.startswith("type "):
        return "#TYPE Redacted"
    if kind in _FIXED:
        return f"#{name}: {_FIXED[kind]}"
    if kind == "fields":
        return f"#{name}: {_joined(_names(value, form.separator), form).strip()}"
    is_kept = (kind == "version" and re.fullmatch(r"[0-9.]{1,20}", value)) or (kind == "date" and times.read(value))
    return f"#{name}: {value}" if is_kept else ""


def _names(line: str, separator: str) -> list[str]:
    """The names of columns: those in the table are kept."""
    names = forms.names_in(line.strip(), separator)
    return [name if forms.is_column(name) else f"column{number}" for number, name in enumerate(names, 1)]


def _time(text: str, _aliases: Aliases) -> str:
    return text if times.read(text) else ""


def _size(text: str, _aliases: Aliases) -> str:
    return text if re.fullmatch("[0-9]{1,18}", text) else ""


def _duration(text: str, _aliases: Aliases) -> str:
    return text if re.fullmatch(r"(?:[0-9]{1,4}\.)?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,7})?", text) else ""


def _word(text: str, _aliases: Aliases) -> str:
    """An event, a source, a status or a direction, if it is known."""
    return text if text.upper().replace(" ", "") in _words() else ""


@cache
def _words() -> frozenset[str]:
    rows_ = data.table("tracking_events")
    return frozenset(
        {"INCOMING", "ORIGINATING", "UNDEFINED", "1", "2", "TO", "CC", "BCC", "UNKNOWN"}
        | {row["event"] for row in rows_}
        | {source for row in rows_ for source in row["sources"].split()}
    )


def _host(text: str, aliases: Aliases) -> str:
    return Text(aliases).words(text.strip(), Text(aliases).host)


def _address(text: str, aliases: Aliases) -> str:
    return aliases.endpoint(text.strip().partition("%")[0]) or ""


def _mailboxes(text: str, aliases: Aliases) -> str:
    """Addresses, separated by semicolons. ``System.String[]`` is kept: it says that they were lost."""
    if text.startswith(events.LOST) or text == "<>":
        return text if text in {"System.String[]", "<>"} else ""
    parts = (part.strip().strip("{}<>") for part in text.split(";"))
    return ";".join(aliases.mailbox(part) if "@" in part else aliases.local(part) for part in parts if part)


def _message_id(text: str, aliases: Aliases) -> str:
    return _as_header("Message-ID", text, aliases)


def _network_message_id(text: str, aliases: Aliases) -> str:
    return _as_header("X-MS-Exchange-Organization-Network-Message-Id", text.strip("{}"), aliases)


def _as_header(name: str, text: str, aliases: Aliases) -> str:
    """The redacted body of a header field with this text."""
    field = fields.kept(HeaderField(name=name, body=text, line=1), aliases)
    return field.body if field else ""


def _number(text: str, aliases: Aliases) -> str:
    return str(aliases.draw("internal message id", text, 10**14)) if text.isdecimal() else ""


def _reference(text: str, aliases: Aliases) -> str:
    parts = (part.strip("{} ") for part in text.split(";"))
    shown = (_message_id(part, aliases) if part.startswith("<") else _number(part, aliases) for part in parts)
    return ";".join(filter(None, shown))


def _message_info(text: str, aliases: Aliases) -> str:
    """The time at the start, and the latencies."""
    time, _, rest = text.partition(";")
    latencies = _as_header("X-MS-Exchange-Organization-MessageLatency", rest, aliases) if rest else ""
    return ";".join(filter(None, (_time(time, aliases), latencies)))


_SESSION = re.compile(r"[0-9A-F]{16}")
_CODES = re.compile(r"[245][0-9]{2}(?:[ -][245]\.[0-9]{1,3}\.[0-9]{1,3})?(?![\w.])")
_REPLY = re.compile(r"(?:^|[;=])\s?(?=[245][0-9]{2}[ -])")


def _source_context(text: str, aliases: Aliases) -> str:
    """The session and its times, and the reply of the other server."""
    before, reply = text, ""
    if match := _REPLY.search(text):
        before, reply = text[: match.start()], text[match.end() :]
    host, equals, _ = text.partition("=250 ")
    shown = [_host(host, aliases) + "=" if equals and " " not in host else ""] if reply and equals else []
    for part in before.split(";") if not shown else []:
        if _SESSION.fullmatch(part):
            shown.append(aliases.hexadecimal(part))
        elif times.read(part) or part == "0":
            shown.append(part)
    answer, is_submitted, submitted = reply.partition(";ClientSubmitTime:")
    if answer:
        separator = "" if shown and shown[-1].endswith("=") else ";"
        shown = (
            [separator.join(filter(None, (*shown[-1:], _answer(answer, aliases))))]
            if shown
            else [_answer(answer, aliases)]
        )
    if is_submitted and times.read(submitted):
        shown.append(f"ClientSubmitTime:{submitted}")
    return ";".join(filter(None, shown))


def _answer(text: str, aliases: Aliases) -> str:
    """A reply: its codes, and the words of the table for a known error."""
    codes = _CODES.match(text)
    if not codes:
        return ""
    return codes[0] if text.startswith("2") else error(text, aliases)


_PART = re.compile(r"\{(LED|MSG|FQDN|IP|LRT)=")


def _statuses(text: str, aliases: Aliases) -> str:
    """The status of each recipient."""
    if "##" in text:
        pairs = (part.rpartition("##") for part in text.split(";") if "##" in part)
        return ";".join(f"{_mailboxes(address, aliases)}##{_events(status)}" for address, _, status in pairs)
    return ";".join(_status(part.strip(), aliases) for part in events.split_statuses(text))


def _status(text: str, aliases: Aliases) -> str:
    parts = _PART.split(text)
    if len(parts) == 1:
        return _answer(text, aliases) or _word(text, aliases)
    readers = {"LED": _answer, "FQDN": _host, "IP": _address, "LRT": _time}
    values = zip(parts[1::2], parts[2::2], strict=True)
    shown = (
        f"{{{name}={readers[name](value.rpartition('}')[0], aliases) if name in readers else ''}}}"
        for name, value in values
    )
    return f"[{';'.join(shown)}]"


def _events(text: str) -> str:
    return ", ".join(word.strip() for word in text.split(",") if word.strip().upper() in _words())


def _custom_data(text: str, aliases: Aliases) -> str:
    pairs = ((name, _custom_value(name, value, aliases)) for name, value in events.custom_data(text))
    return ";".join(f"S:{name}={value}" for name, value in pairs if value)


def _custom_value(name: str, value: str, aliases: Aliases) -> str:
    kept = _kept_custom_data().get(name, "")
    if kept == "number":
        return value if re.fullmatch(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?", value) else ""
    if kept == "host":
        return _host(value, aliases)
    if kept == "address":
        return _address(value, aliases)
    if kept == "host and address":
        host, _, address = value.partition("(")
        return f"{_host(host, aliases)}({_address(address.rstrip(')'), aliases)})"
    return value if value in kept.split() else ""


@cache
def _kept_custom_data() -> dict[str, str]:
    return {row["name"]: row["kept"] for row in data.table("tracking_custom_data")}


_REWRITERS: dict[str | None, Callable[[str, Aliases], str]] = {
    "time": _time,
    "client_ip": _address,
    "client": _host,
    "server_ip": _address,
    "server": _host,
    "source_context": _source_context,
    "connector": _host,
    "source": _word,
    "event": _word,
    "internal_message_id": _number,
    "message_id": _message_id,
    "network_message_id": _network_message_id,
    "recipients": _mailboxes,
    "recipient_status": _statuses,
    "total_bytes": _size,
    "related_recipient": _mailboxes,
    "reference": _reference,
    "sender": _mailboxes,
    "return_path": _mailboxes,
    "message_info": _message_info,
    "directionality": _word,
    "original_client_ip": _address,
    "custom_data": _custom_data,
    "message_latency": _duration,
}
"""What is kept of a field; a field that is missing here, such as the subject, is removed."""
