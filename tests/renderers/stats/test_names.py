"""Short names of services and servers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.model import Service
from hopscope.renderers.stats.names import CODES, aligned, codes_used, names
from hopscope.statistics.summary import Summary
from tests.statistics.organisations import message, stamps_of, summary


def dump(*ends: str) -> Summary:
    return summary([message(*stamps_of(*ends))])


@pytest.mark.parametrize(
    ("ends", "domain", "shown"),
    [
        pytest.param(
            ("fe:ex1.corp.example", "tr:ex2.corp.example"), "corp.example", ["ex1", "ex2"], id="one common domain"
        ),
        pytest.param(
            ("fe:mail.example.com", *(f"tr:ex{number}.corp.example.com" for number in range(3))),
            "corp.example.com",
            ["mail.example.com", "ex0", "ex1", "ex2"],
            id="the domain that most servers share",
        ),
        pytest.param(
            ("tr:ex1.eu.corp.example", "tr:ex1.us.corp.example"),
            "corp.example",
            ["ex1.eu", "ex1.us"],
            id="two hosts with the same first label keep what distinguishes them",
        ),
        pytest.param(
            ("tr:ex1.corp.example", "mb:ex1"), "corp.example", ["ex1.corp.example", "ex1"], id="a host of that name"
        ),
        pytest.param(
            ("out:mx.corp.example", "fe:ex1.corp.example"), "corp.example", ["mx", "ex1"], id="a gateway of the domain"
        ),
        pytest.param(
            ("out:partner.example", "fe:ex1.corp.example"),
            "corp.example",
            ["partner.example", "ex1"],
            id="another organisation has its full name",
        ),
        pytest.param(
            ("fe:ex1.a.co.uk", "tr:ex2.b.co.uk"), "a.co.uk", ["ex1", "ex2.b.co.uk"], id="never a registry domain"
        ),
        pytest.param(("out:a.example", "out:b.example"), "", ["a.example", "b.example"], id="no Exchange server"),
        pytest.param(("tr:192.0.2.1", "mb:ex1"), "", ["192.0.2.1", "ex1"], id="an address and a single label"),
        pytest.param(("tr:corp.example", "mb:corp.example"), "", ["corp.example"] * 2, id="a domain as a host"),
        pytest.param(
            ("tr:交換機一.会社.example", "mb:交換機二.会社.example"), "会社.example", ["交換機一", "交換機二"], id="CJK"
        ),
    ],
)
def test_servers_are_named_without_their_common_domain(ends: tuple[str, ...], domain: str, shown: list[str]) -> None:
    found = names(dump(*ends))
    assert found.domain == domain
    assert [found.host(end.partition(":")[2]) for end in ends] == shown


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "b", "ex1", "corp", "co", "uk", "example"]), min_size=1, max_size=5).map(
            ".".join
        ),
        min_size=1,
        max_size=6,
        unique=True,
    )
)
def test_different_hosts_have_different_names(hosts: list[str]) -> None:
    found = names(dump(*(f"tr:{host}" for host in hosts)))
    assert len({found.host(host) for host in hosts}) == len(hosts)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EX1.Corp.Example Transport (queue for EX2.corp.example)", "EX1 Transport (queue for EX2)"),
        ("mx.partner.example (Postfix)", "mx.partner.example (Postfix)"),
        ("ex1.corp.example.net Transport", "ex1.corp.example.net Transport"),
        ("corp.example Transport", "corp.example Transport"),
    ],
)
def test_texts_with_servers_are_shortened(text: str, shown: str) -> None:
    assert names(dump("tr:ex1.corp.example", "mb:ex2.corp.example")).within(text) == shown


def test_every_service_has_a_different_code() -> None:
    assert set(CODES) == set(Service)
    assert len(set(CODES.values())) == len(CODES)


def test_codes_are_aligned_and_explained_where_used() -> None:
    ends = ["FE ex1", "T ex2", "(start)", "X"]
    assert aligned(ends) == ["FE ex1", "T  ex2", "(start)", "X"]
    assert codes_used(ends) == "Codes: FE Front End Transport, T Transport, X other MTA."
    assert codes_used(["(start)", "Transport"]) == ""
