"""Messages with given hops and times, for the tests of pictures."""

import hopscope
from hopscope.model import Route

SMTP = "with Microsoft SMTP Server id 15.1.2507.39"


def message(*stamps: str) -> Route:
    """A message with these hops, oldest first: server, protocol, and the time of day on one day, if any."""
    fields: list[str] = []
    for stamp in reversed(stamps):
        server, how, *time = stamp.split("|")
        date = f"; Wed, 8 Mar 2017 {time[0]} +0100" if time else ""
        fields.append(f"Received: from x.example (10.0.0.9) by {server} (10.0.0.{len(fields)}) {how}{date}\n")
    return hopscope.read("".join(fields) + "Subject: test\n\n")


QUEUED = message(f"fe|{SMTP} via Frontend Transport|12:00:00", f"tr|{SMTP}|12:00:10", "mx|with ESMTP|12:01:00")


_LINKED = "from mail.bank.example (mail.evil.example [203.0.113.7]) by mx.isp.example (Postfix) with ESMTP"
_ATTESTED = "from mx.isp.example (mx.isp.example [198.51.100.7]) by in.corp.example (Postfix) with ESMTP"
FORGED = (
    "from b.bank.example (192.0.2.1) by a.bank.example (Postfix) with ESMTP; Mon, 3 Jun 2024 12:00:00 +0000",
    f"{_LINKED}; Mon, 3 Jun 2024 12:00:20 +0000",
    f"{_ATTESTED}; Mon, 3 Jun 2024 12:00:40 +0000",
)
"""Received fields, oldest first: unlinked below a peer with another name, linked, attested."""


def received(*fields: str) -> Route:
    """A message with these Received fields, oldest first."""
    return hopscope.read("".join(f"Received: {field}\n" for field in reversed(fields)) + "\n")
