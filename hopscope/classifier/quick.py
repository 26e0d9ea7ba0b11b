"""Which service stamped each hop, and nothing more, for commands that read many messages.

Stamps that look the same are of the same service: what a run of Exchange stamps looks like, in all that
:mod:`hopscope.classifier.evidence` and :mod:`hopscope.classifier.infer` look at, is worked out here, and who stamped
such a run is asked there once. The module is over 300 lines because the records belong to what makes them.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from hopscope.classifier import builds, evidence, infer, servers
from hopscope.classifier.dialects import exchange
from hopscope.classifier.dialects.exchange import Token
from hopscope.classifier.dialects.postfix import named as first_name
from hopscope.classifier.software import software
from hopscope.model import HeaderField, Hop, Route, Service
from hopscope.parser import usual
from hopscope.parser.grammar import address
from hopscope.parser.trace import Trace, Whole

__all__ = ["Message", "Told", "services"]


class Told(NamedTuple):
    """What stamped a hop."""

    service: Service
    product: str | None
    """Of another mail system, its software."""
    build: str | None


class _Product(NamedTuple):
    """What build and server of an Exchange stamp tell."""

    name: str | None
    prints_via: bool | None
    """Whether such a build prints a via."""
    printed: bool
    """It is told by a build."""


class _Kind(NamedTuple):
    """What the token, the via and the id of an Exchange stamp tell."""

    token: Token
    via: str | None
    known: bool
    """Its product is known."""
    generation: str | None
    numbered: bool
    """It prints a build."""
    identified: bool
    """It has an id clause."""
    prints_via: bool | None
    """Whether such a build prints a via."""
    inside: bool
    """It names a service that no Edge Transport server has."""


class _Seen(NamedTuple):
    """A stamp in a run of Exchange stamps."""

    place: int
    trace: Trace | Whole
    kind: _Kind
    product: str | None
    build: str | None


class Message(NamedTuple):
    """What counts of a message besides its stamps."""

    judge: str | None
    """The server that judged the session of the sender, in lower case, where one is told."""
    judgement: str | None
    proxied: frozenset[str]
    """The servers that took over a client's session from Front End Transport, in lower case."""
    bare: bool
    """It has no field but Received."""
    headers: tuple[HeaderField, ...]
    """The fields that tell the above; where it has others, any one of them."""


def services(traces: Sequence[Trace | Whole], message: Message) -> list[Told]:
    """What stamped each hop; the traces have the order of the way."""
    told: list[Told] = []
    run: list[_Seen] = []
    for index, trace in enumerate(traces):
        if (found := _exchange(trace)) is not None:
            run.append(_Seen(index, trace, *found))
            continue
        if run:
            told += _of_run(run, trace, message)
            run = []
        told.append(_other(trace))
    return told + _of_run(run, None, message) if run else told


def _exchange(trace: Trace | Whole) -> tuple[_Kind, str | None, str | None] | None:
    """What the stamp is, where it is one of Exchange; its product and build."""
    with_ = trace.with_
    if with_ is None or (token := exchange.TOKENS.get(with_) or exchange.TOKENS.get(with_.split(" by ", 1)[0])) is None:
        return None
    service = builds.service_of(trace.by) if trace.by else None
    if service is None and token in exchange.BY_WEB:
        return None
    number = _number(trace)
    product = _product(builds.without_revision(number), service) if number else _Product(service, None, printed=False)
    kind = _kind(token, trace.via, product, identified=trace.id is not None)
    return kind, product.name, number if product.printed else None


def _number(trace: Trace | Whole) -> str | None:
    """The build in the id clause; the usual form is read without more of the stamp."""
    if trace.id is None:
        return None
    return builds.short(trace.id) if trace.id[:1].isdigit() else exchange.number(trace.brief)


@lru_cache(maxsize=1 << 14)
def _product(number: str, service: str | None) -> _Product:
    build = builds.lookup_on(number, service)
    if build is None:
        return _Product(None, None, printed=False)
    return _Product(build.product, builds.prints_via(number, build.product), printed=True)


@lru_cache(maxsize=1 << 12)
def _kind(token: Token, via: str | None, product: _Product, *, identified: bool) -> _Kind:
    mark = exchange.mark(token, via, None)
    return _Kind(
        token=token,
        via=mark.via,
        known=product.name is not None,
        generation=builds.generation(product.name) if product.name else None,
        numbered=product.printed,
        identified=identified,
        prints_via=product.prints_via,
        inside=mark.inside,
    )


_LOOKS: dict[object, tuple[Service, ...]] = {}
_MOST = 1 << 14
"""Looks that are kept; where there are more, all are forgotten."""


class _Look(NamedTuple):
    """All that counts of a stamp in its run."""

    service: Service | None
    """What its mark alone tells."""
    linked: bool | None
    """Whether it came from the server of the stamp before; ``None`` where that is none of the run."""
    kind: _Kind
    signs: object
    """What else it shows, where it has no mark."""


def _of_run(run: list[_Seen], after: Trace | Whole | None, message: Message) -> list[Told]:
    """What stamped the hops of an unbroken run of Exchange stamps.

    A mark leaves no choice, so what comes before it and what comes after it say nothing of each other: only the stamps
    between two marks have to be decided together.
    """
    inside = frozenset[str]()
    if _is_mixed([each.kind.inside for each in run]):
        inside = inside.union(*(_names(each.trace) for each in run if each.kind.inside))
    before = (None, *(each.trace for each in run[:-1]))
    looks = [_look(each, earlier, inside, message) for each, earlier in zip(run, before, strict=True)]
    told = [look.service for look in looks]
    if None in told:
        end = None if after is None else after.from_comments is not None and _came_from(after, run[-1].trace)
        last = (end, after is None or after.from_comments is None)
        whole: tuple[Service, ...] | None = None
        for first, beyond in _undecided(looks):
            left = (looks[first - 1].service, looks[first - 1].kind.generation) if first else None
            right = looks[beyond] if beyond < len(looks) else None
            key = (*looks[first:beyond], left, (right.service, right.linked, right.kind.token) if right else last)
            found = _LOOKS.get(key)
            if found is None:
                whole = whole or _services(run, after, message)
                found = whole[first:beyond]
                _keep(key, found)
            told[first:beyond] = found
    return [Told(service or Service.UNKNOWN, each.product, each.build) for service, each in zip(told, run, strict=True)]


def _undecided(looks: list[_Look]) -> Iterator[tuple[int, int]]:
    """Where stamps without a mark stand side by side; all stamps where a build is not known, as others tell of it."""
    if False in [look.kind.known for look in looks]:
        yield 0, len(looks)
        return
    first = None
    for place, look in enumerate(looks):
        if look.service is None:
            first = place if first is None else first
        elif first is not None:
            yield first, place
            first = None
    if first is not None:
        yield first, len(looks)


def _keep(key: object, found: tuple[Service, ...]) -> None:
    if len(_LOOKS) >= _MOST:
        _LOOKS.clear()
    _LOOKS[key] = found


def _services(run: list[_Seen], after: Trace | Whole | None, message: Message) -> tuple[Service, ...]:
    """The services of a run, as the rest of this room tells them."""
    hops = [Hop(number=each.place + 1, stamp=each.trace.brief) for each in run]
    if after is not None:
        hops.append(Hop(number=run[-1].place + 2, stamp=after.brief))
    labels = infer.labels(Route(hops=tuple(hops), headers=message.headers))
    return tuple(labels[each.place + 1].service for each in run)


def _is_mixed(inside: list[bool]) -> bool:
    return True in inside and False in inside


def _look(each: _Seen, before: Trace | Whole | None, inside: frozenset[str], message: Message) -> _Look:
    trace, kind = each.trace, each.kind
    linked = None if before is None else _came_from(trace, before)
    kinds: tuple[str, ...] = ()
    if kind.token is Token.MAPI:
        kinds = evidence.kinds_of_mapi(trace.by, trace.from_, unnumbered=not kind.numbered and not kind.identified)
    mark = evidence.marked(kind.token, kind.via, kind.generation, kinds)
    if mark is not None:
        return _Look(next(iter(mark[0]), Service.UNKNOWN), linked, kind, kinds)
    by = (trace.by or "").lower()
    own = (
        kinds,
        trace.from_ == "Pickup",
        trace.tls is None,
        by in message.proxied,
        "edge" in by and servers.is_edge_name(by),
        bool(inside) and not inside.isdisjoint(_names(trace)),
    )
    if before is not None:
        elsewhere = linked and servers.in_other_domain((trace.from_ or "").lower(), by)
        return _Look(None, linked, kind, (own, elsewhere))
    found = _peer_address(trace)
    private = found is not None and servers.is_private(found)
    judgement = message.judgement if message.judge == by else None
    return _Look(None, None, kind, (own, each.place > 0, message.bare, private, judgement))


def _came_from(trace: Trace | Whole, before: Trace | Whole) -> bool:
    """Whether a stamp came from the server of the one before."""
    if trace.from_comments is None or before.by is None:
        return False
    if servers.same(trace.from_, before.by):
        return True
    # an address is read as it is written, so where it is not, it need not be looked for
    plain = _PLAIN_ADDRESS.fullmatch(before.by_comments or "")
    if plain and plain[1] not in trace.from_comments and plain[1] not in (trace.from_ or ""):
        return False
    found = _server_address(before)
    return found is not None and found == _peer_address(trace)


def _peer_address(trace: Trace | Whole) -> str | None:
    """The address of the peer."""
    if found := _alone(trace.from_comments):
        return found
    if not trace.from_comments:
        return address(trace.from_ or "")
    sender = trace.sender
    return sender.tcp_info.address if sender else None


def _server_address(trace: Trace | Whole) -> str | None:
    """The address of the server itself."""
    if found := _alone(trace.by_comments):
        return found
    if not trace.by_comments:
        return address(trace.by or "")
    server = trace.server
    return server.tcp_info.address if server else None


_PLAIN_ADDRESS = re.compile(r"[ \t\n]*+\(\[?+([0-9.]++|[0-9A-Fa-f:]++)(?:%[0-9A-Za-z]++)?+\]?+\)")
_ONE_WORD = re.compile(r"[ \t\n]*+\(([^() \t\n@]++)\)")


def _alone(comments: str | None) -> str | None:
    """The address that is all there is in the comments of a clause; ``None`` where there is more, or none."""
    word = _ONE_WORD.fullmatch(comments) if comments else None
    return address(word[1]) if word and not word[1].startswith("8.") else None


def _names(trace: Trace | Whole) -> frozenset[str]:
    """Name and address of the server that stamped, as far as they are known."""
    return frozenset(filter(None, ((trace.by or "").lower(), _server_address(trace))))


def _other(trace: Trace | Whole) -> Told:
    """What stamped a hop that is none of Exchange 2007 or later."""
    if trace.by_comments and (named := _named_first(trace.by_comments)):
        return named
    found = software(trace.brief)
    if found is None and trace.by is None and trace.from_comments is None and not trace.comments:
        return Told(Service.UNKNOWN, None, None)
    return Told(Service.OTHER_MTA, found.name if found else None, None)


@lru_cache(maxsize=1 << 12)
def _named_first(comments: str) -> Told | None:
    """What the comments of a by clause tell alone, by the first of all dialects."""
    name = first_name(usual.split_comments(comments))
    return Told(Service.OTHER_MTA, name, None) if name else None
