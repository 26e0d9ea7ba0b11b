"""Clocks that tracking logs show as skewed, alone or together with Received fields."""

from datetime import timedelta

from hopscope.analysis.analyze import Analysis
from hopscope.model import TrackingEvent
from tests.analysis.messages import message, smtp
from tests.analysis.tracking_events import Log

_A, _B, _C = "a.example.com", "b.example.com", "c.example.com"


def _analysis(seconds: tuple[int, int], *events: TrackingEvent) -> Analysis:
    """A message that b and c received so many seconds after 18:02:30, by their Received fields."""
    stamps = [
        f"{smtp(sender, server)}; Mon, 3 Jun 2024 18:0{second // 60}:{second % 60:02} +0000"
        for sender, server, second in ((_A, _B, 150 + seconds[0]), (_B, _C, 150 + seconds[1]))
    ]
    return Analysis(route=message(f"{smtp('x', _A)}; Mon, 3 Jun 2024 18:02:30 +0000", *stamps), tracking_events=events)


def _transfer(log: Log, sender: str, sent: float, receiver: str, received: float) -> tuple[TrackingEvent, ...]:
    return log.send(sent, sender, receiver), log.receive(received, receiver, sender)


def test_a_skewed_clock_that_a_third_server_identifies() -> None:
    log = Log()
    events = (
        *_transfer(log, _A, 0, _B, 90),
        *_transfer(log, _B, 91, _C, 1),
        *_transfer(log, _C, 3, _A, 3),
    )
    analysis = _analysis((90, 91), *events)
    (clock,) = analysis.clocks
    assert (clock.server, clock.hops, clock.likelihood) == (_B, (2,), "very likely")
    assert clock.skew == timedelta(seconds=90)
    assert any("tracking logs: b.example.com is 1 min 30 s ahead of" in text for text in clock.evidence)
    (finding,) = (finding for finding in analysis.findings if finding.code == "HOP104")
    assert finding.message == "The clock of b.example.com is 1 min 30 s ahead."


def test_two_servers_only_differ() -> None:
    (clock,) = _analysis((90, 91), *_transfer(Log(), _A, 0, _B, 90)).clocks
    assert (clock.server, clock.hops, clock.is_identified) == (None, (1, 2), False)


def test_the_log_adds_evidence_to_what_the_header_shows() -> None:
    events = _transfer(Log(), _A, 0, _B, -90)
    without, with_log = _analysis((-90, 2)), _analysis((-90, 2), *events)
    assert len(without.clocks) == len(with_log.clocks) == 1
    assert len(with_log.clocks[0].evidence) == len(without.clocks[0].evidence) + 1


def test_equal_clocks_add_nothing() -> None:
    assert _analysis((1, 2), *_transfer(Log(), _A, 1, _B, 1)).clocks == ()
