"""What tracking logs say about the delays that headers suggest: confirmed, corrected, contradicted, or nothing.

The module is over 300 lines because every condition of a verdict has a case with it and one without.
"""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import AttributedDelay, Holder, logged_skew
from hopscope.analysis.logged_delay import Verdict
from hopscope.checks.limits import total_over_limit
from hopscope.config.settings import Settings
from hopscope.model import Service, TrackingEvent
from hopscope.renderers.message import wording
from tests.analysis.messages import MBX, message, sample, smtp
from tests.analysis.tracking_events import START, Log, delayed_delivery

_ROUTE = sample("exchange-2019-inbound")


def _analysis(*events: TrackingEvent) -> Analysis:
    return Analysis(route=_ROUTE, tracking_events=events)


def _delay(analysis: Analysis, hop: int = 4) -> AttributedDelay:
    return next(delay for delay in analysis.attributed_delays if delay.hop == hop)


def test_the_log_confirms_the_holder_and_says_why() -> None:
    analysis = _analysis(*delayed_delivery())
    delay = _delay(analysis)
    assert delay.logged is not None
    assert (delay.logged.verdict, delay.logged.reason) == (Verdict.CONFIRMED, "432 4.3.2 mailbox server is offline")
    assert analysis.hops[3].held_by == (
        "EX19-02.corp.example.com Transport (mailbox delivery queue): "
        "confirmed, DEFER 432 4.3.2 mailbox server is offline, 5 min 6 s"
    )
    assert wording.answer(analysis).endswith(
        "5 min 6 s held by EX19-02.corp.example.com Transport (mailbox delivery queue)"
    )


def test_events_stand_at_their_hops() -> None:
    log = Log()
    shadow = log.event(0, "HARECEIVE", logged_by="EX19-03")
    tracking = _analysis(*delayed_delivery(), shadow).tracking
    assert tracking is not None
    assert [(place.event.event.event, place.hop, place.after) for place in tracking.events] == [
        ("HARECEIVE", None, 0),
        ("RECEIVE", 3, 3),
        ("DEFER", 3, 3),
        ("SEND", 3, 3),
        ("DELIVER", 4, 4),
    ]
    assert [(outcome.recipient, outcome.event.event.event) for outcome in tracking.outcomes] == [
        ("bob@example.com", "DELIVER")
    ]


def test_a_message_relayed_at_once_contradicts_the_queue_and_shows_clock_skew() -> None:
    log = Log()
    analysis = _analysis(log.receive(0, "EX19-02", "EX19-01"), log.send(1, "EX19-02", "EX19-01.corp.example.com"))
    delay = _delay(analysis)
    assert delay.logged is not None
    assert delay.logged.verdict is Verdict.CONTRADICTED
    assert (delay.waited, delay.clock_skew) == (timedelta(seconds=1), timedelta(seconds=305))
    assert wording.answer(analysis) == "4 hops in 5 min 8 s: 5 min 5 s of it clock skew, as the tracking log shows"
    assert analysis.hops[3].held_by == ("mostly clock skew: contradicted, 1 s at EX19-02, 5 min 5 s clock skew")


def test_a_message_sent_to_a_server_without_a_log_contradicts_the_queue() -> None:
    log = Log()
    analysis = _analysis(log.receive(0, "EX19-02", "EX19-01"), log.send(1, "EX19-02", "filter.example.com"))
    delay = _delay(analysis)
    assert delay.logged is not None
    assert (delay.logged.verdict, delay.holder, delay.service) == (Verdict.CONTRADICTED, Holder.UNKNOWN, None)
    assert analysis.hops[3].held_by == ("unknown server: contradicted, sent by EX19-02 to filter.example.com after 1 s")


def test_a_server_without_a_hop_that_held_the_message_is_the_holder() -> None:
    log = Log()
    analysis = _analysis(
        log.receive(0, "EX19-02", "EX19-01"),
        log.send(1, "EX19-02", "EX19-09"),
        log.receive(1, "EX19-09", "EX19-02"),
        log.defer(2, "EX19-09", "451 4.4.0 DNS query failed"),
        log.send(306, "EX19-09", "EX19-01"),
    )
    delay = _delay(analysis)
    assert delay.logged is not None
    assert (delay.logged.verdict, delay.server, delay.holder) == (Verdict.CORRECTED, "EX19-09", Holder.QUEUE)
    assert wording.answer(analysis).endswith("5 min 6 s held by EX19-09 Transport (queue for EX19-01)")


def test_a_part_of_the_delay_that_was_not_held_is_clock_skew() -> None:
    log = Log()
    analysis = _analysis(log.receive(0, "EX19-02", "EX19-01"), log.send(186, "EX19-02", "EX19-01"))
    delay = _delay(analysis)
    assert delay.logged is not None
    assert delay.logged.verdict is Verdict.CORRECTED
    assert (delay.waited, delay.clock_skew, delay.suspect) == (timedelta(seconds=186), timedelta(seconds=120), 4)


_RECEIVE, _DEFER, _SEND, _DELIVER = delayed_delivery()


_ANN, _EVE = ("ann@example.com",), ("eve@example.com",)
_TO, _AT_ONCE = "EX19-01.corp.example.com", 1.0
_L = Log()


def _received(second: float = 0, **fields: Any) -> TrackingEvent:  # noqa: ANN401 - the fields of the record
    return _L.receive(second, "EX19-02", "EX19-01", **fields)


def _sent(second: float, to: str | None = _TO, **fields: Any) -> TrackingEvent:  # noqa: ANN401 - the fields of the record
    return replace(_L.send(second, "EX19-02", "x", **fields), server=to)


def _of_server(name: str, second: float, source: str = "ROUTING", **fields: Any) -> TrackingEvent:  # noqa: ANN401 - the fields of the record
    return _L.event(second, name, source, logged_by="EX19-02", **fields)


@pytest.mark.parametrize(
    ("events", "verdict", "held"),
    [
        pytest.param(
            (_received(recipients=_ANN + _EVE), _sent(_AT_ONCE, recipients=_ANN)),
            None,
            None,
            id="the end of the other recipient is missing",
        ),
        pytest.param(
            (_received(recipients=_ANN + _EVE), _sent(_AT_ONCE, recipients=_ANN), _sent(306, recipients=_EVE)),
            Verdict.CONFIRMED,
            306,
            id="one recipient at once, one later",
        ),
        pytest.param(
            (_received(recipients=_ANN + _EVE), _sent(_AT_ONCE, recipients=_ANN + _EVE)),
            Verdict.CONTRADICTED,
            1,
            id="both at once",
        ),
        pytest.param(
            (
                _received(recipients=("list@example.com",)),
                _of_server("EXPAND", 0.2, recipients=_ANN + _EVE, related_recipient="list@example.com"),
                _sent(_AT_ONCE, recipients=_ANN),
            ),
            None,
            None,
            id="a member of a distribution group is missing",
        ),
        pytest.param(
            (
                _received(recipients=("list@example.com",), internal_message_id="1"),
                _of_server("EXPAND", 0.2, recipients=_ANN + _EVE, related_recipient="list@example.com"),
                _of_server("TRANSFER", 0.3, recipients=_EVE, internal_message_id="2", reference="1"),
                _sent(_AT_ONCE, "EX19-05", recipients=_ANN, internal_message_id="1"),
                _sent(306, recipients=_EVE, internal_message_id="2"),
            ),
            Verdict.CONFIRMED,
            306,
            id="a copy for a member of a distribution group",
        ),
        pytest.param(
            (_received(internal_message_id="7", recipients=_EVE), _sent(_AT_ONCE, internal_message_id="1")),
            None,
            None,
            id="another message with the same Message-ID, without its RECEIVE",
        ),
        pytest.param(
            (_received(-20, internal_message_id="1"), _sent(-19, internal_message_id="1")),
            None,
            None,
            id="another message with the same Message-ID, received before",
        ),
        pytest.param(
            (
                _received(internal_message_id="1"),
                _sent(_AT_ONCE, internal_message_id="1"),
                _of_server("RESUBMIT", 305, "SAFETYNET", internal_message_id="2"),
                _sent(305.5, internal_message_id="2"),
            ),
            None,
            None,
            id="resubmitted from Safety Net",
        ),
        pytest.param(
            (_received(), _of_server("FAIL", _AT_ONCE, "AGENT", server="EX19-02")),
            None,
            None,
            id="the recipient was replaced by a transport rule",
        ),
        pytest.param((_received(), _of_server("DROP", 306)), None, None, id="dropped, as for moderation"),
        pytest.param((_received(), _sent(_AT_ONCE, None)), None, None, id="sent to an unknown server"),
        pytest.param((_received(), _sent(305)), Verdict.CONFIRMED, 305, id="the same time within the tolerance"),
        pytest.param(
            (_received(), _sent(240, "filter.example.com")),
            Verdict.CORRECTED,
            240,
            id="most of the delay, then to a server without a log",
        ),
        pytest.param(
            (_received(), _L.defer(1, "EX19-02", "421 4.4.2 Connection dropped"), _sent(900)),
            None,
            None,
            id="an attempt before, without a reply",
        ),
    ],
)
def test_only_what_the_log_proves_of_the_copy_decides(
    events: tuple[TrackingEvent, ...], verdict: Verdict | None, held: float | None
) -> None:
    logged = _delay(_analysis(*events)).logged
    assert (logged and logged.verdict, logged and logged.held.total_seconds()) == (verdict, held)


def test_reasons_are_those_of_the_copy() -> None:
    events = (
        _received(recipients=_ANN + _EVE, internal_message_id="1"),
        _of_server("TRANSFER", 0.3, recipients=_EVE, internal_message_id="2", reference="1"),
        *(_L.defer(second, "EX19-02", "451 4.4.0 DNS query failed", internal_message_id="1") for second in (1, 2, 3)),
        _L.defer(4, "EX19-02", internal_message_id="2"),
        _sent(306, recipients=_EVE, internal_message_id="2"),
    )
    logged = _delay(_analysis(*events)).logged
    assert logged is not None
    assert (logged.deferrals, logged.reason) == (1, "432 4.3.2 mailbox server is offline")


def test_most_of_a_delay_at_a_server_and_the_rest_after_it() -> None:
    delay = _delay(analysis := _analysis(_received(), _L.defer(1, "EX19-02"), _sent(240, "filter.example.com")))
    assert (delay.server, delay.surely_waited) == ("EX19-02.corp.example.com", timedelta(seconds=240))
    assert analysis.hops[3].held_by == (
        "EX19-02.corp.example.com Transport (queue for filter.example.com): corrected, DEFER 432 4.3.2 mailbox server "
        "is offline, sent by EX19-02 to filter.example.com after 4 min"
    )


def test_findings_of_a_delay_that_a_server_had_most_of() -> None:
    """The finding counts the time in the log, and names what came after it."""
    analysis = _analysis(_received(), _L.defer(1, "EX19-02"), _sent(240, "filter.example.com"))
    (finding,) = (finding for finding in analysis.findings if finding.code == "HOP110")
    assert finding.message == (
        "Hop 4 delayed 5 min 6 s in the queue for filter.example.com of EX19-02.corp.example.com (Transport), of which "
        "1 min 6 s after EX19-02 sent it to filter.example.com."
    )
    assert finding.cause == (
        "The tracking log shows the message at EX19-02 Transport for 4 min, deferred once: 432 4.3.2 mailbox server is "
        "offline."
    )


def test_times_are_whole_seconds_where_a_part_is_clock_skew() -> None:
    analysis = _analysis(_received(0.1), _sent(186.25))
    assert wording.answer(analysis).endswith(
        "3 min 6 s held by EX19-02.corp.example.com Transport (mailbox delivery queue)"
    )


def test_the_header_shows_the_service_of_an_export_without_network_message_ids() -> None:
    analysis = _analysis(*(replace(event, network_message_id=None) for event in delayed_delivery()[:3]))
    logged = _delay(analysis).logged
    assert logged is not None
    assert logged.service is Service.TRANSPORT
    assert analysis.tracking is not None
    assert {place.event.service for place in analysis.tracking.events} == {Service.TRANSPORT}


def test_clock_skew_that_a_log_shows_does_not_exceed_a_limit() -> None:
    settings = Settings(max_total=timedelta(minutes=2))
    without, with_log = Analysis(route=_ROUTE), _analysis(_received(), _sent(_AT_ONCE))
    held = _analysis(_received(), _sent(180))
    assert [next(total_over_limit(case, settings)).message for case in (without, held)] == [
        "Total delay 5 min 8 s, limit 2 min (max_total).",
        "Total delay 3 min 2 s (5 min 8 s as recorded, with clock skew), limit 2 min (max_total).",
    ]
    assert list(total_over_limit(with_log, settings)) == []


def test_a_skewed_clock_between_two_others_adds_nothing_to_the_total() -> None:
    route = message(
        f"{smtp('x', 'a.example.com')}; Mon, 3 Jun 2024 18:08:00 +0000",
        f"{smtp('a.example.com', 'b.example.com')}; Mon, 3 Jun 2024 18:02:35 +0000",
        f"{smtp('b.example.com', 'c.example.com')}; Mon, 3 Jun 2024 18:08:20 +0000",
    )
    analysis = Analysis(route=route, tracking_events=(_L.receive(0, "b", "a"), _L.send(20, "b", "c.example.com")))
    assert logged_skew(analysis.attributed_delays) == timedelta(0)
    assert "of it clock skew" not in wording.answer(analysis)


def test_delivery_in_exchange_online_stands_at_its_hop() -> None:
    route = sample("exchange-online-inbound")
    last = route.hops[-1]
    assert last.time is not None
    event = Log().deliver((last.time - START).total_seconds() + 0.1, last.written_server or "")
    tracking = Analysis(route=route, tracking_events=(event,)).tracking
    assert tracking is not None
    assert [place.hop for place in tracking.events] == [last.number]


def test_events_of_a_loop_stand_at_their_pass() -> None:
    route = message(
        f"{smtp('x', 'a.example.com')}; Mon, 3 Jun 2024 18:02:35 +0000",
        f"{smtp('a.example.com', 'b.example.com')}; Mon, 3 Jun 2024 18:02:37 +0000",
        f"{smtp('b.example.com', 'a.example.com')}; Mon, 3 Jun 2024 18:02:39 +0000",
        f"{smtp('a.example.com', 'b.example.com')}; Mon, 3 Jun 2024 18:04:39 +0000",
    )
    events = [
        _L.receive(0.1, "a", "x"),
        _L.send(2.1, "a", "b"),
        _L.receive(2, "b", "a"),
        _L.send(4.1, "b", "a"),
        _L.receive(4, "a", "b"),
        _L.defer(5, "a"),
        _L.send(124.1, "a", "b"),
        _L.receive(124, "b", "a"),
    ]
    analysis = Analysis(route=route, tracking_events=tuple(events))
    assert analysis.tracking is not None
    hops = {place.event.event: place.hop for place in analysis.tracking.events}
    assert [hops[event] for event in events] == [1, 1, 2, 2, 3, 3, 3, 4]
    verdicts = [(delay.hop, delay.logged and delay.logged.verdict) for delay in analysis.attributed_delays]
    assert verdicts == [(2, Verdict.CONFIRMED), (3, Verdict.CONFIRMED), (4, Verdict.CONFIRMED)]


@pytest.mark.parametrize(
    "events",
    [
        (_RECEIVE,),
        (_RECEIVE, _DEFER),
        (_SEND,),
        (_DELIVER,),
        (replace(_RECEIVE, time=None), _SEND),
        (replace(_RECEIVE, logged_by="EX19-07"), replace(_SEND, logged_by="EX19-07")),
        (replace(_RECEIVE, time=START - timedelta(hours=2)), _SEND),  # another passage through the server
        (replace(_RECEIVE, logged_by=None), replace(_SEND, logged_by=None)),
    ],
)
def test_a_partial_log_decides_nothing(events: tuple[TrackingEvent, ...]) -> None:
    with_log, without = _analysis(*events), Analysis(route=_ROUTE)
    assert with_log.attributed_delays == without.attributed_delays
    assert [hop.held_by for hop in with_log.hops] == [hop.held_by for hop in without.hops]


def test_the_copy_of_the_recipient_decides() -> None:
    log = Log()
    route = message(
        f"{smtp('a.example.com', 'b.example.com')} for <ann@example.com>; Mon, 3 Jun 2024 18:02:35 +0000",
        f"{smtp('b.example.com', 'c.example.com', via=MBX)}; Mon, 3 Jun 2024 18:07:41 +0000",
    )
    events = (
        log.receive(0, "b", "a"),
        log.send(1, "b", "c", recipients=("eve@example.com",)),
        log.defer(1, "b"),
        log.send(306, "b", "c", recipients=("ann@example.com",)),
    )
    (delay,) = Analysis(route=route, tracking_events=events).attributed_delays
    assert delay.logged is not None
    assert (delay.logged.verdict, delay.logged.held) == (Verdict.CONFIRMED, timedelta(seconds=306))


def test_the_log_of_2010_shows_what_the_store_driver_submitted() -> None:
    log = Log(is_2010=True)
    route = message(
        "from a.example.com ([10.0.0.1]) by a.example.com ([10.0.0.1]) with mapi id 14.02.0247.003; "
        "Mon, 3 Jun 2024 18:02:35 +0000",
        f"{smtp('a.example.com', 'b.example.com', '14.2.247.3')}; Mon, 3 Jun 2024 18:04:35 +0000",
    )
    events = (log.receive(0, "a", "a", "STOREDRIVER"), log.defer(3, "a"), log.send(120, "a", "b.example.com"))
    (delay,) = Analysis(route=route, tracking_events=events).attributed_delays
    assert delay.logged is not None
    assert (delay.logged.verdict, delay.service) == (Verdict.CONFIRMED, Service.HUB_TRANSPORT)


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(shuffled: random.Random) -> None:
    events = [*delayed_delivery(receiver=30), Log().event(2, "HAREDIRECT", logged_by="EX19-02")]
    mixed = list(events)
    shuffled.shuffle(mixed)
    assert _analysis(*mixed).tracking == _analysis(*events).tracking


@given(
    st.lists(
        st.builds(
            TrackingEvent,
            position=st.sampled_from(["a:1", "b:2", "MSGTRKMD:7", ":", ""]),
            time=st.one_of(st.none(), st.datetimes(timezones=st.just(START.tzinfo))),
            event=st.sampled_from(["RECEIVE", "SEND", "DEFER", "DELIVER", "FAIL", "SUBMIT", "x"]),
            source=st.sampled_from([None, "SMTP", "STOREDRIVER", "AGENT"]),
            logged_by=st.sampled_from([None, "EX19-01", "ex19-02.corp.example.com", "."]),
            client=st.sampled_from([None, "EX19-01", "ex19-02", ""]),
            server=st.sampled_from([None, "EX19-01", "EX19-02", "\x1b[31m"]),
            recipients=st.lists(st.text(max_size=3), max_size=2).map(tuple),
            reply=st.one_of(st.none(), st.text(max_size=9)),
        ),
        max_size=9,
    )
)
def test_any_rows_give_an_analysis(events: list[TrackingEvent]) -> None:
    analysis = _analysis(*events)
    assert len(analysis.hops) == len(_ROUTE.hops)
    assert analysis.findings is not None
    if analysis.tracking is not None:
        assert len(analysis.tracking.events) == len(set(events))
