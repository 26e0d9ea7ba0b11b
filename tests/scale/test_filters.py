"""Filters of messages: what they select, the same in every command and for any division into chunks."""

import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hopscope.config.settings import Settings
from hopscope.model import Scenario, Service
from hopscope.scale.checking import check_chunk
from hopscope.scale.exporting import rows
from hopscope.scale.filters import HOST, MESSAGE_ID, MessageFilter, NamePattern, Selected, bare_id
from hopscope.scale.lines import lines
from hopscope.scale.reporting import inspect
from hopscope.scale.selecting import ORDERS, SortedMessage, first, select
from hopscope.scale.summarize import summarize
from hopscope.scale.work import Chunk
from hopscope.sources import Message
from hopscope.statistics.digest import outside_name

from ..corpora import blocks

TWO_HOPS = b"""\
Received: from EX16-01.corp.example (10.0.0.1) by EX16-02.corp.example ([10.0.0.2])
 with Microsoft SMTP Server (TLS) id 15.1.2507.39; Mon, 3 Jun 2024 14:05:11 +0000
Received: from mail.partner.example (mx7.partner.example [192.0.2.7]) by
 EX16-01.corp.example ([2001:db8:0:0::1]) with Microsoft SMTP Server id 15.1.2507.39
 via Frontend Transport; Mon, 3 Jun 2024 14:00:01 +0000
Message-ID: <A[1].b@partner.example>
"""
UNDATED = TWO_HOPS.replace(b"; Mon, 3 Jun 2024 14:05:11 +0000", b"").replace(b"; Mon, 3 Jun 2024 14:00:01 +0000", b"")
END = datetime.fromisoformat("2024-06-03T14:05:11+00:00").timestamp()


def chunk_of(*texts: bytes) -> Chunk:
    return [Message(source=f"{number}.eml", data=text) for number, text in enumerate(texts, 1)]


def sources(chunk: Chunk, filter_: MessageFilter | None) -> list[str]:
    return [message.message.source for message in select(chunk, filter_=filter_).messages]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (MessageFilter(hosts=("ex16-02.corp.example",)), True),
        (MessageFilter(hosts=("ex16-02",)), True),
        (MessageFilter(hosts=("ex16-*",)), True),
        (MessageFilter(hosts=("ex1?-02",)), True),
        (MessageFilter(hosts=("ex16",)), False),
        (MessageFilter(hosts=("corp.example",)), True),
        (MessageFilter(hosts=("partner.example",)), True),
        (MessageFilter(hosts=("artner.example",)), False),
        (MessageFilter(hosts=("example",)), False),
        (MessageFilter(hosts=("0.2.7",)), False),
        (MessageFilter(hosts=("10.0.0.0/8",)), True),
        (MessageFilter(hosts=("exchange online",)), False),
        (MessageFilter(hosts=("mail.partner.example",)), True),
        (MessageFilter(hosts=("mx7",)), True),
        (MessageFilter(hosts=("192.0.2.7",)), True),
        (MessageFilter(hosts=("192.0.2.*",)), True),
        (MessageFilter(hosts=("192",)), False),
        (MessageFilter(hosts=("2001:db8::1",)), True),
        (MessageFilter(hosts=("nowhere", "ex16-01")), True),
        (MessageFilter(hosts=("nowhere",)), False),
        (MessageFilter(message_ids=("a[1].b@partner.example",)), True),
        (MessageFilter(message_ids=("*@partner.example",)), True),
        (MessageFilter(message_ids=("a1.b@partner.example",)), False),
        (MessageFilter(findings=("HOP",)), True),
        (MessageFilter(slower_than=timedelta(minutes=5)), True),
        (MessageFilter(slower_than=timedelta(minutes=5, seconds=10)), False),
        (MessageFilter(services=(Service.FRONT_END,)), True),
        (MessageFilter(services=(Service.EDGE_TRANSPORT,)), False),
        (MessageFilter(services=(Service.FRONT_END,), hosts=("nowhere",)), False),
        (MessageFilter(since=END), True),
        (MessageFilter(since=END + 1), False),
        (MessageFilter(until=END + 1), True),
        (MessageFilter(until=END), False),
        (MessageFilter(findings=("HOP110",)), True),
        (MessageFilter(findings=("HOP1", "HOP2")), True),
        (MessageFilter(findings=("HOP4",)), False),
        (MessageFilter(scenarios=(Scenario.RELAY,)), False),
    ],
    ids=str,
)
def test_a_message_is_selected_if_it_meets_every_condition(filter_: MessageFilter, *, expected: bool) -> None:
    assert bool(sources(chunk_of(TWO_HOPS), filter_)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<A@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("Message-ID: <a@b.example> (added by x)", "a@b.example"),
        ("< a@b.example >", "a@b.example"),
        ("<a@b.example", "a@b.example"),
        ("a@b.example>", "a@b.example"),
        ("<>", ""),
        (None, ""),
    ],
)
def test_a_message_id_is_the_text_in_angle_brackets(text: str | None, expected: str) -> None:
    assert bare_id(text) == expected


def test_a_message_without_a_date_is_in_no_period_and_counted_only_if_all_else_matches() -> None:
    in_period = MessageFilter(since=0.0)
    for filter_, undated in (
        (in_period, 1),
        (MessageFilter(since=0.0, hosts=("ex16-01",)), 1),
        (MessageFilter(since=0.0, hosts=("nowhere",)), 0),
        (MessageFilter(hosts=("ex16-01",)), 0),
    ):
        result = select(chunk_of(UNDATED), filter_=filter_)
        assert result.selected is not None
        assert (result.selected.read, result.selected.undated) == (1, undated)
        assert bool(result.messages) is not filter_.limits_period


@pytest.mark.parametrize(
    ("pattern", "nearest"),
    [
        (NamePattern(HOST, "ex61-02"), ["ex16-02.corp.example", "ex16-01.corp.example"]),
        (NamePattern(HOST, "ex16-02.crop.example"), ["ex16-02.corp.example", "ex16-01.corp.example"]),
        (NamePattern(HOST, "smtp.elsewhere.example.org"), []),
        (NamePattern(MESSAGE_ID, "a[2].b@partner.example"), ["a[1].b@partner.example"]),
        (NamePattern(MESSAGE_ID, "ex16-02"), []),
    ],
)
def test_a_name_in_no_message_has_only_similar_suggestions(pattern: NamePattern, nearest: list[str]) -> None:
    texts = (pattern.text,)
    filter_ = MessageFilter(hosts=texts) if pattern.option == HOST else MessageFilter(message_ids=texts)
    selected = select(chunk_of(TWO_HOPS), filter_=filter_).selected
    assert selected is not None
    assert pattern not in selected.occurring
    assert [name for _, name in selected.nearest[pattern]] == nearest


@cache
def corpus() -> Chunk:
    return chunk_of(TWO_HOPS, UNDATED, b"Subject: no field\n\n", *blocks()[::20])


@cache
def records() -> dict[str, dict[str, Any]]:
    """The messages as JSON, by source."""
    written = lines(corpus(), tz=None).text.splitlines()
    return {record["source"]: record for record in map(json.loads, written)}


def expected(filter_: MessageFilter) -> list[str]:
    """The sources of the messages that a filter selects, decided from their JSON."""
    return [source for source, record in records().items() if meets(record, filter_)]


def meets(record: dict[str, Any], filter_: MessageFilter) -> bool:
    hops = record["hops"]
    total = record["total_delay_seconds"]
    times = [datetime.fromisoformat(hop["date"]).timestamp() for hop in hops if hop["date"]]
    codes = tuple(finding["code"] for finding in record["findings"])
    names = [name for hop in hops for name in host_names(hop)]
    message_id = (record["message_id"] or "").strip("<>").lower()
    return (
        (not filter_.message_ids or message_id in filter_.message_ids)
        and (not filter_.hosts or any(fnmatchcase(name, host) for name in names for host in filter_.hosts))
        and (not filter_.services or any(hop["service"] in filter_.services for hop in hops))
        and (not filter_.scenarios or record["scenario"] in filter_.scenarios)
        and (not filter_.findings or any(code.startswith(filter_.findings) for code in codes))
        and (filter_.slower_than is None or (total is not None and total > filter_.slower_than.total_seconds()))
        and (filter_.since is None or (bool(times) and times[-1] >= filter_.since))
        and (filter_.until is None or (bool(times) and times[-1] < filter_.until))
    )


def host_names(hop: dict[str, Any]) -> list[str]:
    """The names and addresses of a hop, with the first labels of the names."""
    sender, receiver = hop["from"] or {}, hop["by"] or {}
    names = [
        text.lower()
        for part in (sender, receiver)
        for text in (part.get("domain"), part.get("helo"), part.get("rdns"), part.get("address"))
        if text
    ]
    return [
        *names,
        *map(str, map(outside_name, names)),
        *(domain for name in names for domain in domains(name)),
        *(name.partition(".")[0] for name in names if not name.strip("[]").replace(".", "").isdecimal()),
    ]


def domains(name: str) -> list[str]:
    """``b.c.example`` and ``c.example`` of ``a.b.c.example``; none of an address."""
    labels = name.split(".")
    return (
        [] if labels[-1].rstrip("]").isdecimal() else [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    )


def some(values: Sequence[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.one_of(st.just(()), st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple))


@st.composite
def filters(draw: st.DrawFn) -> MessageFilter:
    """A filter with values that occur in the corpus, most of them usual."""
    values = list(records().values())
    names = sorted({name for record in values for hop in record["hops"] for name in host_names(hop) if name.isascii()})
    ids = sorted({(record["message_id"] or "x").strip("<>").lower() for record in values})
    ends = st.sampled_from([0.0, END, 1.2e9, 1.6e9, 4e9]) | st.none()
    return MessageFilter(
        message_ids=draw(st.just(()) | some([text for text in ids if not set(text) & set("*?[ ")], 30)),
        hosts=draw(some([name for name in names if not set(name) & set("*?[:")] + ["mail*", "*.com", "ex*"], 4)),
        services=draw(some(list(Service), 4)),
        scenarios=draw(some(list(Scenario), 4)),
        findings=draw(some(["HOP1", "HOP110", "HOP4", "HOP5", "HOP502", "HOP2"], 3)),
        slower_than=draw(st.none() | st.sampled_from([timedelta(0), timedelta(seconds=2), timedelta(minutes=5)])),
        since=draw(ends),
        until=draw(ends),
    )


@settings(max_examples=25)
@given(filters())
def test_every_command_selects_the_same_messages(filter_: MessageFilter) -> None:
    chunk, chosen = corpus(), expected(filter_)
    assert sources(chunk, filter_) == chosen
    written = lines(chunk, tz=None, filter_=filter_)
    assert [json.loads(line)["source"] for line in written.text.splitlines()] == chosen
    checked = check_chunk(chunk, settings=Settings(), summarized=True, filter_=filter_)
    assert [message.source for message in checked.messages] == chosen
    tallies = [summarize(chunk, quick=quick, filter_=filter_) for quick in (True, False)]
    sample = inspect(chunk, details=len(chunk), filter_=filter_)
    summaries = [checked.summary, sample.summary, *(tally.summary for tally in tallies)]
    assert {summary.messages for summary in summaries if summary} == {len(chosen)}
    assert sorted(message.source for message in sample.shown()) == sorted(chosen)
    for result in (written, checked, sample, *tallies):
        assert len(result.errors) == 1
        counted = (result.selected.read, result.selected.selected) if result.selected else None
        assert counted == ((len(records()), len(chosen)) if filter_ else None)


def test_exported_rows_are_those_of_the_selected_messages() -> None:
    pa = pytest.importorskip("pyarrow")
    filter_ = MessageFilter(findings=("HOP5",), slower_than=timedelta(0))
    stream = pa.ipc.open_stream(io.BytesIO(rows(corpus(), filter_=filter_).data))
    exported = dict.fromkeys(stream.read_all().column("source").to_pylist())
    assert [*exported] == [source for source in expected(filter_) if records()[source]["hops"]]
    assert exported


@settings(max_examples=25)
@given(filters(), st.lists(st.integers(0, len(corpus())), max_size=4))
def test_the_selection_is_the_same_for_any_chunks(filter_: MessageFilter, cuts: list[int]) -> None:
    undivided, merged = Selected(), Selected()
    chosen = []
    for chunk in (corpus()[start:end] for start, end in pairwise([0, *sorted(cuts), len(corpus())])):
        result = select(chunk, filter_=filter_)
        chosen += [message.message.source for message in result.messages]
        merged.merge(result.selected or Selected())
    undivided.merge(select(corpus(), filter_=filter_).selected or Selected())
    assert chosen == expected(filter_)
    assert (merged.read, merged.selected, merged.undated, merged.occurring) == (
        undivided.read,
        undivided.selected,
        undivided.undated,
        undivided.occurring,
    )


@pytest.mark.parametrize("top", [None, 1, 7, 1000])
@pytest.mark.parametrize("sort", [*ORDERS])
def test_messages_are_sorted_with_unknown_values_last(sort: str, top: int | None) -> None:
    parts: list[SortedMessage] = []
    for start in range(0, len(corpus()), 20):
        parts += select(corpus()[start : start + 20], sort=sort, top=top).messages
    sorted_sources = [message.message.source for message in first(parts, top)]
    values = {source: value(record, sort) for source, record in records().items()}
    known = [source for source in values if values[source] is not None]
    unknown = [source for source in values if values[source] is None]
    assert sorted_sources == [*sorted(known, key=lambda source: -values[source]), *unknown][:top]


def value(record: dict[str, Any], sort: str) -> Any:  # noqa: ANN401 - a number or None
    if sort == "total":
        return record["total_delay_seconds"]
    if sort == "delay":
        return max((hop["delay_seconds"] for hop in record["hops"] if hop["delay_seconds"] is not None), default=None)
    return next(
        (datetime.fromisoformat(hop["date"]).timestamp() for hop in reversed(record["hops"]) if hop["date"]), None
    )
