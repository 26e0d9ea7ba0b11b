"""Events of several servers' logs: their order, the differences of their clocks, and how long each service held it.

The module is over 300 lines because its tables share the servers and transfers of one invented organisation.
"""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hopscope.analysis.tracking.events import is_deferral, is_failure, outcome, reason, service_of
from hopscope.analysis.tracking.ordering import OrderedEvents, ordered
from hopscope.analysis.tracking.stays import stays
from hopscope.analysis.tracking.trail import outcomes
from hopscope.model import Service, TrackingEvent
from tests.analysis.tracking_events import BOB, START, Log, delayed_delivery


def _shown(events: OrderedEvents) -> list[tuple[str | None, str]]:
    return [(event.server, event.event.event) for event in events.events]


def test_events_of_two_servers_are_merged_and_a_send_precedes_what_it_caused() -> None:
    log = Log()
    events = (
        log.receive(0, "EX1", "EX0"),
        log.send(5.02, "EX1", "EX2"),
        log.event(4.98, "HAREDIRECT", logged_by="EX2"),
        log.receive(5, "EX2", "EX1"),
        log.send(7, "EX2", "mx.example.org"),
    )
    merged = ordered(events)
    assert _shown(merged) == [
        ("EX1", "RECEIVE"),
        ("EX2", "HAREDIRECT"),
        ("EX1", "SEND"),
        ("EX2", "RECEIVE"),
        ("EX2", "SEND"),
    ]
    assert [event.delay for event in merged.events][1:] == [
        timedelta(seconds=seconds) for seconds in (4.98, 0.04, 0, 1.98)
    ]
    assert merged.total == timedelta(seconds=7)
    assert not any(offset.is_skew for offset in merged.offsets)


def test_equal_times_are_in_the_order_of_the_path() -> None:
    log = Log()
    events = [
        log.send(0, "B", "C.example"),
        log.receive(0, "B", "A"),
        log.receive(0, "C", "B"),
        log.deliver(0, "C"),
        log.send(0, "A", "B"),
        log.receive(0, "A", "client.example"),
    ]
    assert _shown(ordered(events)) == [
        ("A", "RECEIVE"),
        ("A", "SEND"),
        ("B", "RECEIVE"),
        ("B", "SEND"),
        ("C.example", "RECEIVE"),
        ("C.example", "DELIVER"),
    ]


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_given_does_not_matter(shuffled: random.Random) -> None:
    events = [*delayed_delivery(sender=40), *delayed_delivery(receiver=9)[:3]]
    mixed = list(events)
    shuffled.shuffle(mixed)
    assert ordered(mixed) == ordered(events)


@pytest.mark.parametrize(
    ("skews", "offset"),
    [
        ((0, 120), timedelta(seconds=119.9)),
        ((0, -120), timedelta(seconds=-120.1)),
        ((120, 0), timedelta(seconds=-120.1)),
    ],
)
def test_a_skewed_clock_is_corrected(skews: tuple[float, float], offset: timedelta) -> None:
    sender, receiver = skews
    merged = ordered(delayed_delivery(sender=sender, receiver=receiver))
    assert [event for _, event in _shown(merged)] == ["RECEIVE", "DEFER", "SEND", "DELIVER"]
    (found,) = merged.offsets
    assert found.is_skew
    assert found.uncertainty is None  # transfers in one direction
    assert abs(found.offset) == abs(offset)
    assert {found.server, found.reference} == {"EX19-02", "EX19-01.corp.example.com"}
    assert merged.total is not None
    assert timedelta(seconds=305) < merged.total < timedelta(seconds=308)


@pytest.mark.parametrize("sender", [0, 120])
def test_the_next_attempt_is_by_the_same_clock_as_the_time_of_the_deferral(sender: float) -> None:
    planned = START + timedelta(seconds=sender + 300.5)
    log = [
        replace(event, next_retry=planned) if is_deferral(event) else event for event in delayed_delivery(sender=sender)
    ]
    (deferred,) = [event for event in ordered(log).events if is_deferral(event.event)]
    assert deferred.time is not None
    assert deferred.next_attempt == deferred.time + timedelta(minutes=5)
    assert [event.next_attempt for event in ordered(delayed_delivery()).events] == [None] * 4


@pytest.mark.parametrize("sent", [5, 25])
def test_a_slow_reply_is_not_clock_skew(sent: float) -> None:
    log = Log()
    merged = ordered((log.receive(0, "A", "x"), log.send(1 + sent, "A", "B"), log.receive(1, "B", "A")))
    assert (merged.offsets, merged.unconnected) == ((), ("A", "B"))


@pytest.mark.parametrize(("sent", "is_shown"), [(-155, False), (-155.001, True), (-154, True)])
def test_whole_minutes_show_nothing_of_the_clocks(sent: float, *, is_shown: bool) -> None:
    log = Log()
    merged = ordered((log.receive(-999, "A", "x"), log.send(sent, "A", "B"), log.receive(-35, "B", "A")))
    assert [found.is_skew for found in merged.offsets] == [True] * is_shown


@pytest.mark.parametrize(("second", "offset"), [(240, None), (-240, -240)])
def test_hub_transport_of_2010_fetches_a_message_later(second: float, offset: float | None) -> None:
    log = Log(is_2010=True)
    submit = log.event(0, "SUBMIT", "STOREDRIVER", logged_by="MBX", server="HUB")
    merged = ordered((submit, log.receive(second, "HUB", "MBX", "STOREDRIVER")))
    assert [found.offset.total_seconds() for found in merged.offsets if found.server == "MBX"] == (
        [] if offset is None else [-offset]
    )


def test_transfers_in_both_directions_bound_the_offset() -> None:
    log = Log()
    events = (
        log.receive(0, "A", "x"),
        log.send(1, "A", "B"),
        log.receive(60.8, "B", "A"),  # B is a minute ahead
        log.send(70, "B", "A"),
        log.receive(9.6, "A", "B"),
    )
    (offset,) = ordered(events).offsets
    assert (offset.server, offset.reference, offset.pairs) == ("B", "A", 2)
    assert offset.offset == timedelta(seconds=60.1)
    assert offset.uncertainty == timedelta(seconds=0.3)


def test_the_clock_that_most_others_agree_with_is_the_reference() -> None:
    log = Log()
    events = (
        log.send(0, "A", "B"),
        log.receive(90, "B", "A"),
        log.send(91, "B", "C"),
        log.receive(1, "C", "B"),
        log.send(2, "C", "A"),
        log.receive(2, "A", "C"),
    )
    merged = ordered(events)
    assert merged.reference in {"A", "C"}
    assert [offset.server for offset in merged.offsets if offset.is_skew] == ["B"]


def test_two_servers_that_agree_identify_the_skewed_clock_between_them() -> None:
    log = Log()
    events = (
        *(log.send(0, "A", "B"), log.receive(-120, "B", "A")),
        *(log.send(-119, "B", "C"), log.receive(1, "C", "B")),
    )
    merged = ordered(events)
    assert merged.reference == "A"
    assert [(found.server, found.offset) for found in merged.offsets if found.is_skew] == [
        ("B", timedelta(seconds=-120))
    ]


def test_network_message_ids_separate_messages_with_one_message_id() -> None:
    log, again = Log(), {"network_message_id": "c2a41f7e-0b6d-4f58-93aa-08dc83f51dd0"}
    events = (
        *(log.receive(0, "A", "x"), log.send(306, "A", "B"), log.receive(305.9, "B", "A")),
        *(log.receive(20, "A", "x", **again), log.send(21, "A", "B", **again), log.receive(20.9, "B", "A", **again)),
    )
    merged = ordered(events)
    assert len(merged.transfers) == 2
    assert [stay.held.total_seconds() for stay in stays(merged.events)] == [1, 306]


def test_without_a_transfer_between_two_servers_times_stay_as_logged() -> None:
    log = Log()
    merged = ordered((log.receive(0, "A", "x"), log.receive(-50, "B", "y")))
    assert merged.offsets == ()
    assert merged.unconnected == ("A", "B")
    assert [event.time for event in merged.events] == [event.event.time for event in merged.events]


def test_copies_are_paired_by_their_recipients() -> None:
    log = Log()
    ann, eve = ("ann@example.com",), ("eve@example.com",)
    events = (
        log.send(0, "A", "B", recipients=ann),
        log.send(300, "A", "B", recipients=eve),
        log.receive(300, "B", "A", recipients=eve),
        log.receive(0, "B", "A", recipients=ann),
    )
    merged = ordered(events)
    assert {(pair.sent.recipients, pair.received.recipients) for pair in merged.transfers} == {(ann, ann), (eve, eve)}
    ambiguous = ordered([replace(event, recipients=()) for event in events])
    assert ambiguous.transfers == ()


def test_a_row_without_a_time_comes_last_and_has_no_delay() -> None:
    log = Log()
    merged = ordered((log.send(None, "A", "B"), log.receive(0, "A", "x")))
    assert [(event.event.event, event.time, event.delay) for event in merged.events] == [
        ("RECEIVE", START, None),
        ("SEND", None, None),
    ]
    assert merged.total is None


def test_stays_are_by_the_clock_of_their_server() -> None:
    (stay,) = stays(ordered(delayed_delivery(receiver=-500)).events)
    assert (stay.server, stay.service, stay.held) == ("EX19-02", Service.TRANSPORT, timedelta(seconds=306.1))
    assert stay.deferrals is not None
    assert (stay.deferrals.count, stay.deferrals.reason) == (1, "432 4.3.2 mailbox server is offline")


def test_a_message_that_was_sent_to_an_external_server_has_left() -> None:
    log = Log()
    sent = log.event(5, "SENDEXTERNAL", logged_by="A", client="A", server="mx.example.org")
    (stay,) = stays(ordered((log.receive(0, "A", "x"), sent)).events)
    assert (stay.held, stay.next_server) == (timedelta(seconds=5), "mx.example.org")


def test_a_stay_needs_both_ends() -> None:
    receive, defer, send, _ = delayed_delivery()
    assert stays(ordered((receive, defer)).events) == ()
    assert stays(ordered((defer, send)).events) == ()


def test_copies_have_stays_of_their_own() -> None:
    log = Log()
    events = (
        log.receive(0, "A", "x", internal_message_id="1"),
        log.send(2, "A", "B", internal_message_id="1"),
        log.receive(10, "A", "y", internal_message_id="7"),
        log.send(30, "A", "C", internal_message_id="1"),
        log.send(31, "A", "D", internal_message_id="7"),
    )
    assert [(stay.next_server, stay.held.total_seconds()) for stay in stays(ordered(events).events)] == [
        ("B", 2),
        ("C", 30),
        ("D", 21),
    ]


def test_thousands_of_deferrals_are_counted() -> None:
    log = Log()
    events = [
        log.receive(0, "A", "x"),
        *(log.defer(second, "A") for second in range(1, 3000)),
        log.send(3000, "A", "B"),
    ]
    (stay,) = stays(ordered(events).events)
    assert stay.deferrals is not None
    assert stay.deferrals.count == 2999


@pytest.mark.parametrize(
    ("reply", "context", "expected"),
    [
        ("432 4.3.2 STOREDRV; mailbox server is offline", None, "432 4.3.2 mailbox server is offline"),
        ("550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found", "x", "550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found"),
        ("451 4.4.0 DNS query failed", None, "451 4.4.0 DNS query failed"),
        ("250 2.0.0 OK; queued", None, "250 2.0.0 OK; queued"),
        (None, "08DC83E7A1B20C41;2024-06-03T18:02:35.043Z;0", None),
        (None, None, None),
    ],
)
def test_reasons(reply: str | None, context: str | None, expected: str | None) -> None:
    assert reason(Log().defer(0, "A", reply, source_context=context)) == expected


def test_the_reason_of_an_agent_is_its_name() -> None:
    assert reason(Log().defer(0, "A", None, "AGENT", source_context="Transport Rule Agent")) == "Transport Rule Agent"


def test_events_of_agents_neither_defer_nor_fail() -> None:
    log = Log()
    assert is_deferral(log.defer(0, "A"))
    assert not is_deferral(log.defer(0, "A", source="AGENT"))
    assert is_failure(log.event(0, "FAIL", "ROUTING"))
    assert not is_failure(log.event(0, "FAIL", "AGENT"))


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("DELIVER", "STOREDRIVER", "delivered"),
        ("DELIVER", "ANOTHER", "delivered"),
        ("FAIL", "ROUTING", "failed"),
        ("FAIL", "SMTP", "failed"),
        ("FAIL", "AGENT", "removed"),
        ("DEFER", "AGENT", "categorized again"),
        ("Failed", None, "failed"),
        ("FAIL", None, "failed"),
        ("RECEIVE", "SMTP", None),
        ("UNKNOWN", "SMTP", None),
    ],
)
def test_what_became_of_the_recipients(name: str, source: str | None, expected: str | None) -> None:
    assert outcome(Log().event(0, name, source)) == expected


@pytest.mark.parametrize(
    ("event", "service"),
    [
        (Log().receive(0, "A", "x"), Service.TRANSPORT),
        (Log(is_2010=True).receive(0, "A", "x"), Service.HUB_TRANSPORT),
        (Log().receive(0, "A", "x", "STOREDRIVER"), Service.MAPI_SUBMISSION),
        (Log(is_2010=True).receive(0, "A", "x", "STOREDRIVER"), Service.HUB_TRANSPORT),
        (Log().deliver(0, "A"), Service.MAILBOX_TRANSPORT),
        (Log(is_2010=True).deliver(0, "A"), Service.HUB_TRANSPORT),
        (Log().event(0, "SUBMIT", "STOREDRIVER"), Service.MAPI_SUBMISSION),
        (Log().event(0, "DEFER", "QUEUE", position=r"D:\logs\MSGTRKMD2024060314-1.LOG:3"), Service.MAILBOX_TRANSPORT),
        (Log().event(0, "Delivered", None), None),
    ],
)
def test_services(event: TrackingEvent, service: Service | None) -> None:
    assert service_of(event) == service


def test_a_shadow_copy_is_a_transfer() -> None:
    log = Log()
    events = (
        log.event(0, "HAREDIRECT", logged_by="A", server="A", source_context="B.example.com=250 2.6.0 queued"),
        log.event(30, "HARECEIVE", logged_by="B", client="A", server="B"),
    )
    (offset,) = ordered(events).offsets
    assert abs(offset.offset) == timedelta(seconds=30)


def test_a_row_of_an_export_that_a_log_has_more_exactly_is_left_out() -> None:
    log = Log()
    exact = log.receive(1.25, "A", "x", internal_message_id="7")
    rounded = replace(exact, time=START + timedelta(seconds=1), position="export.csv:2")
    other = replace(rounded, recipients=("eve@example.com",))
    again = replace(rounded, position="MSGTRK.LOG:9")  # the same log: another event
    assert [event.event for event in ordered((rounded, exact)).events] == [exact]
    assert len(ordered((exact, other, again)).events) == 3


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (Log().event(200_000, "DUPLICATEDELIVER", "STOREDRIVER", logged_by="B"), "DELIVER"),
        (Log().event(2, "FAIL", "ROUTING", logged_by="B"), "DELIVER"),
        (Log().send(2, "A", "B"), "DELIVER"),
    ],
)
def test_delivery_is_final(last: TrackingEvent, outcome: str) -> None:
    events = ordered((Log().deliver(1, "B"), replace(last, position="B.LOG:1"))).events
    assert [found.event.event.event for found in outcomes(events)] == [outcome]


def test_a_message_that_a_moderator_approved_is_not_dropped() -> None:
    log = Log()
    dropped = (log.receive(0, "A", "x"), log.event(1, "DROP", "ROUTING", logged_by="A"))
    approved = (log.receive(300, "A", "A", "APPROVAL"), log.send(301, "A", "B"))
    for events, last in ((dropped, "DROP"), ((*dropped, *approved), "SEND")):
        assert [found.event.event.event for found in outcomes(ordered(events).events)] == [last]


def test_a_distribution_group_is_expanded() -> None:
    log, group = Log(), "list@example.com"
    events = (
        log.receive(0, "A", "x", recipients=(group,)),
        log.event(0.1, "EXPAND", "ROUTING", logged_by="A", related_recipient=group),
        log.deliver(1, "A"),
    )
    found = {outcome.recipient: outcome.event.event.event for outcome in outcomes(ordered(events).events)}
    assert found == {group: "EXPAND", BOB: "DELIVER"}


def test_recipients_of_a_summary_report_have_their_own_statuses() -> None:
    row = Log().event(
        0,
        "",
        source=None,
        recipients=("a@x.example", "b@x.example", "c@x.example"),
        recipient_status=("Receive, Deliver", "Receive, Fail", "Receive, Deliver"),
    )
    merged = ordered([row])
    assert [event.event.event for event in merged.events] == ["Deliver", "Fail"]
    found = {result.recipient: outcome(result.event.event) for result in outcomes(merged.events)}
    assert found == {"a@x.example": "delivered", "b@x.example": "failed", "c@x.example": "delivered"}
