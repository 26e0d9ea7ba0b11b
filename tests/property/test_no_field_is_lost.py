"""Whatever Received fields are in an input, each is a hop of some message, or is counted as not read."""

import html
import json
import quopri
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent

from hypothesis import given
from hypothesis import strategies as st

import hopscope
from hopscope.model import Route
from hopscope.scale.reading import route_of
from hopscope.sources import Message, messages

RECEIVED = (
    "Received: from h{1}.m{0}.example (198.18.{0}.{1}) by h{2}.m{0}.example\n"
    " (198.18.{0}.{2}) with Microsoft SMTP Server id 15.2.1544.4; Fri, 19 Feb 2010 14:14:{2:02d} +0200\n"
)
OTHERS = [
    "",
    "From: A <a@m{0}.example>\nDate: Fri, 19 Feb 2010 14:14:00 +0200\nMessage-ID: <{0}@a.example>\n",
    "From: A <a@a.example>\nSubject: {0}\n",
]
MARKS = [
    *(
        ("", ""),
        ("**", "**"),
        ("*", "*"),
        ("__", "__"),
        ("~~", "~~"),
        ("`", "`"),
        ("<b>", "</b>"),
        ("<mark>", "</mark>"),
    ),
    *(("[b]", "[/b]"), ("{color:red}", "{color}"), ("--> ", ""), (">>> ", ""), ("! ", ""), ("> ", ""), ("| ", "")),
    *(("[1] ", ""), ("3) ", ""), ("\u2022 ", ""), ('"', '"'), ("\f", ""), ("[code]", "[/code]"), ("- ", "")),
    *(("[quote]", "[/quote]"), ("[14:00] ", ""), ("I think that ", "")),
]
WHOLE: list[Callable[[str], str]] = [
    str,
    lambda text: indent(text, "> ", lambda _: True),
    lambda text: indent(text, ">> ", lambda _: True),
    lambda text: indent(text, "| ", lambda _: True),
    lambda text: indent(text, "    "),
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
    lambda text: re.sub(r"\n[ \t]+", "\n", text),
    lambda text: re.sub(r"\n[ \t]+", " ", text),
    lambda text: text.replace("\n", "\n\n"),
    html.escape,
    lambda text: f"<pre>{html.escape(text)}</pre>\n",
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: re.sub(r"(?m)^([A-Z][\w-]+:)", r"**\1**", text),
    lambda text: f"```\n{text}```\n",
    lambda text: f"{json.dumps({'headers': text})}\n",
    lambda text: f"{text!r}\n",
    lambda text: text.replace("\n", "\\n"),
    lambda text: quopri.encodestring(text.encode()).decode(),
    lambda text: "".join(f"{number}: {line}\n" for number, line in enumerate(text.splitlines(), 1)),
    lambda text: indent(text, "May 18 11:38:39 host app[1]: "),
    lambda text: " ".join(text.split()) + "\n",
]
ABOVE = ["", "Hello,\nplease look.\n\n", "Here are the headers:\n", "Internet headers:\n\n", "X-Spam: no\n"]
BETWEEN = [
    "\n",
    "\n\n",
    "\nand the second:\n\n",
    "\n---\n\n",
    "",
    "----- Forwarded -----\n\n",
    "\nSome words.\nMore.\n\n",
]
BELOW = ["", "\nThanks\n", "\n-- \nAnn\n", "\nthe body\n" * 30]


@st.composite
def pasted(draw: st.DrawFn) -> tuple[str, int]:
    """A paste of one to three messages with damages, and the number of its Received fields."""
    text = draw(st.sampled_from(ABOVE))
    count = 0
    for message in range(1, draw(st.integers(1, 3)) + 1):
        hops = draw(st.integers(1, 4))
        opening, closing = draw(st.sampled_from(MARKS))
        marked = draw(st.sets(st.integers(1, hops)))
        fields = [RECEIVED.format(message, hop - 1, hop) for hop in range(1, hops + 1)]
        fields = [
            f"{opening}{field.rstrip()}{closing}\n" if hop in marked else field for hop, field in enumerate(fields, 1)
        ]
        block = "".join(reversed(fields)) + draw(st.sampled_from(OTHERS)).format(message)
        text += (draw(st.sampled_from(BETWEEN)) if message > 1 else "") + block
        count += hops
    return draw(st.sampled_from(WHOLE))(text + draw(st.sampled_from(BELOW))), count


UNREAD = re.compile(r"(?:^|\()(\d+) Received field")


def accounted(data: bytes, path: str = "-") -> int:
    """The number of hops of all messages in an input, and of Received fields that are counted as not read."""
    results = [route_of(result) for result in messages([path], BytesIO(data)) if isinstance(result, Message)]
    read = [result for result in results if isinstance(result, Route)]
    errors = [UNREAD.search(result.reason) for result in results if not isinstance(result, Route)]
    return sum(len(route.hops) + unread(route) for route in read) + sum(int(match[1]) for match in errors if match)


def unread(route: Route) -> int:
    return sum(int(match[1]) for defect in route.defects if (match := UNREAD.match(defect.message)))


@given(pasted())
def test_every_received_field_is_a_hop_or_counted_in_a_paste_and_in_a_file(paste: tuple[str, int]) -> None:
    text, count = paste
    assert accounted(text.encode()) == count
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.txt")
        path.write_bytes(text.encode())
        assert accounted(b"", str(path)) == count


@given(pasted())
def test_every_received_field_is_a_hop_or_counted_by_read(paste: tuple[str, int]) -> None:
    text, count = paste
    route = hopscope.read(text)
    assert len(route.hops) + unread(route) == count
