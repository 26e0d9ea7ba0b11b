"""Header fields -> their redacted form, by ``data/kept_fields.tsv`` and one function for each kind of content."""

import base64
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date
from functools import cache

from hopscope.analysis.latency import meaning
from hopscope.analysis.organisations import CONSUMERS
from hopscope.classifier import latency
from hopscope.classifier.antispam import antispam_values, kind_of
from hopscope.data import table
from hopscope.model import AntispamValue, HeaderField, Route
from hopscope.parser.grammar import address
from hopscope.redaction import authentication, stamps
from hopscope.redaction.names import Aliases
from hopscope.redaction.text import Software, Text

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


def _message_id(field: HeaderField, aliases: Aliases) -> str:
    return " ".join(stamps.message_id(identifier, aliases) for identifier in field.body.split()[:_MAX_WORDS])


_MAX_WORDS = 8
"""Maximum words of a Message-ID; valid ones have a single word."""


def _mailboxes(field: HeaderField, aliases: Aliases) -> str:
    return Text(aliases).words(field.body)


def _hosts(field: HeaderField, aliases: Aliases) -> str:
    text = Text(aliases)
    return text.words(field.body, lambda token: token if token.lower() == "to" else text.host(token))


def _date(field: HeaderField, aliases: Aliases) -> str:
    return stamps.redacted(HeaderField(name=field.name, body=f";{field.body}", line=field.line), aliases)[1:]


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
    """The servers of a latency field, their components and times; names of components in no table are replaced."""
    return " ".join(_of_server(each, aliases) for each in latency.read(Route(headers=(field,))))


def _of_server(measured: latency.Latency, aliases: Aliases) -> str:
    start, server = "LSRV" if measured.in_progress else "SRV", Text(aliases).host(measured.server)
    part = f"-{measured.part}" if measured.part in {"FE", "HUB", "SUB", "DEL"} else ""
    time = f";{measured.recorded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z" if measured.recorded_at else ""
    components = _components(measured.components, aliases)
    return f"{start}={server}:TOTAL{part}={_seconds(measured.seconds)}{components and '|'}{components}{time}"


def _components(components: Iterable[latency.Component], aliases: Aliases) -> str:
    shown = []
    for component in components:
        name = component.name if meaning(component.name) else aliases.label(component.name)
        parts = f"({_components(component.parts, aliases)})" if component.parts else ""
        shown.append(f"{name}={_seconds(component.seconds)}{parts}")
    return "|".join(shown)


def _seconds(seconds: float) -> str:
    return f"{seconds:.7f}".rstrip("0").rstrip(".")


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


def _count(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    return field.body if re.fullmatch("[0-9]{1,4}", field.body) else ""


def _domains(field: HeaderField, aliases: Aliases) -> str:
    """The mail domains of a field, each once: whether sender and recipients share one is evidence."""
    domains = re.findall(r"@([a-z0-9-]++(?:\.[a-z0-9-]++)++)", field.body.lower())
    return ", ".join(f"<u@{aliases.host(domain)}>" for domain in dict.fromkeys(domains[:_MAX_DOMAINS]))


_MAX_DOMAINS = 100


def _list_id(field: HeaderField, aliases: Aliases) -> str:
    """A List-Id: a list ``a@b.example`` is usually ``<a.b.example>``, and its pseudonym is that of the address."""
    local, _, domain = field.body.rpartition("<")[2].partition(">")[0].strip().partition(".")
    return f"<{aliases.local(local)}.{aliases.host(domain)}>" if domain and "@" not in domain else _PRESENT


def _greylisted(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    """The symbol of Rspamd for a message that passed greylisting."""
    symbol = re.search(r"\bGREYLIST\([-+0-9.]{1,8}\)\[pass,\s?body\]", field.body)
    return symbol[0] if symbol else ""


def _tenant(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    """The tenant of Outlook.com, which all consumers share; that of an organisation is removed."""
    return CONSUMERS if field.body.strip().lower() == CONSUMERS else ""


def _verdicts(field: HeaderField, aliases: Aliases) -> str:
    """The values of an antispam field that are documented, with pseudonyms for addresses and hosts."""
    values = antispam_values(Route(headers=(field,)))
    kept_values = ((value.key, _verdict(value, aliases)) for value in values)
    shown = [(key, text) for key, text in kept_values if text is not None]
    kind = kind_of(field.name.lower())
    if kind is None or kind.form != "pairs":
        return ", ".join(text for _, text in shown)
    return " ".join(f"{key}:{text};" if text else f"{key};" for key, text in shown)


def _verdict(value: AntispamValue, aliases: Aliases) -> str | None:
    """A value with a pseudonym; ``None`` for one that may have any content."""
    if value.label is not None or (value.meaning is not None and not value.value):
        return value.value
    if value.key in _ADDRESSES and address(value.value):
        return value.value if value.value == _FROM_MAILBOX else aliases.address(value.value)
    if value.key in _HOSTS:
        return aliases.host(value.value)
    form = _FORMS.get(value.key)
    return value.value if form and re.fullmatch(form, value.value) else None


_FROM_MAILBOX = "255.255.255.255"
"""What Exchange Online records as the connecting address of a message from a mailbox."""
_ADDRESSES = frozenset({"CIP", "OrigIP"})
_HOSTS = frozenset({"H", "PTR"})
_FORMS = {
    "CTRY": "[A-Z]{2}",
    "LANG": "[a-z]{2}",
    "AuthMechanism": "[0-9A-Fa-f]{2}",
    "Original-SCL": "-?[0-9]",
    "TIME": "TimeBasedFeatures",
    "MIME": "MIMECompliance",
    "P100": "PhishingBlock",
}
"""The form of values that identify nobody, by key."""


def _presence(field: HeaderField, aliases: Aliases) -> str:  # noqa: ARG001 - the common interface
    return _PRESENT


READERS: dict[str, Callable[[HeaderField, Aliases], str]] = {
    "stamp": stamps.redacted,
    "mailboxes": _mailboxes,
    "hosts": _hosts,
    "message id": _message_id,
    "date": _date,
    "duration": _duration,
    "text": _text,
    "entry": _network_message_id,
    "latency": _latency,
    "signature": authentication.signature,
    "thread index": _thread_index,
    "presence": _presence,
    "count": _count,
    "mail domains": _domains,
    "list id": _list_id,
    "greylisted": _greylisted,
    "results": authentication.results,
    "tenant": _tenant,
    "verdicts": _verdicts,
}
"""The function that redacts a field, by the column ``kept`` of the table."""
