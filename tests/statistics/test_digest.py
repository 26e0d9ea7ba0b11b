"""Names of servers in statistics."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import hopscope
from hopscope.model import Service
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.tables import TABLES
from hopscope.statistics.before_after import legs_by_service
from hopscope.statistics.clock_offsets import certainly_corrected, skew
from hopscope.statistics.digest import digest, hosts, route_digest
from hopscope.statistics.summary import Summary

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
            ["Exchange Online", "Exchange Online"],
            id="Exchange Online by its name, and it makes no domain one's own",
        ),
        pytest.param(
            [(_HUB, name) for name in ("a.prod.exchangelabs.com", "b.mail.protection.outlook.com", "c.office365.com")],
            ["Exchange Online"] * 3,
            id="Exchange Online is one organisation",
        ),
        pytest.param(
            [(_HUB, "ex1.outlook.corp.example"), (_OTHER, "mx.notoutlook.com")],
            ["ex1.outlook.corp.example", "notoutlook.com"],
            id="names that only look like it",
        ),
        pytest.param([(_OTHER, "localhost"), (_HUB, "EX1")], ["localhost", "ex1"], id="names without a domain"),
        pytest.param([(_OTHER, ""), (_HUB, "")], [None, None], id="no name"),
        pytest.param(
            [(_OTHER, "192.0.2.1"), (_OTHER, "[192.0.2.1]")], ["192.0.2.1"] * 2, id="an address without a name"
        ),
        pytest.param([(_OTHER, "2001:DB8::1")], ["2001:db8::1"], id="an IPv6 address"),
        pytest.param([(_OTHER, "10.1.2.3")], ["10.0.0.0/8"], id="a private address by its block"),
        pytest.param([(_OTHER, "2002:a17:906::5")], ["2002:a00::/24"], id="a 6to4 address of a private one, too"),
        pytest.param([(_HUB, f"{'a.' * 127}b")], [f"{'a.' * 127}b"], id="a name as long as names may be"),
        pytest.param([(_HUB, f"{'a.' * 127}bc"), (_OTHER, "a" * 256)], [None, None], id="a longer one is none"),
        pytest.param([(_HUB, "192.0.2.1")], ["192.0.2.1"], id="but it tells an Exchange server apart"),
    ],
)
def test_hosts(stamped: list[tuple[Service, str]], expected: list[str | None]) -> None:
    services, names = zip(*stamped, strict=True)
    assert hosts(services, names) == expected


def test_texts_in_a_summary_are_short() -> None:
    date = "Tue, 31 Jul 2012 21:52:42 +0000"
    text = f"Received: from a by b.example (Exim 4.{'1' * 400}) (TLS1.2:A-{'X' * 1000}:256); {date}\nSubject: x\n\n"
    (hop,) = route_digest(hopscope.read(text, source="a.eml")).hops
    assert [len(value or "") for value in (hop.product, hop.tls)] == [255, 255]
    assert (hop.product or "").startswith("Exim 4.111")


@pytest.mark.parametrize(
    ("seconds", "corrected"),
    [
        pytest.param((0, -4010, 3), (None, 1.5, 1.5), id="behind between two that agree"),
        pytest.param((0, 3600, 3), (None, 0.0, 3.0), id="a wrong time zone"),
        pytest.param((0, -4000, 600), (None, 0.0, 600.0), id="behind, and ten minutes really spent"),
        pytest.param((0, 600, 603), (None, None, None), id="a queue"),
        pytest.param((0, -100, 500), (None, None, None), id="which clock is skewed is unknown"),
    ],
)
def test_skew_that_a_message_shows_corrects_its_legs(
    seconds: tuple[int, ...], corrected: tuple[float | None, ...]
) -> None:
    hosts = ("mx.a.example", "mx.b.test", "mx.c.invalid")
    start = datetime(2024, 6, 3, 18, tzinfo=UTC)
    dates = [format_datetime(start + timedelta(seconds=second)) for second in seconds]
    fields = [f"Received: by {host} with SMTP; {date}\n" for host, date in zip(hosts, dates, strict=True)]
    message = digest(hopscope.analyze(hopscope.read("".join(reversed(fields)) + "Subject: test\n\n")))
    assert tuple(hop.corrected for hop in message.hops) == corrected
    counted = Summary()
    counted.add(message)
    corrections = certainly_corrected(counted, skew(counted))
    assert {delays.most for delays in corrections.values()} == {*corrected} - {None}
    recorded = sorted(leg.delay.most or 0 for leg in counted.legs.values())
    assert recorded == sorted(hop.delay or 0 for hop in message.hops)
    printed = TABLES["leg"](Figures(counted)).printed
    assert printed is not None
    assert any("skewed clocks are corrected" in note for note in printed.notes) is (corrected[2] is not None)
    kinds = legs_by_service(counted)["other MTA -> other MTA"]
    assert kinds.is_corrected is (corrected[2] is not None)
    assert kinds.recorded.total == seconds[-1] - seconds[0]


@pytest.mark.parametrize(
    ("field", "delay"),
    [
        pytest.param(
            "from pop.a.example by home.example with POP3 (fetchmail-6.4.37) for <ann@home.example>", None, id="fetched"
        ),
        pytest.param(
            "from mx.a.example (mx.a.example [192.0.2.1]) by home.example (Postfix) with ESMTP id 2",
            172800,
            id="a queue",
        ),
    ],
)
def test_time_in_a_mailbox_is_not_counted_as_delay(field: str, delay: float | None) -> None:
    text = (
        f"Received: {field}; Thu, 6 Jun 2024 08:00:00 +0000\n"
        "Received: from b.example by pop.a.example (Postfix) with ESMTP id 1; Tue, 4 Jun 2024 08:00:00 +0000\n\n"
    )
    route = hopscope.read(text)
    counted = digest(hopscope.analyze(route))
    assert counted.hops[-1].delay == delay
    assert counted.total == 172800
    assert route_digest(route).hops[-1].delay == 172800
