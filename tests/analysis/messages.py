"""Messages built from Received fields, for the tests of the analysis of a route."""

from pathlib import Path

import hopscope
from hopscope.analysis.context import MessageContext
from hopscope.model import Route

__all__ = ["FE", "MBX", "POSTFIX", "linked", "mapi", "message", "sample", "smtp", "smtp_between"]

_SAMPLES = Path(__file__).parent.parent.parent / "samples"

FE, MBX = " via Frontend Transport", " via Mailbox Transport"
POSTFIX = "from x.example.net (x.example.net [192.0.2.9]) by y.example.net (Postfix) with ESMTP id A1"


def message(*stamps: str, headers: str = "Subject: test\n") -> Route:
    """A labelled message with these stamps, oldest first, a second apart where they have no date of their own."""
    dated = [
        f"Received: {stamp}\n" if ";" in stamp else f"Received: {stamp}; Wed, 8 Mar 2017 11:15:{i:02} +0100\n"
        for i, stamp in enumerate(stamps)
    ]
    return hopscope.read("".join(reversed(dated)) + headers + "\n", source="test.eml")


def linked(route: Route, *, unlinked: int = 0) -> MessageContext:
    """A message as if each hop were linked but the first ``unlinked`` ones, for cases with stamps of strangers."""
    context = MessageContext(route=route)
    context.__dict__["last_unlinked"] = unlinked
    return context


def smtp(sender: str, server: str, build: str = "15.1.2507.39", via: str = "") -> str:
    """An SMTP stamp of Exchange by ``server``; every server has its own address, made of its name."""
    sides = f"from {sender} ({_address(sender)}) by {server} ({_address(server)})"
    return f"{sides} with Microsoft SMTP Server (TLS) id {build}{via}"


def smtp_between(sender: str, server: str, build: str, tls: str = " (TLS)") -> str:
    """An SMTP stamp of Exchange between two sides that are written out, with addresses or without."""
    return f"from {sender} by {server} with Microsoft SMTP Server{tls} id {build}"


def sample(name: str) -> Route:
    """A labelled message of the folder ``samples``."""
    return hopscope.read((_SAMPLES / f"{name}.eml").read_bytes())


def mapi(sender: str, server: str = "", build: str = "15.01.2507.039") -> str:
    """A mapi stamp; without a server, that of the sender's own server."""
    server = server or sender
    return f"from {sender} ([{_address(sender)}]) by {server} ([{_address(server)}]) with mapi id {build}"


def _address(host: str) -> str:
    return f"10.{len(host)}.{sum(map(ord, host)) // 256}.{sum(map(ord, host)) % 256}"
