"""One message in numbers, without reading more of it than the numbers need: for commands that read many messages."""

from functools import lru_cache

from hopscope.classifier import quick
from hopscope.classifier.dialects import exchange
from hopscope.classifier.quick import Told
from hopscope.model import HeaderField
from hopscope.parser.scan import scan
from hopscope.parser.trace import Trace, Whole, trace
from hopscope.statistics.digest import Digest, HopDigest, hosts, short, written_tls

__all__ = ["glance"]

_SOURCE, _JUDGED_AS = "x-ms-exchange-organization-authsource", "x-ms-exchange-organization-authas"
_PROXIED_BY = "x-clientproxiedby"
_UNDERSTOOD = frozenset({"message-id", _SOURCE, _JUDGED_AS, _PROXIED_BY})


def glance(block: bytes, source: str) -> Digest | None:
    """The numbers of a message, without scenario and findings; ``None`` where it has to be read whole.

    Args:
        block: Its header block, perhaps with the body.
        source: Where it comes from.
    """
    scanned = scan(block)
    if scanned is None:
        return None
    headers = dict(reversed(scanned.headers))
    if not headers.keys() <= _UNDERSTOOD:
        return None
    traces = [trace(found) for found in reversed(scanned.received)]
    judgement = headers.get(_JUDGED_AS, "").lower()
    judge = headers.get(_SOURCE) if judgement in _JUDGEMENTS else None
    judge = judge.lower() if judge else None
    fields = () if scanned.bare else _fields(scanned.headers)
    message = quick.Message(judge, judgement, _proxied(scanned.headers), scanned.bare, fields)
    hops = _hops(traces, quick.services(traces, message))
    return Digest(source=source, message_id=headers.get("message-id"), hops=hops)


_JUDGEMENTS = frozenset({"internal", "anonymous"})


def _proxied(headers: list[tuple[str, str]]) -> frozenset[str]:
    """The servers that took over a client's session from Front End Transport."""
    bodies = [body for name, body in headers if name == _PROXIED_BY]
    return frozenset(proxy.transport.lower() for proxy in map(exchange.client_proxy, bodies) if proxy)


def _fields(headers: list[tuple[str, str]]) -> tuple[HeaderField, ...]:
    """The fields that tell of the way, or another one, where there are none of them but others."""
    return tuple([HeaderField(name=name, body=body, line=1) for name, body in headers]) or _ANY


_ANY = (HeaderField(name="subject", body="", line=1),)


def _hops(traces: list[Trace | Whole], told: list[Told]) -> tuple[HopDigest, ...]:
    named = hosts([service for service, _, _ in told], [each.by or "" for each in traces])
    hops = []
    before: float | None = None
    spans = 1
    for each, (service, product, build), host in zip(traces, told, named, strict=True):
        seconds, tls = each.seconds, each.tls
        delay = None
        covered = 1
        if seconds is None:
            spans += 1
        else:
            if before is not None:
                delay, covered = round(seconds - before, 6), spans
            before, spans = seconds, 1
        hops.append(
            HopDigest(service, host, short(product), build, seconds, delay, covered, _tls(tls) if tls else None)
        )
    return tuple(hops)


_tls = lru_cache(maxsize=1024)(written_tls)
