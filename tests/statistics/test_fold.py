"""A bounded summary does not depend on order, parts or processes, and what it names is counted exactly."""

import random
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import permutations
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.model import Service
from hopscope.renderers import graph, stats
from hopscope.renderers.report import Report
from hopscope.renderers.report import render as report
from hopscope.renderers.stats.tables import TABLES
from hopscope.statistics import fold
from hopscope.statistics import summary as summaries
from hopscope.statistics.digest import NOT_SMTP, OUTSIDE, Digest, HopDigest, digest
from hopscope.statistics.saved import dumps, loads
from hopscope.statistics.summary import DAY, OTHER_DAYS, OTHERS, Leg, LegKey, Server, Slow, Summary
from hopscope.statistics.topology import topology

from .summaries import merged, summed

MOST, KINDS, DAYS = 3, 2, 4


@contextmanager
def limits(most: int = MOST, kinds: int = KINDS, days: int = DAYS, step: int = 1) -> Iterator[None]:
    with ExitStack() as stack:
        for name, value in {"MOST": most, "MOST_KINDS": kinds, "MOST_DAYS": days, "_STEP": step}.items():
            stack.enter_context(patch.object(summaries, name, value))
        yield


HOSTS = st.sampled_from(
    [
        None,
        OTHERS,
        "",
        "ex1",
        "localhost",
        "google.com",
        "Exchange Online",
        "192.0.2.1",
        "10.0.0.0/8",
        "gr\xfcn.example",
    ]
    + [f"{name}{domain}" for name in ("a.", "b.", "c.", "") for domain in ("one.example", "two.example")]
)
PRODUCTS = st.sampled_from([None, "Postfix", "Exim", "Exchange Server 2016", OTHERS])
BUILDS = st.sampled_from([None, "15.1.2507.39", "15.1.2507.6", "15.2.1.1", "9.9"])
TLS = st.sampled_from([None, NOT_SMTP, "TLS", "TLS1.2 A", "TLS1.2 B", "TLS1.0", "SSL9.9", "x y"])
STATUSES = st.sampled_from(["failed\t5.1.1", "delayed\t4.4.7", "\t", "odd\t", "failed\t9.x", "odd\t2.0.0"])


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    start = draw(st.integers(-3, 12)) * 3000 * DAY
    hops = [
        HopDigest(
            service=draw(st.sampled_from([Service.OTHER_MTA, Service.UNKNOWN, Service.TRANSPORT, Service.FRONT_END])),
            host=draw(HOSTS),
            product=draw(PRODUCTS),
            build=draw(BUILDS),
            time=None if (delay := draw(st.none() | st.integers(-5, 9))) is None else float(start + delay),
            delay=delay if number else None,
            hops_covered=1,
            tls=draw(TLS),
            corrected=draw(st.none() | st.just(1.0)) if delay is not None and number else None,
        )
        for number in range(draw(st.integers(0, 6)))
    ]
    return Digest(
        source=draw(st.sampled_from(["a:1", "a:2", "b"])),
        message_id=draw(st.sampled_from([None, "", "1"])),
        hops=tuple(hops),
        statuses=tuple(draw(st.lists(STATUSES, max_size=2))),
        held_by=draw(st.sampled_from([None, "x"])),
        held=draw(st.sampled_from([None, 1.0, 2.0])),
    )


def hop(host: str | None, service: Service = Service.OTHER_MTA, **values: str | float | None) -> HopDigest:
    defaults = {"product": None, "build": None, "time": None, "delay": None, "hops_covered": 1, "tls": None}
    return HopDigest(service=service, host=host, **{**defaults, **values})  # type: ignore[arg-type]


def unbounded(messages: Iterable[Digest]) -> Summary:
    with limits(1000, 1000, 1000):
        return summed(messages)


def divided(messages: list[Digest], chance: random.Random) -> Summary:
    """The messages, divided at random into a tree of summaries, some of which are bounded or saved and loaded."""
    if len(messages) < 2 or chance.random() < 0.2:
        part = summed(messages)
    else:
        cut = chance.randrange(len(messages) + 1)
        part = divided(messages[:cut], chance)
        part.merge(divided(messages[cut:], chance))
    match chance.randrange(4):
        case 0:
            part.bound()
        case 1:
            part = loads(dumps(part))
    return part


@settings(max_examples=100)
@given(st.lists(digests(), max_size=25), st.randoms(use_true_random=False))
def test_order_and_parts_do_not_change_a_bounded_summary(messages: list[Digest], chance: random.Random) -> None:
    shuffled = chance.sample(messages, len(messages))
    with limits():
        parts = divided(shuffled, chance)
        whole = summed(messages)
        assert dumps(parts) == dumps(whole)
        parts.bound()
        whole.bound()
        assert parts == whole


def test_merging_is_associative_and_commutative_where_names_are_grouped() -> None:
    messages = [
        Digest(source=str(number), message_id=None, hops=(hop(f"{number // 2}.example"), hop("ex1.own.example")))
        for number in range(30)
    ]
    with limits():
        a, b, c = (summed(messages[start::3]) for start in range(3))
        expected = dumps(summed(messages))
        for one, two, three in permutations((a, b, c)):
            assert dumps(merged(merged(one, two), three)) == dumps(merged(one, merged(two, three))) == expected


FEW_LEGS = [
    Digest(
        source="three legs, and two groups that count as names",
        message_id=None,
        hops=(hop("a.own.example", Service.FRONT_END), hop("b.example"), hop("c.own.example", Service.FRONT_END)),
    )
]


@settings(max_examples=100)
@example(FEW_LEGS)
@given(st.lists(digests(), max_size=25))
def test_names_are_counted_exactly_and_groups_have_the_others(messages: list[Digest]) -> None:
    everything = unbounded(messages)
    with limits():
        bounded = summed(messages).bounded()
    servers = set(everything.servers) - {OTHERS}
    kept = sorted(servers, key=fold.server)[:MOST] if len(servers) > MOST else servers
    assert set(bounded.servers) - {OTHERS} == set(kept)
    for host in kept:
        assert exact(bounded.servers[host]) == exact(everything.servers[host])
        assert_counts(bounded.servers[host].builds, everything.servers[host].builds, fold.product, KINDS)
    rest = Server()
    for host in {*servers, OTHERS} - set(kept):
        rest.merge(everything.servers.get(host, Server()))
    assert exact(bounded.servers.get(OTHERS, Server())) == exact(rest)
    assert_counts(bounded.servers.get(OTHERS, Server()).builds, rest.builds, fold.product, KINDS)

    named = {name for key in everything.legs for name in names_of(key)[:-1] if name != without_hosts(name)}
    kept_legs = sorted(named, key=fold.leg)[:MOST]
    groups: dict[LegKey, Leg] = {}
    for key, leg in everything.legs.items():
        name = next((name for name in names_of(key) if name in kept_legs), without_hosts(key))
        groups.setdefault(name, Leg()).merge(leg)
    assert bounded.legs.keys() == groups.keys()
    for key, leg in groups.items():
        shown = bounded.legs[key]
        assert (shown.count, shown.delay, shown.corrected, shown.loops) == (
            leg.count,
            leg.delay,
            leg.corrected,
            leg.loops,
        )
        assert_counts(shown.tls, leg.tls, fold.tls, KINDS)

    assert_counts(bounded.products, everything.products, fold.product, MOST)
    assert_counts(bounded.statuses, everything.statuses, fold.status, MOST)
    assert_counts(
        {day: period.messages for day, period in bounded.days.items()},
        {day: period.messages for day, period in everything.days.items()},
        fold.day,
        DAYS,
        OTHER_DAYS,
    )
    for field in ("messages", "hops", "undated", "first", "last", "services", "total", "hours", "slowest", "findings"):
        assert getattr(bounded, field) == getattr(everything, field)


def exact(server: Server) -> tuple[int, dict[str, int]]:
    return server.count, server.services


def names_of(key: LegKey) -> tuple[LegKey, ...]:
    """The leg; the group of its Exchange server, if the other end is outside; and the group of its services."""
    sent, received = key.from_service in OUTSIDE, key.to_service in OUTSIDE
    if sent is received or key.from_service is None:
        return key, without_hosts(key)
    return key, key._replace(**{"from_host" if sent else "to_host": OTHERS}), without_hosts(key)


def without_hosts(key: LegKey) -> LegKey:
    return LegKey(key.from_service, key.from_service and OTHERS, key.to_service, OTHERS)


Name = TypeVar("Name", str, int)


def assert_counts(
    bounded: dict[Name, int],
    everything: dict[Name, int],
    priority: Callable[[Name], bytes],
    most: int,
    others: Name = OTHERS,  # type: ignore[assignment]
) -> None:
    """The first names have all their counts, and the group has those of the others."""
    named = sorted((name for name in everything if name != others), key=priority)[:most]
    expected = {name: everything[name] for name in named}
    if rest := sum(everything.values()) - sum(expected.values()):
        expected[others] = rest
    assert bounded == expected


def flood(number: int) -> list[Digest]:
    """Messages between systems that occur once, each with another build, TLS, status and day."""
    return [
        Digest(
            source=str(index),
            message_id=None,
            hops=(
                hop(f"sender{index}.example", tls=f"TLS1.2 {index}", time=float(-index * DAY)),
                hop(f"filter{index}.example", product=f"filter {index}", time=float(-index * DAY)),
            ),
            statuses=(f"failed\t{index}",),
        )
        for index in range(number)
    ]


def test_strangers_do_not_displace_the_names_of_the_organisation() -> None:
    own = Digest(
        source="own",
        message_id=None,
        hops=(
            hop("google.com", Service.OTHER_MTA, product="Postfix", time=1_700_000_000.0),
            hop(
                "ex1.own.example",
                Service.TRANSPORT,
                product="Exchange Server 2016",
                build="15.1.2507.39",
                tls="TLS1.3 A",
                time=1_700_000_001.0,
            ),
            hop("ex2.own.example", Service.FRONT_END, tls=NOT_SMTP, time=1_700_000_002.0),
        ),
        statuses=("failed\t5.1.1",),
    )
    with limits(most=20, days=20):
        whole = summed([*flood(300), own, *flood(300)]).bounded()
    assert len(whole.servers) == 21
    assert {"google.com", "ex1.own.example", "ex2.own.example", OTHERS} <= whole.servers.keys()
    assert LegKey(Service.OTHER_MTA, "google.com", Service.TRANSPORT, "ex1.own.example") in whole.legs
    assert LegKey(Service.TRANSPORT, "ex1.own.example", Service.FRONT_END, "ex2.own.example") in whole.legs
    assert whole.products["Exchange Server 2016\t15.1.2507.39"] == 1
    assert whole.statuses["failed\t5.1.1"] == 1
    assert int(1_700_000_002 // DAY) in whole.days
    assert whole.grouped == ["builds", "days", "legs", "products", "servers", "statuses", "tls"]


def test_hops_of_a_server_with_systems_that_are_not_named_are_counted_for_the_server() -> None:
    pairs = [(f"{number}.example", f"ex{number % 2}.own.example") for number in range(200)]
    arrived = [
        Digest(source="x", message_id=None, hops=(hop(system), hop(server, Service.FRONT_END)))
        for system, server in pairs
    ]
    left = [
        Digest(source="x", message_id=None, hops=(hop(server, Service.TRANSPORT), hop(system)))
        for system, server in pairs
    ]
    with limits(most=20):
        whole = summed([*arrived, *left]).bounded()
    for server in ("ex0.own.example", "ex1.own.example"):
        into = sum(leg.count for key, leg in whole.legs.items() if key.from_host and key.to_host == server)
        out = sum(leg.count for key, leg in whole.legs.items() if key.from_host == server)
        assert (into, out) == (100, 100)
        assert whole.legs[LegKey(Service.OTHER_MTA, OTHERS, Service.FRONT_END, server)].count > 50
        assert whole.legs[LegKey(Service.TRANSPORT, server, Service.OTHER_MTA, OTHERS)].count > 50


def test_days_from_1995_to_2039_are_kept() -> None:
    days = [*range(-60_000, 60_000, 7), *range(9131, 25567)]  # 1 January 1995 to 31 December 2039
    kept = sorted(set(days), key=fold.day)[: summaries.MOST_DAYS]
    assert {*range(9131, 25567)} <= {*kept}


@pytest.mark.parametrize("position", [0, 1])
def test_a_frequent_name_without_priority_is_among_the_others(position: int) -> None:
    hosts = sorted((f"{number}.example" for number in range(MOST + 1)), key=fold.server)
    rare = [Digest(source="x", message_id=None, hops=(hop(host),)) for host in hosts[:-1]]
    frequent = [Digest(source="x", message_id=None, hops=(hop(hosts[-1]),))] * 50
    with limits():
        whole = summed([*rare, *frequent] if position else [*frequent, *rare]).bounded()
    assert {host: server.count for host, server in whole.servers.items()} == {
        **dict.fromkeys(hosts[:-1], 1),
        OTHERS: 50,
    }


def test_a_summary_to_which_is_only_added_does_not_grow_without_limit() -> None:
    with limits(most=20, days=20, step=10):
        whole = summed(flood(500))
        parts = [summed(flood(500)[start : start + 5]) for start in range(0, 500, 5)]
        joined = merged(*parts)
    for summary in (whole, joined):
        for names in (summary.servers, summary.legs, summary.products, summary.statuses, summary.days):
            assert 20 < len(names) < 50
        assert all(len(server.builds) < 20 for server in summary.servers.values())
        assert all(len(leg.tls) < 20 for leg in summary.legs.values())


def test_a_bounded_copy_and_a_saved_summary_do_not_change_the_original() -> None:
    whole, same = unbounded(flood(30)), unbounded(flood(30))
    with limits():
        small = whole.bounded()
        assert dumps(whole) == dumps(small)
        assert small.bounded() == small != whole
    assert whole == same
    assert whole.bounded() is whole


def test_a_summary_saved_with_more_names_is_bounded_when_it_is_loaded() -> None:
    saved = dumps(unbounded(flood(30)))
    with limits():
        assert loads(saved) == summed(flood(30)).bounded()
    assert len(loads(saved).servers) == 60


@pytest.mark.parametrize("most", [MOST, 1000])
def test_counts_are_lower_bounds_where_another_version_grouped_names(most: int) -> None:
    with limits(most=most, kinds=100, days=100):
        saved = dumps(summed(flood(30)))
        earlier = loads(re.sub('"fold":"[^"]*"', '"fold":""', saved))
        assert earlier.lower_bounds is (most == MOST)
        assert merged(loads(saved), earlier).lower_bounds is earlier.lower_bounds
        assert loads(dumps(earlier)) == earlier
        for whole, words in ((earlier, "lower bounds"), (loads(saved), "Counts are exact")):
            assert (words in stats.render("plain", stats.Content(summary=whole))) is (most == MOST)


def test_names_with_invalid_bytes_are_the_same_in_a_saved_summary() -> None:
    field = b"from a.example by gr\xfcn.ex\xfc.example (F\xfcr) with ESMTPS id 1; Mon, 3 Jun 2024 18:02:35 +0000"
    analysis = analyze(hopscope.read(b"Received: " + field + b"\nMessage-ID: <\xfc>\n\n"))
    whole = summed([digest(analysis)])
    assert merged(loads(dumps(whole)), whole) == merged(whole, whole)


def test_an_analysis_is_digested() -> None:
    analysis = analyze(hopscope.read(b"Received: from a.example by b.example; Mon, 3 Jun 2024 18:02:35 +0000\n\n"))
    whole = Summary()
    whole.add(analysis)
    assert whole == summed([digest(analysis)])
    assert whole.analyzed == 1


def test_the_slowest_messages_do_not_depend_on_the_order() -> None:
    slow = [Slow(5.0, "same", None, held_by, held) for held_by in (None, "", "x", "y") for held in (None, 1.0, 2.0)]
    parts = [Summary(slowest=[message]) for message in slow]
    with patch.object(summaries, "SLOWEST", 5):
        expected = merged(*parts).slowest
        for start in range(len(parts)):
            turned = [*parts[start:], *reversed(parts[:start])]
            assert merged(*turned).slowest == expected
            assert merged(merged(*turned[:4]), merged(*turned[4:])).slowest == expected


def outputs(whole: Summary) -> dict[str, str]:
    """Everything that is rendered from a summary, in every format."""
    contents = {"overview": stats.Content(summary=whole), "all": stats.Content(summary=whole, by=tuple(TABLES), top=0)}
    network = topology(whole, 2)
    texts = {
        f"{name} {format_}": stats.render(format_, contents[name]) for name in contents for format_ in stats.FORMATS
    }
    texts |= {f"graph {format_}": graph.render(format_, network, width=100) for format_ in graph.FORMATS}
    return {**texts, "report": "".join(report(Report(title="", summary=whole, observations=network.notable)))}


@pytest.mark.parametrize("most", [5, 1000])
def test_what_is_rendered_does_not_depend_on_the_order(most: int, samples: Path) -> None:
    analyses = [analyze(hopscope.read(path.read_bytes())) for path in sorted(samples.rglob("*.eml"))]
    messages = [digest(analysis) for analysis in analyses]
    with limits(most=most, kinds=2, days=3):
        forward, backward = summed(messages), merged(*[summed([message]) for message in reversed(messages)])
        one, two = outputs(forward.bounded()), outputs(backward.bounded())
    assert ("servers" in forward.bounded().grouped) is (most == 5)
    for name, text in one.items():
        assert two[name] == text, name


def passing(tail: HopDigest, head: HopDigest, count: int) -> list[Digest]:
    return [Digest(source="x", message_id=None, hops=(tail, head))] * count


def test_what_grouped_legs_may_hide_is_not_observed() -> None:
    """Systems send to two servers, evenly, and receive from both; some of these legs are grouped."""
    ends = [hop(f"ex{number}.own.example", Service.FRONT_END) for number in range(2)]
    systems = [hop(f"{number}.example") for number in range(30)]
    messages = [
        message
        for system in systems
        for end in ends
        for message in (*passing(system, end, 30), *passing(end, system, 30))
    ]
    complete = topology(summed(messages))
    with limits(most=40):
        partial = topology(summed(messages).bounded())
    (shares,) = complete.observations
    assert shares.text.startswith("30 other systems distribute 1,800 messages evenly")
    (shares,) = partial.observations
    assert shares.nodes[0] == "other MTA@(others)", "all that are not named, so that none of their legs is missing"
    counted = graph.render("plain", partial).partition("\n")[0]
    assert counted.startswith("2 services on 2 Exchange servers, at least ")
    assert counted.endswith("connections, 3,600 messages")


def test_observations_count_the_systems_that_share_a_node() -> None:
    """60 systems send to the only server, directly or over two others."""
    edge, others = hop("edge.own.example", Service.EDGE_TRANSPORT), [f"ex{n}.own.example" for n in range(2)]
    inbound = [
        Digest(source="x", message_id=None, hops=(hop(f"{number}.example"), edge, hop(host, Service.FRONT_END)))
        for number in range(60)
        for host in others
    ]
    whole = topology(summed(inbound), 10)
    assert "50 other systems" in {node.key for node in whole.nodes}
    (single,) = (seen for seen in whole.observations if seen.kind == "single point")
    assert single.text.endswith("it receives from 60 and sends to 2.")
    with limits(most=40):
        partial = topology(summed(inbound).bounded(), 10)
    (single,) = (seen for seen in partial.observations if seen.kind == "single point")
    assert re.search(r"it receives from at least [0-9]{2} and sends to 2\.$", single.text)
    direct = [
        message
        for number in range(60)
        for host in others
        for message in passing(hop(f"{number}.example"), hop(host, Service.FRONT_END), 20)
    ]
    (shares,) = topology(summed(direct), 10).observations
    assert shares.text.startswith("60 other systems distribute 2,400 messages evenly")


def test_a_loop_with_grouped_legs_is_observed() -> None:
    path = [("ex1.own.example", Service.TRANSPORT), ("loop.example", Service.OTHER_MTA)] * 4
    looping = Digest(source="loop", message_id=None, hops=tuple(hop(host, service) for host, service in path))
    everything = topology(summed([looping]))
    assert [observation.kind for observation in everything.observations if observation.kind == "loop"]
    for most in range(1, 6):
        with limits(most=most):
            network = topology(summed([looping, *flood(30)]).bounded())
        assert [observation.kind for observation in network.observations if observation.kind == "loop"]


@settings(max_examples=30)
@given(st.lists(digests(), max_size=25), st.randoms(use_true_random=False))
def test_what_is_drawn_does_not_depend_on_the_order(messages: list[Digest], chance: random.Random) -> None:
    with limits():
        one = topology(summed(messages).bounded(), 2)
        two = topology(divided(chance.sample(messages, len(messages)), chance).bounded(), 2)
    assert one == two
    for format_ in graph.FORMATS:
        assert graph.render(format_, one, width=100) == graph.render(format_, two, width=100)


def test_builds_and_ciphers_are_bounded_by_merging_alone() -> None:
    server, tail = hop("ex1.own.example", Service.TRANSPORT), hop("ex2.own.example", Service.TRANSPORT)
    with limits(most=20, step=10**6):
        joined = merged(
            *[
                summed(
                    [Digest(source="x", message_id=None, hops=(tail, replace(server, build=str(n), tls=f"TLS1.2 {n}")))]
                )
                for n in range(100)
            ]
        )
    assert len(joined.servers["ex1.own.example"].builds) < 10
    assert all(len(leg.tls) < 10 for leg in joined.legs.values())
