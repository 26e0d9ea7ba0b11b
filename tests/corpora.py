"""The real header blocks of the corpora, and functions that damage them."""

import gzip
import json
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from hopscope.parser import fields
from hopscope.paste import repair

__all__ = ["blocks", "mutated", "received"]

FOLDER = Path(__file__).parent / "corpus"


@cache
def blocks() -> tuple[bytes, ...]:
    """The header blocks of both corpora."""
    return tuple(
        json.loads(line)["headers"].encode("utf-8", "surrogateescape")
        for name in ("labelled", "other")
        for line in gzip.open(FOLDER / f"{name}.jsonl.gz")
    )


@cache
def received() -> tuple[str, ...]:
    """The bodies of all their Received fields."""
    split = (fields.split(repair.repair(block)[0]).fields for block in blocks())
    return tuple(field.body for found in split for field in found if field.name.lower() == "received")


PIECES = (
    "from ",
    " by ",
    " via Frontend Transport",
    " with ",
    " id ",
    " for <a@b.example>",
    " tls ",
    "(",
    ")",
    "((a) b)",
    ";",
    "; ",
    ",",
    "[",
    "]",
    "[192.0.2.1]",
    "[::1]:25",
    '"',
    "\\",
    "<",
    ">",
    "<a@b>",
    "\t",
    "  ",
    "a.example",
    "(a [192.0.2.1])",
    "(HELO x)",
    "Microsoft SMTP Server",
    "mapi",
    "HTTPS",
    "TransportReplication",
    "15.0.466.13",
    "15.20.7202.14",
    "(TLS)",
    "(version=TLS1_2, cipher=A-B)",
    "Tue, ",
    "31 Jul 2012",
    "31 Feb 2012",
    "21:52:42",
    "25:00:00",
    "+1000",
    "-0000",
    "GMT",
    "EST",
    "(EST)",
    "over TLS secured channel",
    "with STARTTLS",
    "convert rfc822-to-8bit",
    "localhost",
    "8.1",
    "\r",
    "\x00",
    "é",
    "\x85",
    "\u2028",
)


@st.composite
def mutated(draw: st.DrawFn, text: str, pieces: tuple[str, ...] = PIECES) -> str:
    """A text with some characters lost, repeated or replaced."""
    for _ in range(draw(st.integers(1, 3))):
        start, length = draw(st.integers(0, len(text))), draw(st.integers(0, 30))
        instead = draw(st.sampled_from(["", text[start : start + 2 * length], *pieces]))
        text = text[:start] + instead + text[start + length :]
    return text
