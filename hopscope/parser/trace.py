"""A usual stamp as the groups of its pattern: for commands that read many messages and need little of each.

A :class:`Trace` keeps the text of the groups. What is seldom needed is worked out when it is asked for, and is then the
same as in the whole :class:`~hopscope.model.Stamp`.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import cast

from hopscope.model import DateTime, ExtendedDomain, HeaderField, Stamp, TcpInfo, Tls
from hopscope.parser import dates, stamp, tls, usual
from hopscope.parser.usual import Group

__all__ = ["Trace", "Whole", "trace"]

# Group.X as plain numbers, less one, as Match.groups() counts: looking up an enum is slow in Python 3.11.
(
    _BODY,
    _COMMENTS,
    _FROM,
    _FROM_LITERAL,
    _FROM_COMMENTS,
    _BY,
    _BY_LITERAL,
    _BY_COMMENTS,
    _OVER_TLS,
    _VIA,
    _VIA_COMMENTS,
    _WITH,
    _WITH_COMMENTS,
    _STARTTLS,
    _STARTTLS_COMMENTS,
    _TLS,
    _TLS_COMMENTS,
    _ID,
    _REMARK,
    _ID_COMMENTS,
    _VIA_BEHIND,
    _VIA_BEHIND_COMMENTS,
    _FOR,
    _FOR_COMMENTS,
    _DATE,
    _WEEKDAY,
    _DAY,
    _CLOCK,
    _ZONE,
    _DATE_COMMENTS,
) = range(len(Group))


class Trace:
    """A usual stamp."""

    __slots__ = ("_stamp", "by", "by_comments", "from_", "from_comments", "groups", "id", "seconds", "via", "with_")

    def __init__(self, groups: tuple[str | None, ...], seconds: int) -> None:
        self.groups = groups
        self.seconds = seconds
        """Its time, since 1970 (UTC)."""
        self._stamp: Stamp | None = None
        self.from_ = groups[_FROM]
        """The name in the from clause."""
        by, with_, via = groups[_BY], groups[_WITH], groups[_VIA] or groups[_VIA_BEHIND]
        self.by = _one_line(by) if by and (" " in by or "\t" in by or "\n" in by) else by
        """The name in the by clause."""
        self.with_ = _one_line(with_) if with_ else None
        self.id = groups[_ID]
        self.via = _one_line(via) if via else None
        self.from_comments = groups[_FROM_COMMENTS]
        """The comments of the from clause, as they stand there; ``None`` without the clause."""
        self.by_comments = groups[_BY_COMMENTS]

    @property
    def stamp(self) -> Stamp:
        """The whole stamp."""
        if self._stamp is None:
            self._stamp = stamp.parse(self.field)
        return self._stamp

    @property
    def field(self) -> HeaderField:
        """The field; its line is not known."""
        return HeaderField(name="Received", body=(self.groups[_BODY] or "").replace("\n", "").strip(" \t"), line=1)

    @property
    def brief(self) -> Stamp:
        """The stamp, of which no more is worked out than is asked for."""
        return cast("Stamp", Brief(self))

    @property
    def sender(self) -> ExtendedDomain | None:
        """The from clause."""
        if self.from_comments is None:
            return None
        return stamp.from_domain(self.from_, usual.split_comments(self.from_comments))

    @property
    def server(self) -> ExtendedDomain | None:
        """The by clause."""
        if self.by_comments is None:
            return None
        return stamp.by_domain(self.by, usual.split_comments(self.by_comments))

    @property
    def tls(self) -> Tls | None:
        """As in the whole stamp."""
        groups = self.groups
        clause, body = groups[_TLS], groups[_BODY] or ""
        if clause is None and "TLS" not in body and "SSL" not in body and not tls.MARK.search(body):
            return None
        if groups[_OVER_TLS] or groups[_STARTTLS] or tls.MARK.search(self.with_ or ""):
            return self.stamp.tls
        told = None
        for place in _TOLD:
            if (text := groups[place]) and (told := _tls_in(text)):
                break
        return told if clause is None else tls.with_cipher(told, clause)

    @property
    def comments(self) -> str:
        """All comments but those of the from and by clauses, as they stand there."""
        groups = self.groups
        return "".join([groups[place] or "" for place in _OTHER_COMMENTS])


_OTHER_COMMENTS = (
    _COMMENTS,
    _STARTTLS_COMMENTS,
    _VIA_COMMENTS,
    _WITH_COMMENTS,
    _TLS_COMMENTS,
    _ID_COMMENTS,
    _VIA_BEHIND_COMMENTS,
    _FOR_COMMENTS,
    _DATE_COMMENTS,
)
_TOLD = (*_OTHER_COMMENTS, _BY_COMMENTS, _FROM_COMMENTS)
"""Where TLS is told, in the order of the whole stamp."""


@lru_cache(maxsize=1 << 12)
def _tls_in(comments: str) -> Tls | None:
    """The TLS that comments tell."""
    return tls.parse(usual.split_comments(comments), None) if tls.MARK.search(comments) else None


_Reader = Callable[[str | None, Sequence[str]], ExtendedDomain]
"""Reads a clause, given its name and comments."""


class _Side:
    """The from or the by clause, with the attributes of an :class:`~hopscope.model.ExtendedDomain`."""

    __slots__ = ("_read", "_whole", "comments", "domain")

    def __init__(self, read: _Reader, domain: str | None, comments: str) -> None:
        self._read = read
        self._whole: ExtendedDomain | None = None
        self.domain = domain
        self.comments = usual.split_comments(comments) if comments else ()

    @property
    def tcp_info(self) -> TcpInfo:
        """As in the whole stamp."""
        if self._whole is None:
            self._whole = self._read(self.domain, self.comments)
        return self._whole.tcp_info


class Brief:
    """What :mod:`hopscope.classifier` looks at, with the attributes of a stamp."""

    __slots__ = ("_trace", "by_domain", "comments", "from_domain", "id", "via", "with_")

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self.with_ = trace.with_
        self.via = trace.via
        self.id = trace.id
        self.comments = usual.split_comments(written) if (written := trace.comments) else ()
        by, from_ = trace.by_comments, trace.from_comments
        self.by_domain = None if by is None else _Side(stamp.by_domain, trace.by, by)
        self.from_domain = None if from_ is None else _Side(stamp.from_domain, trace.from_, from_)

    @property
    def tls(self) -> Tls | None:
        """As in the whole stamp."""
        return self._trace.tls

    @property
    def field(self) -> HeaderField:
        """As in the whole stamp, but for its line."""
        return self._trace.field

    @property
    def additional(self) -> tuple[str, ...]:
        """As in the whole stamp."""
        remark = self._trace.groups[_REMARK]
        return (_one_line(remark),) if remark else ()

    @property
    def date_time(self) -> DateTime:
        """As in the whole stamp."""
        return dates.parse((self._trace.groups[_DATE] or "").replace("\n", ""))

    def __getattr__(self, name: str) -> object:
        return getattr(self._trace.stamp, name)


class Whole:
    """A stamp that is not usual, with the attributes of a :class:`Trace`."""

    __slots__ = (
        "by",
        "by_comments",
        "comments",
        "from_",
        "from_comments",
        "id",
        "seconds",
        "sender",
        "server",
        "stamp",
        "tls",
        "via",
        "with_",
    )

    def __init__(self, body: str) -> None:
        whole = self.stamp = stamp.parse(HeaderField(name="Received", body=body, line=1))
        self.sender, self.server, time = whole.from_domain, whole.by_domain, whole.date_time
        sender, server = self.sender, self.server
        self.seconds = time.value.timestamp() if time and time.value else None
        self.from_ = sender.domain if sender else None
        self.by = server.domain if server else None
        self.with_, self.id, self.via, self.tls = whole.with_, whole.id, whole.via, whole.tls
        self.from_comments = _written(sender.comments) if sender else None
        self.by_comments = _written(server.comments) if server else None
        self.comments = _written(whole.comments)

    @property
    def brief(self) -> Stamp:
        """The whole stamp."""
        return self.stamp


def _written(comments: tuple[str, ...]) -> str:
    return "".join([f"({comment})" for comment in comments])


def trace(found: usual.Match | str) -> Trace | Whole:
    """The trace of a Received field, given its groups, or its body where it is not usual."""
    if isinstance(found, str):
        return Whole(found)
    groups = found.groups()
    day, clock, zone, comments = groups[_DAY] or "", groups[_CLOCK] or "", groups[_ZONE] or "", groups[_DATE_COMMENTS]
    seconds = dates.seconds(groups[_WEEKDAY], day, clock, zone, comments or "")
    if seconds is None or groups[_FROM_LITERAL] or groups[_BY_LITERAL] or (groups[_VIA] and groups[_VIA_BEHIND]):
        return Whole((groups[_BODY] or "").replace("\n", "").strip(" \t"))
    return Trace(groups, seconds)


@lru_cache(maxsize=1 << 10)
def _one_line(text: str) -> str:
    return usual.FOLD.sub(" ", text)
