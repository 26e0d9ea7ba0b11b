"""Inputs as people paste and save them, of each kind that was once read wrongly, and the hops that they must give.

Each line of ``reading.jsonl`` has the input, the name of its file if it is not a paste, and for each message its hops,
oldest first, with values that they must have: a list means any of these, ``~text`` a value that contains the text.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import hopscope
from hopscope.model import Hop, Route
from hopscope.scale.reading import route_of
from hopscope.sources import Message, messages

CORPUS = Path(__file__).parent.parent / "corpus"
CASES = [json.loads(line) for line in (CORPUS / "reading.jsonl").read_text(encoding="utf-8").splitlines()]
FEWEST = 3
"""Cases of each kind."""


def routes(data: str, path: Path | None) -> list[Route]:
    """The routes of all messages of a paste, or of a file at ``path``."""
    if path:
        path.write_bytes(data.encode())
    results = messages([str(path) if path else "-"], BytesIO(data.encode()))
    read = [route_of(message) for message in results if isinstance(message, Message)]
    assert all(isinstance(route, Route) for route in read), read
    return [route for route in read if isinstance(route, Route)]


def value(hop: Hop, key: str) -> str | None:
    """The value of a key of the table."""
    stamp = hop.stamp
    if key in {"service", "software"}:
        return getattr(hop.label, key)  # type: ignore[no-any-return] # both are texts
    if key == "date":
        return hop.time.isoformat() if hop.time else None
    record, _, attribute = key.partition(".")
    if record in {"from", "by"}:
        domain = stamp.from_domain if record == "from" else stamp.by_domain
        if domain is None:
            return None
        return domain.tcp_info.address if attribute == "address" else getattr(domain, attribute)
    if attribute:
        return getattr(getattr(stamp, record), attribute, None)
    return getattr(stamp, {"with": "with_", "for": "for_"}.get(record, record))  # type: ignore[no-any-return]


def fits(expected: str | list[str | None] | None, actual: str | None) -> bool:
    if isinstance(expected, list):
        return any(fits(one, actual) for one in expected)
    if isinstance(expected, str) and expected.startswith("~"):
        return actual is not None and expected[1:] in actual
    return expected == actual


@pytest.mark.parametrize("kind", dict.fromkeys(case["kind"] for case in CASES))
def test_every_input_of_a_kind_is_read(kind: str, tmp_path: Path) -> None:
    for case in CASES:
        if case["kind"] != kind:
            continue
        path = tmp_path / case["file"] if "file" in case else None
        read = routes(case["input"], path)
        assert [len(route.hops) for route in read] == [len(hops) for hops in case["messages"]], case
        if path:
            assert [route.source.removeprefix(str(path)) for route in read] == case.get("sources", [""]), case
        pairs = [
            (key, expected, value(hop, key))
            for route, hops in zip(read, case["messages"], strict=True)
            for hop, values in zip(route.hops, hops, strict=True)
            for key, expected in values.items()
        ]
        assert [pair for pair in pairs if not fits(*pair[1:])] == [], case


def test_each_kind_has_several_cases() -> None:
    assert {kind for kind, count in Counter(case["kind"] for case in CASES).items() if count < FEWEST} == set()


RECEIVED = "Received: from a.example by b.example with ESMTP id %d; Fri, 19 Feb 2010 14:14:%02d +0200\n"
PIECES = st.sampled_from(
    [
        RECEIVED,
        "Received: from c.example ([198.18.0.1]) by d.example\n\twith ESMTP id %d; Fri, 19 Feb 2010 15:14:%02d +0200\n",
        *(
            "From: Ann <ann@a.example>\n",
            "Date: Fri, 19 Feb 2010 14:14:00 +0200\n",
            "Subject: x\n",
            "Return-Path: <>\n",
        ),
        *("\n", "\n\n", "Hello,\n", "I have a question, and no answer yet.\n", "-----Original Message-----\n", "--b\n"),
        *("Content-Type: message/rfc822\n", "Second:\n", "Content-Type: text/plain\n", "----\n"),
    ]
)
FORMS: list[Callable[[str], str]] = [
    str,
    lambda text: text.replace("\n", "\r\n"),
    lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
    lambda text: text.replace("\n\t", "\n"),
]
UNREAD = re.compile(r"^(\d+) Received field")


@given(st.lists(PIECES, max_size=14), st.sampled_from(FORMS))
@example(["-----Original Message-----\n", "Hello,\n", RECEIVED, RECEIVED], str)
def test_every_received_field_is_a_hop_or_counted_as_unread(pieces: list[str], form: Callable[[str], str]) -> None:
    lines = [piece % (number, number) if "%d" in piece else piece for number, piece in enumerate(pieces)]
    count = sum("%d" in piece for piece in pieces)
    results = list(messages(["-"], BytesIO(form("".join(lines)).encode())))
    read = [route_of(message) for message in results if isinstance(message, Message)]
    found = [route for route in read if isinstance(route, Route)]
    unread = [match for route in found for defect in route.defects if (match := UNREAD.match(defect.message))]
    assert sum(len(route.hops) for route in found) + sum(int(match[1]) for match in unread) == count


SEVERAL = [
    case
    for case in CASES
    if case["kind"] in {"json-list", "json-lines", "csv-rows", "two-blocks"} and '"raw"' not in case["input"]
]


@pytest.mark.parametrize("case", SEVERAL, ids=range(len(SEVERAL)))
def test_read_gives_the_first_of_several_messages_and_counts_the_fields_of_the_others(case: dict[str, Any]) -> None:
    first, *others = case["messages"]
    route = hopscope.read(case["input"])
    assert len(route.hops) == len(first)
    unread = sum(int(match[1]) for defect in route.defects if (match := UNREAD.match(defect.message)))
    assert unread >= sum(map(len, others))
