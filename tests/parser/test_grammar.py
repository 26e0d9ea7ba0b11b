"""Patterns of addresses, host names and the start of a date."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.parser.grammar import address, date_starts, hostname


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", id="IPv4"),
        pytest.param("[192.0.2.1]", "192.0.2.1", id="literal"),
        pytest.param("([192.0.2.1])", "192.0.2.1", id="literal in parentheses"),
        pytest.param("[192.0.2.1]:25", "192.0.2.1", id="port behind the literal"),
        pytest.param("[192.0.2.1:25]", "192.0.2.1", id="port in the literal"),
        pytest.param("192.0.2.1:25", "192.0.2.1", id="port"),
        pytest.param("[192.0.2.1],", "192.0.2.1", id="comma"),
        pytest.param("[192.0.2.1]=", "192.0.2.1", id="soft line break of quoted-printable"),
        pytest.param("[IPv6:2001:db8::1]", "2001:db8::1", id="IPv6 literal"),
        pytest.param("ipv6:2001:DB8::1", "2001:DB8::1", id="tag in any case, address as written"),
        pytest.param("[2001:db8::1]:25", "2001:db8::1", id="IPv6 and port"),
        pytest.param("fe80::1%12", "fe80::1%12", id="zone index"),
        pytest.param("::ffff:192.0.2.1", "::ffff:192.0.2.1", id="IPv4 in IPv6"),
        pytest.param("::1", "::1", id="loopback"),
        pytest.param("256.0.2.1", None, id="256"),
        pytest.param("15.00.0466.010", None, id="build number"),
        pytest.param("33.275.10.70", None, id="275"),
        pytest.param("192.0.2", None, id="three numbers"),
        pytest.param("192.0.2.1.5", None, id="five numbers"),
        pytest.param("10:20:30", None, id="time of day"),
        pytest.param("1:2:3:4:5:6:7:8:9", None, id="nine groups"),
        pytest.param("a.example", None, id="name"),
        pytest.param("x192.0.2.1", None, id="letter before"),
        pytest.param("[unix", None, id="bracket and word"),
        pytest.param("١٩٢.0.2.1", None, id="digits of other scripts"),
        pytest.param("[" * 200 + "192.0.2.1", None, id="too long"),
        pytest.param("", None, id="empty"),
    ],
)
def test_address(text: str, expected: str | None) -> None:
    assert address(text) == expected


@given(st.ip_addresses(), st.sampled_from(["{}", "[{}]", "({})", "([{}])", "[{}]:25", "(({}))"]))
def test_every_address_is_read_in_every_form(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, form: str) -> None:
    assert address(form.format(ip)) == str(ip)


@given(st.text(alphabet=st.sampled_from("0123456789.:af%[]()IPv6x"), max_size=45))
def test_results_are_valid_addresses(text: str) -> None:
    read = address(text)
    if read is not None:
        assert read in text
        ipaddress.ip_address(read)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("mail.a.example", "mail.a.example", id="host name"),
        pytest.param("mail.a.example.", "mail.a.example", id="final dot"),
        pytest.param("_x.my_host.example", "_x.my_host.example", id="underscores"),
        pytest.param("mail.é.example", "mail.é.example", id="UTF-8 (RFC 6531)"),
        pytest.param("localhost", "localhost", id="localhost"),
        pytest.param("mail", None, id="one label"),
        pytest.param("192.0.2.1", None, id="address"),
        pytest.param("0.54.33", None, id="masked address"),
        pytest.param("1.2.3.", None, id="number and dot"),
        pytest.param("a..example", None, id="empty label"),
        pytest.param("a.example/x", None, id="other characters"),
        pytest.param("...", None, id="dots"),
        pytest.param("", None, id="empty"),
    ],
)
def test_hostname(text: str, expected: str | None) -> None:
    assert hostname(text) == expected


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        pytest.param("id x Tue, 31 Jul 2012 21:52:42 +1000", [5], id="RFC 5322"),
        pytest.param("id x 31 Jul 2012 21:52:42 +1000", [5], id="no weekday"),
        pytest.param("id x Tue Jul 31 2012 21:52:42", [5], id="month before the day"),
        pytest.param("id x tuesday, 31-jul-12 1:52", [5], id="any case, dashes, year of two digits"),
        pytest.param("id x 2012-07-31T21:52:42Z", [5], id="ISO 8601"),
        pytest.param("id x 2012-07-31 21:52:42 +0000 UTC", [5], id="ISO 8601 with a space"),
        pytest.param("id x;31 Jul 2012 21:52:42", [5], id="behind a semicolon"),
        pytest.param("id x31 Jul 2012 21:52:42", [], id="within a word"),
        pytest.param("id 31 Jul 2012", [], id="no time of day"),
        pytest.param("id 21:52:42", [], id="no date"),
        pytest.param("1 Jul 12 1:52 2 Jul 12 1:52", [0, 14], id="two"),
    ],
)
def test_start_of_dates(text: str, starts: list[int]) -> None:
    assert date_starts(text) == starts


ipv6_like = st.one_of(
    st.ip_addresses(v=6).map(str),
    st.lists(st.sampled_from(["0", "1", "fe80", "12345", "abcd", "", ":"]), min_size=1, max_size=10).map(":".join),
    st.text(alphabet="0123456789abcdefABCDEF:.", min_size=1, max_size=42),
)


@given(ipv6_like)
def test_ipv6_addresses_are_those_of_the_standard_library(text: str) -> None:
    if ":" not in text or text.count(":") == 1:
        return  # a port, or IPv4
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        assert address(text) != text
    else:
        assert address(text) == text
