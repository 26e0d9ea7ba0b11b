"""Redaction of damaged fields: no finding is added, and services, builds and holders stay the same."""

import pytest

from hopscope.analysis.analyze import analyze
from hopscope.api import read
from hopscope.redaction import Aliases, redact

from .helpers import KEY, preserved_facts, redacted

TIME = "Fri, 24 Jan 2025 08:12:22 +0000"
INSIDE = (
    "Received: from {peer} (10.0.0.1) by EX2.corp.example (10.0.0.2) with Microsoft SMTP Server (TLS) id 15.0.1076.9; "
    f"{TIME}\n"
    "Received: from {server} ([fe80::1]) by {server} ([fe80::2]) with mapi id 15.00.1076.000; "
    f"{TIME}\n\n"
)
OUTSIDE = (
    "Received: from {peer} (198.51.100.7) by relay.contoso.example (Postfix) with ESMTPS id 4F2A; "
    f"{TIME}\n"
    "Received: from VI1PR04MB3359.eurprd04.prod.outlook.com (2001:db8::1) by VI1PR04MB3358.eurprd04.prod.outlook.com "
    f"(2001:db8::2) with Microsoft SMTP Server id 15.20.3890.28; {TIME}\n\n"
)


def findings(text: str) -> list[str]:
    return [finding.code for finding in analyze(read(text)).findings]


def breaks(text: str) -> tuple[bool, bool]:
    """Whether HOP401 is reported before and after redaction."""
    return "HOP401" in findings(text), "HOP401" in findings(redacted(text))


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    ("damaged", "intact", "is_break"),
    [
        ("EX1-MB2.cor", "EX1-MB2.corp.contoso.com", False),
        ("EX1-MB2.exchangeserve", "EX1-MB2.exchangeserverpro.net", False),
        ("EX1-MB2.exchangeserve 1718000000 rpro.net", "EX1-MB2.exchangeserverpro.net", False),
        ("ex1-mb2.org228awith HTTPb.example", "EX1-MB2.org228ab.example", False),
        ("EX1-MB2.contoso;.com", "EX1-MB2.contoso.com", False),
        ("EX1-MB2.co:25.contoso.com", "EX1-MB2.corp.contoso.com", False),
        ("EX1-MB2.co@ntoso.com", "EX1-MB2.contoso.com", False),
        ("EX1-MB2.corp.@ntoso.com", "EX1-MB2.corp.contoso.com", False),
        ("EX1-MB2.co.uk", "EX1-MB2.contoso.co.uk", False),
        ("contoso.com", "contoso.local", False),
        ("contoso.com", "contoso.contoso.com", False),
        ("mail.com", "mail.contoso.com", False),
        ("EX1-MB2..contoso.com", "EX3.contoso.com", False),
        ("EX1-MB2.contoso..com", "EX3.contoso.com", False),
        (".contoso.com", "EX3.contoso.com", False),
        ("substrate.offi", "substrate.contoso.com", False),
        ("AM3PEPF00009B9F.mai", "AM3PEPF00009B9F.eurprd04.prod.outlook.com", False),
        ("AM3PEPF00009B9F.mai", "AM3PEPF00009B90.contoso.com", True),
        ("EX1-MB2.cor", "EX1-MB3.corp.contoso.com", True),
        ("EX1.contoso;.com", "EX3.contoso.com", True),
        ("contoso.com", "fabrikam.com", True),
        ("contoso@fabrikam.com", "EX3.fabrikam.com", True),
    ],
)
def test_names_of_one_server_stay_names_of_one_server(damaged: str, intact: str, is_break: bool, swap: bool) -> None:  # noqa: FBT001 - a table
    peer, server = (intact, damaged) if swap else (damaged, intact)
    assert breaks(INSIDE.format(peer=peer, server=server)) == (is_break, is_break)


@pytest.mark.parametrize(
    ("peer", "is_break"),
    [
        ("EUR05-VI1-obe.outbound.protection.outlook.com", False),
        ("EUR05-VI1-obe.outbound.protec", False),
        ("EUR05-VI1-obe.outbound.protec with tion.outlook.com", False),
        ("EUR05-VI1-obe.outbound. protection.outlook.com", False),
        ("EUR05-VI1-obe .outbound.protection.outlook.com", False),
        ("EUR05-VI1-obe.outbound.co.uk", False),
        ("a.b.outbound.contoso", False),
        ("EUR05-VI1-obe.outboun", True),
        ("EUR05-VI1-obe.outbound", True),
        ("outbound.contoso", True),
        ("outbound.contoso.com", True),
    ],
)
def test_a_name_of_the_outbound_pool_stays_one(peer: str, is_break: bool) -> None:  # noqa: FBT001 - a table
    assert breaks(OUTSIDE.format(peer=peer)) == (is_break, is_break)


ONLINE = "by TYAPR04MB2429.apcprd04.prod.outlook.com (2001:db8::2) with Microsoft SMTP Server id"
EXCHANGE = "with Microsoft SMTP Server (TLS) id 15.2.1118.40"
FETCHED = "from phobos.example [192.0.2.7] by localhost"


@pytest.mark.parametrize(
    "field",
    [
        f"from A.contoso.com (10.0.0.1) {ONLINE} 10.5504.14; {TIME}",
        f"from A.contoso.com (10.0.0.1) {ONLINE} 5.20.5504.1; {TIME}",
        f"from A.contoso.com (10.0.0.1) {ONLINE} 15.20.55040.14; {TIME}",
        f"from A.contoso.com (10.0.0.1) by B.contoso.com (10.0.0.2 via Frontend Transport2) {EXCHANGE}; {TIME}",
        f"from A.contoso.com (10.0.0.1) by B.contoso.com (x ->via Mailbox Transport_7<-) {EXCHANGE}; {TIME}",
        f"from A.contoso.com (10.0.0.1) by B.contoso.com (via frontend transport.9) {EXCHANGE}; {TIME}",
        f"{FETCHED} w IMAP (fetchmail-5.9.0) for u@localhost (single-drop); {TIME}",
        f"{FETCHED} wi th POP3 (getmail/5.16) for u@localhost; {TIME}",
        f"{FETCHED} (fdm 2.2, account x) for u@localhost; {TIME}",
    ],
)
def test_services_builds_and_holders_stay_the_same(field: str) -> None:
    text = f"Received: {field}\nReceived: from c.example by d.example with ESMTP id 1; {TIME}\n\n"
    expected, got = (preserved_facts(read(each)) for each in (text, redacted(text)))
    for fact in ("labels", "builds", "software"):
        assert got[fact] == expected[fact]
    assert [wait[1:] for wait in got["holders"]] == [wait[1:] for wait in expected["holders"]]


@pytest.mark.parametrize("number", ["10.1.2.3", "010.001.002.003", "192.168.7", "0912.3456.x"])
def test_an_id_that_may_be_an_address_is_not_kept(number: str) -> None:
    assert number not in redacted(f"Received: from A.contoso.com (10.0.0.1) {ONLINE} {number}; {TIME}\n\n")


@pytest.mark.parametrize("name", ["localhost.contoso.com", "localhost.contoso", "localhost4.contoso.com", "localhost4"])
def test_a_name_of_the_local_host_stays_one(name: str) -> None:
    shown = redact(read(f"Received: from {name} by b.example; {TIME}\n\n"), Aliases(KEY)).text
    assert shown.startswith("Received: from localhost")
    assert "contoso" not in shown
    assert "localhost4" not in shown
