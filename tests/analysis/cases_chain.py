"""HOP401 to HOP407: messages with and without a finding of each rule."""

from hopscope.model import Route

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

__all__ = ["CASES"]

A, B, C, D = (f"{name}.corp.example" for name in "abcd")
CLIENT, OUTSIDE = "[192.0.2.77]", "mail.sender.example"
ONLINE_A, ONLINE_B = "AM9PR07MB7891.eurprd07.prod.outlook.com", "AM9PR07MB7892.eurprd07.prod.outlook.com"
FRONTEND, FRONTEND_INSIDE = "DB5EUR02FT011.mail.protection.outlook.com", "DB5EUR02FT011.eop-eur02.prod.outlook.com"
ACCESS, ACCESS_INSIDE = "DB6P191CA0002.outlook.office365.com", "DB6P191CA0002.EURP191.PROD.OUTLOOK.COM"
POOL = "mail-am6eur05on2071.outbound.protection.outlook.com"
BUILD = "15.20.5986.23"
ONLINE_MAPI = mapi(ONLINE_A, build="15.20.5986.023")
ONLINE_OUT = smtp(ONLINE_A, ONLINE_B, BUILD)
INTO_ONLINE = (
    smtp(FRONTEND_INSIDE, ACCESS, BUILD, FE),
    smtp(ACCESS_INSIDE, ONLINE_A, BUILD),
    f"from {ONLINE_A} (2603:10a6::14) by {ONLINE_B} with HTTPS",
)

GATEWAY = "from b.corp.example (b.corp.example [192.0.2.2]) by gw.example.net (Postfix) with ESMTP id A1"
BACK = smtp("gw.example.net", A, via=FE)
AROUND = (smtp(A, A), smtp(A, B), GATEWAY, BACK)
LISTS = "lists.list.example"


def postfix(server: str) -> str:
    """A stamp of Postfix by ``server``."""
    return f"from x.example (x.example [192.0.2.9]) by {server} (Postfix) with ESMTP id A1"


ROUND = [postfix(name) for name in ("mx.one.example", "filter.one.example", "mx.one.example", "mx.two.example")]
"""A loop through a content filter that returns the message."""
LIST = "List-Id: <talk.example.net>\n"

RELAY = "from x.example (x.example [192.0.2.9]) by relay.mimecast.com with ESMTP id us-mta-1"
FROM_RELAY = (
    f"from relay.mimecast.com (207.211.30.1) by {FRONTEND} (10.0.0.9) with Microsoft SMTP Server (TLS) id {BUILD}{FE}"
)
SPF = "Received-SPF: Fail (protection.outlook.com: domain of x.example does not designate 207.211.30.1 as permitted\n"
SPF_FAILED = f"{SPF} sender) receiver=protection.outlook.com; client-ip=207.211.30.1; helo=relay.mimecast.com;\n"
RESULTS = "Authentication-Results: spf=softfail (sender IP is 207.211.30.1) smtp.mailfrom=x.example; dkim=none\n"
IRONPORT = (
    "from mail.sender.example (HELO mail.sender.example) ([192.0.2.9]) by ironport.corp.example with "
    "ESMTP/TLS/AES256-SHA; 08 Mar 2017 11:15:00 +0100"
)
BARRACUDA = (
    "from {0} ({0} [192.0.2.10]) by {1} (Spam Firewall) with ESMTP id 0A1B2C3D for <x@corp.example>"  # its own name
)

TO_ONLINE = (mapi(A), smtp(A, B), smtp(B, FRONTEND, BUILD, FE), *INTO_ONLINE)
WITHIN = "From: Anna <a@corp.example>\nTo: b@corp.example, <c@corp.example>\n"
ANONYMOUS = "X-MS-Exchange-CrossTenant-AuthAs: Anonymous\n"
TRUSTED = "X-MS-Exchange-CrossPremises-AuthAs: Internal\n"

NO_TRANSPORT = "hands to Transport only. That is consistent with a field that was removed, inserted, changed or forged."

CASES: dict[str, list[tuple[str, Route, tuple[int | None, str] | None]]] = {
    "HOP401": [
        (
            "Transport removed between two others",
            message(mapi(A), smtp(A, B), smtp(C, D), smtp(D, A, via=MBX)),
            (
                3,
                (
                    "Hop 3 came from c.corp.example, not from b.corp.example, the server of hop 2. Consistent with a "
                    "Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "Transport removed behind mapi submission",
            message(mapi(A), smtp(B, C), smtp(C, D, via=MBX)),
            (
                2,
                (
                    "Hop 2 came from b.corp.example, not from a.corp.example, the server of hop 1. Consistent with a "
                    "Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "two breaks",
            message(mapi(A), smtp(B, C), smtp(D, A, via=MBX)),
            (
                3,
                (
                    "Hop 3 came from d.corp.example, not from c.corp.example, the server of hop 2. Consistent with a "
                    "Received field that was removed, inserted, changed or forged. Also: hop 2 came from "
                    "b.corp.example, not from a.corp.example, the server of hop 1."
                ),
            ),
        ),
        (
            "Transport removed before delivery",
            message(smtp(OUTSIDE, A, via=FE), smtp(B, C, via=MBX)),
            (
                2,
                (
                    "Hop 2 was received by Mailbox Transport, but Front End Transport (hop 1) sends to Transport "
                    "only. Consistent with a Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "Transport removed behind Front End Transport",
            message(smtp(CLIENT, A, via=FE), POSTFIX),
            (
                2,
                (
                    "Hop 2 was received by another system, but Front End Transport (hop 1) sends to Transport only. "
                    "Consistent with a Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "a frontend of Exchange Online put before another message",
            message(smtp(OUTSIDE, FRONTEND, BUILD, FE), POSTFIX),
            (
                2,
                (
                    "Hop 2 was received by another system, but Front End Transport (hop 1) sends to Exchange Online "
                    "only. Consistent with a Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "a submission put before another message",
            message(mapi(A), POSTFIX),
            (
                2,
                (
                    "Hop 2 was received by another system, but mapi submission (hop 1) sends to Transport only. "
                    "Consistent with a Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "Transport removed inside Exchange Online",
            message(smtp(OUTSIDE, FRONTEND, BUILD, FE), INTO_ONLINE[0], INTO_ONLINE[2]),
            (
                3,
                (
                    "Hop 3 came from AM9PR07MB7891.eurprd07.prod.outlook.com, not from "
                    "DB6P191CA0002.outlook.office365.com, the server of hop 2. Consistent with a Received field that "
                    "was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "stamps of Exchange Online below those of another sender",
            message(ONLINE_MAPI, ONLINE_OUT, POSTFIX),
            (
                3,
                (
                    "Hop 3 came from x.example.net, not from the outbound pool of Exchange Online (hop 2). Consistent"
                    " with a Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        ("whole, with short names and capitals", message(mapi(A), smtp(A, B), smtp("B", C), smtp(C.upper(), D)), None),
        ("whole, in another namespace", message(mapi(A), smtp("a.ad.internal", B), smtp("b.ad.internal", A)), None),
        ("by address", message(mapi(A), smtp(A, B).replace(A, "smtp.corp.example", 1)), None),
        ("inbound to Exchange Online", message(smtp(OUTSIDE, FRONTEND, BUILD, FE), *INTO_ONLINE), None),
        (
            "a frontend without a name in the next field",
            message(ONLINE_MAPI, ONLINE_OUT.replace(ONLINE_A, "", 1)),
            None,
        ),
        (
            "out by the pool, by its greeting alone",
            message(ONLINE_MAPI, ONLINE_OUT, POSTFIX.replace("x.example.net (x", f"{POOL} (nat.example")),
            None,
        ),
        (
            "out by the pool of another cloud",
            message(
                ONLINE_MAPI, ONLINE_OUT, POSTFIX.replace("x.example.net", "usg02.outbound.protection.office365.us")
            ),
            None,
        ),
        (
            "out by the pool of a cloud that no table has",
            message(ONLINE_MAPI, ONLINE_OUT, POSTFIX.replace("x.example.net", "mail-x.outbound.mail.cloud.example")),
            None,
        ),
        (
            "out by a pool whose domain is masked",
            message(ONLINE_MAPI, ONLINE_OUT, POSTFIX.replace("x.example.net (x", "mail-x.outbound.*** (x")),
            None,
        ),
        (
            "out by a host that is called outbound",
            message(ONLINE_MAPI, ONLINE_OUT, POSTFIX.replace("x.example.net", "outbound.example.net")),
            (
                3,
                (
                    "Hop 3 came from outbound.example.net, not from the outbound pool of Exchange Online (hop 2). "
                    "Consistent with a Received field that was removed, inserted, changed or forged."
                ),
            ),
        ),
        (
            "out, behind address translation that hides the pool",
            message(ONLINE_MAPI, ONLINE_OUT, POSTFIX.replace("192.0.2.9", "10.0.0.9")),
            None,
        ),
        (
            "delivered and fetched",
            message(smtp(OUTSIDE, FRONTEND, BUILD, FE), *INTO_ONLINE, POSTFIX),
            None,
        ),
        (
            "Edge Transport, by another name",
            message(smtp(OUTSIDE, "mx.corp.example"), smtp("edge1.perimeter.example", A, via=FE), smtp(A, B)),
            None,
        ),
        ("Front End Transport by the name of a connector", message(smtp(OUTSIDE, A, via=FE), smtp("mail", A)), None),
        ("2010, whose store driver hands over in process", message(mapi(A, B, "14.03.0496.000"), POSTFIX), None),
        (
            "a shadow copy",
            message(mapi(A), smtp(A, B), f"{smtp(C, C).replace('Microsoft SMTP Server (TLS)', 'ShadowRedundancy')}"),
            None,
        ),
        ("masked", message(mapi(A), smtp("*****", B)), None),
        ("an address", message(mapi(A), smtp("[10.9.9.9]", B)), None),
        (
            "put back by Pickup",
            message(mapi(A), smtp(A, B), f"from Pickup by {C} with Microsoft SMTP Server id 15.1.1"),
            None,
        ),
        ("other systems with other names", message(POSTFIX, POSTFIX.replace("x.example", "v.example")), None),
    ],
    "HOP402": [
        (
            "between Exchange and a gateway",
            message(*AROUND, *AROUND, smtp(A, A)),
            (
                9,
                (
                    "Received 3 times by a.corp.example: hops 1, 5 and 9. Consistent with a mail loop, via "
                    "b.corp.example, gw.example.net, or with mail resent to this server each time."
                ),
            ),
        ),
        (
            "by Front End Transport",
            message(BACK, smtp(A, B), GATEWAY, BACK, smtp(A, B), GATEWAY, BACK),
            (
                7,
                (
                    "Received 3 times by a.corp.example: hops 1, 4 and 7. Consistent with a mail loop, via "
                    "b.corp.example, gw.example.net, or with mail resent to this server each time."
                ),
            ),
        ),
        (
            "a server with itself",
            message(*[smtp(A, A)] * 8),
            (
                3,
                (
                    "Received 8 times by a.corp.example: hops 1 to 8. Consistent with a mail loop, or with mail "
                    "resent to this server each time. A Receive connector accepts 8 hops of its own servers by "
                    "default (MaxLocalHopCount)."
                ),
            ),
        ),
        ("there and back", message(*AROUND, *AROUND[:3]), None),
        (
            "all services of one server, which print no via",
            message(mapi(A, build="15.00.0466.013"), smtp(A, A, "15.0.466.13"), smtp(A, A, "15.0.466.13")),
            None,
        ),
        ("sent again by people", message(*[mapi(A), smtp(A, A), smtp(A, A, via=MBX)] * 4), None),
        ("servers without a name", message(*[smtp(A, "").replace("by  ", "by ")] * 4), None),
        ("other systems", message(*[POSTFIX] * 9), None),
        (
            "between two other systems",
            message(*ROUND, *ROUND, *ROUND),
            (
                9,
                (
                    "Received 3 times by mx.one.example: hops 1, 5 and 9. Consistent with a mail loop, via "
                    "filter.one.example, mx.two.example, or with mail resent to this server each time."
                ),
            ),
        ),
        (
            "a service that all three organisations use",
            message(
                *[postfix("relay.mimecast.com"), postfix("lists.two.example")] * 2,
                *[postfix("mx.one.example"), postfix("relay.mimecast.com")],
            ),
            None,
        ),
        (
            "between another system and Exchange",
            message(*[ROUND[0], smtp("mx.one.example", A, via=FE), smtp(A, B, via=MBX)] * 3),
            (
                7,
                (
                    "Received 3 times by mx.one.example: hops 1, 4 and 7. Consistent with a mail loop, via "
                    "a.corp.example, b.corp.example, or with mail resent to this server each time."
                ),
            ),
        ),
        ("between two other systems, twice", message(*ROUND, *ROUND), None),
        ("a filter that hands back", message(*ROUND[:3] * 4, ROUND[3], *ROUND[:3] * 4), None),
        ("a filter without a name of its own", message(*[ROUND[0], postfix("localhost"), postfix("[::1]")] * 4), None),
        (
            "a relay that many organisations share",
            message(*[postfix(name) for i in "123" for name in ("relay.shared.example", f"mx.org{i}.example")]),
            None,
        ),
        (
            "a list, and a list on it, by a forwarder",
            message(
                *map(postfix, ("mx.one.example", LISTS, "mx.two.example", LISTS, "mx.one.example", "mx.six.example"))
            ),
            None,
        ),
        ("with names of one label", message(*[postfix("mx"), postfix("mx.two.example")] * 2, postfix("mx")), None),
    ],
    "HOP403": [
        (
            "near the limit",
            message(*[POSTFIX] * 24, smtp(OUTSIDE, A, via=FE)),
            (
                25,
                (
                    "25 Received fields; a Receive connector accepts 30 by default (MaxHopCount). "
                    "Consistent with many forwards or gateways, not with a loop: no server received "
                    "the message three times."
                ),
            ),
        ),
        ("fewer", message(*[POSTFIX] * 23, smtp(OUTSIDE, A, via=FE)), None),
        ("a loop", message(*AROUND * 7), None),
        ("not Exchange", message(*[POSTFIX] * 40), None),
    ],
    "HOP404": [
        (
            "a smart host",
            message(mapi(A), smtp(A, B), GATEWAY, smtp("gw.example.net", C, via=FE)),
            (
                3,
                (
                    "Between Exchange hops 2 and 4 the message passed gw.example.net (Postfix). Consistent with a "
                    "smart host or scanner, or with mail that left the organisation and came back."
                ),
            ),
        ),
        (
            "one server, with and without the name of its software",
            message(mapi(A), smtp(A, B), GATEWAY, "by GW.example.net with X", smtp("gw.example.net", C, via=FE)),
            (
                3,
                (
                    "Between Exchange hops 2 and 5 the message passed gw.example.net (Postfix). Consistent with a "
                    "smart host or scanner, or with mail that left the organisation and came back."
                ),
            ),
        ),
        (
            "systems that do not name themselves",
            message(
                smtp(A, B), "by unknown.example.net with X", "from x.example with X", smtp("gw.example.net", C, via=FE)
            ),
            (
                2,
                (
                    "Between Exchange hops 1 and 4 the message passed unknown.example.net, an unnamed server. "
                    "Consistent with a smart host or scanner, or with mail that left the organisation and came back."
                ),
            ),
        ),
        ("to another organisation", message(smtp(A, B), GATEWAY, smtp("gw.example.net", "x.other.example")), None),
        ("to a mailing list and back", message(smtp(A, B), GATEWAY, smtp("gw.example.net", C), headers=LIST), None),
        ("into a mailbox, and sent on", message(smtp(A, B, via=MBX), GATEWAY, smtp("gw.example.net", C, via=FE)), None),
        ("straight", message(mapi(A), smtp(A, B), smtp(B, C)), None),
        ("between tenants", message(ONLINE_OUT, POSTFIX, smtp(POOL, FRONTEND, BUILD, FE)), None),
        (
            "within Forefront Online Protection",
            message(
                smtp("mx.sender.example", "CH1EHSMHS001.bigfish.com", "14.1.225.23"),
                "from CH1EHSMHS001.bigfish.com (x [10.43.68.225]) by mail2-ch1.bigfish.com (Postfix) with ESMTP id A1",
                smtp("mail209-ch1-R.bigfish.com", "CH1EHSOBE009.bigfish.com", "14.1.225.23"),
            ),
            None,
        ),
    ],
    "HOP405": [
        (
            "a gateway before Exchange Online",
            message(RELAY, FROM_RELAY, *INTO_ONLINE, headers=SPF_FAILED),
            (
                2,
                (
                    "SPF failed for 207.211.30.1, the address of relay.mimecast.com (Mimecast), in Exchange Online "
                    "(hop 2). Consistent with a filter in front of Exchange Online without enhanced filtering for "
                    "connectors."
                ),
            ),
        ),
        (
            "the same, by Authentication-Results",
            message(RELAY, FROM_RELAY, *INTO_ONLINE, headers=RESULTS),
            (
                2,
                (
                    "SPF soft-failed for 207.211.30.1, the address of relay.mimecast.com (Mimecast), in Exchange "
                    "Online (hop 2). Consistent with a filter in front of Exchange Online without enhanced filtering "
                    "for connectors."
                ),
            ),
        ),
        (
            "gateways of two makers",
            message(IRONPORT, BARRACUDA.format("ironport.corp.example", "spam.corp.example"), smtp("spam", A, via=FE)),
            (
                2,
                (
                    "Hops 1 and 2 are mail filters of one domain: IronPort AsyncOS and Barracuda Spam Firewall. "
                    "Consistent with two filters in a row in one organisation."
                ),
            ),
        ),
        (
            "enhanced filtering",
            message(
                RELAY,
                FROM_RELAY,
                *INTO_ONLINE,
                headers=f"{SPF_FAILED}X-MS-Exchange-SkipListedInternetSender: ip=[192.0.2.9];domain=x.example\n",
            ),
            None,
        ),
        ("SPF passed", message(RELAY, FROM_RELAY, *INTO_ONLINE, headers=SPF_FAILED.replace("Fail", "Pass")), None),
        (
            "SPF of another address",
            message(RELAY, FROM_RELAY, headers=RESULTS.replace("207.211.30.1)", "207.211.30.11)")),
            None,
        ),
        (
            "the sender's gateway, in front of a relay in Exchange Online",
            message(RELAY.replace("192.0.2.9", "10.0.0.9"), FROM_RELAY, *INTO_ONLINE, headers=SPF_FAILED),
            None,
        ),
        (
            "a gateway of several machines",
            message(RELAY, RELAY.replace("192.0.2.9", "127.0.0.1"), FROM_RELAY, *INTO_ONLINE, headers=SPF_FAILED),
            (
                3,
                (
                    "SPF failed for 207.211.30.1, the address of relay.mimecast.com (Mimecast), in Exchange Online "
                    "(hop 3). Consistent with a filter in front of Exchange Online without enhanced filtering for "
                    "connectors."
                ),
            ),
        ),
        ("no word of SPF", message(RELAY, FROM_RELAY, *INTO_ONLINE), None),
        ("no filter", message(POSTFIX, FROM_RELAY, *INTO_ONLINE, headers=SPF_FAILED), None),
        (
            "the sender's and the recipient's",
            message(IRONPORT, BARRACUDA.format("ironport.corp.example", "spam.other.example")),
            None,
        ),
        ("one maker", message(IRONPORT, IRONPORT.replace("by ironport", "by inside")), None),
    ],
    "HOP406": [
        (
            "to Exchange Online",
            message(*TO_ONLINE, headers=f"{WITHIN}{ANONYMOUS}"),
            (
                3,
                (
                    "Hop 3 accepted hybrid mail from Exchange on-premises as anonymous, without "
                    "X-MS-Exchange-CrossPremises fields. Consistent with a hybrid connector that was not used."
                ),
            ),
        ),
        (
            "through a gateway",
            message(*TO_ONLINE[:2], GATEWAY, *TO_ONLINE[2:], headers=f"{WITHIN}{ANONYMOUS}"),
            (
                4,
                (
                    "Hop 4 accepted hybrid mail from Exchange on-premises as anonymous, without "
                    "X-MS-Exchange-CrossPremises fields. Consistent with a hybrid connector that was not used. It "
                    "passed gw.example.net (Postfix) between the two parts."
                ),
            ),
        ),
        (
            "to on-premises",
            message(
                ONLINE_MAPI,
                ONLINE_OUT,
                smtp(POOL, A, via=FE),
                smtp(A, B),
                headers=f"{WITHIN}X-MS-Exchange-Organization-AuthAs: Anonymous\n",
            ),
            (
                3,
                (
                    "Hop 3 accepted hybrid mail from Exchange Online as anonymous, without "
                    "X-MS-Exchange-CrossPremises fields. Consistent with a hybrid connector that was not used."
                ),
            ),
        ),
        (
            "to on-premises, which did not judge it",
            message(ONLINE_MAPI, ONLINE_OUT, smtp(POOL, A, via=FE), headers=f"{WITHIN}{ANONYMOUS}"),
            None,
        ),
        ("trusted", message(*TO_ONLINE, headers=f"{WITHIN}{ANONYMOUS.replace('Anonymous', 'Internal')}"), None),
        ("with the fields of the other part", message(*TO_ONLINE, headers=f"{WITHIN}{ANONYMOUS}{TRUSTED}"), None),
        (
            "to another organisation",
            message(*TO_ONLINE, headers=f"{WITHIN.replace('c@corp', 'c@other')}{ANONYMOUS}"),
            None,
        ),
        (
            "to oneself, and in Bcc to a mailbox of Outlook.com",
            message(
                *TO_ONLINE,
                headers=(f"{WITHIN}{ANONYMOUS}X-MS-Exchange-CrossTenant-Id: 84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa\n"),
            ),
            None,
        ),
        ("no recipients", message(*TO_ONLINE, headers=f"From: a@corp.example\n{ANONYMOUS}"), None),
        ("not from a mailbox", message(*TO_ONLINE[1:], headers=f"{WITHIN}{ANONYMOUS}"), None),
        ("within one part", message(mapi(A), smtp(A, B), headers=f"{WITHIN}{ANONYMOUS}"), None),
    ],
    "HOP407": [
        (
            "by a mailbox",
            message(POSTFIX, headers="X-MS-Exchange-Inbox-Rules-Loop: anna@contoso.example\n"),
            (
                None,
                (
                    "Redirected or answered by an inbox rule of anna@contoso.example. Exchange Online"
                    " does not redirect such a message again."
                ),
            ),
        ),
        (
            "by transport rules",
            message(POSTFIX, headers="X-MS-Exchange-Transport-Rules-Loop: 1\n"),
            (
                None,
                (
                    "Redirected or created by transport rules (count: 1). Exchange Online does not "
                    "redirect such a message again."
                ),
            ),
        ),
        (
            "by both",
            message(
                POSTFIX,
                headers="X-MS-Exchange-Transport-Rules-Loop: 2\nX-MS-Exchange-Inbox-Rules-Loop: a@x.example\n",
            ),
            (
                None,
                (
                    "Redirected or answered by an inbox rule of a@x.example; redirected or created by"
                    " transport rules (count: 2). Exchange Online does not redirect such a message "
                    "again."
                ),
            ),
        ),
        ("not counted", message(POSTFIX, headers="X-MS-Exchange-Transport-Rules-Loop: 0\n"), None),
        ("neither", message(POSTFIX), None),
    ],
}
