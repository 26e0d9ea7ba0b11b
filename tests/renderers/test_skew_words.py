"""The clocks of a dump in words and in JSON: what is certain, what is not, and no name that does harm."""

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.clock_legs import near
from hopscope.analysis.digest import Digest, HopDigest
from hopscope.analysis.skew import LIMITS, METHOD, Offset, Skew, Unknown, skew
from hopscope.analysis.summary import Summary
from hopscope.model import Service
from hopscope.renderers import skew_words as words
from hopscope.renderers.skew_documents import clocks_document

HOSTILE = "a\x1b[31m\u202e<script>\n.example"


def dump(*ways: tuple[str, str, float]) -> Summary:
    summary = Summary()
    for one, other, delay in ways:
        hops = (
            HopDigest(Service.TRANSPORT, one, None, None, 0.0, None, 1, None),
            HopDigest(Service.TRANSPORT, other, None, None, delay, delay, 1, None),
        )
        summary.add(Digest(source="x", message_id=None, hops=hops))
    return summary


def an_offset(seconds: float, uncertainty: float) -> Offset:
    return Offset(host="b", seconds=seconds, uncertainty=uncertainty, reference="a", messages=9, fewest=4)


@pytest.mark.parametrize(
    ("seconds", "uncertainty", "told"),
    [
        (0.0, 1.0, "not known to be off"),
        (90.0, 90.0, "not known to be off"),
        (90.0, 1.0, "about 1 min 30 s ahead"),
        (-90.5, 1.0, "about 1 min 30 s behind"),
        (-90.0, 50.0, "40 s to 2 min 20 s behind"),
        (3600.0, 1.0, "in the wrong zone, about 1 h ahead"),
        (-19800.0, 2.0, "in the wrong zone, about 5 h 30 min behind"),
        (3650.0, 1.0, "about 1 h 50 s ahead"),
        (1e15, 1.0, "1e+15 s ahead, ± 1 s"),
    ],
)
def test_an_offset_says_what_is_certain(seconds: float, uncertainty: float, told: str) -> None:
    assert words.offset(an_offset(seconds, uncertainty)) == told


def test_rows_begin_with_the_worst_clock_and_end_with_what_is_not_known() -> None:
    found = skew(dump(("a", "b", 60), ("b", "a", -60), ("a", "c", 1), ("c", "a", 1), ("a", "d", -30)))
    assert [(row[0], row[1]) for row in words.rows(found)] == [
        ("b", "about 1 min ahead"),
        ("a", "reference"),
        ("c", "not known to be off"),
        ("d", "unknown"),
    ]
    assert all(len(row) == len(words.COLUMNS) for row in words.rows(found))
    assert [row[-1] for row in words.rows(found)][::2] == [
        "few messages: 1 in one direction",
        "few messages: 1 in one direction",
    ]


def test_lines_state_the_method_and_name_what_is_not_known() -> None:
    summary = dump(("a", "b", 60), ("b", "a", -60), ("a", "d", -30))
    summary.merge(dump(*((f"x{each}.example", "outlook.com", 0.0) for each in range(2))))
    method, limits, *rest = words.lines(skew(summary))
    assert (method, limits) == (METHOD, LIMITS)
    assert "d has a clock at least 29 s behind that of a; no message came back to tell how much" in rest
    assert rest[-1] == "Names that stand for many machines and have no clock: outlook.com"


def test_legs_have_the_corrected_delays_beside_the_raw_ones() -> None:
    summary = dump(("a", "b", 63), ("a", "b", 60), ("b", "a", -60), ("a", "c", 5))
    rows = {row[:2]: row[2:] for row in words.leg_rows(summary, skew(summary))}
    assert rows["a Transport", "b Transport"][0] == "2"
    assert rows["a Transport", "b Transport"][3] == "1 min 3 s"
    assert rows["a Transport", "b Transport"][6] == "3 s"
    assert rows["b Transport", "a Transport"][1:7] == ("-1 min", "-1 min", "-1 min", "0 s", "0 s", "0 s")
    assert rows["a Transport", "c Transport"][1:] == ("5 s", "5 s", "5 s", "–", "–", "–", "–")
    assert all(len(row) == len(words.LEG_COLUMNS) for row in words.leg_rows(summary, skew(summary)))


def test_a_hostile_name_is_harmless() -> None:
    found = skew(dump((HOSTILE, "b", 60), ("b", HOSTILE, -60), ("b", "c" * 10_000, 1)))
    text = "\n".join(words.lines(found))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 2 + 3


def test_the_document_has_all_with_units() -> None:
    summary = dump(("a", "b", 60), ("b", "a", -60), ("a", HOSTILE + "\udce9", -30))
    document = json.loads(msgspec.json.encode(clocks_document(summary, skew(summary))))
    assert [each["offset_seconds"] for each in document["offsets"]] == [0, 60]
    (other,) = document["undetermined"]
    assert (other["at_most_seconds"], other["at_least_seconds"], other["against"]) == (-29, None, ["a"])
    assert [each["corrected_p50_seconds"] for each in document["legs"]] == [0, 0]
    assert [each["raw_p50_seconds"] for each in document["legs"]] == [60, -60]
    assert document["legs"][0]["from"] == {"service": "Transport", "server": "a"}


def test_an_empty_dump_has_the_method_alone() -> None:
    assert list(words.lines(Skew())) == [METHOD, LIMITS]
    assert not [*words.rows(Skew()), *words.leg_rows(Summary(), Skew())]
    assert clocks_document(Summary(), Skew()).offsets == ()


def test_more_names_than_can_be_read_are_counted() -> None:
    assert list(words.lines(Skew(nameless=tuple(f"n{each:02}" for each in range(12)))))[-1].endswith("n09 and 2 more")


def test_what_is_not_known_is_a_sentence() -> None:
    assert words.unknown(Unknown(host="x", reason="has no clock", messages=0)) == "x has no clock"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e5))
def test_an_estimate_is_given_as_one_only_where_it_is_near(seconds: float, uncertainty: float) -> None:
    told = words.offset(an_offset(seconds, uncertainty))
    certain = abs(seconds) - uncertainty
    if "about" in told:
        assert 2 * uncertainty <= near(timedelta(seconds=certain)).total_seconds() + 1e-5
    assert ("not known" in told) == (certain <= 0)
