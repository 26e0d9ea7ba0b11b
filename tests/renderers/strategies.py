"""Routes with arbitrary text in every field, beyond what the parser returns."""

import unicodedata
from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st
from msgspec.structs import replace

from hopscope.model import (
    Alternative,
    Auth,
    DateTime,
    Defect,
    ExtendedDomain,
    HeaderField,
    Hop,
    Label,
    Repair,
    Route,
    Service,
    Stamp,
    TcpInfo,
    Tls,
)
from hopscope.parser.route import hops as in_order

HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\x00\x07\x7f\r\n",
    "a\u202egnp.exe",
    "\u2066x\u2069",
    "zero\u200bwidth\ufeff",
    "new\u2028line\u2029",
    "\U000e0041\U000e007f",
    "\udce9t\udcff",
    "\ud800",
    "e\u0301" + "\u0301" * 20,
    "\u0301loose",
    "[red]x[/red]",
    "[x](http://evil.example)",
    "![x](y)",
    "<script>alert(1)</script>",
    "<!-- x",
    "a|b\\|c\\",
    "`code` ``more``",
    "**bold** _it_ ~~no~~ $x$",
    "# heading #",
    "1. one",
    "- - -",
    "> quote",
    "&amp; &#x1b; AT&T",
    "user@evil.example www.evil.example #1 :100:",
    "=1+1",
    ' "=cmd|calc',
    "\t@SUM(A1)",
    "-2+3",
    "例え.テスト",
    "  two  blanks  ",
    "CORP\\user",
)
"""Hostile text in a header field, and its effect."""

SHOWN_FORMAT_CHARACTERS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Category Cf, but visible: signs before or around numbers."""


def is_unsafe(character: str) -> bool:
    """Whether a character controls a terminal, changes the direction, breaks a line or is invisible."""
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in SHOWN_FORMAT_CHARACTERS
    )


def unsafe_characters(text: str) -> set[str]:
    """The unsafe characters of ``text``, except the line ends of the output itself."""
    return {character for character in set(text) - {"\n"} if is_unsafe(character)}


texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
)
maybe = st.none() | texts
lines = st.integers(min_value=1, max_value=999)
offsets = st.integers(min_value=-14 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
dates = st.builds(
    lambda seconds, microseconds, zone: datetime(1900, 1, 2, tzinfo=zone) + timedelta(0, seconds, microseconds),
    st.integers(min_value=0, max_value=8000 * 365 * 86400),
    st.sampled_from((0, 500_000, 1)),
    offsets,
)
codes = st.sampled_from(("date-unreadable", "blank-lines"))
defects = st.builds(Defect, code=codes, message=texts, line=st.none() | lines)
date_times = st.builds(DateTime, text=texts, value=st.none() | dates, zone_known=st.booleans())
tcp_infos = st.builds(TcpInfo, domain=maybe, address=maybe, port=st.none() | st.integers(1, 65535))
domains = st.builds(ExtendedDomain, domain=maybe, helo=maybe, ident=maybe, tcp_info=tcp_infos)
stamps = st.builds(
    Stamp,
    field=st.builds(HeaderField, name=texts, body=texts, line=lines),
    from_domain=st.none() | domains,
    by_domain=st.none() | domains,
    via=maybe,
    with_=maybe,
    id=maybe,
    for_=maybe,
    tls=st.none() | st.builds(Tls, version=maybe, cipher=maybe, bits=st.none() | st.integers(0, 512)),
    auth=st.none() | st.builds(Auth, user=maybe, mechanism=maybe),
    date_time=st.none() | date_times,
    defects=st.lists(defects, max_size=1).map(tuple),
)
probabilities = st.floats(min_value=0, max_value=1)
labels = st.builds(
    Label,
    service=st.sampled_from(Service),
    confidence=probabilities,
    inferred=st.booleans(),
    evidence=st.lists(texts, max_size=2).map(tuple),
    alternatives=st.lists(
        st.builds(Alternative, service=st.sampled_from(Service), probability=probabilities), max_size=2
    ).map(tuple),
    product=maybe,
    release=maybe,
    build=maybe,
    software=maybe,
)


def _labelled(pairs: list[tuple[Stamp, Label]]) -> tuple[Hop, ...]:
    labels = [label for _, label in pairs]
    return tuple(
        replace(hop, label=label) for hop, label in zip(in_order(stamp for stamp, _ in pairs), labels, strict=True)
    )


routes = st.builds(
    Route,
    source=texts,
    hops=st.lists(st.tuples(stamps, labels), max_size=4).map(_labelled),
    message_id=maybe,
    subject=maybe,
    repairs=st.lists(st.builds(Repair, code=codes, message=texts), max_size=1).map(tuple),
    defects=st.lists(defects, max_size=1).map(tuple),
)
