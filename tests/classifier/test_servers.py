"""Server names: which Received fields are of one server, which servers share a domain."""

import pytest

import hopscope
from hopscope.classifier import servers
from hopscope.model import Hop


def hops(*stamps: str) -> tuple[Hop, ...]:
    """The hops of a message with these stamps, oldest first."""
    return hopscope.read("".join(f"Received: {stamp}; Wed, 8 Mar 2017 11:15:00 +0100\n" for stamp in stamps[::-1])).hops


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("ex1.contoso.com", "ex2.contoso.com", True),
        ("EX1.corp.contoso.com", "mail.Contoso.com", True),
        ("ex1.contoso.com.", "ex2.contoso.com", True),
        ("ex1.contoso.com", "ex1.fabrikam.com", False),
        ("contoso.com", "contoso.com", True),
        ("ex1.contoso.co.uk", "ex1.fabrikam.co.uk", False),
        ("ex1.contoso.co.uk", "ex2.contoso.co.uk", True),
        ("ex1.contoso.de", "ex2.contoso.de", True),
        ("ex1.local", "ex2.local", False),
        ("ex1", "ex1", False),
        ("", "", False),
        ("", "ex1.contoso.com", False),
    ],
)
def test_shared_domain(one: str, other: str, *, shared: bool) -> None:
    assert servers.share_domain(one, other) is shared
    assert servers.share_domain(other, one) is shared


@pytest.mark.parametrize(
    ("host", "organisation"),
    [
        ("AM9PR07MB7891.eurprd07.prod.outlook.com", "Exchange Online"),
        ("DB8PR04CA0010.outlook.office365.com", "Exchange Online"),
        ("SG2PR01MB2711.apcprd01.prod.exchangelabs.com", "Exchange Online"),
        ("DB5PEPF00014B8B.mail.protection.outlook.com", "Exchange Online"),
        ("SH0PR01MB0841.CHNPR01.prod.partner.outlook.cn", "Exchange Online"),
        ("CY1USG02FT007.mail.protection.office365.us", "Exchange Online"),
        ("contoso-com.mail.protection.outlook.de", "Exchange Online"),
        ("substrate.office.com", "Exchange Online"),
        ("ex1.corp.contoso.co.uk", "contoso.co.uk"),
        ("outlook.com.contoso.example", "contoso.example"),
        ("ex1", None),
        ("192.0.2.1", None),
        ("", None),
    ],
)
def test_organisation_of_a_host(host: str, organisation: str | None) -> None:
    assert servers.organisation(host) == organisation


def test_names_are_as_written_and_compared_in_lower_case() -> None:
    (hop,) = hops("from EX1.Contoso.example (10.0.0.1) by EX2.Contoso.example (10.0.0.2) with SMTP")
    assert (hop.written_peer, hop.written_server) == ("EX1.Contoso.example", "EX2.Contoso.example")
    assert (hop.peer, hop.server) == ("ex1.contoso.example", "ex2.contoso.example")


def test_a_field_without_names() -> None:
    (hop,) = hops("(qmail 1 invoked by uid 2)")
    assert (hop.written_peer, hop.written_server) == (None, None)
    assert (hop.peer, hop.server) == ("", "")
