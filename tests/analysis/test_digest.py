"""What servers are called in the numbers of many messages."""

import pytest

from hopscope.analysis.digest import hosts
from hopscope.model import Service

_HUB, _OTHER, _UNKNOWN = Service.HUB_TRANSPORT, Service.OTHER_MTA, Service.UNKNOWN


@pytest.mark.parametrize(
    ("stamped", "expected"),
    [
        pytest.param([(_HUB, "EX1.corp.example")], ["ex1.corp.example"], id="an Exchange server by its own name"),
        pytest.param([(_OTHER, "mx7.out.other.example")], ["other.example"], id="another system by its domain"),
        pytest.param([(_UNKNOWN, "mx7.out.other.example")], ["other.example"], id="and what is not known, too"),
        pytest.param(
            [(_OTHER, "GW.corp.example"), (_HUB, "ex1.corp.example")],
            ["gw.corp.example", "ex1.corp.example"],
            id="another system of the domain of an Exchange server by its own name",
        ),
        pytest.param(
            [(_HUB, "AM5PR01MB1234.eurprd01.prod.outlook.com"), (_OTHER, "x.outlook.com")],
            ["outlook.com", "outlook.com"],
            id="Exchange Online by its domain, and it makes no domain one's own",
        ),
        pytest.param([(_OTHER, "localhost"), (_HUB, "EX1")], ["localhost", "ex1"], id="names without a domain"),
        pytest.param([(_OTHER, ""), (_HUB, "")], [None, None], id="no name"),
        pytest.param([(_OTHER, "192.0.2.1"), (_OTHER, "[192.0.2.1]")], [None, None], id="an address is no name"),
        pytest.param([(_OTHER, "2001:db8::1")], [None], id="nor is one of IPv6"),
        pytest.param([(_HUB, "192.0.2.1")], ["192.0.2.1"], id="but it tells an Exchange server apart"),
    ],
)
def test_hosts(stamped: list[tuple[Service, str]], expected: list[str | None]) -> None:
    services, names = zip(*stamped, strict=True)
    assert hosts(services, names) == expected
