"""Other timestamps and clock skew of a message in words."""

import pytest

import hopscope
from hopscope.analysis.analyze import analyze
from hopscope.renderers.message import clock_wording, explanation

DATE = "Sat, 30 Mar 2024 {} +0000"


def received(server: str, time: str) -> str:
    return f"Received: by {server} with SMTP; {DATE.format(time)}\n"


def clock_sections(*fields: str) -> list[list[str]]:
    return list(clock_wording.paragraphs(analyze(hopscope.read("".join(reversed(fields))))))


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (
            f"Date: {DATE.format('11:59:59')}\n",
            "Date (line 1): 2024-03-30 11:59:59 +0000; submission by the client, clock of the client",
        ),
        (
            "ARC-Seal: i=1; t=1711782541; d=a.example\n",
            ("ARC-Seal t= (line 1): 2024-03-30 07:09:01 +0000; ARC sealing, clock of the signer for a.example"),
        ),
        (
            f"X-Received: by 2002:a05::1 with SMTP id 7; {DATE.format('11:59:59')}\n",
            "X-Received (line 1): 2024-03-30 11:59:59 +0000; reception inside Google, clock of 2002:a05::1",
        ),
        (
            "X-MS-Exchange-Transport-EndToEndLatency: 00:00:15.2505126\n",
            "EndToEndLatency (line 1): 15.250512 s; delivery minus OriginalArrivalTime, clocks of two servers",
        ),
        (
            f"X-Greylist: delayed 300 seconds by postgrey-1.37 at a.example; {DATE.format('11:59:59')}\n",
            ("X-Greylist (line 1): 2024-03-30 11:59:59 +0000, 5 min; acceptance after greylisting, clock of a.example"),
        ),
    ],
)
def test_reference_times(field: str, words: str) -> None:
    assert clock_sections(received("a.example", "12:00:00"), field) == [
        ["Timestamps in other header fields:", f"  - {words}"]
    ]


def test_measured_latency_and_the_delay_it_explains() -> None:
    field = "X-MS-Exchange-Organization-MessageLatency: SRV=a.example:TOTAL-HUB=3600.5|QDM=1800|SMS=5|QDM=1790.5\n"
    (_, measured), (_, account) = clock_sections(
        received("a.example", "12:00:00"), received("b.example", "13:00:00"), field
    )
    assert measured == (
        "  - a.example (Transport or Hub Transport) held the message for 3600.5 s: "
        "QDM 1800 s (waiting in the delivery queue to a mailbox database), SMS 5 s (sending by SMTP), "
        "QDM 1790.5 s (waiting in the delivery queue to a mailbox database)"
    )
    assert account == (
        "  - from hop 1 to hop 2: "
        "QDM (waiting in the delivery queue to a mailbox database) took 3590.5 s in 2 parts of 1 h"
    )


def test_a_server_that_still_queues_the_message() -> None:
    field = "X-MS-Exchange-Organization-MessageLatencyInProgress: LSRV=a.example:TOTAL=600|X=600\n"
    (_, measured), (_, account) = clock_sections(received("a.example", "12:00:00"), field)
    assert measured == "  - a.example held the message for 600 s so far: X 600 s"
    assert account == "  - at the server of hop 1: X took 600 s of 10 min"


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (
            ("12:00:00", "11:58:00", "12:00:02"),
            (
                "b.invalid, hop 2: about 2 min 1 s behind, likely: hop 2 is 2 min earlier than hop 1; hop 3 is 2 min "
                "2 s later than hop 2; hop 2 corrected: 2024-03-30 12:00:01 +0000"
            ),
        ),
        (
            ("12:00:00", "13:00:00", "12:00:00"),
            (
                "b.invalid, hop 2: wrong time zone, about 1 h ahead, likely: hop 3 is 1 h earlier than hop 2; hop 2 "
                "is 1 h later than hop 1; hop 2 corrected: 2024-03-30 12:00:00 +0000"
            ),
        ),
        (
            ("12:02:00", "12:00:00", "12:00:01"),
            (
                "a.example, hop 1: at least 2 min ahead, likely: hop 2 is 2 min earlier than hop 1; hop 3 is earlier "
                "than hop 1, too"
            ),
        ),
        (
            ("12:02:00", "12:00:00", "12:20:00"),
            (
                "hops 1 and 2: unknown which clock is wrong: hop 2 is 2 min earlier than hop 1; no "
                "independent third clock identifies the skewed one"
            ),
        ),
    ],
)
def test_clocks(times: tuple[str, str, str], words: str) -> None:
    hosts = ("a.example", "b.invalid", "c.test")
    assert clock_sections(*map(received, hosts, times)) == [["Clock skew:", f"  - {words}"]]


def test_no_sections_without_clocks() -> None:
    assert clock_sections(received("a.example", "12:00:00")) == []


def test_the_explanation_of_a_message_shows_clocks_before_hops() -> None:
    text = explanation.message(
        analyze(hopscope.read(f"{received('a.example', '12:00:00')}Date: {DATE.format('12:00:00')}\n"))
    )
    assert text.startswith("Timestamps in other header fields:\n  - Date (line 2): ")
    assert "\n\nHop 1: " in text
