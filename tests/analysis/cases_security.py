"""HOP204, HOP205 and HOP501 to HOP504: messages with and without a finding of each rule."""

from hopscope.model import Route

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

__all__ = ["CASES"]

A, B, C = (f"{name}.corp.example" for name in "abc")
ONLINE = "DB5EUR02FT011.mail.protection.outlook.com"
TENANT = "DB3PR05MB0811.eurprd05.prod.outlook.com"


def clear(stamp: str) -> str:
    return stamp.replace(" (TLS)", "")


def tls(version: str, cipher: str, stamp: str = smtp(A, B)) -> str:
    return stamp.replace("(TLS)", f"(version={version}, cipher={cipher})")


def postfix(version: str, cipher: str) -> str:
    return POSTFIX.replace(") by", f") (using {version} with cipher {cipher} (128/128 bits)) by")


def outside(
    server: str, build: str = "15.1.2507.39", address: str = "192.0.2.9", name: str = "mx.sender.example"
) -> str:
    return f"from {name} ({address}) by {server} (10.0.0.1) with Microsoft SMTP Server id {build}{FE}"


def at(stamp: str, year: int) -> str:
    return f"{stamp}; Tue, 1 Jun {year} 10:00:00 +0200"


AES, RC4, TRIPLE = "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"


def on(day: str) -> str:
    return f"{smtp(A, B, '15.0.1497.2')}; {day} 10:00:00 +0100"


CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP204": [
        (
            "2010, after 2020",
            message(at(smtp(A, B, "14.3.496.0"), 2021), at(smtp(B, C, "14.3.496.0"), 2021)),
            (
                1,
                (
                    "Hops 1 and 2: Exchange Server 2010 has been out of support since 2020-10-13. Consistent with a "
                    "server that was not upgraded; it gets no regular security updates."
                ),
            ),
        ),
        (
            "2016, for which updates can be bought",
            message(at(smtp(A, B), 2026)),
            (
                1,
                (
                    "Hop 1: Exchange Server 2016 has been out of support since 2025-10-14. Since then: paid Extended "
                    "Security Updates until 2026-10."
                ),
            ),
        ),
        (
            "2019, the last hop after these have ended",
            message(
                f"{smtp(A, B, '15.2.1544.4')}; Mon, 30 Nov 2026 10:00:00 +0100",
                f"{smtp(B, C, '15.2.1544.4')}; Sat, 31 Oct 2026 10:00:00 +0100",
            ),
            (
                1,
                (
                    "Hops 1 and 2: Exchange Server 2019 has been out of support since 2025-10-14. Since then: paid "
                    "Extended Security Updates ended in 2026-10."
                ),
            ),
        ),
        ("before that", message(at(smtp(A, B, "14.3.496.0"), 2020)), None),
        ("on the last day", message(f"{smtp(A, B, '14.3.496.0')}; Tue, 13 Oct 2020 23:59:59 +0200"), None),
        ("without a date", message(f"{smtp(A, B, '14.3.496.0')};"), None),
        ("the current product", message(at(smtp(A, B, "15.2.2562.17"), 2026)), None),
        ("Exchange Online", message(at(smtp(A, ONLINE, "15.1.888.16"), 2026)), None),
    ],
    "HOP205": [
        (
            "years before",
            message(at(smtp(A, B, "15.0.1497.2"), 2017), at(smtp(B, C, "15.0.1497.2"), 2017)),
            (
                1,
                (
                    "Hops 1 and 2: dated 2017-06-01, but build 15.0.1497.2 (CU23) was not released before 2019-06-18."
                    " Consistent with a wrong clock, or with a forged Received field."
                ),
            ),
        ),
        (
            "a build that is in no table",
            message(at(smtp(A, B, "15.0.1497.5"), 2017)),
            (
                1,
                (
                    "Hop 1: dated 2017-06-01, but build 15.0.1497.5 (at or after CU23 Nov19SU) was not released "
                    "before 2019-11. Consistent with a wrong clock, or with a forged Received field."
                ),
            ),
        ),
        (
            "a build between two releases, the older of which was updated later",
            message(at(smtp(A, B, "15.0.1490.1"), 2019)),
            None,
        ),
        (
            "more than three months before",
            message(on("Tue, 19 Mar 2019")),
            (
                1,
                (
                    "Hop 1: dated 2019-03-19, but build 15.0.1497.2 (CU23) was not released before 2019-06-18. "
                    "Consistent with a wrong clock, or with a forged Received field."
                ),
            ),
        ),
        ("three months before", message(on("Wed, 20 Mar 2019")), None),
        ("a trial of a release", message(at(smtp(A, B, "14.3.123.1"), 2012)), None),
        ("on the day", message(on("Tue, 18 Jun 2019")), None),
        ("without a date", message(f"{smtp(A, B, '15.0.1497.2')};"), None),
        ("Exchange Online", message(at(smtp(A, ONLINE, "15.0.1497.2"), 2017)), None),
        ("another system", message(at(POSTFIX, 1999)), None),
    ],
    "HOP501": [
        (
            "between two servers",
            message(mapi(A), smtp(A, B), clear(smtp(B, C, via=MBX))),
            (
                3,
                (
                    "Hop 3 received without TLS by c.corp.example from [10.14.5.94] (HELO b.corp.example). Exchange "
                    "2013 and later use TLS between servers by default: consistent with TLS disabled, a custom "
                    "Receive connector for the servers, or a device that strips STARTTLS."
                ),
            ),
        ),
        (
            "of a forger",
            message(
                mapi(A),
                clear(smtp(A, B)),
                "from mail.evil.example (mail.evil.example [203.0.113.7]) by mx.shop.example (Postfix) with ESMTP id 1",
            ),
            (
                2,
                (
                    "As the headers claim: hop 2 received without TLS by b.corp.example from [10.14.5.93] (HELO "
                    "a.corp.example). Exchange 2013 and later use TLS between servers by default: consistent with TLS "
                    "disabled, a custom Receive connector for the servers, or a device that strips STARTTLS."
                ),
            ),
        ),
        (
            "more than once",
            message(mapi(A), clear(smtp(A, B)), clear(smtp(B, C, via=MBX))),
            (
                2,
                (
                    "Hops 2 and 3 received without TLS by b.corp.example from [10.14.5.93] (HELO a.corp.example). "
                    "Exchange 2013 and later use TLS between servers by default: consistent with TLS disabled, a "
                    "custom Receive connector for the servers, or a device that strips STARTTLS."
                ),
            ),
        ),
        ("with TLS", message(mapi(A), smtp(A, B), smtp(B, C, via=MBX)), None),
        ("with 2010", message(mapi(A, B, "14.03.0496.000"), clear(smtp(B, C, "14.3.496.0")), smtp(C, A, via=FE)), None),
        ("from Pickup", message(f"from Pickup by {A} with Microsoft SMTP Server id 15.1.2507.39", smtp(A, B)), None),
        ("from a client", message(clear(smtp("[10.0.0.77]", A, via=FE)), smtp(A, B)), None),
        ("to Edge Transport", message(mapi(A), smtp(A, B), clear(smtp(B, "edge.other.example")), POSTFIX), None),
        ("a mapi stamp, which has no session", message(mapi(A)), None),
    ],
    "HOP502": [
        (
            "to on-premises",
            message(outside(A), smtp(A, B)),
            (
                1,
                (
                    "Hop 1 received without TLS from [192.0.2.9] (HELO mx.sender.example). Consistent with a sender "
                    "that does not use STARTTLS, or a Receive connector that does not offer it."
                ),
            ),
        ),
        (
            "to Exchange Online, from an address",
            message(outside(ONLINE, "15.20.5986.23", name="[192.0.2.9]")),
            (
                1,
                (
                    "Hop 1 received without TLS from [192.0.2.9]. Consistent with a sender that does "
                    "not use STARTTLS, which Exchange Online offers."
                ),
            ),
        ),
        ("with TLS", message(smtp("mx.sender.example", A, via=FE)), None),
        ("from inside, by address", message(outside(A, address="10.0.0.9")), None),
        ("from inside, by name", message(outside(A, name="app.corp.example")), None),
        ("from a client", message(outside(A, name="localhost")), None),
        ("from a mailbox", message(outside(ONLINE, "15.20.5986.23", address="255.255.255.255")), None),
        ("another system, which may just not print it", message(POSTFIX), None),
    ],
    "HOP503": [
        (
            "prohibited",
            message(at(tls("TLS1_0", AES), 2022)),
            (
                1,
                (
                    "Hop 1 from [10.14.5.93] (HELO a.corp.example) used TLS1.0, prohibited since 2021-03 (RFC 8996)."
                    " Consistent with a mail system at one end that offers no newer version."
                ),
            ),
        ),
        (
            "advised against",
            message(at(tls("TLS1_1", AES), 2019)),
            (
                1,
                (
                    "Hop 1 from [10.14.5.93] (HELO a.corp.example) used TLS1.1, discouraged since 2015-05 (RFC "
                    "7525). Consistent with a mail system at one end that offers no newer version."
                ),
            ),
        ),
        (
            "on two legs",
            message(at(tls("TLS1_0", AES), 2022), at(postfix("SSLv3", "RC4-SHA"), 2022)),
            (
                1,
                (
                    "Hop 1 from [10.14.5.93] (HELO a.corp.example) used TLS1.0, prohibited since 2021-03 (RFC 8996)."
                    " Consistent with a mail system at one end that offers no newer version. Hop 2 from "
                    "x.example.net [192.0.2.9] used SSL3.0, prohibited since 2015-06 (RFC 7568)."
                ),
            ),
        ),
        ("before that", message(at(tls("TLS1_0", AES), 2015)[:-20] + " Mar 2015 10:00:00 +0100"), None),
        ("without a date", message(f"{tls('TLS1_0', AES)};"), None),
        ("TLS 1.2", message(at(tls("TLS1_2", AES), 2022)), None),
        ("a version that is not told", message(at(smtp(A, B), 2022)), None),
        (
            "a sender outside Microsoft",
            message(at(tls("TLS1_0", AES, smtp("mx.sender.example", ONLINE, "15.1.477.4", FE)), 2016)),
            (
                1,
                (
                    "Hop 1 from [10.17.6.174] (HELO mx.sender.example) used TLS1.0, discouraged since 2015-05 (RFC "
                    "7525). Consistent with a mail system at one end that offers no newer version."
                ),
            ),
        ),
        ("within Exchange Online", message(at(tls("TLS1_0", AES, smtp(TENANT, ONLINE, "15.1.477.4")), 2016)), None),
        (
            "within Exchange Online, by address",
            message(
                at(smtp("mx.sender.example", ONLINE, "15.1.477.4", FE), 2016),
                at(tls("TLS1_0", AES, smtp(ONLINE, TENANT, "15.1.477.4")), 2016),
            ),
            None,
        ),
        (
            "from Outlook.com to Exchange Online",
            message(at(tls("TLS1_0", AES, smtp("COL004-MC3F22.hotmail.com", ONLINE, "15.1.477.4", FE)), 2016)),
            None,
        ),
    ],
    "HOP504": [
        (
            "RC4",
            message(at(tls("TLS1_2", RC4), 2016)),
            (
                1,
                (
                    "Hop 1 from [10.14.5.93] (HELO a.corp.example) used RC4, prohibited since 2015-02 (RFC 7465). "
                    "Consistent with a mail system at one end that offers no stronger cipher."
                ),
            ),
        ),
        (
            "3DES",
            message(at(postfix("TLSv1.2", "DES-CBC3-SHA"), 2019)),
            (
                1,
                (
                    "Hop 1 from x.example.net [192.0.2.9] used 3DES, discouraged since 2015-05 (RFC 7525). "
                    "Consistent with a mail system at one end that offers no stronger cipher."
                ),
            ),
        ),
        ("before that", message(at(tls("TLS1_2", RC4), 2014)), None),
        ("AES", message(at(tls("TLS1_2", AES), 2022)), None),
        ("no cipher", message(at(tls("TLS1_2", ""), 2022)), None),
        ("within Exchange Online", message(at(tls("TLS1_2", RC4, smtp(TENANT, ONLINE, "15.1.477.4")), 2016)), None),
    ],
}
