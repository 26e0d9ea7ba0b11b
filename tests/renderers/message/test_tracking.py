"""Tracking logs in every format of a message: events at their hops, and what they say of the delays."""

import json

import pytest
from msgspec.structs import replace

from hopscope.analysis.analyze import Analysis
from hopscope.model import TrackingEvent
from hopscope.renderers import RENDERERS, Style, rendered
from hopscope.renderers.message import explanation
from tests.analysis.messages import sample
from tests.analysis.tracking_events import Log, delayed_delivery

_ROUTE = sample("exchange-2019-inbound")
_SAID = "confirmed, DEFER 432 4.3.2 mailbox server is offline, 5 min 6 s"


def _text(name: str, *events: TrackingEvent, width: int = 200) -> str:
    return "".join(rendered(name, [Analysis(route=_ROUTE, tracking_events=events)], Style(width=width)))


@pytest.mark.parametrize("name", ["table", "plain", "markdown", "html", "json", "jsonl"])
def test_every_format_shows_the_verdict_and_the_events(name: str) -> None:
    text = _text(name, *delayed_delivery())
    assert _SAID in text
    assert text.count("DEFER") > 1
    assert "Tracking log: 4 events on 2 servers" in text or name.startswith("json")


@pytest.mark.parametrize("name", RENDERERS)
def test_without_a_log_nothing_is_added(name: str) -> None:
    assert "racking log" not in _text(name)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_line_of_the_table_is_not_wider_than_the_terminal(width: int) -> None:
    text = _text("table", *delayed_delivery(receiver=-75), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "432 4.3.2 mailbox server is offline" in " ".join(text.split())
    assert "clock is 1 min 15 s" in " ".join(text.split())


def test_explain_gives_each_kind_of_event_its_meaning_once() -> None:
    log = Log()
    events = (*delayed_delivery(), log.defer(100, "EX19-02", position="x:9"))
    text = explanation.message(Analysis(route=_ROUTE, tracking_events=events))
    assert text.count("delivery was delayed") == 1
    assert "EX19-02, hop 3, QUEUE DEFER" in text


def test_events_that_say_nothing_of_the_path_are_counted_and_delays_are_since_those_that_are_shown() -> None:
    receive, defer, *_ = delayed_delivery()
    agents = (Log().event(0.3, "AGENTINFO", "AGENT", logged_by="EX19-02", position="x:1"),)
    text = _text("plain", receive, *agents, defer)
    assert "3 events on 1 server (not shown: 1 AGENTINFO)" in text
    assert "0.5 s" in text


def test_json_has_events_with_their_hops_and_the_clocks() -> None:
    message = json.loads(_text("json", *delayed_delivery(receiver=90)))
    tracking = message["tracking"]
    assert [(event["event"], event["hop"], event["after_hop"]) for event in tracking["events"]] == [
        ("RECEIVE", 3, 3),
        ("DEFER", 3, 3),
        ("SEND", 3, 3),
        ("DELIVER", 4, 4),
    ]
    assert [offset["is_corrected"] for offset in tracking["clock_offsets"]] == [True]
    assert [hop["tracking"] and hop["tracking"]["verdict"] for hop in message["hops"]] == [
        None,
        None,
        None,
        "confirmed",
    ]
    assert message["hops"][3]["held_by"]["server"] == "EX19-02.corp.example.com"


_HOSTILE = "\x1b]0;x\x07\u202e<script>|`=1+1"


@pytest.mark.parametrize("name", ["table", "plain", "markdown", "html", "json"])
def test_texts_of_logs_are_escaped(name: str) -> None:
    events = [
        replace(
            event,
            logged_by=f"{event.logged_by}{_HOSTILE}",
            client=_HOSTILE,
            server=f"{_HOSTILE}b" if event.event == "SEND" else None,
            source_context=_HOSTILE,
            reply=f"432 4.3.2 {_HOSTILE}",
            recipients=(_HOSTILE,),
            source=_HOSTILE,
        )
        for event in delayed_delivery()
    ]
    text = _text(name, *events)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert name != "html" or "<script>" not in text


def test_many_deferrals_are_shown_bounded() -> None:
    log = Log()
    events = [log.receive(0, "EX19-02", "EX19-01"), *(log.defer(second, "EX19-02") for second in range(1, 3000))]
    for name in ("table", "plain", "markdown", "html"):
        text = _text(name, *events)
        assert "and 2,997 more DEFER" in text
        assert text.count("QUEUE DEFER") == 2


def test_many_different_events_are_shown_bounded() -> None:
    log = Log()
    events = [log.send(second, "EX19-02", f"mx{second}.example.org") for second in range(500)]
    text = _text("plain", *events)
    assert "and 480 more rows: hopscope track -f csv lists all" in text
    assert text.count("SMTP SEND") == 20
