"""Summaries: independent of order and grouping, exact totals when bounded, saved without loss."""

from itertools import pairwise, permutations
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.errors import OptionError
from hopscope.model import Scenario, Service, Severity
from hopscope.renderers.graph import render as draw
from hopscope.renderers.stats import Content, render
from hopscope.renderers.stats.figures import Figures
from hopscope.renderers.stats.tables import TABLES
from hopscope.statistics import summary as summaries
from hopscope.statistics.digest import Digest, HopDigest, digest, route_digest
from hopscope.statistics.saved import dumps, loads
from hopscope.statistics.sketch import ERROR, Sketch
from hopscope.statistics.summary import EXAMPLES, OTHERS, FindingCount, FindingKey, LegKey, Summary
from hopscope.statistics.topology import topology

from .summaries import merged, summed

HOSTS = st.sampled_from([None, "a.example", "b.example", "*", "ex1", "c.example"]) | st.text(max_size=4)
TIMES = (
    st.none()
    | st.integers(-1_000, 3_000_000_000).map(float)
    | st.floats(0, 2_000_000_000).map(lambda time: round(time, 6))
)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    hops: list[HopDigest] = []
    before: float | None = None
    spans = 1
    for _ in range(draw(st.integers(0, 5))):
        time = draw(TIMES)
        delay = round(time - before, 6) if time is not None and before is not None else None
        service, build = draw(st.sampled_from(Service)), draw(st.none() | st.sampled_from(["15.1.2.3", "15.2.1.1"]))
        tls = draw(st.none() | st.sampled_from(["TLS", "TLS1.2 A-B", "TLS1.0"]))
        covered = spans if delay is not None else 1
        corrected = draw(st.none() | st.integers(0, 10_000)) if delay is not None else None
        product = draw(st.none() | st.text(max_size=3))
        hops.append(HopDigest(service, draw(HOSTS), product, build, time, delay, covered, tls, corrected))
        before, spans = (before, spans + 1) if time is None else (time, 1)
    judged = draw(st.booleans())
    codes = st.tuples(st.sampled_from(["HOP101", "HOP201"]), st.sampled_from(Severity))
    return Digest(
        source=draw(st.text(max_size=6)),
        message_id=draw(st.none() | st.text(max_size=3)),
        hops=tuple(hops),
        scenario=draw(st.sampled_from(Scenario)) if judged else None,
        findings=tuple(draw(st.lists(codes, max_size=3))) if judged else None,
    )


FEW = settings(max_examples=20)  # digests take long to make; with --fuzz, the time decides


@given(st.lists(digests(), max_size=8), st.randoms(use_true_random=False), st.integers(0, 8), st.integers(0, 8))
def test_order_and_grouping_do_not_change_the_summary(
    messages: list[Digest], random: object, one: int, other: int
) -> None:
    whole = summed(messages)
    shuffled = list(messages)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert summed(shuffled) == whole
    first, second = sorted((one, other))
    a, b, c = (summed(part) for part in (shuffled[:first], shuffled[first:second], shuffled[second:]))
    assert merged(a, b, c) == merged(merged(a, b), c) == merged(a, merged(b, c)) == merged(c, a, b) == whole


def outputs(whole: Summary) -> list[str]:
    """The output of a summary: its file, and every printed table."""
    content = Content(summary=whole, by=tuple(TABLES), top=0)
    printed = [render(format_, content) for format_ in ("json", "csv")]
    return [dumps(whole), *printed, draw("json", topology(whole, 1), width=80)]


def slow(message_id: str | None, name: str | None = "a.example") -> Digest:
    hops = tuple(HopDigest(Service.OTHER_MTA, name, None, None, time, None, 1, None) for time in (0.0, 60.0))
    return Digest(source="same", message_id=message_id, hops=hops)


@FEW
@example([slow(None), slow("")], [1, 0], set(), set())
@example([slow("1", None), slow("1", "")], [1, 0], set(), set())
@given(
    st.lists(digests(), max_size=8), st.permutations(range(8)), st.sets(st.integers(1, 7)), st.sets(st.integers(1, 7))
)
def test_order_and_parts_do_not_change_the_output(
    messages: list[Digest], order: list[int], cuts: set[int], kept: set[int]
) -> None:
    shuffled = [messages[place] for place in order if place < len(messages)]
    parts = [summed(shuffled[first:last]) for first, last in pairwise([0, *sorted(cuts), len(messages)])]
    stored = [loads(dumps(part)) if place in kept else part for place, part in enumerate(parts)]
    assert outputs(merged(*stored)) == outputs(summed(messages))


def test_keys_of_legs_are_in_the_same_order_when_they_come_from_a_file() -> None:
    hops = [HopDigest(service, "a.example", None, None, None, None, 1, None) for service in Service]
    whole = summed([Digest(source="x", message_id=None, hops=(hop,)) for hop in hops])
    assert dumps(loads(dumps(whole))) == dumps(whole)


@FEW
@given(digests(), digests())
def test_merging_does_not_change_the_other_summary(one: Digest, two: Digest) -> None:
    other = summed([two])
    both = merged(summed([one]), other)
    both.add(one)
    both.merge(other)
    assert other == summed([two])


@FEW
@given(st.lists(digests(), max_size=8))
def test_a_saved_summary_is_loaded_without_loss(messages: list[Digest]) -> None:
    whole = summed(messages)
    assert loads(dumps(whole)) == whole
    assert dumps(summed(reversed(messages))) == dumps(whole)


def test_bytes_that_are_not_text_can_be_saved() -> None:
    hop = HopDigest(Service.OTHER_MTA, "gr\udcfcn", None, None, 1, None, 1, None)
    assert r"gr\udcfcn" in loads(dumps(summed([Digest(source="\udcff", message_id=None, hops=(hop,))]))).servers


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b'{"schema": "hopscope-summary/9"}', b'{"schema": "hopscope/2", "hops": []}']
)
def test_other_documents_are_refused(data: bytes) -> None:
    with pytest.raises(OptionError, match="not a summary"):
        loads(data)


IMPLAUSIBLE = [
    ('["Transport","a.example"', '["Transqort","a.example"', "unknown service 'Transqort'"),
    ('"Transport","a.example"]', '"\\u202ex","a.example"]', "unknown service"),
    ('"services":{"Transport"', '"services":{"Trans"', "unknown service 'Trans'"),
    ('"messages":1,', '"messages":1e99,', "got `float`"),
    ('"messages":1,', '"messages":-1,', "Expected `int` >= 0"),
    ('"messages":1,', '"messages":NaN,', "JSON is malformed"),
    ('"messages":1,', '"messages":true,', "got `bool`"),
    ('"messages":1,', '"messages":null,', "got `null`"),
    ('"messages":1,', '"messages":' + "9" * 30 + ",", "not a summary"),
    ('"hops":2,', '"hops":-' + "9" * 5000 + ",", "not a summary"),
    ('"hops":2,', '"hops":2,"later":' + "[" * 100_000, "nested too deeply"),
    ('"hops":2,', '"hops":2,"later":' + '{"a":' * 100_000, "nested too deeply"),
    ('"first":1700000060', '"first":1e300', "Expected `float` <="),
    ('"first":1700000060', '"first":-Infinity', "JSON is malformed"),
    ('"hours":{"', '"hours":{"9', "at `key` in `\\$.hours`"),
    ('"hours":{"', '"hours":{"-', "at `key` in `\\$.hours`"),
    ('"days":{"', '"days":{"9999', "at `key` in `\\$.days`"),
    ('"days":{"', '"days":{"-999', "a day before the year 1"),
    ('"buckets":{"', '"buckets":{"99999', "at `key` in `"),
    ('"buckets":{"', '"buckets":{"-99999', "at `key` in `"),
    ('"count":1,"least":60', '"count":2,"least":60', "durations whose numbers do not agree"),
    ('"least":60,', '"least":null,', "durations whose numbers do not agree"),
    ('"microseconds":60000000', '"microseconds":' + "9" * 400, "durations whose numbers do not agree"),
    ('"negative":0', '"negative":2', "durations whose numbers do not agree"),
    ('"servers":[', '"servers":[{"host":"a.example","seen":{}},', "one of the servers twice"),
]


@pytest.mark.parametrize(("original", "changed", "reason"), IMPLAUSIBLE)
def test_a_summary_with_impossible_values_is_refused(original: str, changed: str, reason: str) -> None:
    hops = tuple(
        HopDigest(Service.TRANSPORT, "a.example", None, None, time, 60.0 if number else None, 1, None)
        for number, time in enumerate((1_700_000_000.0, 1_700_000_060.0))
    )
    saved = dumps(summed([Digest(source="a.eml", message_id=None, hops=hops)]))
    assert loads(saved).messages == 1
    assert original in saved, saved
    with pytest.raises(OptionError, match=reason):
        loads(saved.replace(original, changed))


def test_a_summary_of_the_previous_version_is_identified() -> None:
    with pytest.raises(OptionError, match="saved by an earlier version"):
        loads(b'{"schema": "hopscope-stats/1", "messages": 1}')
    with pytest.raises(OptionError, match="saved by an earlier version"):
        loads(b'{"schema": "hopscope-summary/2", "messages": 1}')
    with pytest.raises(OptionError, match="the JSON output of `hopscope stats` and not a summary"):
        loads(b'{"schema": "hopscope-stats/2", "messages": 1}')


def totals(whole: Summary) -> tuple[object, ...]:
    """The totals that remain exact when a summary is bounded."""
    legs = merged(whole).legs.values()
    delays = Sketch()
    for leg in legs:
        delays.merge(leg.delay)
    tls: dict[bool, int] = {}
    for leg in legs:
        for kind, count in leg.tls.items():
            tls[kind == ""] = tls.get(kind == "", 0) + count
    builds = sum(count for server in whole.servers.values() for count in server.builds.values())
    seen = sum(server.count for server in whole.servers.values())
    days = sum(day.messages for day in whole.days.values())
    products = sum(whole.products.values())
    counts = (sum(leg.count for leg in legs), delays, tls, builds, seen, days, products)
    return whole.messages, whole.hops, whole.services, *counts


@FEW
@given(st.lists(digests(), max_size=20))
def test_a_bounded_summary_is_small_and_has_the_same_totals(messages: list[Digest]) -> None:
    whole, bounded = summed(messages), summed(messages)
    with (
        patch.object(summaries, "MOST", 3),
        patch.object(summaries, "MOST_KINDS", 2),
        patch.object(summaries, "MOST_DAYS", 2),
    ):
        bounded.bound()
        once = merged(bounded)
        bounded.bound()
    assert bounded == once
    assert totals(bounded)[:5] == totals(whole)[:5]
    assert totals(bounded)[6:] == totals(whole)[6:]
    assert len([host for host in bounded.servers if host != OTHERS]) <= 3
    named = [key for key in bounded.legs if key.to_host != OTHERS or key.from_host not in {OTHERS, None}]
    assert len(named) <= 3
    assert len(bounded.days) <= 3
    assert all(len(server.builds) <= 3 for server in bounded.servers.values())
    assert len(bounded.products) <= 4


@pytest.mark.parametrize(
    "sources",
    [
        ["a.mbox:6", "a.mbox:15", "a.mbox:24", "a.mbox:100"],
        ["-:2", "-:10", "a.mbox:3", "b.mbox:1"],
        ["a.zip:b.mbox:9", "a.zip:b.mbox:10", "a.zip:c.mbox:1"],
        ["a.eml", "a.eml:attached:2", "a.eml:attached:10", "b.eml"],
        ["", ":1", "-", "1", "a", "a:1"],
        ["a:7", "a:8", "a:" + "1" * 5000],
    ],
)
def test_examples_of_a_finding_are_in_the_order_of_the_messages(sources: list[str]) -> None:
    for order in permutations(sources):
        one_by_one, left, right = FindingCount(), FindingCount(), FindingCount()
        for number, source in enumerate(order):
            one_by_one.merge(FindingCount(1, 1, [source]))
            (left if number % 2 else right).merge(FindingCount(1, 1, [source]))
        left.merge(right)
        assert one_by_one.examples == left.examples == sources[:EXAMPLES]


def test_examples_of_a_finding_are_distinct() -> None:
    sources = ("b.eml", "a.eml", "b.eml", "b.eml")
    findings = (("HOP101", Severity.WARNING), ("HOP101", Severity.INFO))
    whole = summed(Digest(source=source, message_id=None, hops=(), findings=findings) for source in sources)
    for counted in whole.findings.values():
        assert (counted.count, counted.messages, counted.examples) == (4, 4, ["a.eml", "b.eml"])
    twice = merged(whole, whole).findings
    assert list(twice) == [FindingKey("HOP101", Severity.WARNING), FindingKey("HOP101", Severity.INFO)]
    assert twice[FindingKey("HOP101", Severity.INFO)].examples == ["a.eml", "b.eml"]


def test_products_and_builds_of_grouped_names_are_complete() -> None:
    hops = [
        HopDigest(Service.TRANSPORT, host, "Exchange Online", f"15.20.{build}.1", None, None, 1, None)
        for host in ("outlook.com", *map(str, range(50)))
        for build in range(40)
    ]
    whole = summed([Digest(source="x", message_id=None, hops=tuple(hops))])
    with patch.object(summaries, "MOST", 40):
        whole.bound()
    assert whole.grouped == ["builds", "legs", "servers"]
    assert whole.products == {f"Exchange Online\t15.20.{build}.1": 51 for build in range(40)}
    rows = TABLES["product"](Figures(whole)).rows
    assert {row[2] for row in rows} == {51}
    assert {row[3] for row in rows} == {40, None}, "unknown if only grouped servers have it"


def test_a_small_summary_is_not_reduced() -> None:
    hop = HopDigest(Service.TRANSPORT, "ex1", "Exchange Server 2016", "15.1.2507.39", 1, None, 1, None)
    whole = summed([Digest(source="x", message_id=None, hops=(hop,))])
    whole.bound()
    assert whole.grouped == []
    assert whole.legs.keys() == {LegKey(None, None, "Transport", "ex1")}


DURATIONS = st.floats(-1e7, 1e7, allow_nan=False).map(lambda seconds: round(seconds, 3))


@given(st.lists(DURATIONS, min_size=1), st.floats(0, 1))
def test_the_error_of_a_quantile_is_at_most_one_percent(durations: list[float], share: float) -> None:
    sketch = Sketch()
    for duration in durations:
        sketch.add(duration)
    exact = sorted(durations)[max(-(-share * len(durations) // 1), 1).__int__() - 1]
    found = sketch.quantile(share)
    assert found is not None
    assert abs(found - exact) <= ERROR * abs(exact) + 0.001
    assert (sketch.count, sketch.least, sketch.most) == (len(durations), min(durations), max(durations))
    assert sketch.negative == sum(duration < 0 for duration in durations)
    assert sketch.total == pytest.approx(sum(durations), abs=1e-3)


def test_an_empty_sketch_has_no_quantiles() -> None:
    assert Sketch().quantile(0.5) is None


def test_a_message_with_one_dated_hop_has_no_duration() -> None:
    dated = HopDigest(Service.TRANSPORT, "a.example", None, None, 1_700_000_000.0, None, 1, None)
    summary = Summary()
    summary.add(Digest(source="a", message_id=None, hops=(dated, msgspec.structs.replace(dated, time=None))))
    assert (summary.total.count, [day.total.count for day in summary.days.values()]) == (0, [0])
    assert summary.last == dated.time


def test_recipients_of_reports_are_counted_by_status_code() -> None:
    report = (
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
        b"Final-Recipient: rfc822;a@b.example\nAction: failed\nStatus: 5.1.1\n\n"
        b"Final-Recipient: rfc822;c@b.example\nAction: failed\nStatus: 5.1.1\n\n"
        b"Final-Recipient: rfc822;d@b.example\nAction: delayed\n--b--\n"
    )
    quick, complete = route_digest(hopscope.read(report)), digest(analyze(hopscope.read(report)))
    both = merged(summed([quick]), summed([complete]))
    assert both.statuses == {"failed\t5.1.1": 4, "delayed\t": 2}
    assert loads(dumps(both)) == both


def test_a_summary_without_holders_is_loaded() -> None:
    hop = HopDigest(Service.TRANSPORT, "ex1", None, None, 1.0, None, 1, None)
    later = HopDigest(Service.TRANSPORT, "ex2", None, None, 3.0, 2.0, 1, None)
    whole = summed([Digest(source="x", message_id=None, hops=(hop, later), held_by="ex1 Transport", held=2.0)])
    earlier = dumps(whole).replace('"held":2,"held_by":"ex1 Transport",', "")
    assert "held" not in earlier
    assert loads(dumps(whole)) == whole
    assert [(slow.held_by, slow.held) for slow in loads(earlier).slowest] == [(None, None)]
