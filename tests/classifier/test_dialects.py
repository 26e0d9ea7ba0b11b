"""Other mail systems: which one added a Received field, and its version if recorded."""

from types import ModuleType

import pytest

import hopscope
from hopscope.classifier.dialects import exchange, exim, google, ims, postfix, qmail, sendmail, smtpsvc
from hopscope.model import Hop, Service

MODULES = (exim, google, ims, postfix, qmail, sendmail, smtpsvc)


def hop(stamp: str) -> Hop:
    return hopscope.read(f"Received: {stamp}; Thu, 11 Jan 2024 10:00:07 +0000\n\n").hops[0]


# Received fields of public mail, with hosts, addresses and ids replaced.
CASES: list[tuple[ModuleType, str, str]] = [
    (
        postfix,
        "Postfix",
        (
            "from a.example (a.example [192.0.2.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))"
            " (No client certificate requested) by mx.example (Postfix) with ESMTPS id 4T9gQ23XHfz2y"
        ),
    ),
    (postfix, "Postfix", "by mx.example (Postfix, from userid 1000) id 718RILT8"),
    (
        postfix,
        "Postfix",
        "from a (unknown [192.0.2.7]) by mx.example (Postfix) with ESMTPSA id 9C1A52C0E1 for <b@c.example>",
    ),
    (
        exim,
        "Exim 4.96",
        (
            "from [192.0.2.77] (helo=laptop.example) by mx.example with esmtpsa (TLS1.3) tls TLS_AES_256_GCM_SHA384"
            " (Exim 4.96) (envelope-from <a@b.example>) id 1s6mXk-000abc-2D for c@d.example"
        ),
    ),
    (exim, "Exim 4.90_1", "from a.example ([192.0.2.7]) by mx.example with esmtp (Exim 4.90_1) id 1s6mXk-000abc-2D"),
    (exim, "Exim", "from mail by mx.example with local (Exim) id 1s6mXk-000abc-2D"),
    (
        exim,
        "Exim 3.35",
        "from a.example ([192.0.2.7]) by mx.example with smtp (Exim 3.35 #1 (Debian)) id 17abcd-0001Ab-00",
    ),
    (
        sendmail,
        "Sendmail 8.14.4",
        "from a.example (b.example [192.0.2.7]) by mx.example (8.14.4/8.14.4) with ESMTP id q6VBqjXx",
    ),
    (sendmail, "Sendmail 8.11.6+Sun", "from a.example by mx.example (8.11.6+Sun/8.10.2) with ESMTP id h2K1"),
    (sendmail, "Sendmail 8.9.3+3.2W", "from a.example by mx.example (8.9.3+3.2W/3.7W) with ESMTP id HHI89590"),
    (sendmail, "Sendmail 8.14.9", "(from root@localhost) by mx.example (8.14.9/8.14.9/Submit) id s9SAbc"),
    (google, "Google", "from a.example (a.example. [192.0.2.7]) by mx.google.com with ESMTPS id x1si12345ejc.567"),
    (google, "Google", "by mail-ej1-f49.google.com with SMTP id a640c23a62f3a.0"),
    (google, "Google", "by 2002:a05:6512:3c87:b0:51a:1e2f:3b4c with SMTP id h7csp1234567lfv"),
    (
        smtpsvc,
        "Microsoft SMTPSVC 6.0.3790.4675 (Windows Server 2003)",
        "from A ([192.0.2.7]) by b.example with Microsoft SMTPSVC(6.0.3790.4675)",
    ),
    (
        smtpsvc,
        "Microsoft SMTPSVC 10.0.14393.4169 (Windows Server 2016)",
        "from a.example ([192.0.2.7]) by b.example over TLS secured channel with Microsoft SMTPSVC(10.0.14393.4169)",
    ),
    (smtpsvc, "Microsoft SMTPSVC 99.0.1", "from A ([192.0.2.7]) by b.example with Microsoft SMTPSVC(99.0.1)"),
    (smtpsvc, "Microsoft SMTPSVC", "from mail pickup service by b.example with Microsoft SMTPSVC"),
    (
        ims,
        "Exchange Internet Mail Service 5.5.2653.19",
        "by h.example with Internet Mail Service (5.5.2653.19) id <3MQDQNK7>",
    ),
    (
        ims,
        "Exchange Internet Mail Service 5.5.2657.72",
        "from A by h.example with SMTP (Microsoft Exchange Internet Mail Service Version 5.5.2657.72) id AGRN",
    ),
    (ims, "Exchange Internet Mail Service", "by h.example with Internet Mail Service id <3MQDQNK7>"),
    (qmail, "qmail", "(qmail 12345 invoked by uid 1000)"),
    (qmail, "qmail", "(Qmail 27575 invoked from network)"),
]


@pytest.mark.parametrize(("module", "software", "stamp"), CASES)
def test_dialect(module: ModuleType, software: str, stamp: str) -> None:
    label = hop(stamp).label
    assert module.software(hop(stamp).stamp) == software
    assert (label.service, label.software, label.product) == (Service.OTHER_MTA, software, None)
    assert [other for other in MODULES if other.software(hop(stamp).stamp)] == [module]


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param("from a.example by mx.example with ESMTP id 1234", id="no name"),
        pytest.param("from postfix.example (Postfix [192.0.2.7]) by mx.example with ESMTP", id="the peer's name"),
        pytest.param("from a.example by mx.example (Postfixed) with ESMTP", id="another word"),
        pytest.param("from a.example by exim.example with ESMTP", id="a host called exim"),
        pytest.param(
            "from a.example by mx.example (Gmexim 0.1 (Debian)) with ESMTP", id="another name with exim in it"
        ),
        pytest.param("from a.example by mx.example (8.14.4) with ESMTP", id="one version, not a pair"),
        pytest.param("from mx.google.com by mx.example with ESMTP", id="from Google, not by it"),
        pytest.param("by notgoogle.com with ESMTP", id="a domain that ends alike"),
        pytest.param("by google.com.evil.example with ESMTP", id="a domain that starts alike"),
        pytest.param("by 2002:c000:201:: with SMTP", id="another 6to4 address"),
        pytest.param("by 2002:a000:201:: with SMTP", id="one that only starts alike"),
        pytest.param("from a.example by mx.example with SMTP (5.5.2653.19)", id="a version alone"),
        pytest.param("from a.example by mx.example (qmailer) with SMTP", id="another word, qmail"),
    ],
)
def test_no_dialect(stamp: str) -> None:
    label = hop(stamp).label
    assert label.software is None
    assert (label.service, label.confidence) == (Service.OTHER_MTA, 0.99)


@pytest.mark.parametrize(
    ("stamp", "confidence", "evidence"),
    [
        ("by mx.example (Postfix) with ESMTP", 1.0, "the Received field names Postfix"),
        ("by mx.example (8.14.4/8.14.4) with ESMTP", 0.99, "the Received field has the form of Sendmail 8.14.4"),
        (
            "by mx.example with ESMTP",
            0.99,
            "no mark of Exchange: none of its with tokens (`mapi`, `Microsoft SMTP Server` ...)",
        ),
    ],
)
def test_confidence(stamp: str, confidence: float, evidence: str) -> None:
    label = hop(stamp).label
    assert (label.confidence, label.evidence) == (confidence, (evidence,))


def test_an_empty_field_is_unknown() -> None:
    label = hop("apparently").label
    assert (label.service, label.confidence) == (Service.UNKNOWN, 0)
    assert label.evidence == ("nothing in this field that a mail system writes",)


A = "a.corp.example (10.0.0.1)"
B = "AM9PR07MB7891.eurprd07.prod.outlook.com (2603:10a6::14)"


@pytest.mark.parametrize(
    ("stamp", "token", "via", "product", "build"),
    [
        pytest.param(
            f"from {A} by {A} with Microsoft SMTP Server (TLS) id 15.0.1497.2 via Mailbox Transport",
            "Microsoft SMTP Server",
            "Mailbox Transport",
            "Exchange Server 2013",
            "15.0.1497.2",
            id="SMTP",
        ),
        pytest.param(
            "from A ([fe80::1]) by A ([fe80::1%12]) with mapi id 15.00.0466.010",
            "mapi",
            None,
            "Exchange Server 2013",
            "15.0.466.10",
            id="mapi",
        ),
        pytest.param("from A ([10.0.0.1]) by B ([10.0.0.2]) with mapi", "mapi", None, None, None, id="mapi of 2007"),
        pytest.param(
            f"from {B} by {B} with TransportReplication id Version 15.20 (Build 7362.27)",
            "TransportReplication",
            None,
            "Exchange Online",
            "15.20.7362.27",
            id="version and build apart",
        ),
        pytest.param(
            f"from {B} by {B} with MailboxResubmission by AntispamTT id 15.20.7249.10",
            "MailboxResubmission",
            None,
            "Exchange Online",
            "15.20.7249.10",
            id="who resubmitted",
        ),
        pytest.param(f"from {B} by {B} with HTTPS", "HTTPS", None, "Exchange Online", None, id="HTTPS"),
        pytest.param(
            f"from {B} by {B} with Microsoft SMTP Server id xx.1.18xx.3",
            "Microsoft SMTP Server",
            None,
            "Exchange Online",
            None,
            id="masked build of a known host",
        ),
        pytest.param(
            f"from {A} by {A} with Microsoft SMTP Server id xx.1.18xx.3",
            "Microsoft SMTP Server",
            None,
            None,
            None,
            id="masked build",
        ),
        pytest.param(
            f"from {A} by {A} with Microsoft SMTP Server id 15.1.2507.39 via Frontend Transport;"
            f" Thu, 11 Jan 2024 10:00:07 +0000: Received:from {A} by {A} with Microsoft SMTP Server id 15.1.2507.39"
            " via Frontend Transport",
            "Microsoft SMTP Server",
            "Frontend Transport",
            "Exchange Server 2016",
            "15.1.2507.39",
            id="a stamp said twice",
        ),
    ],
)
def test_exchange(stamp: str, token: str, via: str | None, product: str | None, build: str | None) -> None:
    mark = exchange.read(hop(stamp).stamp)
    assert mark is not None
    assert (mark.token, mark.via, mark.product) == (token, via, product)
    assert (mark.build.number if mark.build else None) == build
    assert not mark.pickup


@pytest.mark.parametrize(
    ("sender", "token", "pickup"),
    [
        ("Pickup", "Microsoft SMTP Server", True),
        ("Pickup", "mapi", False),
        ("pickup.example", "Microsoft SMTP Server", False),
    ],
)
def test_pickup(sender: str, token: str, *, pickup: bool) -> None:
    mark = exchange.read(hop(f"from {sender} by a.example with {token} id 15.1.2507.39").stamp)
    assert mark is not None
    assert mark.pickup == pickup


@pytest.mark.parametrize(
    "stamp",
    [
        pytest.param("from a.example by b.example with ESMTP id 15.1.2507.39", id="another token"),
        pytest.param("from a.example by webmail.example with HTTP", id="webmail, HTTP"),
        pytest.param("from a.example by webmail.example with HTTPS", id="webmail, HTTPS"),
        pytest.param("from a.example by b.example with MAPI", id="another system's MAPI"),
        pytest.param("from a.example by b.example", id="no with clause"),
        pytest.param("with HTTPS", id="no by clause"),
    ],
)
def test_not_exchange(stamp: str) -> None:
    assert exchange.read(hop(stamp).stamp) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            "X-ClientProxiedBy: FE.example (10.0.0.1) To BE.example (10.0.0.2)",
            [("FE.example", "BE.example")],
            id="one",
        ),
        pytest.param("x-clientproxiedby: FE.example To BE.example", [("FE.example", "BE.example")], id="no addresses"),
        pytest.param(
            "X-ClientProxiedBy: A (::1) To B (::2)\nX-ClientProxiedBy: C (::1)\n To D (::2)",
            [("A", "B"), ("C", "D")],
            id="two, one of them folded",
        ),
        pytest.param("X-ClientProxiedBy: FE.example (10.0.0.1)", [], id="half of it"),
        pytest.param("X-ClientProxiedBy: (10.0.0.1) To BE.example", [], id="no name"),
        pytest.param("Subject: X-ClientProxiedBy: A To B", [], id="another field"),
    ],
)
def test_client_proxies(headers: str, expected: list[tuple[str, str]]) -> None:
    route = hopscope.read(f"Received: by a.example; Thu, 11 Jan 2024 10:00:07 +0000\n{headers}\n\n")
    assert [(proxy.front_end, proxy.transport) for proxy in exchange.client_proxies(route)] == expected
