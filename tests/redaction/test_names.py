"""Pseudonyms: which properties of a name they keep."""

import re
from ipaddress import ip_address, ip_network

import pytest

from hopscope.classifier import servers
from hopscope.redaction import Aliases

from .helpers import KEY

ALIASES = Aliases(KEY)


def test_letter_case_and_short_names_give_the_same_server() -> None:
    long = ALIASES.host("EX1.corp.contoso.com")
    assert ALIASES.host("ex1.CORP.contoso.com").lower() == long.lower()
    assert servers.same(ALIASES.host("EX1"), long)
    assert servers.same(ALIASES.host("ex1"), long)
    assert not servers.same(ALIASES.host("EX2"), long)


@pytest.mark.parametrize("domain", ["contoso.com", "contoso.co.uk", "contoso.local", "bücher.de"])
def test_all_hosts_of_a_domain_share_its_pseudonym(domain: str) -> None:
    one, other = (ALIASES.host(f"{name}.{domain}") for name in ("a", "b.c"))
    assert servers.share_domain(one, other)
    assert one.endswith(".local" if domain == "contoso.local" else ".example")
    assert other.count(".") == 3
    assert not servers.share_domain(one, ALIASES.host("a.fabrikam.com"))


def test_the_same_label_at_the_same_position_has_the_same_pseudonym() -> None:
    one, other = ALIASES.host("a.berlin.contoso.com"), ALIASES.host("b.berlin.contoso.com")
    assert one.split(".")[1:] == other.split(".")[1:]
    assert one != other


@pytest.mark.parametrize("name", ["ebbf8b18c0b8.1", "a.b.7", "X-20.12"])
def test_a_name_below_a_number_keeps_a_number_and_gets_no_organisation(name: str) -> None:
    pseudonym = ALIASES.host(name)
    assert pseudonym != name
    assert pseudonym.rpartition(".")[2].isdigit()
    assert "example" not in pseudonym


@pytest.mark.parametrize("name", ["mail", "smtp2", "mx01", "edge1", "edge-2", "localhost", "smtp-out", "outbound"])
def test_names_of_services_are_kept(name: str) -> None:
    assert ALIASES.host(f"{name}.contoso.com").startswith(f"{name}.") or name == "localhost"
    assert ALIASES.host(name) == name


@pytest.mark.parametrize("name", ["smtp-203-0-113-5", "mx20301135", "ber-edge2", "edge-contoso", "mail1out22"])
def test_markers_are_kept_without_other_text(name: str) -> None:
    shown = ALIASES.host(name)
    assert servers.is_edge_name(shown) == servers.is_edge_name(name)
    assert servers.is_service_name(shown) == servers.is_service_name(name)
    assert shown != name


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("AM9PR07MB7891.eurprd07.prod.outlook.com", r"AM\dPR\d\dMB\d{4}\.eurprd\d\d\.prod\.outlook\.com"),
        ("BE1P281CA0062.DEUP281.PROD.OUTLOOK.COM", r"BE\dP\d{3}CA\d{4}\.DEUP\d{3}\.PROD\.OUTLOOK\.COM"),
        ("DB5PEPF00014B8B.mail.protection.outlook.com", r"DB\dPEPF[0-9A-F]{8}\.mail\.protection\.outlook\.com"),
        (
            "BN8NAM12FT029.eop-nam12.prod.protection.outlook.com",
            r"BN\dNAM\d\dFT\d{3}\.eop-nam\d\d\.prod\.protection\..*",
        ),
        ("mail-bn8nam12on2045.outbound.protection.outlook.com", r"mail-bn\dnam\d\don\d{4}\.outbound\.protection\..*"),
        ("CY1PR0301CA0001.outlook.office365.com", r"CY\dPR\d{4}CA\d{4}\.outlook\.office365\.com"),
        ("AM9PR07MB7891", r"AM\dPR\d\dMB\d{4}"),
        ("contoso-com.mail.protection.outlook.com", r"h\w{7}\.mail\.protection\.outlook\.com"),
        ("contoso.onmicrosoft.com", r"h\w{7}\.org\w{7}\.example"),
    ],
)
def test_microsoft_server_names_keep_their_letters_and_customer_names_do_not(name: str, form: str) -> None:
    shown = ALIASES.host(name)
    assert re.fullmatch(form, shown)
    assert shown != name


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.0.0.0/8"),
        ("172.20.1.1", "172.16.0.0/12"),
        ("192.168.7.8", "192.168.0.0/16"),
        ("169.254.1.22", "169.254.0.0/16"),
        ("100.64.3.4", "100.64.0.0/10"),
        ("8.8.8.8", "198.18.0.0/15"),
        ("198.18.3.4", "198.18.0.0/15"),
        ("2a01:111::7", "2001:db8::/32"),
        ("2001:db8::7", "2001:db8::/32"),
        ("fd12:3456::1", "fd00::/8"),
        ("fe80::1:2:3", "fe80::/10"),
        ("2002:a05:6102:1::", "2002:a00::/24"),
    ],
)
def test_an_address_keeps_its_class(address: str, network: str) -> None:
    shown = ALIASES.address(address)
    assert ip_address(shown) in ip_network(network)
    assert shown != address
    assert ALIASES.address(address) == shown


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.53", "::1", "::", "0.0.0.0"])  # noqa: S104 - as text
def test_loopback_and_unspecified_addresses_are_kept(address: str) -> None:
    assert ALIASES.address(address) == address


def test_zone_index_and_ipv4_mapped_form_are_kept() -> None:
    assert ALIASES.address("fe80::1%12").endswith("%12")
    assert ALIASES.address("fe80::1%corp").partition("%")[2].isdigit()
    assert ALIASES.address("::ffff:203.0.113.9") == f"::ffff:{ALIASES.address('203.0.113.9')}"
    assert ALIASES.address("::ffff:10.0.0.9").startswith("::ffff:10.")


def test_brackets_tag_and_port_are_kept() -> None:
    shown = ALIASES.address("2a01::7")
    assert ALIASES.endpoint("[IPv6:2a01::7]:25") == f"[IPv6:{shown}]:25"
    assert ALIASES.endpoint("no address") is None


def test_an_id_keeps_its_form() -> None:
    shown = ALIASES.form("4F2A-9bzZ/77")
    assert shown != "4F2A-9bzZ/77"
    assert [(a.isdigit(), a.isupper(), a.isalnum()) for a in shown] == [
        (a.isdigit(), a.isupper(), a.isalnum()) for a in "4F2A-9bzZ/77"
    ]
    assert set(ALIASES.form("DEADBEEF" * 20)) <= set("ABCDEF")


def test_a_key_is_not_shown() -> None:
    assert KEY.decode() not in repr(ALIASES) + str(ALIASES)


def test_cache_size_does_not_change_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hopscope.redaction.names._CACHE_SIZE", 1)
    few = Aliases(KEY)
    names = ["a.contoso.com", "b.contoso.com", "a.contoso.com"]
    assert [few.host(name) for name in names] == [ALIASES.host(name) for name in names]


@pytest.mark.parametrize("text", ["300.1.1.1", "1.2.3.04", "1:2", ""])
def test_an_invalid_address_gets_the_pseudonym_of_an_address(text: str) -> None:
    assert ALIASES.address(text) == "198.18.0.0"


def test_dots_and_numbers_alone_are_not_hosts() -> None:
    assert ALIASES.host("..") == ".."
    assert ALIASES.host("33.275.10.70").startswith("999.")
    assert ALIASES.host("") == ""


@pytest.mark.parametrize(
    "name", ["KELVIN.contoso.com", "İstanbul.contoso.com", "outloo\u212a.com", "\udcff.contoso.com"]
)
def test_names_beyond_ascii_become_ascii(name: str) -> None:
    assert ALIASES.host(name).isascii()
