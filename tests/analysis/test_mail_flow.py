"""Documented mail flow: which paths differ from it, which do not, and what is noted."""

import pytest

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.model import Passage, Route

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

A, B, C, D = (f"{name}.contoso.example" for name in ("ex1", "ex2", "ex3", "ex4"))
MX, CLIENT = "mx.partner.example", "[192.0.2.7]"
V2010, P2010, V2013, V2019, VSE = "14.3.496.0", "14.03.0496.000", "15.0.1497.2", "15.2.1544.4", "15.2.2562.17"
ONLINE, PADDED = "15.20.7181.15", "15.20.7181.018"
X, Y, Z = (f"{name}.eurprd07.prod.outlook.com" for name in ("AM9PR07MB7891", "AS8PR07MB7654", "AM8PR07MB1111"))
EOP, CA = "DB5PEPF00014B8B.mail.protection.outlook.com", "DB8PR04CA0010.outlook.office365.com"
EOP_INSIDE, CA_INSIDE = "DB5PEPF00014B8B.eurprd02.prod.outlook.com", "DB8PR04CA0010.eurprd04.prod.outlook.com"
POOL = "mail-oln040092064024.outbound.protection.outlook.com"
HTTPS = f"from {Y} (2603:10a6::1) by {Z} with HTTPS"
SUBMISSION = "Mailbox Transport Submission may choose Transport on another server"
TRANSPORT = "Transport sends to Transport on another server"
REASONS = ("Send connector whose source server", "DAG", "Active Directory site", "hub site", "expansion server")


def foreign(peer: str) -> str:
    return f"from {peer} (unknown [198.51.100.1]) by mx.example.net (Postfix) with ESMTP id A1"


def in_year(year: int, *stamps: str, headers: str = "Subject: test\n") -> Route:
    """The message with all its fields in that year."""
    return message(*(f"{stamp}; 8 Mar {year} 11:15:{i:02} +0100" for i, stamp in enumerate(stamps)), headers=headers)


def passages(route: Route) -> tuple[Passage, ...]:
    return analyze(route).passages


SENDS_FROM_OTHER_SERVER = """\
Received: from ex2.corp.example (unknown [192.0.2.2]) by mx.partner.example (Postfix) with ESMTPS id B3 \
for <x@partner.example>; Mon, 3 Jun 2024 18:02:36 +0000
Received: from ex1.corp.example (10.0.0.1) by ex2.corp.example (10.0.0.2) with Microsoft SMTP Server \
(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.1.2507.39; Mon, 3 Jun 2024 18:02:35 +0000
Received: from ex1.corp.example (10.0.0.1) by ex1.corp.example (10.0.0.1) with Microsoft SMTP Server \
(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.1.2507.39; Mon, 3 Jun 2024 18:02:34 +0000
Received: from ex1.corp.example ([10.0.0.1]) by ex1.corp.example ([10.0.0.1]) with mapi id 15.01.2507.039; \
Mon, 3 Jun 2024 18:02:34 +0000

"""
SUBMITTED_TO_OTHER_SERVER = """\
Received: from Server01.lab.local (10.1.1.1) by smarthost.isp.example with ESMTP
 id X1; Mon, 6 Jan 2014 09:00:33 +0100
Received: from Server02.lab.local (10.1.1.2) by Server01.lab.local (10.1.1.1)
 with Microsoft SMTP Server (TLS) id 15.0.775.38; Mon, 6 Jan 2014 09:00:31 +0100
Received: from Server02.lab.local ([fe80::1]) by Server02.lab.local
 ([fe80::1%12]) with mapi id 15.00.0775.031; Mon, 6 Jan 2014 09:00:30 +0100

"""
DELIVERED_IN_OTHER_SITE = """\
Received: from EXC.corp.example (10.3.1.1) by EXC.corp.example (10.3.1.1)
 with Microsoft SMTP Server (TLS) id 15.0.775.38 via Mailbox Transport; Mon, 6 Jan 2014 09:00:32 +0100
Received: from EXB.corp.example (10.2.1.1) by EXC.corp.example (10.3.1.1)
 with Microsoft SMTP Server (TLS) id 15.0.775.38; Mon, 6 Jan 2014 09:00:31 +0100
Received: from EXB.corp.example (10.2.1.1) by EXB.corp.example (10.2.1.1)
 with Microsoft SMTP Server (TLS) id 15.0.775.38; Mon, 6 Jan 2014 09:00:30 +0100
Received: from EXB.corp.example ([fe80::1]) by EXB.corp.example
 ([fe80::1%12]) with mapi id 15.00.0775.031; Mon, 6 Jan 2014 09:00:30 +0100

"""

# A message that does not deviate, and the start of the note about it.
NOTED: dict[str, tuple[Route, str]] = {
    "outbound by the source server of a Send connector": (
        hopscope.read(SENDS_FROM_OTHER_SERVER),
        f"Hop 3 (Transport on ex2.corp.example) is documented mail flow: {TRANSPORT}",
    ),
    "submission to another server": (
        hopscope.read(SUBMITTED_TO_OTHER_SERVER),
        f"Hop 2 (Transport on Server01.lab.local) is documented mail flow: {SUBMISSION}.",
    ),
    "delivered in another site": (
        hopscope.read(DELIVERED_IN_OTHER_SITE),
        f"Hop 3 (Transport on EXC.corp.example) is documented mail flow: {TRANSPORT}",
    ),
    "submission to another server, which sends to a third": (
        message(mapi(A), smtp(A, B), smtp(B, C), foreign(C)),
        f"Hops 2 and 3 are documented mail flow: {SUBMISSION}; {TRANSPORT}",
    ),
    "a hub site": (
        message(mapi(A), smtp(A, A), smtp(A, B), smtp(B, C), smtp(C, C, via=MBX)),
        f"Hops 3 and 4 are documented mail flow: {TRANSPORT}",
    ),
    "inbound to another DAG": (
        message(smtp(MX, A, via=FE), smtp(A, A), smtp(A, B), smtp(B, B, via=MBX)),
        f"Hop 3 (Transport on {B}) is documented mail flow: {TRANSPORT}",
    ),
    "inbound by IPv6": (
        message(
            f"from {MX} (2001:db8::1) by {A} (2001:db8::2) with Microsoft SMTP Server id {V2019}{FE}",
            f"from {A} (2001:db8::2) by {A} (2001:db8::2) with Microsoft SMTP Server id {V2019}",
            f"from {A} (2001:db8::2) by {B} (2001:db8::3) with Microsoft SMTP Server id {V2019}",
            smtp(B, B, V2019, MBX),
        ),
        f"Hop 3 (Transport on {B}) is documented mail flow: {TRANSPORT}",
    ),
    "2016 and 2019": (
        message(mapi(A), smtp(A, A), smtp(A, B, V2019), foreign(B)),
        f"Hop 3 (Transport on {B}) is documented mail flow: {TRANSPORT}",
    ),
    "2019 and SE, submission": (
        message(mapi(A, build="15.02.1544.004"), smtp(A, B, VSE), smtp(B, B, VSE, MBX)),
        f"Hop 2 (Transport on {B}) is documented mail flow: {SUBMISSION}",
    ),
    "2010": (
        message(mapi(A, B, P2010), smtp(B, C, V2010), smtp(C, D, V2010)),
        f"Hop 3 (Hub Transport on {D}) is documented mail flow: Hub Transport sends to Hub Transport",
    ),
    "2010 through 2016 back to 2010": (
        message(mapi(A, B, P2010), smtp(B, C, via=FE), smtp(C, C), smtp(C, B, V2010), foreign(B)),
        "Hops 2 and 3 are documented mail flow: Hub Transport sends to Front End Transport",
    ),
}


@pytest.mark.parametrize(("route", "note"), NOTED.values(), ids=NOTED)
def test_documented_relays_are_noted_once(route: Route, note: str) -> None:
    (passage,) = passages(route)
    assert passage.deviations == ()
    (sentence,) = passage.notes
    assert sentence.startswith(note)
    assert sentence in analyze(route).notes


@pytest.mark.parametrize("name", ["outbound by the source server of a Send connector", "a hub site", "2016 and 2019"])
def test_order_of_the_reasons_for_another_server(name: str) -> None:
    (sentence,) = passages(NOTED[name][0])[0].notes
    positions = [sentence.find(reason) for reason in REASONS]
    assert positions == sorted(positions)
    assert positions[0] >= 0


# Without deviations and notes.
AS_DOCUMENTED: dict[str, Route] = {
    "one server": message(mapi(A), smtp(A, A), smtp(A, A, via=MBX)),
    "one server by its short name": message(mapi(A), smtp(A, "ex1"), smtp("ex1", A, via=MBX)),
    "2010": message(mapi(A, B, P2010), smtp(B, C, V2010), foreign(C)),
    "Exchange Online, another server": in_year(2024, mapi(X, build=PADDED), smtp(X, Y, ONLINE), foreign(POOL)),
    "Exchange Online, two others": in_year(
        2024, mapi(X, build=PADDED), smtp(X, Y, ONLINE), smtp(Y, Z, ONLINE), foreign(POOL)
    ),
    "shadow copy": message(
        mapi(A), smtp(A, A), f"from {A} (10.0.0.1) by {A} (10.0.0.1) with ShadowRedundancy id 15.1.2507.39", foreign(A)
    ),
    "shadow copy in Exchange Online": message(
        mapi(Y, build=PADDED),
        f"from {X} (::1) by {X} (::1) with TransportReplication id Version 15.20 (Build 7362.27)",
        smtp(Y, X, ONLINE),
        POSTFIX,
    ),
}


@pytest.mark.parametrize("route", AS_DOCUMENTED.values(), ids=AS_DOCUMENTED)
def test_as_documented(route: Route) -> None:
    (passage,) = passages(route)
    assert passage.documented_path
    assert (passage.deviations, passage.notes) == ((), ())


NOT_DOCUMENTED = "is not in the documented mail flow"
SENT_BY_CONSUMER = "consumer mailboxes of Exchange Online send through a frontend"
MISSING = "Documented mail flow also passes Transport, which has no Received field here."
CONSUMER = (mapi(X, build=PADDED), smtp(X, EOP, ONLINE, FE), smtp(EOP_INSIDE, Y, ONLINE))

DEVIATING: dict[str, tuple[Route, tuple[str, ...]]] = {
    "Front End Transport to Mailbox Transport": (message(smtp(MX, A, via=FE), smtp(A, B, via=MBX)), (MISSING,)),
    "between frontends on-premises": (
        message(smtp(MX, A, via=FE), smtp(A, B, via=FE), smtp(B, B), smtp(B, B, via=MBX)),
        (f"Hop 2 (Front End Transport on {B}) {NOT_DOCUMENTED}: Front End Transport sends to Transport only.",),
    ),
    "between frontends on one server": (
        message(smtp(MX, A, via=FE), smtp(A, A, via=FE), smtp(A, A), smtp(A, A, via=MBX)),
        (f"Hop 2 (Front End Transport on {A}) {NOT_DOCUMENTED}.",),
    ),
    "without Transport, 2019": (message(mapi(A, build="15.02.1544.004"), foreign(A)), (MISSING,)),
    "Transport twice on one server": (
        message(mapi(A), smtp(A, B), smtp(B, B), foreign(B)),
        (f"Hop 3 (Transport on {B}) is not in the documented mail flow.",),
    ),
    "Exchange Online without Transport": (in_year(2024, smtp(MX, EOP, ONLINE, FE), HTTPS), (MISSING,)),
    "a consumer mailbox today": (
        in_year(2025, *CONSUMER, foreign(POOL)),
        (f"Hop 2 (Front End Transport on {EOP}) {NOT_DOCUMENTED}: {SENT_BY_CONSUMER} (until 2021).",),
    ),
    "Mailbox Transport of Exchange Online today": (
        in_year(2024, smtp(MX, EOP, ONLINE, FE), smtp(EOP_INSIDE, Y, ONLINE), smtp(Y, Z, ONLINE, MBX)),
        (
            "Documented mail flow also passes Online mailbox delivery, which has no Received field here.",
            f"Hop 3 (Mailbox Transport on {Z}) {NOT_DOCUMENTED}: Transport sends to Mailbox Transport Delivery.",
        ),
    ),
}


@pytest.mark.parametrize(("route", "deviations"), DEVIATING.values(), ids=DEVIATING)
def test_deviations(route: Route, deviations: tuple[str, ...]) -> None:
    (passage,) = passages(route)
    assert passage.deviations == deviations


# Exchange Online delivered by Mailbox Transport until 2018, and consumer mailboxes submitted to a frontend until 2021.
OLD = "15.1.947.12"
ERAS: dict[str, Route] = {
    "2016": in_year(2016, smtp(MX, EOP, OLD, FE), smtp(EOP_INSIDE, CA, OLD, FE), smtp(CA_INSIDE, Y, OLD, MBX)),
    "2016 with Transport": in_year(
        2016, smtp(MX, EOP, OLD, FE), smtp(EOP_INSIDE, CA, OLD, FE), smtp(CA_INSIDE, X, OLD), smtp(X, Y, OLD, MBX)
    ),
    "2017, Mailbox Transport": in_year(2017, smtp(MX, CA, OLD, FE), smtp(CA_INSIDE, Y, OLD, MBX)),
    "2017, HTTPS": in_year(2017, smtp(MX, EOP, OLD, FE), smtp(EOP_INSIDE, Y, OLD), HTTPS),
    "2014": in_year(2014, smtp(MX, EOP, "15.0.1049.19", FE), smtp(EOP_INSIDE, Y, "15.0.1049.19", MBX)),
    "2016, internal": in_year(2016, mapi(X, build="15.01.0947.012"), smtp(X, Y, OLD), smtp(Y, Z, OLD, MBX)),
    "without dates": message(
        *(f"{stamp}; unknown" for stamp in (smtp(MX, EOP, OLD, FE), smtp(EOP_INSIDE, Y, OLD, MBX)))
    ),
    "2019, consumer mailbox": in_year(2019, *CONSUMER, foreign(POOL)),
    "2020, consumer mailbox through two frontends": in_year(
        2020, *CONSUMER[:2], smtp(EOP_INSIDE, CA, ONLINE, FE), smtp(CA_INSIDE, Y, ONLINE), foreign(POOL)
    ),
    "2020, consumer mailbox, client": in_year(2020, smtp(CLIENT, CA, ONLINE, FE), *CONSUMER, foreign(POOL)),
    "2020, from consumer mailbox to consumer mailbox": in_year(2020, *CONSUMER, HTTPS),
    "2024": in_year(2024, smtp(MX, EOP, ONLINE, FE), smtp(EOP_INSIDE, Y, ONLINE), HTTPS),
}


@pytest.mark.parametrize("route", ERAS.values(), ids=ERAS)
def test_paths_are_compared_with_those_of_their_time(route: Route) -> None:
    (passage,) = passages(route)
    assert passage.documented_path
    assert (passage.deviations, passage.notes) == ((), ())


def test_no_mail_flow_of_exchange_online_is_documented_before_2014() -> None:
    (passage,) = passages(in_year(2012, mapi(X, build="14.16.0135.002"), foreign(POOL)))
    assert (passage.documented_path, passage.deviations) == ((), ())
