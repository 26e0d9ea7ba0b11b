"""Zones: the table of names, and a zone name next to an offset."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.data import table
from hopscope.parser import zones

ROWS = table("zones")
NAMES = sorted({row["name"] for row in ROWS})


def minutes(offset: str) -> int:
    """Minutes of ``+hhmm``."""
    return int(offset[0] + "1") * (int(offset[1:3]) * 60 + int(offset[3:]))


def test_each_row_of_the_table_is_one_meaning() -> None:
    meanings = [(row["name"], row["offset"]) for row in ROWS]
    assert len(meanings) == len(set(meanings))


def test_unambiguous_names_and_those_of_rfc_5322_are_read() -> None:
    read = {name: zones.read(name) for name in NAMES}
    for name, zone in read.items():
        rows = [row for row in ROWS if row["name"] == name]
        if len(rows) == 1 or rows[0]["source"] == "RFC 5322 section 4.3":
            assert (name, zone.minutes, zone.is_local, zone.code) == (name, minutes(rows[0]["offset"]), True, "")
        else:
            assert (name, zone.minutes, zone.is_local, zone.code) == (name, None, False, "date-zone-ambiguous")


def test_the_meanings_of_a_name_do_not_contradict_it() -> None:
    wrong = [row for row in ROWS if zones.contradicts(row["name"], minutes(row["offset"]))]
    assert wrong == []


def test_an_offset_used_nowhere_contradicts_every_name() -> None:
    assert [name for name in NAMES if not zones.contradicts(name, 7)] == []


@pytest.mark.parametrize(
    ("label", "offset", "contradicts"),
    [
        ("CEST", 120, False),
        ("cest", 60, True),
        ("MET DST", 120, False),
        ("-03", -180, False),
        ("-03", 180, True),
        ("+0530", 330, False),
        ("GMT-8", 480, False),
        ("GMT-8", -480, False),
        ("GMT-8", 420, True),
        ("-0000", 60, False),
        ("A", 60, False),
        ("UTC and more", 60, False),
        ("envelope-from <a@b.example>", 60, False),
        ("", 60, False),
    ],
)
def test_what_contradicts_an_offset(label: str, offset: int, contradicts: bool) -> None:  # noqa: FBT001 - a case
    assert zones.contradicts(label, offset) is contradicts


@given(st.integers(-99 * 60 - 59, 99 * 60 + 59))
def test_offsets_in_use_are_read(offset: int) -> None:
    zone = zones.read(f" {'-' if offset < 0 else '+'}{abs(offset) // 60:02}{abs(offset) % 60:02}")
    assert zone.minutes == (offset if -12 * 60 <= offset <= 14 * 60 else None)
    assert zone.end == len(" +hhmm")


@given(st.text(), st.integers(0, 10))
def test_any_text_gives_a_zone_that_ends_within_it(text: str, position: int) -> None:
    position = min(position, len(text))
    zone = zones.read(text, position)
    assert position <= zone.end <= len(text)
    assert (zone.minutes is None) <= bool(zone.code)


def test_a_fixed_zone_has_its_offset() -> None:
    assert zones.timezone_of(-210).utcoffset(None) == timedelta(hours=-3, minutes=-30)
