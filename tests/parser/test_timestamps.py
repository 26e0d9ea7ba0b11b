"""Times written as numbers: known values, implausible values, and round trips."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.parser import timestamps

BELIEVED = st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants them
IN_USE = st.datetimes(datetime(2001, 1, 1), datetime(2056, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - the same
READERS = (
    timestamps.guid,
    timestamps.filetime,
    timestamps.unix,
    timestamps.timespan,
    timestamps.thread_index,
)


def ticks(time: datetime, epoch: datetime) -> int:
    """Intervals of 100 ns since ``epoch``."""
    return (time - epoch) // timedelta(microseconds=1) * 10


def as_guid(number: int) -> str:
    digits = f"{number:016x}"
    return f"00112233-4455-4677-{digits[12:]}-{digits[:12]}"


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (timestamps.guid, "00112233-4455-4677-e8e4-08dc50fddf3c", "2024-03-30T21:10:48.202672+00:00"),
        (timestamps.guid, "{00112233-4455-4677-E8E4-08DC50FDDF3C}", "2024-03-30T21:10:48.202672+00:00"),
        (timestamps.guid, "00112233-4455-4677-e8e4-f8dc50fddf3c", None),
        (timestamps.guid, "00000000-0000-0000-0000-000000000000", None),
        (timestamps.guid, "ffffffff-ffff-ffff-ffff-ffffffffffff", None),
        (timestamps.guid, "00112233-4455-4677-e8e4-08dc50fddf3c-1", None),
        (timestamps.filetime, "FILETIME=[5DAACC70:01C5C466]", "2005-09-28T19:53:58.711000+00:00"),
        (timestamps.filetime, "FILETIME=[5DAACC70:FFC5C466]", None),
        (timestamps.filetime, "FILETIME=[5DAACC70]", None),
        (timestamps.unix, "1711782541", "2024-03-30T07:09:01+00:00"),
        (timestamps.unix, "0", None),
        (timestamps.unix, "999999999999", None),
        (timestamps.unix, "9" * 400, None),
        (timestamps.unix, "-1", None),
        (timestamps.unix, "\u0661", None),
        (timestamps.thread_index, "AQHaguHl", None),
        (timestamps.thread_index, "not base64!", None),
        (timestamps.thread_index, "\u00e9", None),
    ],
)
def test_a_time(read: Callable[[str], datetime | None], text: str, expected: str | None) -> None:
    time = read(text)
    assert (time.isoformat() if time else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:00:15.2505126", timedelta(seconds=15, microseconds=250512)),
        ("00:00:00", timedelta(0)),
        ("1.02:03:04.5", timedelta(days=1, hours=2, minutes=3, seconds=4, microseconds=500_000)),
        ("-00:00:01", timedelta(seconds=-1)),
        ("1:2:3", None),
        ("00:00:00.12345678", None),
        ("99999999.00:00:00", None),
        ("", None),
    ],
)
def test_a_duration(text: str, expected: timedelta | None) -> None:
    assert timestamps.timespan(text) == expected


@given(BELIEVED)
def test_ticks_round_trip(time: datetime) -> None:
    assert timestamps.guid(as_guid(ticks(time, timestamps.TICKS_EPOCH))) == time


@given(BELIEVED)
def test_filetime_round_trip(time: datetime) -> None:
    number = f"{ticks(time, timestamps.FILETIME_EPOCH):016X}"
    assert timestamps.filetime(f"28 Sep 2005 (UTC) FILETIME=[{number[8:]}:{number[:8]}]") == time


@given(BELIEVED)
def test_seconds_round_trip(time: datetime) -> None:
    whole = time.replace(microsecond=0)
    assert timestamps.unix(str(int(whole.timestamp()))) == whole


@given(IN_USE, st.integers(0, 3), st.booleans())
def test_thread_index_round_trip_within_its_precision(time: datetime, replies: int, newer: bool) -> None:  # noqa: FBT001
    number = ticks(time, timestamps.FILETIME_EPOCH).to_bytes(8, "big")
    start, exact = (b"\x01" + number[:5], 1 << 24) if newer else (number[:6], 1 << 16)
    read = timestamps.thread_index(b64encode(start + bytes(16 + 5 * replies)).decode())
    assert read is not None
    assert timedelta(0) <= time - read < timedelta(microseconds=exact / 10)


def test_thread_index_of_another_length_is_unknown() -> None:
    assert timestamps.thread_index(b64encode(b"\x01\xc5" + bytes(21)).decode()) is None
    assert timestamps.thread_index(b64encode(b"\x02\xc5" + bytes(20)).decode()) is None


def test_thread_index_in_another_format_is_unknown() -> None:
    assert timestamps.thread_index(b64encode(b"\x01\x10" + bytes(20)).decode()) is None


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@given(text=st.text())
def test_any_text_is_a_time_or_unknown(read: Callable[[str], object], text: str) -> None:
    read(text)
