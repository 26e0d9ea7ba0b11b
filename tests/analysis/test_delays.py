"""Attribution of delays, usual delays, and retry timers consistent with a delay."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.delays import AttributedDelay, Holder, Share, attributed_delays, shares, spent
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.phrases import held_by
from hopscope.analysis.timers import limits, matches
from hopscope.analysis.usual import usual
from hopscope.classifier import pipeline
from hopscope.data import table
from hopscope.model import Route, Service

from .messages import FE, MBX, POSTFIX, mapi, message, smtp

MB1, MB2, CA1, EDGE = (f"{name}.contoso.example" for name in ("mb1", "mb2", "ca1", "edge1"))
MX = "mx.partner.example"
X, Y = "AM9PR07MB7891.eurprd07.prod.outlook.com", "AS8PR07MB7654.eurprd07.prod.outlook.com"
V2010, ONLINE = "14.3.496.0", "15.20.7181.15"


def timed(*stamps: tuple[str, int]) -> Route:
    """A message with Received fields, oldest first, so many seconds after midnight."""
    return message(
        *(f"{stamp}; {day} Mar 2017 {clock} +0000" for stamp, seconds in stamps for day, clock in [_when(seconds)])
    )


def _when(seconds: int) -> tuple[int, str]:
    days, seconds = divmod(seconds, 86_400)
    return 8 + days, f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def pair(first: str, second: str, seconds: int) -> Route:
    return timed((first, 0), (second, seconds))


SHADOW = f"from {MB1} (10.0.0.2) by {MB1} (10.0.0.2) with ShadowRedundancy id 15.1.2507.39"
REPLICA = f"from {X} (::1) by {X} (::1) with TransportReplication id Version 15.20 (Build 7362.27)"


POOL_DOMAIN = "outbound.protection.outlook.com"
POOL = f"EUR05-AM6-obe.{POOL_DOMAIN}"


@pytest.mark.parametrize(
    ("before", "after", "holder", "text"),
    [
        pytest.param(
            smtp(CA1, MB1),
            smtp(MB1, MB2, via=MBX),
            Holder.QUEUE,
            f"{MB1} Transport (mailbox delivery queue)",
            id="Transport to Mailbox Transport",
        ),
        pytest.param(
            smtp(CA1, MB1), smtp(MB1, MB2), Holder.QUEUE, f"{MB1} Transport (queue for {MB2})", id="to Transport"
        ),
        pytest.param(
            smtp(CA1, MB1),
            f"from {MB1} by mx.example (Postfix) with ESMTP id A1",
            Holder.QUEUE,
            f"{MB1} Transport (queue for mx.example)",
            id="to the outside",
        ),
        pytest.param(
            smtp(MX, CA1, V2010),
            smtp(CA1, MB1, V2010),
            Holder.QUEUE,
            f"{CA1} Hub Transport (queue for {MB1})",
            id="2010",
        ),
        pytest.param(
            smtp(X, Y, ONLINE),
            f"from {Y} (::1) by {X} with HTTPS",
            Holder.QUEUE,
            f"{Y} Transport (mailbox delivery queue)",
            id="Exchange Online",
        ),
        pytest.param(
            smtp(MX, CA1, via=FE),
            smtp(CA1, MB1),
            Holder.SENDER,
            f"{CA1} Front End Transport (no queue: client retry or clock skew)",
            id="Front End Transport",
        ),
        pytest.param(
            mapi(MB1),
            smtp(MB1, MB2),
            Holder.SENDER,
            f"{MB1} mapi submission (no queue: retry or clock skew)",
            id="mapi submission",
        ),
        pytest.param(POSTFIX, smtp(MX, CA1, via=FE), Holder.SYSTEM, "y.example.net (Postfix)", id="Postfix"),
        pytest.param(
            "from a by gw.example with SMTP",
            smtp(MX, CA1, via=FE),
            Holder.SYSTEM,
            "gw.example",
            id="a system without a name",
        ),
        pytest.param(
            smtp(MB1, MB1, via=MBX),
            POSTFIX,
            Holder.MAILBOX,
            f"{MB1} (in the mailbox)",
            id="delivered before",
        ),
        pytest.param(
            smtp(CA1, MB1),
            SHADOW,
            Holder.SHADOW,
            f"{MB1} Transport (shadow copy, primary server unavailable)",
            id="shadow copy",
        ),
        pytest.param(
            mapi(X, build="15.20.7181.018"),
            REPLICA,
            Holder.SHADOW,
            f"{X} Transport (shadow copy, primary server unavailable)",
            id="replica",
        ),
        pytest.param("nonsense", smtp(MX, CA1, via=FE), Holder.UNKNOWN, None, id="unknown"),
        pytest.param(
            f"from substrate.office.com (2603:10a6::1) by {X} (2603:10a6::2) with HTTP id 15.20.8377.9",
            smtp(POOL, "AM3PEPF00009B9F.mail.protection.outlook.com", ONLINE, via=FE),
            Holder.QUEUE,
            f"{POOL} Transport (queue for AM3PEPF00009B9F.mail.protection.outlook.com)",
            id="submission to the outbound pool",
        ),
        pytest.param(
            mapi(X, build="15.20.7181.018"),
            f"from {POOL} (mail-am6eur05on2071.{POOL_DOMAIN} [40.107.22.71]) by mx.example (Postfix) with ESMTPS id A1",
            Holder.QUEUE,
            f"{POOL} Transport (queue for mx.example)",
            id="the same, to another system",
        ),
        pytest.param(
            mapi(X, build="15.20.7181.018"),
            f"from a ([40.107.22.71] helo=mail-am6eur05on2071.{POOL_DOMAIN}) by mx.example with esmtps (Exim 4.96)",
            Holder.QUEUE,
            f"mail-am6eur05on2071.{POOL_DOMAIN} Transport (queue for mx.example)",
            id="the same, named by EHLO",
        ),
        pytest.param(
            mapi(MB1),
            f"from {POOL} ([40.107.22.71]) by mx.example (Postfix) with ESMTPS id A1",
            Holder.UNKNOWN,
            None,
            id="the pool after a submission on-premises",
        ),
        pytest.param(
            mapi(X, build="15.20.7181.018"), POSTFIX, Holder.UNKNOWN, None, id="submission, and a host of no pool"
        ),
        *(
            pytest.param(before, after, Holder.SYSTEM, text, id=f"named by the next hop: {text}")
            for before, after, text in (
                (
                    "(qmail 4711 invoked by uid 89)",
                    "from mail.a.example (HELO a) (192.0.2.7) by mx.example with SMTP",
                    "mail.a.example (qmail)",
                ),
                (
                    "from b ([192.0.2.9]) by Forcepoint Email with ESMTP id A1",
                    "from gw.a.example (gw.a.example [IPv6:2001:db8::7]) by mx.example (Postfix) with ESMTPS id A1",
                    "gw.a.example (Forcepoint Email)",
                ),
                (
                    "from b ([192.0.2.9]) by localhost (Postfix) with ESMTP id A1",
                    "from localhost (unknown [192.0.2.7]) by mx.example (Postfix) with ESMTPS id A1",
                    "192.0.2.7 (Postfix)",
                ),
                (
                    "from b ([192.0.2.9]) by localhost (Postfix) with ESMTP id A1",
                    "from localhost (localhost [127.0.0.1]) by localhost (amavisd-new) with ESMTPS id A1",
                    "another mail system (Postfix)",
                ),
            )
        ),
    ],
)
def test_delay_attribution(before: str, after: str, holder: Holder, text: str | None) -> None:
    (wait,) = attributed_delays(IndexedRoute(route=pair(before, after, 100)))
    assert (wait.before, wait.hop, wait.delay) == (1, 2, timedelta(seconds=100))
    assert wait.holder is holder
    assert held_by(wait) == text


@pytest.mark.parametrize(("seconds", "place"), [(9, None), (10, "no queue: retry or clock skew")])
def test_a_delay_shorter_than_any_retry_interval_matches_no_timer(seconds: int, place: str | None) -> None:
    (wait,) = attributed_delays(IndexedRoute(route=pair(mapi(MB1), smtp(MB1, MB2), seconds)))
    assert (wait.holder, wait.detail) == (Holder.SENDER, place)


def test_a_negative_delay_is_attributed_to_nobody() -> None:
    (wait,) = attributed_delays(IndexedRoute(route=timed((smtp(CA1, MB1), 5), (smtp(MB1, MB2, via=MBX), 0))))
    assert (wait.holder, wait.delay, held_by(wait)) == (Holder.CLOCKS, timedelta(seconds=-5), None)


def test_a_delay_across_undated_hops_has_several_holders() -> None:
    first, last = "8 Mar 2017 00:00:00 +0000", "8 Mar 2017 00:01:00 +0000"
    route = message(f"{smtp(CA1, MB1)}; {first}", f"{smtp(MB1, MB2)};", f"{smtp(MB2, MB2, via=MBX)}; {last}")
    (wait,) = attributed_delays(IndexedRoute(route=route))
    assert (wait.before, wait.hop, wait.holder, held_by(wait)) == (1, 3, Holder.SEVERAL, None)


STAMPS = [mapi(MB1), smtp(MX, CA1, via=FE), smtp(CA1, MB1), smtp(MB1, MB2), smtp(MB2, MB2, via=MBX), POSTFIX, SHADOW]
ways = st.lists(st.tuples(st.sampled_from(STAMPS), st.integers(0, 200_000) | st.none()), max_size=8)


@given(ways)
def test_attributed_delays_sum_to_the_time_from_first_to_last_dated_hop(way: list[tuple[str, int | None]]) -> None:
    stamps = (
        f"{stamp};" if seconds is None else "{}; {} Mar 2017 {} +0000".format(stamp, *_when(seconds))
        for stamp, seconds in way
    )
    route = message(*stamps)
    found = attributed_delays(IndexedRoute(route=route))
    total = sum((wait.delay for wait in found), timedelta(0))
    assert total == (route.total_delay or timedelta(0))
    given_away = sum((each.time for each in spent(found)), timedelta(0))
    assert given_away == sum((wait.delay for wait in found if wait.service is not None), timedelta(0))


def test_delay_is_summed_by_service_and_server() -> None:
    route = timed(
        (POSTFIX, 0),
        (smtp(MX, CA1, via=FE), 10),
        (smtp(CA1, MB1), 11),
        (smtp(MB1, MB2), 41),
        (smtp(MB2, MB1), 43),
        (smtp(MB1, MB1, via=MBX), 103),
    )
    assert [
        (each.service, each.server, each.organisation, each.time.total_seconds())
        for each in spent(attributed_delays(IndexedRoute(route=route)))
    ] == [
        (Service.TRANSPORT, MB1, "contoso.example", 90),
        (Service.OTHER_MTA, "y.example.net", "example.net", 10),
        (Service.TRANSPORT, MB2, "contoso.example", 2),
        (Service.FRONT_END, CA1, "contoso.example", 1),
    ]


@pytest.mark.parametrize(
    ("before", "after", "seconds", "kind"),
    [
        (mapi(MB1), smtp(MB1, MB2), 2, "hops from mapi submission to Transport, Exchange 2016"),
        (smtp(MX, CA1, via=FE), smtp(CA1, MB1), 44, "hops from Front End Transport to Transport, Exchange 2016"),
        (
            smtp(MX, CA1, "15.0.1497.2", FE),
            smtp(CA1, MB1, "15.2.1544.4"),
            14,
            "hops from Front End Transport to Transport, Exchange 2013 to 2019",
        ),
        (
            mapi(MB1, build="15.02.2562.017"),
            smtp(MB1, MB2, "15.2.2562.17"),
            2,
            "hops from mapi submission to Transport",
        ),
        (POSTFIX, POSTFIX, 14_100, "hops between other mail systems"),
        (POSTFIX, smtp(MX, CA1, via=FE), 17_100, "hops from another mail system to Exchange"),
        (smtp(CA1, MB1), POSTFIX, 17_100, "hops from Exchange to another mail system"),
        (
            smtp(X, Y, ONLINE),
            f"from {Y} (::1) by {X} with HTTPS",
            14,
            "hops from Transport to Online mailbox delivery, Exchange Online",
        ),
    ],
)
def test_usual_delays(before: str, after: str, seconds: int, kind: str | None) -> None:
    found = usual(*pair(before, after, 0).hops)
    assert found is not None
    assert (found.seconds, found.kind) == (seconds, kind)
    assert found.legs >= 100


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(smtp(CA1, MB1), smtp(MB1, MB1, via=MBX), id="on-premises delivery"),
        pytest.param("nonsense", POSTFIX, id="from an unknown service"),
        pytest.param(POSTFIX, "nonsense", id="to an unknown service"),
    ],
)
def test_hops_that_were_not_counted_have_no_usual_delay(before: str, after: str) -> None:
    assert usual(*pair(before, after, 0).hops) is None


def test_edge_transport_has_no_usual_delay_though_its_fields_are_those_of_hub_transport() -> None:
    before, after = pair(smtp(MB1, EDGE, V2010), smtp(EDGE, MB2, V2010), 0).hops
    assert usual(before, after) is not None
    edge = replace(before, label=replace(before.label, service=Service.EDGE_TRANSPORT))
    assert usual(edge, after) is None
    assert usual(after, edge) is None


def test_ranges_above_the_measured_percentiles() -> None:
    for row in table("leg_delays"):
        counts = list(map(int, row["counts"].split()))
        assert len(counts) == 17
        assert row["same"] in {"yes", "no"}
        for end in ("from", "to"):
            assert row[f"{end}_generation"] in pipeline.generations()
            assert Service(row[f"{end}_service"]) in pipeline.services_with_header(row[f"{end}_generation"])


def matching_timers(before: str, after: str, seconds: int) -> list[tuple[str, int, int]]:
    """Name, attempt and lateness in seconds of the matching timers."""
    route = pair(before, after, seconds)
    (wait,) = attributed_delays(IndexedRoute(route=route))
    return [(each.name, each.tries, int(each.late.total_seconds())) for each in matches(wait, *route.hops)]


DELIVERY = (smtp(CA1, MB1), smtp(MB1, MB1, via=MBX))
OUTSIDE = (smtp(CA1, MB1), f"from {MB1} by mx.example (Postfix) with ESMTP id A1")
SERVER = (smtp(CA1, MB1), smtp(MB1, MB2))


@pytest.mark.parametrize(
    ("legs", "seconds", "expected"),
    [
        (DELIVERY, 306, [("mailbox delivery queue retry", 1, 6), ("message retry", 1, 6)]),
        (DELIVERY, 602, [("mailbox delivery queue retry", 2, 2), ("message retry", 2, 2)]),
        (DELIVERY, 325, []),
        (DELIVERY, 60, []),
        (SERVER, 63, []),
        (SERVER, 240, []),
        (SERVER, 305, []),
        (SERVER, 541, []),
        (SERVER, 597, []),
        (SERVER, 598, [("outbound connection failure retry", 1, -2)]),
        (SERVER, 601, [("outbound connection failure retry", 1, 1)]),
        (SERVER, 621, []),
        (SERVER, 1801, [("message retry", 2, 1)]),
        (OUTSIDE, 601, []),
        (SERVER, 2645, []),
        (SERVER, 905, [("message retry", 1, 5)]),
        (OUTSIDE, 304, []),
        (OUTSIDE, 910, [("message retry", 1, 10)]),
        (OUTSIDE, 43_201, [("resubmission of an idle queue", 1, 1)]),
        ((smtp(CA1, MB1), SHADOW), 10_805, [("shadow take-over", 1, 5)]),
        ((POSTFIX, smtp(MX, CA1, V2010)), 31, []),
        ((POSTFIX, smtp(MX, CA1, via=FE)), 300, []),
        ((mapi(MB1), smtp(MB1, MB2)), 300, []),
        ((smtp(X, Y, ONLINE), f"from {Y} (::1) by {X} with HTTPS"), 300, []),
    ],
)
def test_timers(legs: tuple[str, str], seconds: int, expected: list[tuple[str, int, int]]) -> None:
    assert matching_timers(*legs, seconds) == expected


def test_edge_transport_has_separate_retry_intervals() -> None:
    def at(seconds: int) -> list[str]:
        route = pair(smtp(MX, EDGE), smtp(EDGE, CA1, via=FE), seconds)
        assert route.hops[0].label.service is Service.EDGE_TRANSPORT
        (wait,) = attributed_delays(IndexedRoute(route=route))
        return [match.name for match in matches(wait, *route.hops)]

    assert at(840) == ["transient failure retry"]
    assert at(5640) == ["outbound connection failure retry"]
    assert at(601) == ["transient failure retry"]
    assert at(1803) == ["outbound connection failure retry"]
    assert at(541) == []


def why_reported(row: dict[str, str]) -> str:
    """Whether the numbers of a row of the timers support it, or only its documentation."""
    waits, observed, expected = int(row["waits"]), int(row["observed"]), float(row["expected"])
    by_chance = sum(math.exp(-expected) * expected**count / math.factorial(count) for count in range(observed))
    if observed and 1 - by_chance < 0.05:
        return "measured"
    interval = int(row["times"].rpartition("+")[2].partition("x")[0])
    return "documented" if row["towards"] == "mailbox" or (waits < 5 and interval >= 600) else "no"


def test_timers_are_well_formed() -> None:
    for row in table("retry_timers"):
        assert row["owner"] in {"Transport", "Edge Transport", "shadow"}
        assert row["reported"] == why_reported(row)
        assert 0 <= int(row["observed"]) <= int(row["waits"])
        assert 0 <= float(row["expected"]) <= int(row["waits"])
        assert set(row["generations"].split()) <= set(pipeline.generations())
        assert row["towards"] in {"mailbox", "server", "outside", "any"}
        assert row["parameter"]
        assert row["set_with"]


@pytest.mark.parametrize(
    ("build", "hours", "expected"),
    [
        (V2010, 3, []),
        (V2010, 4, ["delay notice"]),
        ("15.1.2507.39", 47, ["delay notice"]),
        ("15.1.2507.39", 48, ["delay notice", "expiry"]),
        (ONLINE, 24, ["expiry"]),
    ],
)
def test_limits(build: str, hours: int, expected: list[str]) -> None:
    server = X if build == ONLINE else MB1
    route = pair(smtp(CA1, server, build), POSTFIX, 3600 * hours)
    (wait,) = attributed_delays(IndexedRoute(route=route))
    assert [name for name, _ in limits(wait, route.hops[0])] == expected


def test_only_queues_have_limits() -> None:
    route = pair(POSTFIX, smtp(MX, CA1, via=FE), 200_000)
    (wait,) = attributed_delays(IndexedRoute(route=route))
    assert list(limits(wait, route.hops[0])) == []


def test_an_attributed_delay_names_a_service_only_if_one_held_the_message() -> None:
    for holder in Holder:
        named = AttributedDelay(before=1, hop=2, delay=timedelta(0), holder=holder)
        assert held_by(named) is None


def stamped(*seconds: int | None) -> Route:
    """A message with one hop per entry, oldest first, dated so many seconds after noon; ``None``: without a date."""
    noon = datetime(2017, 3, 8, 12, tzinfo=UTC)
    dates = ["" if s is None else f"; {format_datetime(noon + timedelta(seconds=s))}" for s in seconds]
    stamps = [f"Received: by a.example{date}\n" for date in dates]
    return hopscope.read("".join(reversed(stamps)) + "Subject: test\n\n")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param((), [], id="no hops"),
        pytest.param((5,), [None], id="one hop"),
        pytest.param(
            (0, 1, 4), [None, Share(0.0, 0.25, negative=False), Share(0.25, 0.75, negative=False)], id="two legs"
        ),
        pytest.param(
            (0, 0, 4),
            [None, Share(0.0, 0.0, negative=False), Share(0.0, 1.0, negative=False)],
            id="a leg without delay",
        ),
        pytest.param((7, 7, 7), [None, None, None], id="all times are the same"),
        pytest.param((0, None, 4), [None, None, Share(0.0, 1.0, negative=False)], id="a delay over two legs"),
        pytest.param((None, 0, 4), [None, None, Share(0.0, 1.0, negative=False)], id="the first hop has no date"),
        pytest.param((None, None), [None, None], id="no dates"),
        pytest.param(
            (2, 0, 8),
            [None, Share(0.0, 0.25, negative=True), Share(0.0, 1.0, negative=False)],
            id="a clock that is slow",
        ),
    ],
)
def test_shares(seconds: tuple[int | None, ...], expected: list[Share | None]) -> None:
    assert list(shares(stamped(*seconds))) == expected


@given(st.lists(st.none() | st.integers(0, 20_000), max_size=8))
def test_shares_sum_to_at_most_the_total(seconds: list[int | None]) -> None:
    route = stamped(*seconds)
    result = shares(route)
    assert len(result) == len(route.hops)
    for hop, share in zip(route.hops, result, strict=True):
        if share is not None:
            assert hop.delay is not None
            assert share.negative == (hop.delay.total_seconds() < 0)
            assert 0 <= share.start <= 1
            assert 0 <= share.length <= 1
            assert share.start + share.length <= 1 + 1e-9
