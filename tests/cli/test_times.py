"""Points in time as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.cli.times import point_in_time

NOW = datetime(2024, 6, 5, 10, 30, tzinfo=UTC)  # a Wednesday
SYDNEY = timezone(timedelta(hours=10))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2024-06-05T10:30:00+00:00"),
        ("7d", "2024-05-29T10:30:00+00:00"),
        ("24h", "2024-06-04T10:30:00+00:00"),
        ("2w", "2024-05-22T10:30:00+00:00"),
        ("90m", "2024-06-05T09:00:00+00:00"),
        ("3 months ago", "2024-03-05T10:30:00+00:00"),
        ("1 Week 2 days", "2024-05-27T10:30:00+00:00"),
        ("1d 12h", "2024-06-03T22:30:00+00:00"),
        ("1.5h", "2024-06-05T09:00:00+00:00"),
        ("an hour ago", "2024-06-05T09:30:00+00:00"),
        ("a week", "2024-05-29T10:30:00+00:00"),
        ("tomorrow", "2024-06-06T00:00:00+00:00"),
        ("1y", "2023-06-05T10:30:00+00:00"),
        ("last wednesday", "2024-05-29T00:00:00+00:00"),
        ("Last week", "2024-05-29T10:30:00+00:00"),
        ("last month", "2024-05-05T10:30:00+00:00"),
        ("last monday", "2024-06-03T00:00:00+00:00"),
        ("last tue 14:00", "2024-06-04T14:00:00+00:00"),
        ("today", "2024-06-05T00:00:00+00:00"),
        ("Yesterday", "2024-06-04T00:00:00+00:00"),
        ("yesterday 14:00", "2024-06-04T14:00:00+00:00"),
        ("wednesday", "2024-06-05T00:00:00+00:00"),
        ("thursday", "2024-05-30T00:00:00+00:00"),
        ("mon 8:00", "2024-06-03T08:00:00+00:00"),
        ("08:15:30", "2024-06-05T08:15:30+00:00"),
        ("2024-06-03", "2024-06-03T00:00:00+00:00"),
        ("2024-06-03 14:00", "2024-06-03T14:00:00+00:00"),
        ("2024-06-03T14:00+02:00", "2024-06-03T14:00:00+02:00"),
        ("2024-06-03T14:00Z", "2024-06-03T14:00:00+00:00"),
        ("20240603", "2024-06-03T00:00:00+00:00"),
        ("2024/6/3 08:00", "2024-06-03T08:00:00+00:00"),
        ("2024-06", "2024-06-01T00:00:00+00:00"),
        ("2024", "2024-01-01T00:00:00+00:00"),
        ("3 June 2024 14:00", "2024-06-03T14:00:00+00:00"),
        ("June 3, 2024 2pm", "2024-06-03T14:00:00+00:00"),
        ("Mon, 3 Jun 2024 14:02:33 -0400 (EDT)", "2024-06-03T14:02:33-04:00"),
        ("3 June 2024 14:00 CEST", "2024-06-03T14:00:00+02:00"),
        ("2024-06-03 14:00 UTC", "2024-06-03T14:00:00+00:00"),
        ("June 2024", "2024-06-01T00:00:00+00:00"),
        ("3 June", "2024-06-03T00:00:00+00:00"),
        ("3 July", "2023-07-03T00:00:00+00:00"),
        ("13/04/2024", "2024-04-13T00:00:00+00:00"),
        ("04/13/2024 9:00", "2024-04-13T09:00:00+00:00"),
        ("5.5.2024", "2024-05-05T00:00:00+00:00"),
    ],
)
def test_points_in_time(text: str, expected: str) -> None:
    assert point_in_time(text, NOW).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("03/04/2024", "ambiguous; use 2024-04-03 or 2024-03-04"),
        ("1.2.2024 14:00", "ambiguous; use 2024-02-01 or 2024-01-02"),
        ("3.4.24", "no year of four digits"),
        ("12-11-10", "no year of four digits"),
        *(
            (text, "is not a date or time; examples: 7d")
            for text in (
                "",
                "12",
                "banana",
                "-",
                "-7d ago",
                "last",
                "last today",
                "last 14:00",
                "last last monday",
                "7 parsecs",
                "monday 25:00",
                "31/06/2024",
                "-7d",
                "1717400000",
                "2pm",
                "1.5 months",
                "a",
                "a moment",
                "5",
            )
        ),
        *(
            (text, "is not a date or time")
            for text in (
                "3 June 2024 14:00 XYZ",
                "3 June 2024 14:00 IST",
                "0001-01-01T00:00+14:00",
                "9999-12-31T23:59-14:00",
                "999999y",
                "7d" * 50,
            )
        ),
    ],
)
def test_other_text_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        point_in_time(text, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2024-06-05T00:00:00+10:00"),
        ("2024-06-03", "2024-06-03T00:00:00+10:00"),
        ("3 June 2024 14:00", "2024-06-03T14:00:00+10:00"),
        ("2024-06-03T14:00+02:00", "2024-06-03T14:00:00+02:00"),
        ("24h", "2024-06-04T10:30:00+00:00"),
    ],
)
def test_a_time_without_a_zone_is_in_the_zone_of_the_output(text: str, expected: str) -> None:
    assert point_in_time(text, NOW, SYDNEY).isoformat() == expected


@given(st.text(max_size=70) | st.text("0123456789 -/.:+dhwmyTZjuneago", max_size=30))
def test_any_text_is_a_point_in_time_or_refused_in_one_line(text: str) -> None:
    try:
        outcome = str(point_in_time(text, NOW).tzinfo)
    except ValueError as error:
        outcome = str(error)
    assert outcome.startswith(("UTC", "tz", repr(text)))
    assert "; " in outcome or not outcome.startswith(repr(text))
