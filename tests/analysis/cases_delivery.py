"""HOP461: reports with and without a finding."""

import hopscope
from hopscope.model import Route

__all__ = ["CASES"]

_PATH = (
    "Received: from a.corp.example (10.0.0.1) by b.corp.example (10.0.0.2) with Microsoft SMTP Server (TLS)\n"
    " id 15.1.2507.39; Wed, 8 Mar 2017 11:15:00 +0100\nSubject: test\n"
)


def report(*recipients: str, returned: str = _PATH) -> Route:
    """A report of b.corp.example with the fields of its recipients, and the header block that it returns."""
    fields = "\n".join(f"Final-Recipient: rfc822;{recipient}\n" for recipient in recipients)
    text = (
        f"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns;b.corp.example\n\n{fields}\n--b\nContent-Type: message/rfc822\n\n{returned}\n--b--\n"
    )
    return hopscope.read(text, source="test.eml")


FULL = "Action: failed\nDiagnostic-Code: x-unix; mailbox is more than full"
CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP461": [
        (
            "failed",
            report(f"x@corp.example\n{FULL}"),
            (None, "Not delivered to x@corp.example: mailbox is more than full."),
        ),
        (
            "two recipients",
            report(f"x@corp.example\n{FULL}", f"y@corp.example\n{FULL}"),
            (None, "Not delivered to 2 recipients: mailbox is more than full."),
        ),
        (
            "delayed",
            report("x@corp.example\nAction: delayed"),
            (None, "Delayed, still queued at b.corp.example for x@corp.example: no reason given."),
        ),
        (
            "without a path",
            report(f"x@corp.example\n{FULL}", returned="Subject: test\n"),
            (None, "Not delivered to x@corp.example: mailbox is more than full."),
        ),
        (
            "a long diagnostic",
            report(f"x@corp.example\nAction: failed\nDiagnostic-Code: x-unix; {'very ' * 40}long"),
            (None, f"Not delivered to x@corp.example: {'very ' * 15}v…."),
        ),
        ("delivered", report("x@corp.example\nAction: delivered\nStatus: 2.1.5"), None),
        ("relayed", report("x@corp.example\nAction: relayed\nStatus: 2.1.9"), None),
    ]
}
