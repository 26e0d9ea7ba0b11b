"""Tracking logs and databases of locations: looked up for each message, in this process and in others."""

import multiprocessing
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest

import hopscope
from hopscope.analysis.analyze import Analysis
from hopscope.config.settings import Settings
from hopscope.errors import SourceError
from hopscope.model import Location
from hopscope.scale import run as running
from hopscope.scale.checking import check_chunk
from hopscope.scale.lines import lines
from hopscope.scale.reading import Result, analyzed
from hopscope.scale.reporting import report, sample
from hopscope.scale.selecting import select
from hopscope.scale.supplements import Supplements
from hopscope.sources.locations import LocationDatabases
from hopscope.tracking.index import open_index

from ..location_databases import database

NETWORK_ID = "11111111-2222-3333-4444-555555555555"
LOG = f"""\
#Software: Microsoft Exchange Server
#Log-type: Message Tracking Log
#Fields: date-time,source,event-id,message-id,network-message-id
2024-06-03T18:02:33.000Z,SMTP,RECEIVE,<1@a.example>,{NETWORK_ID}
2024-06-03T18:02:34.000Z,SMTP,SEND,<1@a.example>,{NETWORK_ID}
2024-06-03T18:02:35.000Z,SMTP,RECEIVE,<2@a.example>,66666666-2222-3333-4444-555555555555
"""
RECEIVED = (
    "Received: from mail.b.example (mail.b.example [203.0.113.5]) by mx.a.example ([198.51.100.9]); "
    "Mon, 3 Jun 2024 18:02:33 +0000\n"
)
MAIL = RECEIVED + "Message-ID: <1@a.example>\n\n"


def unexpected(error: SourceError) -> None:
    raise error


@pytest.fixture
def supplements(tmp_path: Path) -> Iterator[Supplements]:
    (tmp_path / "MSGTRK1.LOG").write_text(LOG)
    countries = {"203.0.113.0/24": {"country": {"iso_code": "DE"}}, "198.51.100.0/24": {"country": {"iso_code": "FR"}}}
    (tmp_path / "a.mmdb").write_bytes(database(countries))
    with (
        open_index([str(tmp_path / "MSGTRK1.LOG")], None, unexpected) as index,
        LocationDatabases([str(tmp_path / "a.mmdb")]) as databases,
    ):
        yield Supplements(index, databases)


def events(supplements: Supplements, header: str) -> list[tuple[str, str | None]]:
    found = supplements.events(hopscope.read(header + "\n"))
    return [(event.event, event.message_id) for event in found]


FIRST = [("RECEIVE", "<1@a.example>"), ("SEND", "<1@a.example>")]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param("Message-ID: <1@a.example>\n", FIRST, id="message-id"),
        pytest.param("Message-ID:\n  <1@a.example>\n", FIRST, id="folded"),
        pytest.param("Message-ID: <3@a.example>\n", [], id="another message"),
        pytest.param("Subject: x\n", [], id="no id"),
        pytest.param("X-MS-Exchange-Organization-Network-Message-Id:\n", [], id="an empty id"),
        *(
            pytest.param(f"{name}: {NETWORK_ID}\n", FIRST, id=name)
            for name in (
                "X-MS-Exchange-Organization-Network-Message-Id",
                "X-MS-Exchange-CrossTenant-Network-Message-Id",
                "X-MS-Office365-Filtering-Correlation-Id",
            )
        ),
        pytest.param(
            f"Message-ID: <2@a.example>\nX-MS-Office365-Filtering-Correlation-Id: {NETWORK_ID}\n",
            [*FIRST, ("RECEIVE", "<2@a.example>")],
            id="two ids",
        ),
    ],
)
def test_events_are_those_with_an_id_of_the_message(
    supplements: Supplements, header: str, expected: list[tuple[str, str | None]]
) -> None:
    assert events(supplements, header) == expected
    assert supplements.tracked == bool(expected)


def test_addresses_of_both_servers_of_a_hop_are_located(supplements: Supplements) -> None:
    analysis = analyzed(hopscope.read(MAIL), None, supplements)
    assert analysis.locations == {"203.0.113.5": Location(country="DE"), "198.51.100.9": Location(country="FR")}
    assert [event.event for event in analysis.tracking_events] == ["RECEIVE", "SEND"]


def test_without_supplements_nothing_is_known() -> None:
    analysis = analyzed(hopscope.read(MAIL), None, Supplements())
    assert (analysis.locations, analysis.tracking_events) == ({}, ())
    assert analyzed(hopscope.read(MAIL), None) == Analysis(route=hopscope.read(MAIL))


def looked_up(supplements: Supplements) -> tuple[int, int]:
    """In another process: how many events and locations there are."""
    analysis = analyzed(hopscope.read(MAIL), None, supplements)
    return len(analysis.tracking_events), len(analysis.locations)


@pytest.mark.parametrize("method", sorted({"spawn", "forkserver"} & {*multiprocessing.get_all_start_methods()}))
def test_another_process_opens_the_files_itself(supplements: Supplements, method: str) -> None:
    assert looked_up(supplements) == (2, 2)
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(looked_up, (supplements,)) == (2, 2)
    assert events(supplements, "Message-ID: <1@a.example>\n") == FIRST


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_result_of_a_chunk_says_whether_a_message_was_tracked(supplements: Supplements, jobs: int) -> None:
    works = (
        partial(lines, tz=None, supplements=supplements),
        partial(select, supplements=supplements),
        partial(check_chunk, settings=Settings(), summarized=False, supplements=supplements),
    )
    others = RECEIVED + "Message-ID: <0@a.example>\n\n"
    dump = "".join(
        f"From a Mon Jun  3 18:02:33 2024\n{mail}" for mail in (others, others, others, others, MAIL, others)
    )
    with patch.object(running, "CHUNK", 2):
        for work in works:
            results: list[Result] = list(running.run(work, ["-"], BytesIO(dump.encode()), jobs=jobs))
            assert [result.tracked for result in results] == [False, False, True]
        samples = sample(["-"], BytesIO(dump.encode()), details=1, supplements=supplements, jobs=jobs)
        tracked = [(part.tracked, part) for part in samples]
        assert [known for known, _ in tracked] == [False, False, True]
    page = "".join(report(tracked[-1][1], lambda items, process: map(process, items), supplements=supplements))
    assert "<dd>DE</dd>" in page


def test_a_run_without_logs_tracks_nothing() -> None:
    (result,) = running.run(partial(lines, tz=None, supplements=Supplements()), ["-"], BytesIO(MAIL.encode()))
    assert result.tracked is None
