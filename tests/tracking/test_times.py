"""Times in tracking logs: as cultures of Windows write them, and what the rows show of order and zone."""

from datetime import UTC, datetime

import pytest

from hopscope.tracking.times import Evidence, Times, read

NOON = datetime(2024, 6, 3, 14, 2, 35, tzinfo=UTC)
SESSION = "08DC83E7A1B20C41;2024-06-03T12:02:34.900Z;0"


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2024-06-03T14:02:35Z", None),
        ("2024-06-03T16:02:35+02:00", None),
        ("2024-06-03T14:02:35.0000000Z", None),
        ("2024-06-03T09:02:35.000-0500", None),
        ("2024-06-03 14:02:35", None),  # sv-SE
        ("2024/06/03 14:02:35", None),  # ja-JP
        ("2024. 06. 03. 14:02:35", None),  # hu-HU
        ("03.06.2024 14:02:35", None),  # de-DE
        ("3.6.2024 14.02.35", None),  # fi-FI
        ("03-06-2024 14:02:35", None),  # nl-NL
        ("03/06/2024 14:02:35", "dmy"),  # en-GB
        ("6/3/2024 2:02:35 PM", "mdy"),  # en-US
        ("6/3/2024 2:02:35\u202fPM", "mdy"),  # en-US of .NET 8
        ("3/06/2024 2:02:35 p. m.", "dmy"),  # es-CO
        ("06/03/2024 14:02:35", "mdy"),
    ],
)
def test_forms_of_dates(text: str, order: str | None) -> None:
    assert Times(order=order, offset_minutes=0).of({"time": text}) == (NOON, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3/6/24 14:02",
        "31.02.2024 14:02:35",
        "2024-06-03",
        "14:02:35",
        "3/6/2024 13:02:35 PM",
        "2024-06-03T24:02:35Z",
        "2024-06-03T14:60:35Z",
        "0000-06-03T14:02:35Z",
        "0001-01-01T00:00:00+01:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z",
        "2024-06-03T14:02:35Zx",
        "x" * 100_000,
    ],
)
def test_text_that_is_not_a_time(text: str) -> None:
    assert Times(order="dmy", offset_minutes=60).of({"time": text}) == (None, None)


def test_without_an_order_a_date_with_slashes_is_unknown() -> None:
    assert Times(offset_minutes=0).of({"time": "3/6/2024 14:02:35"}) == (None, None)


def test_without_a_zone_the_local_time_is_known() -> None:
    assert Times().of({"time": "03.06.2024 14:02:35"}) == (None, datetime(2024, 6, 3, 14, 2, 35))  # noqa: DTZ001 - no zone


def times(*rows: dict[str, str] | str) -> Times:
    evidence = Evidence()
    for row in rows:
        evidence.add({"time": row} if isinstance(row, str) else row)
    return evidence.times()


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        (["3/6/2024 14:02:35"], None),
        (["3/6/2024 14:02:35", "13/6/2024 14:02:35"], "dmy"),
        (["3/6/2024 14:02:35", "6/13/2024 14:02:35"], "mdy"),
        (["6/3/2024 2:02:35 PM"], None),  # en-US and en-AU write AM and PM
        (["1/6/2024 14:02", "2/6/2024 14:02", "1/7/2024 14:02"], "dmy"),  # sorted by time in this order only
        (["1/7/2024 14:02", "2/6/2024 14:02", "1/6/2024 14:02"], "dmy"),  # in reverse
        (["1/6/2024 14:02", "2/6/2024 14:02"], None),  # two dates are sorted in both orders
        (["1/7/2024 14:02", "1/6/2024 14:02", "2/6/2024 14:02"], None),  # sorted in neither
        (["13/6/2024 14:02", "6/13/2024 14:02", "1/2/2024 14:02"], None),  # a contradiction
    ],
)
def test_order_of_days_and_months(rows: list[str], order: str | None) -> None:
    assert times(*rows).order == order


def test_the_session_decides_the_order_of_days_and_months() -> None:
    row = {"time": "6/3/2024 2:02:35 PM", "source_context": SESSION}
    assert times(row) == Times(
        order="mdy", offset_minutes=120, since=NOON.replace(tzinfo=None), until=NOON.replace(tzinfo=None)
    )


@pytest.mark.parametrize(
    ("row", "minutes"),
    [
        ({"time": "03.06.2024 14:02:35", "source_context": SESSION}, 120),
        ({"time": "03.06.2024 08:02:35", "source_context": SESSION}, -240),
        ({"time": "03.06.2024 17:32:35", "source_context": SESSION}, 330),
        ({"time": "03.06.2024 14:02:34", "source_context": SESSION}, 120),  # rounded down
        ({"time": "03.06.2024 14:12:30", "source_context": SESSION}, 120),
        ({"time": "03.06.2024 14:14:30", "source_context": SESSION}, None),  # longer than a session lasts
        ({"time": "05.06.2024 14:02:35", "source_context": SESSION}, None),
        ({"time": "03.06.2024 14:02:35", "source_context": "08DC83E7A1B20C41;250 2.0.0 OK"}, None),
        (
            {
                "time": "03.06.2024 20:07:41",
                "message_info": "2024-06-03T18:02:34.201Z;LSRV=EX2:TOTAL-HUB=307",
                "message_latency": "00:05:07.0850000",
            },
            120,
        ),
        ({"time": "03.06.2024 20:07:41", "message_info": "2024-06-03T18:02:34.201Z"}, None),  # held for how long?
    ],
)
def test_zone_of_local_times(row: dict[str, str], minutes: int | None) -> None:
    assert times(row).offset_minutes == minutes


def test_a_row_with_its_session_needs_no_other_rows() -> None:
    row = {"time": "03.06.2024 14:02:35", "source_context": SESSION}
    assert Times().of(row) == (datetime(2024, 6, 3, 12, 2, 35, tzinfo=UTC), None)


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("2024-06-03 14:02:35", True),
        ("2024-06-03 02:30:00", True),
        ("2024-06-04 02:00:00", True),
        ("2024-06-03 01:00:00", False),
        ("2024-06-05 14:02:35", False),
        ("2024-11-03 14:02:35", False),
        ("0001-01-01 00:00:00", False),
    ],
)
def test_the_zone_holds_near_the_rows_that_show_it(text: str, *, is_known: bool) -> None:
    evidence = Evidence()
    evidence.add({"time": "2024-06-03 14:02:35", "source_context": SESSION})
    assert (evidence.times().of({"time": text})[0] is not None) == is_known


def test_the_zone_is_unknown_if_rows_contradict_each_other() -> None:
    summer = {"time": "03.06.2024 14:02:35", "source_context": SESSION}
    winter = {"time": "03.12.2024 13:02:35", "source_context": SESSION.replace("06-03", "12-03")}
    assert times(summer, winter).offset_minutes is None
    assert times(summer, "03.06.2024 14:02:36").offset_minutes == 120


def test_the_date_as_written_is_kept() -> None:
    written = read("03.06.2024 14:02:35")
    assert written is not None
    assert (written.first, written.second, written.third, written.separator, written.offset) == (3, 6, 2024, ".", None)
