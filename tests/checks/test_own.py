"""Recognition of own servers."""

import pytest

from hopscope.checks.own import generation, is_own
from hopscope.config.settings import Organisation
from hopscope.model import ExtendedDomain, TcpInfo

NAMES = Organisation(domains=("corp.example",), servers={"ex16-*": "2016", "ex*": "2013"})
NETWORKS = Organisation(networks=("10.0.0.0/8", "2001:db8::/32"))
BOTH = Organisation(domains=("corp.example",), networks=("10.0.0.0/8",))


def side(name: str | None, address: str | None = None, rdns: str | None = None) -> ExtendedDomain:
    return ExtendedDomain(domain=name, tcp_info=TcpInfo(domain=rdns, address=address))


@pytest.mark.parametrize(
    ("ends", "organisation", "own"),
    [
        (side("a.corp.example"), NAMES, True),
        (side("CORP.example."), NAMES, True),
        (side("a.notcorp.example"), NAMES, False),
        (side("EX16-01"), NAMES, True),
        (side("other"), NAMES, None),
        (side("odd.example", rdns="a.corp.example"), NAMES, True),
        (side("a.corp.example", rdns="liar.example"), NAMES, None),
        (side(None), NAMES, None),
        (None, NAMES, None),
        (side("a.corp.example"), NETWORKS, None),
        (side("a.corp.example"), Organisation(), None),
        (side("x.example", "10.1.2.3"), NETWORKS, True),
        (side("x.example", "11.1.2.3"), NETWORKS, False),
        (side("x.example", "2001:db8::1%3"), NETWORKS, True),
        (side("x.example", "127.0.0.1"), NETWORKS, None),
        (side("x.example", "no address"), NETWORKS, None),
        (side("a.corp.example", "192.0.2.1"), BOTH, False),
        (side("a.corp.example", "fe80::1"), BOTH, True),
        (side("a.corp.example", "no address"), BOTH, True),
        (side("a.corp.example"), BOTH, True),
    ],
)
def test_own_servers(ends: ExtendedDomain | None, organisation: Organisation, own: bool | None) -> None:  # noqa: FBT001
    assert is_own(ends, organisation) is own


@pytest.mark.parametrize(
    ("host", "declared"), [("ex16-01.corp.example", "2016"), ("EX13.corp.example", "2013"), ("mx.corp.example", None)]
)
def test_the_first_matching_glob_applies(host: str, declared: str | None) -> None:
    assert generation(host, NAMES) == declared
