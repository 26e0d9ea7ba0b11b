"""Does four times the text take four times the time? Exits with 1 if it takes more than ``--limit`` times.

    python benchmarks/linearity.py [--size 10000] [--limit 5] [--layer input ...]

Each kind of hostile text is passed, in two sizes, to the complete program (as pasted text, and as the body of a
Received field) and directly to the lexer and the parsers of fields, Received fields and dates, as the limits of a
header block would hide their time. A quadratic parser has a ratio near 16 at any size. ``--size 200000`` takes minutes;
for the layer ``input``, the complete program, it takes 15 seconds.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable, Iterator
from io import BytesIO

from hopscope import read
from hopscope.model import HeaderField
from hopscope.parser import dates, fields, lexer, parse, stamp
from hopscope.redaction import Aliases, redact
from hopscope.tracking import events, forms
from hopscope.tracking.rows import rows

KINDS = {
    "open": "(((",
    "close": ")))",
    "nested": "((a) ",
    "pairs": "()",
    "folds": "\n ",
    "quotes": '"',
    "quotes and words": 'a "b ',
    "escaped quotes": '\\"',
    "keywords": "from by with id ",
    "clauses": "from a.example (b.example [192.0.2.1]) by c with d id e for <f@g>; ",
    "numbers": "1: ",
    "nul": "\0",
    "literals": "[[[",
    "addresses": "[192.0.2.1] ",
    "angles": "<<<",
    "mailboxes": "<a@b>,",
    "at": "a@",
    "backslashes": "\\",
    "domain": "a.b-c.",
    "letters": "a",
    "words": "a ",
    "equals": "helo=",
    "versions": "(version=TLS1_2 ",
    "authentications": "(Authenticated sender: ",
    "commas": ",",
    "dates": "Tue, 31 Jul 2012 21:52:42 +1000 ",
    "semicolons": "; x",
    "colons": ":",
    "fields": "Received: from a by b; 1 Jul 2012 1:52 Z\n",
    "bare fields": "Received:\n",
    "stray lines": "x\n",
    "blank lines": "\n",
    "carriage returns": "\r",
    "html": "<td><b>Received:</b> from&nbsp;a",
    "tags": "<p",
    "references": "&lt;&#43;&",
    "markdown": "> **Received**: `from` [a](b) ",
    "links": "[a](b",
    "fences": "```\n",
    "quoting": "> > ",
    "quoted-printable": "=3D=20=\n",
    "escapes": "\\n\\t\\u003c",
    "json": '{"Received": "from a by b',
    "base64": "UmVjZWl2ZWQ6IGZyb20gYSBieSBi\n",
    "bullets": "* - 1. ",
    "tables": "| Received | from a |\n",
    "tabs": "Received\tfrom a\n",
    "no-break spaces": "\u00a0",
    "emoji": "\U0001f4e7",
    "recipient status": "[{LED=",
    "custom data": ";S:a=",
    "statuses": ";550 ",
}
"""The repeated part of each kind of text."""


def _field(text: str) -> HeaderField:
    return HeaderField(name="Received", body=text.replace("\n", ""), line=1)


_COLUMNS = "date-time,source-context,event-id,message-id,recipient-address,recipient-status,message-info,custom-data"


def _tracked(text: str) -> None:
    """Reads a text as rows of a tracking log, and as each cell of a row."""
    form = forms.recognised(_COLUMNS)
    cell = '"' + text.replace('"', '""') + '"'
    for row in (
        ",".join([cell] * len(_COLUMNS.split(","))).encode(),
        *(row for *_, row in rows(BytesIO(text.encode()))),
    ):
        if form:
            events.event(row, form, "")


LAYERS: dict[str, Callable[[str], object]] = {
    "input": read,
    "field": lambda text: read(f"Received: from a ({text.replace(chr(10), '')}\nFrom: a\nDate: b\n\n"),
    "one pass": lambda text: parse(f"Received: from a ({text}) by b\nFrom: a\nDate: b\n\n", in_bulk=True),
    "block": lambda text: fields.split(text.encode()),
    "lexer": lexer.tokenize,
    "stamp": lambda text: stamp.by_lexer(_field(text)),
    "comments": lambda text: stamp.by_lexer(_field(f"from a ({text}) with c ({text})")),
    "values": lambda text: stamp.by_lexer(_field(f"from {text} by {text} id {text} for {text}")),
    "date": dates.parse,
    "redaction": lambda text: redact(
        read(f"Received: from a ({text.replace(chr(10), '')}) by b id {text}\n"), Aliases(b"")
    ),
    "tracking": _tracked,
}
"""The function that each layer calls with a text."""
NOISE = 1e-3
"""Seconds; shorter times are not compared."""
RUNS = 12
"""Maximum number of runs per size; the fastest one counts."""


def _seconds(call: Callable[[str], object], text: str) -> float:
    start = time.process_time()  # excludes the time of other programs
    call(text)
    return time.process_time() - start


def _ratio(call: Callable[[str], object], small: str, large: str, limit: float) -> float:
    """Time of the large text divided by that of the small one, from the fastest of several runs, or one if good."""
    best_small = best_large = float("inf")
    ratio = float("inf")
    for _ in range(RUNS):
        best_small, best_large = min(best_small, _seconds(call, small)), min(best_large, _seconds(call, large))
        ratio = best_large / max(best_small, NOISE)
        if ratio <= limit:
            break
    return ratio


def _measured(layers: list[str], size: int, limit: float) -> Iterator[tuple[str, str, float]]:
    for layer in layers:
        for kind in KINDS:
            yield layer, kind, _case(layer, kind, size, limit)


def _case(layer: str, kind: str, size: int, limit: float) -> float:
    piece = KINDS[kind]
    small = piece * (size // len(piece))
    return _ratio(LAYERS[layer], small, 4 * small, limit)


def main() -> int:
    """Measure and print; exit with 1 if the limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="characters of the smaller text")
    parser.add_argument("--limit", type=float, default=5.0, help="largest ratio that passes")
    parser.add_argument("--layer", choices=LAYERS, action="append", help="only this one; may be given again")
    options = parser.parse_args()
    layers = options.layer or list(LAYERS)
    gc.disable()  # collections over all objects would distort the times
    measured = {(layer, kind): ratio for layer, kind, ratio in _measured(layers, options.size, options.limit)}
    # A text over the limit is measured again later, as the machine may have been slow during all of its runs.
    for (layer, kind), ratio in measured.items():
        if ratio > options.limit:
            measured[layer, kind] = min(ratio, _case(layer, kind, options.size, options.limit))
    over = sum(ratio > options.limit for ratio in measured.values())
    for (layer, kind), ratio in measured.items():
        print(f"{layer:10} {kind:20} {ratio:6.2f}{'  over the limit' * (ratio > options.limit)}")
    print(f"{over} of {len(measured)} over {options.limit}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
