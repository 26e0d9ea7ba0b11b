"""The latency fields of Exchange: how long each server held the message, by component.

    SRV=<server>:TOTAL-FE=0.014|SMR=0.009(SMRPI=0.004(SMRPI-FrontendProxyAgent=0.004))|SMS=0.005
    LSRV=<server>:TOTAL-HUB=0.5|SMR=0.3|CAT=0.1(CATOS=0.02);2024-03-30T21:10:48.500Z

SRV is a server that has sent the message on; LSRV is the server that held it when the field was written, at the time at
the end. FE is Front End Transport, HUB is Transport or Hub Transport, SUB and DEL are the two of Mailbox Transport;
Exchange 2010 writes TOTAL only. The names of
components are not documented, so each is kept as written. The fields are present in mail taken from queues, journals or
mailboxes of Exchange 2010 and later; the header firewall removes them from mail that leaves the organisation.

Source: public mail archives (observed).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

import msgspec
from msgspec.structs import replace

from hopscope.model import HeaderField, Route, TrackingEvent
from hopscope.parser import dates

__all__ = ["FIELDS", "MOST", "Component", "Latency", "in_events", "read"]

_PREFIX = "x-ms-exchange-organization-"
FIELDS = frozenset(
    _PREFIX + name
    for name in (
        "messagelatency",
        "messagelatencyinprogress",
        "orderedprecisionlatencyinprogress",
        "messagehighprecisionlatencyinprogress",
    )
)
"""Names of the fields, in lower case."""
MOST = 100
"""Maximum number of servers read from one message."""
_DEPTH = 16
"""Maximum nesting of components; four levels were observed."""


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a server did with the message."""

    name: str
    """As written, such as ``QDM``."""
    seconds: float
    parts: tuple["Component", ...] = ()
    """Its parts; their seconds need not add up."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How long one server held the message."""

    field: HeaderField
    """The field; of a tracking log, its column ``message-info``."""
    server: str
    part: str | None
    """The text after ``TOTAL-``, such as ``FE`` or ``HUB``; ``None`` if absent."""
    seconds: float
    """The total."""
    components: tuple[Component, ...] = ()
    in_progress: bool = False
    """The server still held the message when the field was written."""
    recorded_at: datetime | None = None
    """When the field was written, by the clock of the server."""
    position: str | None = None
    """File and line of the row of a tracking log; ``None`` for a header field."""


def read(route: Route) -> tuple[Latency, ...]:
    """The latencies of a message in the order of its fields, of at most ``MOST`` servers."""
    fields = [field for name in FIELDS & route.names for field in route.named(name)]
    fields.sort(key=lambda field: field.line)
    return tuple(islice(chain.from_iterable(map(_servers, fields)), MOST))


def in_events(events: Iterable[TrackingEvent]) -> tuple[Latency, ...]:
    """The latencies in the rows of tracking logs, of at most ``MOST`` servers: of each service the last that it wrote.

    A message-info has the servers before, and the one that wrote the row: the row of DELIVER has all of them.
    """
    latest: dict[tuple[str, str | None], Latency] = {}
    for event in events:
        field = HeaderField(name="message-info", body=event.message_info or "", line=1)
        for latency in _servers(field) if event.message_info else ():
            key = latency.server.lower(), latency.part
            known = latest.get(key)
            is_later = known is None or (not latency.in_progress, latency.seconds) > (
                not known.in_progress,
                known.seconds,
            )
            if is_later and (known or len(latest) < MOST):
                latest[key] = replace(latency, position=event.position)
    return tuple(latest.values())


_SERVER = r"\b(L?)SRV=([^:;|=\s]++):TOTAL(?:-([A-Za-z]++))?=([0-9]{1,12}(?:\.[0-9]++)?)"
_TIME = r";\s*+([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]++Z)"


def _servers(field: HeaderField) -> Iterator[Latency]:
    starts = list(re.finditer(_SERVER, field.body))
    for start, following in zip(starts, [*starts[1:], None], strict=False):
        text = field.body[start.end() : following.start() if following else None]
        time = re.search(_TIME, text)
        yield Latency(
            field=field,
            server=start[2],
            part=start[3],
            seconds=float(start[4]),
            components=_components(text[: time.start()] if time else text),
            in_progress=bool(start[1]),
            recorded_at=dates.parse(time[1]).value if time else None,
        )


_PIECE = r"([^=|();]++)(?:=([0-9]{1,12}(?:\.[0-9]++)?))?|([()])"


class _ComponentBuilder(msgspec.Struct, frozen=True):
    """A component whose parts are still being read."""

    name: str
    seconds: float
    parts: list["_ComponentBuilder"]


def _components(text: str) -> tuple[Component, ...]:
    """``|A=1(B=2|C=3)|D=4`` as a tree; text in any other form is skipped."""
    root = _ComponentBuilder("", 0.0, [])
    levels = [root]
    for name, seconds, bracket in re.findall(_PIECE, text):
        if bracket == "(" and levels[-1].parts and len(levels) < _DEPTH:
            levels.append(levels[-1].parts[-1])
        elif bracket == ")" and len(levels) > 1:
            levels.pop()
        elif seconds and name.strip():
            levels[-1].parts.append(_ComponentBuilder(" ".join(name.split()), float(seconds), []))
    return _frozen(root)


def _frozen(component: _ComponentBuilder) -> tuple[Component, ...]:
    return tuple(Component(name=part.name, seconds=part.seconds, parts=_frozen(part)) for part in component.parts)
