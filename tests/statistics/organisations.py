"""Digests of invented organisations, for the tests of statistics."""

from collections.abc import Iterable

from hopscope.model import Service
from hopscope.statistics.digest import Digest, HopDigest
from hopscope.statistics.summary import Summary

__all__ = ["EPOCH", "hop", "message", "stamps_of", "summary"]

EPOCH = 1_717_488_000
"""4 June 2024, 08:00 UTC."""
Stamp = tuple[Service, str | None]


def hop(
    service: Service,
    host: str | None,
    time: float | None = None,
    delay: float | None = None,
    tls: str | None = "TLS1.2 A",
) -> HopDigest:
    product = None if service is Service.OTHER_MTA else "Exchange Server 2016"
    return HopDigest(service, host, product, "15.1.2507.39" if product else None, time, delay, 1, tls)


def message(*stamps: Stamp, took: float = 1, source: str = "m.eml", tls: str | None = "TLS1.2 A") -> Digest:
    """A message with these stamps, each so many seconds after the previous one."""
    hops = [
        hop(service, host, EPOCH + number * took, took if number else None, tls)
        for number, (service, host) in enumerate(stamps)
    ]
    return Digest(source=source, message_id=f"<{source}>", hops=tuple(hops))


def stamps_of(*names: str) -> tuple[Stamp, ...]:
    """Stamps by short names: ``out:a.example``, ``fe:ex1``, ``tr:ex1``, ``mb:ex1``, ``mapi:ex1``."""
    services = {
        "out": Service.OTHER_MTA,
        "fe": Service.FRONT_END,
        "tr": Service.TRANSPORT,
        "mb": Service.MAILBOX_TRANSPORT,
        "mapi": Service.MAPI_SUBMISSION,
    }
    return tuple((services[name.partition(":")[0]], name.partition(":")[2] or None) for name in names)


def summary(messages: Iterable[Digest]) -> Summary:
    result = Summary()
    for each in messages:
        result.add(each)
    return result
