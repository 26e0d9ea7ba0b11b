"""HOP451 to HOP455: messages with and without a finding of each rule."""

from hopscope.model import Route

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

__all__ = ["CASES"]

A, B = "a.corp.example", "b.corp.example"
ONLINE = "AM9PR07MB7891.eurprd07.prod.outlook.com (2603:10a6::14)"
PICKUP = f"from Pickup by {A} with Microsoft SMTP Server id 15.1.2507.39"
TAKE_OVER = smtp(B, B).replace("Microsoft SMTP Server (TLS)", "ShadowRedundancy")
REPLICA = f"from {ONLINE} by {ONLINE} with TransportReplication id Version 15.20 (Build 7362.27)"
RESCAN = f"from {ONLINE} by {ONLINE} with MailboxResubmission by AntispamTT id 15.20.7249.10"
DELIVERED = smtp(A, B, via=MBX)
LATER, SOON = "; Wed, 8 Mar 2017 13:15:00 +0100", "; Wed, 8 Mar 2017 11:19:00 +0100"

CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP451": [
        (
            "first",
            message(PICKUP, smtp(A, B)),
            (
                1,
                (
                    "Hop 1: read from the Pickup directory of a.corp.example. Consistent with an "
                    "application that writes files there, or an administrator who placed the message."
                ),
            ),
        ),
        (
            "again",
            message(PICKUP, smtp(A, B), PICKUP),
            (
                1,
                (
                    "Hops 1 and 3: read from the Pickup directory of a.corp.example. Consistent with "
                    "an application that writes files there, or an administrator who placed the "
                    "message."
                ),
            ),
        ),
        ("a host of that name", message(smtp("pickup.corp.example", A)), None),
        ("SMTPSVC", message(f"from mail pickup service by {A} with Microsoft SMTPSVC"), None),
    ],
    "HOP452": [
        (
            "after hours",
            message(mapi(A), smtp(A, B), f"{TAKE_OVER}{LATER}"),
            (
                3,
                (
                    "Hop 3: b.corp.example sent its shadow copy 1 h 59 min 59 s after the previous hop. Consistent "
                    "with the primary server (a.corp.example) or its queue database being unavailable; a duplicate "
                    "is possible."
                ),
            ),
        ),
        (
            "twice, told once, and without a time before",
            message(TAKE_OVER, TAKE_OVER),
            (
                1,
                (
                    "Hop 1: b.corp.example sent its shadow copy. Consistent with the primary server or its queue "
                    "database being unavailable; a duplicate is possible."
                ),
            ),
        ),
        ("by the primary server", message(mapi(A), smtp(A, B)), None),
    ],
    "HOP453": [
        (
            "after hours",
            message(smtp(ONLINE, ONLINE, "15.20.7362.27"), f"{REPLICA}{LATER}"),
            (
                2,
                (
                    "Hop 2: Exchange Online sent the message from a replica 2 h after the previous hop. The delay "
                    "arose inside Exchange Online, not on your servers."
                ),
            ),
        ),
        (
            "after minutes",
            message(smtp(ONLINE, ONLINE, "15.20.7362.27"), f"{REPLICA}{SOON}"),
            (
                2,
                (
                    "Hop 2: Exchange Online sent the message from a replica 4 min after the previous hop. The delay "
                    "arose inside Exchange Online, not on your servers."
                ),
            ),
        ),
        ("not", message(smtp(ONLINE, ONLINE, "15.20.7362.27")), None),
    ],
    "HOP454": [
        (
            "scanned again",
            message(smtp(ONLINE, ONLINE, "15.20.7362.27"), RESCAN),
            (
                2,
                (
                    "Hop 2: Exchange Online resubmitted the message from the mailbox 1 s after the previous hop. "
                    "Consistent with another scan after delivery; this is not a transport delay."
                ),
            ),
        ),
        ("not", message(smtp(ONLINE, ONLINE, "15.20.7362.27")), None),
    ],
    "HOP455": [
        (
            "sent on after hours",
            message(smtp("mx.example.net", A, via=FE), smtp(A, A), DELIVERED, f"{POSTFIX}{LATER}"),
            (
                4,
                (
                    "Hop 4: resent 1 h 59 min 58 s after delivery into a mailbox. Consistent with a forwarded, "
                    "fetched or restored message; no queue held it."
                ),
            ),
        ),
        ("sent on at once", message(DELIVERED, f"{POSTFIX}{SOON}"), None),
        ("delivered", message(smtp(A, A), f"{DELIVERED}{LATER}"), None),
        ("held elsewhere", message(smtp(A, A), f"{POSTFIX}{LATER}"), None),
        ("through a system without a time", message(DELIVERED, f"{POSTFIX};", f"{POSTFIX}{LATER}"), None),
    ],
}
