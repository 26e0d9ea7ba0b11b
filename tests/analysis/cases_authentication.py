"""HOP511 to HOP513: messages with and without a finding of each rule."""

import hopscope
from hopscope.model import Route

from .messages import FE

__all__ = ["CASES"]

SHOP = "from mx.shop.example (mx.shop.example [203.0.113.5])"
POSTFIX = f"Received: {SHOP} by gw.corp.example (Postfix) with ESMTP id 4"
ORIGIN = "Received: from desk (desk [192.0.2.9]) by mx.shop.example (Postfix) with ESMTP id 5"
EXCHANGE = (
    "Received: from mx.shop.example (203.0.113.5) by ex1.corp.example (10.0.0.1) with Microsoft SMTP Server id "
    "15.2.1544.4"
)
FILTER = f"Received: {SHOP} by gw.corp.example (Proxmox) with ESMTP id 4"
BEHIND = "Received: from gw.corp.example (gw.corp.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTP id 6"
ONLINE = (
    "Received: from mx.filter.example (198.51.100.7) by DB5PEPF00014B8B.mail.protection.outlook.com (10.167.8.199) "
    f"with Microsoft SMTP Server (version=TLS1_2, cipher=AES) id 15.20.7181.14{FE}"
)
IN_ONLINE = (
    "Received: from DB5PEPF00014B8B.eurprd02.prod.outlook.com (2603:10a6:10:110:cafe::a4) by "
    "DB8PR04CA0010.outlook.office365.com (2603:10a6:10:110::20) with Microsoft SMTP Server (version=TLS1_2, "
    f"cipher=AES) id 15.20.7181.18{FE}"
)
TO_FILTER = f"Received: {SHOP} by mx.filter.example (Postfix) with ESMTP id 4"
GOOGLE = f"Received: {SHOP} by mx.google.com with ESMTPS id a1"
IN_GOOGLE = "Received: by 2002:a05:6000:1234:b0:1 with SMTP id a2"


def fields(*lines: str) -> Route:
    """A message with these fields, top to bottom; its Received fields are a second apart."""
    dated = (
        f"{line}; Wed, 8 Mar 2017 11:15:{59 - number} +0100" if line.startswith("Received: ") else line
        for number, line in enumerate(lines)
    )
    return hopscope.read("\n".join((*dated, "Subject: test\n\n")), source="test.eml")


def results(by: str, found: str) -> str:
    return f"Authentication-Results: {by}; {found}"


def spf(by: str, result: str, address: str) -> str:
    return results(by, f"spf={result} smtp.client-ip={address}")


def by_online(result: str, address: str) -> str:
    return f"Authentication-Results: spf={result} (sender IP is {address}) smtp.mailfrom=shop.example"


def arc_set(number: int, cv: str = "none", found: str = "spf=pass", by: str = "google.com") -> tuple[str, str, str]:
    return (
        f"ARC-Seal: i={number}; a=rsa-sha256; d={by}; s=k; cv={cv}; b=x",
        f"ARC-Message-Signature: i={number}; a=rsa-sha256; d={by}; s=k; b=x",
        f"ARC-Authentication-Results: i={number}; mx.{by}; {found}",
    )


PROOF = "An earlier server or the sender may have written it, so a pass in it proves nothing."
SKIPPED = "consistent with a gateway that the check skips, such as with enhanced filtering for connectors."
OF_GATEWAY = "The result says nothing of the sender, and DMARC can pass by DKIM only."
CHANGED = "Consistent with a list or gateway that changed a sealed message; receivers ignore such a chain."
REPEATED = "Consistent with a server that removes or repeats ARC fields; receivers ignore such a chain."
TWICE = "Consistent with a forged field, or with a server that checked the message twice."

CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP511": [
        (
            "below an Exchange server, which removes none",
            fields(EXCHANGE, results("gw.corp.example", "dmarc=pass"), ORIGIN),
            (
                None,
                (
                    "Authentication-Results (by gw.corp.example) is a claim: nothing shows that a server of "
                    f"corp.example recorded it. {PROOF}"
                ),
            ),
        ),
        (
            "without a name, at the origin",
            fields(POSTFIX, ORIGIN, "Received-SPF: pass (ok)"),
            (None, f"Received-SPF is a claim: nothing shows that a server of corp.example recorded it. {PROOF}"),
        ),
        (
            "an attested one above it",
            fields(results("gw.corp.example", "spf=pass"), POSTFIX, ORIGIN, results("mx.shop.example", "dmarc=pass")),
            None,
        ),
        ("only those of ARC", fields(POSTFIX, arc_set(1)[2], ORIGIN), None),
        ("no hop", fields(results("gw.corp.example", "spf=pass")), None),
        ("no results", fields(POSTFIX, ORIGIN, results("mx.shop.example", "none")), None),
    ],
    "HOP512": [
        (
            "Exchange Online skips a gateway",
            fields(IN_ONLINE, by_online("pass", "203.0.113.5"), ONLINE, TO_FILTER, ORIGIN),
            (
                3,
                (
                    "SPF checked 203.0.113.5 (pass) and not 198.51.100.7, the peer of hop 3. It is the peer of hop 2: "
                    f"{SKIPPED}"
                ),
            ),
        ),
        (
            "an address that no hop records",
            fields(spf("gw.corp.example", "fail", "203.0.113.99"), POSTFIX, ORIGIN),
            (
                2,
                (
                    "SPF checked 203.0.113.99 (fail) and not 203.0.113.5, the peer of hop 2. Consistent with a proxy "
                    "in front of the server, or with a gateway that the check skips."
                ),
            ),
        ),
        (
            "behind a gateway of the organisation",
            fields(spf("mx.corp.example", "fail", "198.51.100.7"), BEHIND, FILTER, ORIGIN),
            (3, f"SPF checked 198.51.100.7 (fail), the gateway of hop 2, and not 203.0.113.5. {OF_GATEWAY}"),
        ),
        (
            "behind a server that is no filter",
            fields(spf("mx.corp.example", "fail", "198.51.100.7"), BEHIND, POSTFIX, ORIGIN),
            None,
        ),
        (
            "from an authenticated client of that gateway",
            fields(spf("mx.corp.example", "pass", "198.51.100.7"), BEHIND, FILTER.replace("ESMTP", "ESMTPA"), ORIGIN),
            None,
        ),
        ("the address of the peer", fields(POSTFIX, spf("gw.corp.example", "pass", "203.0.113.5"), ORIGIN), None),
        ("in another form", fields(POSTFIX, spf("gw.corp.example", "pass", "::ffff:203.0.113.5"), ORIGIN), None),
        ("a private address", fields(POSTFIX, spf("gw.corp.example", "pass", "10.0.0.9"), ORIGIN), None),
        ("a claim", fields(POSTFIX, spf("mx.shop.example", "pass", "203.0.113.99"), ORIGIN), None),
        (
            "of another method",
            fields(POSTFIX, results("gw.corp.example", "iprev=pass policy.iprev=1.2.3.4"), ORIGIN),
            None,
        ),
    ],
    "HOP513": [
        (
            "a failed chain",
            fields(POSTFIX, ORIGIN, *arc_set(1, "fail")),
            (None, f"The ARC chain failed: ARC-Seal i=1 of google.com has cv=fail. {CHANGED}"),
        ),
        (
            "an attested result",
            fields(results("gw.corp.example", "arc=fail"), POSTFIX, ORIGIN),
            (None, f"The ARC chain failed: gw.corp.example recorded arc=fail. {CHANGED}"),
        ),
        (
            "a missing instance",
            fields(POSTFIX, ORIGIN, *arc_set(2, "pass"), *arc_set(1)[1:]),
            (None, f"The ARC sets are incomplete: no ARC-Seal i=1. {REPEATED}"),
        ),
        (
            "repeated instances",
            fields(POSTFIX, ORIGIN, *arc_set(1), *arc_set(1)),
            (
                None,
                (f"The ARC sets are incomplete: 2 ARC-Seal i=1, 2 ARC-Message-Signature i=1 and 1 more. {REPEATED}"),
            ),
        ),
        (
            "two results of one server",
            fields(IN_GOOGLE, *arc_set(1), GOOGLE, results("mx.google.com", "spf=fail; dkim=pass"), ORIGIN),
            (
                2,
                (
                    "ARC-Authentication-Results of hop 2 differs from Authentication-Results: spf=pass (not fail). "
                    f"{TWICE}"
                ),
            ),
        ),
        (
            "several results of one server",
            fields(
                IN_GOOGLE,
                *arc_set(1, found="spf=softfail; dkim=temperror; dmarc=fail"),
                GOOGLE,
                results("mx.google.com", "spf=permerror; dkim=pass; dmarc=pass"),
                ORIGIN,
            ),
            (
                2,
                (
                    "ARC-Authentication-Results of hop 2 differs from Authentication-Results: spf=softfail (not "
                    f"permerror), dkim=temperror (not pass) and 1 more. {TWICE}"
                ),
            ),
        ),
        ("equal ones", fields(IN_GOOGLE, *arc_set(1), GOOGLE, results("mx.google.com", "spf=pass"), ORIGIN), None),
        ("of another server", fields(GOOGLE, results("mx.google.com", "spf=fail"), *arc_set(1), ORIGIN), None),
        ("two sets", fields(POSTFIX, ORIGIN, *arc_set(2, "pass"), *arc_set(1)), None),
        ("a set without results", fields(POSTFIX, ORIGIN, *arc_set(1, found="none")), None),
        ("a paste with seals only", fields(POSTFIX, ORIGIN, arc_set(2)[0]), None),
        ("a claim", fields(POSTFIX, ORIGIN, results("gw.corp.example", "arc=fail")), None),
    ],
}
