"""The server that wrote a row of a log.

A row names the server that wrote it as its client or as its server, depending on the event; for some events it is
published which. The other rows of a ``MSGTRK*.LOG`` have the writer of its file: a server writes files of its own. In
exports, rows of one message with the same internal message id have the same writer.

Source: Microsoft Docs, "Message tracking": the internal message id differs on every server that handles a message.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeGuard

from msgspec.structs import replace

from hopscope import data
from hopscope.model import TrackingEvent
from hopscope.tracking.forms import Form

__all__ = ["Writers", "logged_by", "with_writers"]

_SIDES = ("client", "server")
_MAX_NAMES = 3
"""Names of the writer of a file that are kept: as a short name and as an FQDN, and one more that contradicts them."""


def logged_by(fields: Mapping[str, Any], form: Form) -> str | None:
    """The server that wrote a row; ``None`` if unknown.

    Args:
        fields: Of a :class:`~hopscope.model.TrackingEvent`: event, source, client and server.
        form: Of the file.
    """
    is_old = form.is_old or (form.version is None and not fields.get("network_message_id"))
    side = _side(fields["event"], fields.get("source") or "", is_old=is_old)
    client, server = fields.get("client"), fields.get("server")
    if side in _SIDES:
        return client if side == "client" else server
    if form.writer is None and side == "recorded" and not (client and server):
        return client or server
    return form.writer


class Writers:
    """Finds the writer of a file, which the rows agree on that are known to name it."""

    def __init__(self) -> None:
        self._form: Form | None = None
        self._columns: tuple[int, ...] = ()
        self._is_old = False
        self._names: dict[str, str] = {}

    def add(self, cells: Sequence[str], form: Form) -> None:
        """Notes the writer that a row names."""
        if form is not self._form:
            needed = ("event", "source", *_SIDES)
            self._columns = tuple([form.columns.index(name) for name in needed if name in form.columns])
            self._form, self._is_old = form, form.is_old
        if len(self._names) >= _MAX_NAMES or len(self._columns) < 2 + len(_SIDES):
            return
        event, source, client, server = self._columns
        side = _side(cells[event].upper(), cells[source].upper(), is_old=self._is_old)
        if side in _SIDES and (name := cells[client if side == "client" else server]):
            self._names.setdefault(name.lower(), name)

    @property
    def writer(self) -> str | None:
        """Its longest name; ``None`` if no row names it, or rows name several servers, as in files that were joined."""
        return _agreed(self._names)


def with_writers(events: Iterable[TrackingEvent]) -> list[TrackingEvent]:
    """The events of one message, those of unknown writer with that of the events with their internal message id."""
    all_events = list(events)
    names: dict[str, dict[str, str]] = {}
    for event in all_events:
        if event.logged_by and _is_id(event.internal_message_id):
            names.setdefault(event.internal_message_id, {}).setdefault(event.logged_by.lower(), event.logged_by)
    return [
        event if event.logged_by else replace(event, logged_by=_agreed(names.get(event.internal_message_id or "", {})))
        for event in all_events
    ]


def _is_id(text: str | None) -> TypeGuard[str]:
    """Whether a text is a whole id: a spreadsheet saves it as ``1.19E+13``, the same for several."""
    return text is not None and text.isdecimal()


def _agreed(names: Mapping[str, str]) -> str | None:
    """The longest name, if all are of one server; by name in lower case."""
    short = {name.partition(".")[0] for name in names}
    is_one = len(short) == 1 and sum("." in name for name in names) <= 1
    return names[max(names, key=len)] if is_one else None


@cache
def _sides() -> dict[str, list[tuple[frozenset[str], str]]]:
    sides: dict[str, list[tuple[frozenset[str], str]]] = {}
    for row in data.table("tracking_events"):
        sides.setdefault(row["event"], []).append((frozenset(row["sources"].split()), row["logged_by"]))
    return sides


def _side(event: str, source: str, *, is_old: bool) -> str:
    """``logged_by`` of the table; before Exchange 2013, Hub Transport was the client of the mailbox server."""
    if is_old and event == "DELIVER":
        return "client"
    return next((side for sources, side in _sides().get(event, ()) if not sources or source in sources), "")
