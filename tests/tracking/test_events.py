"""A row of each form becomes an event."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from hopscope.model import TrackingEvent
from hopscope.tracking.events import event
from hopscope.tracking.forms import recognised
from tests.tracking.logs import CMDLET, EXTENDED, LOG, OF_2010, SUMMARY, TRACE, exported, log, received, table

TIME = datetime(2024, 6, 3, 18, 2, 35, tzinfo=UTC)


def only(text: str) -> TrackingEvent:
    """The event of the last row."""
    form = recognised(text)
    assert form is not None
    found = event(text.splitlines()[-1].encode(), form, "log:6")
    assert found is not None
    return found


def of_log(**cells: str) -> TrackingEvent:
    return only(log(received(**cells)))


def test_all_columns_of_a_log() -> None:
    cells = {name: f"the {name}" for name in LOG}
    found = only(log({**cells, "date-time": "2024-06-03T18:02:35Z", "total-bytes": "2811"}))
    assert found == TrackingEvent(
        position="log:6",
        time=TIME,
        event="THE EVENT-ID",
        source="THE SOURCE",
        client="the client-hostname",
        client_ip="the client-ip",
        server="the server-hostname",
        server_ip="the server-ip",
        connector="the connector-id",
        source_context="the source-context",
        internal_message_id="the internal-message-id",
        message_id="the message-id",
        network_message_id="the network-message-id",
        recipients=("the recipient-address",),
        recipient_status=("the recipient-status",),
        total_bytes=2811,
        related_recipient="the related-recipient-address",
        reference="the reference",
        subject="the message-subject",
        sender="the sender-address",
        return_path="the return-path",
        message_info="the message-info",
        directionality="the directionality",
        original_client_ip="the original-client-ip",
        custom_data=(("the custom-data", ""),),
    )


CASES: dict[str, tuple[str, Mapping[str, object]]] = {
    "log": (log(received()), {"event": "RECEIVE", "source": "SMTP", "server": "EX2"}),
    "log of 2010": (log(received(), columns=OF_2010), {"event": "RECEIVE", "logged_by": "EX2"}),
    "log with other names": (
        table(
            [name.replace("-", "_") for name in LOG], {key.replace("-", "_"): cell for key, cell in received().items()}
        ),
        {"event": "RECEIVE", "message_id": "<a@b.example>"},
    ),
    "cmdlet": (table(CMDLET, exported("2024-06-03T18:02:35Z")), {"event": "RECEIVE", "source": "SMTP"}),
    "cmdlet, semicolons": (table(CMDLET, exported("2024-06-03 18:02:35Z"), separator=";"), {"event": "RECEIVE"}),
    "cmdlet, tabs": (table(CMDLET, exported("2024-06-03T18:02:35Z"), separator="\t"), {"event": "RECEIVE"}),
    "cmdlet, type": ("#TYPE X\r\n" + table(CMDLET, exported("2024-06-03T18:02:35Z")), {"event": "RECEIVE"}),
    "extended trace": (
        table(
            EXTENDED, {"date_time_utc": "2024-06-03T18:02:35.0000000Z", "event_id": "DELIVER", "source": "STOREDRIVER"}
        ),
        {"event": "DELIVER", "source": "STOREDRIVER"},
    ),
    "summary trace": (
        table(
            SUMMARY,
            {"origin_timestamp_utc": "2024-06-03T18:02:35Z", "recipient_status": "b@c.example##Receive, Deliver"},
        ),
        {"event": "Deliver", "source": None, "recipients": ("b@c.example",), "recipient_status": ("Receive, Deliver",)},
    ),
    "summary trace, several recipients": (
        table(
            [*SUMMARY, "recipient_address"],
            {
                "origin_timestamp_utc": "2024-06-03T18:02:35Z",
                "recipient_address": "b@c.example;d@c.example",
                "recipient_status": "b@c.example##Receive, Deliver;d@c.example##Receive, Fail",
            },
        ),
        {
            "event": "",
            "recipients": ("b@c.example", "d@c.example"),
            "recipient_status": ("Receive, Deliver", "Receive, Fail"),
        },
    ),
    "summary trace, recipient in its column": (
        table(
            [*SUMMARY, "recipient_address"],
            {
                "origin_timestamp_utc": "2024-06-03T18:02:35Z",
                "recipient_address": "b@c.example",
                "recipient_status": "##Receive, Fail",
            },
        ),
        {"event": "Fail", "recipients": ("b@c.example",), "recipient_status": ("Receive, Fail",)},
    ),
    "trace": (
        table(
            TRACE,
            {
                "Received": "6/13/2024 6:02:35 PM",
                "Status": "Delivered",
                "MessageTraceId": "3f1c8a52-9d04-4b7e-6a21-08dc83f4c1b2",
                "RecipientAddress": "b@c.example",
                "FromIP": "192.0.2.7",
            },
        ),
        {
            "event": "Delivered",
            "time": TIME.replace(day=13),
            "network_message_id": "3f1c8a52-9d04-4b7e-6a21-08dc83f4c1b2",
            "original_client_ip": "192.0.2.7",
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_forms(name: str) -> None:
    text, expected = CASES[name]
    found = only(text)
    assert {key: getattr(found, key) for key in expected} == expected


@pytest.mark.parametrize(("name", "is_utc"), [("origin_timestamp_utc", True), ("origin_timestamp", False)])
def test_reports_of_the_admin_center_may_be_in_its_time_zone(name: str, is_utc: bool) -> None:  # noqa: FBT001 - a column
    columns = [name, *SUMMARY[1:]]
    found = only(table(columns, {name: "2024-06-03 18:02:35", "recipient_status": "b@c.example##Deliver"}))
    assert (found.time == TIME, found.local_time is None) == (is_utc, is_utc)


@pytest.mark.parametrize(
    ("cells", "server"),
    [
        ({"event-id": "RECEIVE"}, "EX2"),
        ({"event-id": "HAREDIRECT", "client-hostname": ""}, "EX2"),
        ({"event-id": "SEND"}, "EX1.corp.example"),
        ({"event-id": "SENDEXTERNAL"}, "EX1.corp.example"),
        ({"event-id": "DEFER"}, None),
        ({"event-id": "DEFER", "server-hostname": ""}, "EX1.corp.example"),
        ({"event-id": "DEFER", "client-hostname": ""}, "EX2"),
        ({"event-id": "SUBMIT", "source": "STOREDRIVER"}, "EX1.corp.example"),
        ({"event-id": "DELIVER", "source": "STOREDRIVER"}, "EX2"),
        ({"event-id": "DELIVERFAIL", "source": "STOREDRIVER", "server-hostname": ""}, None),
        ({"event-id": "RESUBMIT", "source": "SAFETYNET", "client-hostname": ""}, None),
        ({"event-id": "RESOLVE", "source": "ROUTING", "client-hostname": ""}, "EX2"),
        ({"event-id": "FAIL"}, "EX1.corp.example"),
        ({"event-id": "FAIL", "source": "ROUTING", "client-hostname": ""}, "EX2"),
        ({"event-id": "FAIL", "source": "ROUTING"}, None),
        ({"event-id": "NEWEVENT"}, None),
        ({"event-id": ""}, None),
    ],
)
def test_the_server_that_wrote_a_row(cells: dict[str, str], server: str | None) -> None:
    assert only(log({**received(), **cells})).logged_by == server


def test_hub_transport_of_2010_delivers_to_the_mailbox_server() -> None:
    row = {**received(), "event-id": "DELIVER", "source": "STOREDRIVER"}
    assert only(log(row, columns=OF_2010, head="#Version: 14.0.0.0\r\n")).logged_by == "EX1.corp.example"
    assert (
        only(table(CMDLET[:7], exported("", EventId="DELIVER", ClientHostname="HUB", ServerHostname="MBX"))).logged_by
        == "HUB"
    )


def test_a_row_of_an_export_of_2010_has_no_network_message_id() -> None:
    row = exported("", EventId="DELIVER", Source="STOREDRIVER", ClientHostname="HUB", ServerHostname="MBX")
    assert only(table(CMDLET, row)).logged_by == "HUB"
    assert only(table(CMDLET, row | {"NetworkMessageId": "3f1c8a52-9d04-4b7e-6a21-08dc83f4c1b2"})).logged_by == "MBX"


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("", ()),
        ("250 2.1.5 Recipient OK;250 2.1.5 Recipient OK", ("250 2.1.5 Recipient OK", "250 2.1.5 Recipient OK")),
        ("To;Cc", ("To", "Cc")),
        ("550 5.1.1 a; b;250 2.0.0 OK", ("550 5.1.1 a; b", "250 2.0.0 OK")),
        ("[{LED=432 4.3.2 a};{MSG=}];[{LED=432 4.3.2 a};{MSG=}]", ("[{LED=432 4.3.2 a};{MSG=}]",) * 2),
        ("550 4.4.7 QUEUE.Expired; message expired", ("550 4.4.7 QUEUE.Expired; message expired",)),
        ("System.String[]", ()),
    ],
)
def test_status_by_recipient(text: str, statuses: tuple[str, ...]) -> None:
    found = of_log(recipient_address="a@b.example;c@d.example", recipient_status=text)
    assert found.recipients == ("a@b.example", "c@d.example")
    assert found.recipient_status == statuses


def test_recipients_as_format_list_shows_them() -> None:
    assert of_log(recipient_address="{a@b.example; c@d.example}").recipients == ("a@b.example", "c@d.example")
    assert of_log(recipient_address="System.String[]").recipients == ()


@pytest.mark.parametrize(
    ("cells", "reply"),
    [
        (
            {"recipient_status": "[{LED=432 4.3.2 STOREDRV; offline};{MSG=};{FQDN=EX1};{IP=10.0.0.1};{LRT=}]"},
            "432 4.3.2 STOREDRV; offline",
        ),
        (
            {"recipient_status": "[{LRT=};{LED=550 5.7.1 RESOLVER.RST.AuthRequired};{FQDN=};{IP=}]"},
            "550 5.7.1 RESOLVER.RST.AuthRequired",
        ),
        ({"recipient_status": "250 2.1.5 Recipient OK"}, "250 2.1.5 Recipient OK"),
        ({"recipient_status": "To", "source_context": "08DC;250 2.0.0 OK;ClientSubmitTime:2024"}, "250 2.0.0 OK"),
        (
            {"source_context": "EX1=250 2.6.0 <a@b> Queued mail for redundancy"},
            "250 2.6.0 <a@b> Queued mail for redundancy",
        ),
        ({"source_context": "08DC83E7A1B20C41;2024-06-03T18:02:35.043Z;0"}, None),
        ({"source_context": "CatContentConversion"}, None),
    ],
)
def test_replies(cells: dict[str, str], reply: str | None) -> None:
    assert of_log(**cells).reply == reply


def test_message_info() -> None:
    later = "2024-06-03T18:07:35.514Z"
    moment = datetime(2024, 6, 3, 18, 7, 35, 514000, tzinfo=UTC)
    deferred = of_log(event_id="DEFER", message_info=later)
    assert (deferred.next_retry, deferred.arrived_at) == (moment, None)
    sent = of_log(event_id="SEND", message_info=f"{later};LSRV=EX2:TOTAL-HUB=0.3")
    assert (sent.next_retry, sent.arrived_at) == (None, moment)
    arrived = of_log(event_id="DEFER", message_info="2024-06-03T18:02:35.172Z")
    assert (arrived.next_retry, arrived.arrived_at) == (None, None), "not after the event"
    other = of_log(message_info="0cI: ")
    assert (other.next_retry, other.arrived_at, other.message_info) == (None, None, "0cI: ")


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("S:A=1;S:B=x;y=z;S:C=", (("A", "1"), ("B", "x;y=z"), ("C", ""))),
        ("S:AMA=SUM|v=1|action=b", (("AMA", "SUM|v=1|action=b"),)),
        ("[A, 1];[B, x,y]", (("A", "1"), ("B", "x,y"))),
        ("text", (("text", ""),)),
    ],
)
def test_custom_data(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert of_log(custom_data=text).custom_data == pairs


@pytest.mark.parametrize(("text", "size"), [("2811", 2811), ("", None), ("-1", None), ("1" * 30, None), ("٣", None)])
def test_size(text: str, size: int | None) -> None:
    assert of_log(total_bytes=text).total_bytes == size


def test_quoted_cells() -> None:
    found = of_log(message_subject='Re: "draft", second')
    assert (found.subject, found.message_id) == ('Re: "draft", second', "<a@b.example>")


@pytest.mark.parametrize("row", [b"", b"x", b"a,b,c", b'"', b"," * 40 + b"x", b"\xff" * 10, b"\0,\0"])
def test_damaged_rows_have_no_event(row: bytes) -> None:
    form = recognised(log())
    assert form is not None
    assert event(row, form, "log:6") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Received: from a by b; Mon, 3 Jun 2024 18:02:35 +0000\r\n",
        "#Log-type: SMTP Receive Protocol Log\r\n#Fields: date-time,connector-id,session-id\r\n",
        "#Fields: x\r\n",
        "a,b,c\r\n1,2,3\r\n",
        "message_id,event_id\r\n",
        "\0" * 100,
    ],
)
def test_other_text_is_not_recognised(text: str) -> None:
    assert recognised(text) is None
