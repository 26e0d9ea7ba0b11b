"""Times of other fields than Received."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.analysis.indexed_route import IndexedRoute
from hopscope.analysis.reference_times import FORMS, MOST, reference_times
from hopscope.data import table
from hopscope.model import ReferenceTime, Route

from .messages import FE, POSTFIX, message, smtp

GUID = "00112233-4455-4677-e8e4-08dc50fddf3c"
STAMP = f"{smtp('mx.b.example', 'cas.a.example', via=FE)}; Sat, 30 Mar 2024 21:10:48 +0000"
LATER = f"{smtp('cas.a.example', 'hub.a.example')}; Sat, 30 Mar 2024 21:10:49 +0000"


def times(route: Route) -> tuple[ReferenceTime, ...]:
    return reference_times(IndexedRoute(route=route))


@pytest.mark.parametrize(
    ("header", "name", "value", "server"),
    [
        (
            f"X-MS-Exchange-Organization-Network-Message-Id: {GUID}",
            "Network-Message-Id",
            "2024-03-30T21:10:48.202672+00:00",
            "cas.a.example",
        ),
        (
            f"X-MS-Office365-Filtering-Correlation-Id: {GUID}",
            "Network-Message-Id",
            "2024-03-30T21:10:48.202672+00:00",
            "cas.a.example",
        ),
        (
            "x-ms-exchange-crosstenant-originalarrivaltime: 30 Mar 2024 21:10:48.2409\n\t(UTC)",
            "OriginalArrivalTime",
            "2024-03-30T21:10:48.240900+00:00",
            "cas.a.example",
        ),
        (
            "X-MS-Exchange-Organization-OriginalArrivalTime: 30 Mar 2024 20:10:48.2409 (UTC)",
            "OriginalArrivalTime",
            "2024-03-30T20:10:48.240900+00:00",
            None,
        ),
        (
            "X-OriginalArrivalTime: 28 Sep 2005 19:53:58.0711 (UTC) FILETIME=[5DAACC70:01C5C466]",
            "X-OriginalArrivalTime",
            "2005-09-28T19:53:58.711000+00:00",
            None,
        ),
        ("X-MS-Exchange-Transport-EndToEndLatency: 00:00:15.2505126", "EndToEndLatency", 15.250512, None),
        ("Date: Sat, 30 Mar 2024 22:10:40 +0100", "Date", "2024-03-30T22:10:40+01:00", None),
        (
            "DKIM-Signature: v=1; d=c.example; s=x;\n t=1711782541; b=t=1;",
            "DKIM t=",
            "2024-03-30T07:09:01+00:00",
            "c.example",
        ),
        ("ARC-Seal: i=1; a=rsa-sha256; t=1711782541; cv=none", "ARC-Seal t=", "2024-03-30T07:09:01+00:00", None),
        (
            "X-Received: by 2002:a05:6512:b90:b0:539 with SMTP id 7; Sat, 30 Mar 2024 14:10:47 -0700 (PDT)",
            "X-Received",
            "2024-03-30T14:10:47-07:00",
            "2002:a05:6512:b90:b0:539",
        ),
        (
            "Thread-Index: AdqC4eUqAAAAAAAAAAAAAAAAAAAAAA==",
            "Thread-Index",
            "2024-03-30T20:36:08.483840+00:00",
            None,
        ),
    ],
)
def test_a_reference_time(header: str, name: str, value: str | float, server: str | None) -> None:
    (time,) = times(message(STAMP, LATER, headers=f"Subject: test\n{header}\n"))
    read = time.time.isoformat() if time.time else time.duration and time.duration.total_seconds()
    assert (time.name, read, time.server) == (name, value, server)
    assert time.field.name == header.split(":", maxsplit=1)[0]
    assert time.field.line == 4


@pytest.mark.parametrize(
    ("body", "seconds", "server", "time"),
    [
        pytest.param(
            "delayed 9428 seconds by postgrey-1.37 at mx.a.example; Thu, 24 Mar 2022 06:47:53 PDT",
            9428,
            "mx.a.example",
            "2022-03-24T06:47:53-07:00",
            id="postgrey",
        ),
        pytest.param(
            "delayed 361 seconds by postgrey-1.31 at mail19;\n\tTue, 19 May 2026 22:37:03 CEST",
            361,
            "mail19",
            "2026-05-19T22:37:03+02:00",
            id="postgrey, folded",
        ),
        pytest.param("delayed 00:05:59 by SQLgrey-1.7.6", 359, None, None, id="SQLgrey"),
        pytest.param("delayed 1 day 04:28:48 by SQLgrey-1.7.6", 102_528, None, None, id="SQLgrey, over a day"),
        pytest.param(
            "Delayed for 02:20:00 by milter-greylist-4.4.3 (osiris.a.example\n [192.0.2.30]); "
            "Tue, 31 Mar 2020 05:24:07 +0200 (CEST)",
            8400,
            "osiris.a.example",
            "2020-03-31T05:24:07+02:00",
            id="milter-greylist",
        ),
        pytest.param(
            "Delayed for 111:19:22 by milter-greylist-4.4.3 (osiris.a.example [IPv6:2001:db8::30]); "
            "Mon, 08 Mar 2021 06:55:24 +0100 (CET)",
            400_762,
            "osiris.a.example",
            "2021-03-08T06:55:24+01:00",
            id="milter-greylist, over a day",
        ),
        pytest.param("Greylisting: delayed 5 minutes", 300, None, None, id="minutes"),
        pytest.param("message greylisted for 301 seconds", 301, None, None, id="another order"),
        pytest.param("delayed 2 hours by policyd at mx.a.example", 7200, "mx.a.example", None, id="hours"),
    ],
)
def test_greylist_field_records_delay_and_its_end(
    body: str, seconds: int, server: str | None, time: str | None
) -> None:
    (reference,) = times(message(POSTFIX, headers=f"X-Greylist: {body}\n"))
    assert reference.duration is not None
    assert (reference.duration.total_seconds(), reference.server) == (seconds, server)
    assert (reference.time and reference.time.isoformat()) == time


@pytest.mark.parametrize(
    "body",
    [
        "Sender IP whitelisted, not delayed by milter-greylist-4.5.16 (mx1.a.example [192.0.2.1]); Mon, 13 Feb 2017",
        "domain auto-whitelisted by SQLgrey-1.8.0",
        "inspected by milter-greylist-4.5.16 (mx1.a.example [192.0.2.1])",
        "delayed by someone",
        "delayed",
    ],
)
def test_no_greylisting(body: str) -> None:
    assert times(message(POSTFIX, headers=f"X-Greylist: {body}\n")) == ()


@pytest.mark.parametrize(
    "header",
    [
        "X-MS-Exchange-Organization-Network-Message-Id: 0f8fad5b-d9cb-469f-a165-70867728950e",
        "X-MS-Exchange-CrossTenant-OriginalArrivalTime: 30 Mar 2024 21:10:48.2409",
        "X-MS-Exchange-Transport-EndToEndLatency: soon",
        "X-OriginalArrivalTime: 28 Sep 2005 19:53:58.0711 (UTC) FILETIME=[0:0]",
        "X-Greylist: domain auto-whitelisted by SQLgrey-1.8.0",
        "X-Received: by a.example with SMTP id 7",
        "DKIM-Signature: v=1; d=c.example; t=; b=x",
        "DKIM-Signature: v=1; d=c.example; t=99999999999; b=x",
        "Date: Sat, 30 Mar 1889 22:10:40 +0100",
        "Date: Sat, 30 Mar 1904 22:10:40 +0100",
        "Date: yesterday",
        "X-Date: Sat, 30 Mar 2024 22:10:40 +0100",
    ],
)
def test_fields_without_a_plausible_time_are_omitted(header: str) -> None:
    assert times(message(STAMP, headers=f"{header}\n")) == ()


def test_every_format_of_the_table_has_a_parser_and_every_parser_a_field() -> None:
    rows = table("reference_times")
    assert {row["form"] for row in rows} == set(FORMS)
    assert {row["clock"] for row in rows} == {"exchange", "signer", "host", "both", "unknown"}
    assert all(row["source"] and row["field"] == row["field"].lower() for row in rows)
    assert len({row["field"] for row in rows}) == len(rows)


def test_the_number_of_times_is_limited() -> None:
    many = "Date: Sat, 30 Mar 2024 22:10:40 +0100\n" * (MOST + 1)
    assert len(times(message(STAMP, headers=many))) == MOST


@given(st.sampled_from([row["field"] for row in table("reference_times")]), st.text())
def test_any_body_gives_at_most_one_time(field: str, body: str) -> None:
    route = hopscope.read(f"{field}: {body!r}\n{field}: {body}\n\n".encode("utf-8", "surrogateescape"))
    assert len(times(route)) <= len(route.headers)


@pytest.mark.parametrize("padding", [0, MOST])
def test_times_of_selected_names_are_a_subset_of_all_times(padding: int) -> None:
    headers = f"Date: Sat, 30 Mar 2024 22:10:40 +0100\nARC-Seal: t=1711782541\n{'X: y' + chr(10)}" * 2
    many = "DKIM-Signature: t=1711782541\n" * padding
    index = IndexedRoute(route=message(STAMP, headers=f"{headers}{many}{headers}"))
    for names in ({"Date"}, {"Date", "ARC-Seal t="}, set()):
        every = reference_times(index)
        assert reference_times(index, frozenset(names)) == tuple(time for time in every if time.name in names)
