"""Real header blocks with each kind of paste damage give the same hops as the intact ones."""

import gzip
import html
import json
import quopri
import re
import subprocess
import sys
import textwrap
from base64 import encodebytes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import hopscope
from hopscope.paste.repair import repair

pytestmark = pytest.mark.no_cover  # the smaller tests of paste measure it

CORPUS = Path(__file__).parent.parent / "corpus"
LETTER = """\
From: Ann <ann@contoso.example>
To: help@contoso.example
Subject: slow mail
Date: Fri, 9 May 2025 10:00:00 +0000
"""


@cache
def corpus(name: str) -> list[str]:
    """Header blocks of a corpus file; lines end in LF."""
    with gzip.open(CORPUS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["headers"].replace("\r\n", "\n") for line in lines]


@cache
def blocks() -> list[str]:
    """Every 22nd block with Exchange hops and every 6th of the others: all dialects and unusual blocks."""
    return corpus("labelled")[::22] + corpus("other")[::6]


def fields(text: str) -> list[str]:
    """Header fields on one line each; folds are single spaces."""
    return re.sub(r"\n[ \t]+", " ", text).splitlines()


def pairs(text: str) -> list[tuple[str, str]]:
    """Names and bodies."""
    return [(name, body.strip()) for name, _, body in (field.partition(":") for field in fields(text))]


def flat(text: str) -> str:
    """Without indentation."""
    return re.sub(r"\n[ \t]+", "\n", text)


def each_line(form: str, end: str = "\n") -> Callable[[str], str]:
    """Each line in ``form``."""
    return lambda text: end.join(form % line for line in text.splitlines()) + "\n"


def each_field(form: str) -> Callable[[str], str]:
    """The first line of each field in ``form``; other lines are unchanged."""
    return lambda text: "".join(form % field for field in re.split(r"(?<=\n)(?![ \t]|\Z)", text))


def numbered(form: str) -> Callable[[str], str]:
    """Each line after its number."""
    return lambda text: "".join(form % number + line + "\n" for number, line in enumerate(text.splitlines(), 1))


def each_pair(form: str, escape: Callable[[str], str] = str) -> Callable[[str], str]:
    """Each field in ``form``."""
    return lambda text: "".join(form % (name, escape(body)) for name, body in pairs(text))


def wrapped(width: int) -> Callable[[str], str]:
    """Unfolded, and wrapped between words at ``width`` without indentation."""
    return lambda text: "\n".join(
        textwrap.fill(field, width, break_long_words=False, break_on_hyphens=False) for field in fields(text)
    )


def cut(width: int) -> Callable[[str], str]:
    """Unfolded, and cut at ``width`` even within a word, as in a terminal."""
    return lambda text: "\n".join(
        field[start : start + width].rstrip(" ") for field in fields(text) for start in range(0, len(field), width)
    )


def upper(text: str) -> str:
    return re.sub(r"(?m)^[!-9;-~]+:", lambda name: name[0].upper(), text)


def lower(text: str) -> str:
    return re.sub(r"(?m)^[!-9;-~]+:", lambda name: name[0].lower(), text)


def smart(text: str) -> str:
    """With the quotation marks and dashes of Word's autocorrection."""
    text = re.sub(r'"([^"\n]*)"', "“\\1”", text)
    return re.sub(r"(?<= )-(?=[0-9]{4})", "–", text)


def html_lines(text: str) -> str:
    """A line of a web page for each line; spaces at their beginning are no-break spaces."""
    lines = [re.sub("^[ \t]+", lambda fold: "&nbsp;" * len(fold[0]), html.escape(line)) for line in text.splitlines()]
    return "\n".join(f"{line}<br>" for line in lines)


def html_rows(text: str) -> str:
    rows = (f"<tr>\n  <td>{name}</td>\n  <td>{html.escape(body)}</td>\n</tr>" for name, body in pairs(text))
    return '<html><body><table class="headers">\n' + "\n".join(rows) + "\n</table></body></html>\n"


def outlook(text: str) -> str:
    """The text box of Outlook's Properties: CRLF, trailing spaces, its label above."""
    return "Internet headers\r\n" + text.replace("\n", " \r\n") + "\r\n"


def escaped(text: str) -> str:
    """With backslashes as in a string of a programming language."""
    return json.dumps(text.replace("\n", "\r\n"))[1:-1]


def graph(text: str) -> str:
    rows = [{"name": name, "value": body} for name, body in pairs(text)]
    return json.dumps({"id": "AAMk", "subject": "slow", "internetMessageHeaders": rows}, indent=2)


def lists(text: str) -> str:
    """A list of values under each name."""
    named: dict[str, list[str]] = {}
    for name, body in pairs(text):
        named.setdefault(name, []).append(body)
    return json.dumps({"headers": named})


def yaml_block(text: str) -> str:
    return "headers: |\n" + textwrap.indent(text, "  ")


def csv_cell(text: str) -> str:
    return 'id,subject,headers,size\n42,"Re: ""slow""","' + doubled(text) + '",1234\n'


def doubled(text: str) -> str:
    return text.replace('"', '""')


def glued(mark: str) -> Callable[[str], str]:
    """Each Received field joined to the end of the one above, if that is a date-time; ``mark`` is between them."""
    return lambda text: re.sub(r"(?<= [+-][0-9]{4})\nReceived: ", f"{mark}Received:", text)


def colours(text: str) -> str:
    return re.sub(r"(?m)^([!-9;-~]+):", "\x1b[1;36m\\1\x1b[0m\x1b[36m:\x1b[m", text)


def links(text: str) -> str:
    """Names and addresses as links in the form that programs write."""
    text = re.sub(r"<([\w.+-]+@[\w.-]+)>", r"<\1<mailto:\1>>", text)
    return re.sub(r"(?<=from )([\w-]+\.[\w.-]*\w)", r"\1<http://\1>", text)


def markdown_links(text: str) -> str:
    text = re.sub(r"<([\w.+-]+@[\w.-]+)>", r"<[\1](mailto:\1)>", text)
    return re.sub(r"(?<=by )([\w-]+\.[\w.-]*\w)", r"[\1](http://\1/)", text)


def markdown_escaped(text: str) -> str:
    return re.sub(r"([_<>\[\]*])", r"\\\1", text)


def power_shell(text: str) -> str:
    return "\n".join(f"Name  : {name}\nValue : {body}\n" for name, body in pairs(text))


def forwarded(text: str) -> str:
    return (
        LETTER + "\nDear help desk,\nplease see below.\n\n-----Original Message-----\n"
        "From: Bob\nSent: Friday\nTo: Ann\nSubject: x\n\n" + text + "\n\nBob\n"
    )


def base64_body(text: str) -> str:
    return LETTER + "Content-Transfer-Encoding: base64\n\n" + encodebytes(("Hello\n\n" + text).encode()).decode()


# Kind of damage, its function on a header block, and the minimum share of blocks with correct hops afterwards: as
# measured, rounded down, with the reason if it is not 1.
DAMAGES: list[tuple[str, Callable[[str], str | bytes], float]] = [
    ("crlf", lambda text: text.replace("\n", "\r\n"), 1),
    ("cr", lambda text: text.replace("\n", "\r"), 1),
    ("cr-cr-lf", lambda text: text.replace("\n", "\r\r\n"), 1),
    ("byte-order-mark", lambda text: text.encode("utf-8-sig"), 1),
    ("utf-16", lambda text: text.encode("utf-16"), 1),
    ("no-break-folds", lambda text: re.sub(r"\n[ \t]+", "\n\u00a0\u00a0", text), 1),
    ("no-break-spaces", lambda text: re.sub("[ \t]", "\u00a0", text), 1),
    ("no-break-spaces-before-comments", lambda text: re.sub(r"(?<=[a-z]) (?=[(])", "\u00a0", text), 1),
    ("no-break-spaces-in-dates", lambda text: re.sub(r"(?<=[0-9]) (?=[A-Z0-9+-])", "\u00a0", text), 1),
    ("thin-spaces", lambda text: text.replace(" ", "\u2009"), 1),
    ("zero-width-spaces-in-names", lambda text: re.sub(r"(?<=[a-z])\.(?=[a-z])", ".\u200b", text), 1),
    ("em-space-folds", lambda text: re.sub(r"\n[ \t]+", "\n\u2003", text), 1),
    ("zero-width-spaces", lambda text: "\u200b" + text.replace("\n", "\n\u200b"), 1),
    ("upper-case-names", upper, 1),
    ("lower-case-names", lower, 1),
    ("space-before-colon", lambda text: re.sub(r"(?m)^([!-9;-~]+):", r"\1 :", text), 1),
    ("no-space-behind-colon", lambda text: re.sub(r"(?m)^([!-9;-~]+): ", r"\1:", text), 1),
    ("tabs-to-spaces", lambda text: text.expandtabs(4), 1),
    ("trailing-spaces", each_line("%s   "), 1),
    ("flat", flat, 1),
    ("flat-crlf", lambda text: flat(text).replace("\n", "\r\n"), 1),
    ("tabs-lost", lambda text: text.replace("\t", ""), 0.97),  # a tab between two words cannot be restored
    ("all-indented", lambda text: textwrap.indent(text, "    "), 1),
    ("all-indented-by-tabs", lambda text: textwrap.indent(text, "\t"), 1),
    ("all-indented-and-flat", lambda text: textwrap.indent(flat(text), "    "), 1),
    ("all-but-the-first-indented", lambda text: textwrap.indent(text, "    ").lstrip(), 1),
    ("blank-lines-between-lines", lambda text: text.replace("\n", "\n\n"), 1),
    ("blank-lines-between-fields", lambda text: re.sub(r"\n(?![ \t]|\Z)", "\n\n", text), 1),
    ("blank-lines-and-flat", lambda text: flat(text).replace("\n", "\n\n"), 1),
    ("one-line", lambda text: " ".join(text.split()), 1),
    ("one-line-without-spaces", lambda text: "".join(fields(text)), 1),
    ("unfolded", lambda text: "\n".join(fields(text)), 1),
    ("wrapped-72", wrapped(72), 1),
    ("wrapped-76", wrapped(76), 1),
    ("wrapped-80", wrapped(80), 1),
    ("wrapped-50", wrapped(50), 1),
    ("cut-80", cut(80), 1),
    ("cut-120", cut(120), 0.97),  # a single cut line may end between words
    ("quoted", each_line("> %s"), 1),
    ("quoted-nested", each_line(">> > %s"), 1),
    ("quoted-flat", lambda text: each_line("> %s")(flat(text)), 1),
    ("quoted-rewrapped", lambda text: each_line("> %s")(wrapped(70)(text)), 1),
    ("quoted-with-reply", lambda text: "Ann wrote:\n\n" + each_line("> %s")(text) + "\nThanks\n", 1),
    ("code-fence", lambda text: f"Here they are:\n```text\n{text}```\nThanks\n", 1),
    ("noformat", lambda text: "{noformat}\n" + text + "{noformat}\n", 1),
    ("bb-code", lambda text: f"[code]\n{text}[/code]\n", 1),
    ("html-references", html.escape, 1),
    ("html-references-twice", lambda text: html.escape(html.escape(text)), 1),
    ("html-plus", lambda text: text.replace("+", "&#43;").replace("<", "&lt;").replace(">", "&gt;"), 1),
    ("html-pre", lambda text: f"<html><body><pre>{html.escape(text)}</pre></body></html>", 1),
    ("html-br", lambda text: f"<p>{html_lines(text)}</p>", 1),
    ("html-br-only", html_lines, 1),
    ("html-br-no-lines", lambda text: html_lines(text).replace("\n", ""), 1),
    ("html-p", lambda text: "".join(f"<p class=MsoNormal>{html.escape(line)}</p>\n" for line in text.splitlines()), 1),
    ("html-div", lambda text: "".join(f"<div>{html.escape(line)}<br></div>" for line in fields(text)), 1),
    ("html-bold", each_pair("<b>%s:</b> %s<br/>\n", html.escape), 1),
    ("html-table", html_rows, 1),
    ("html-dl", lambda text: f"<dl>{each_pair('<dt>%s</dt><dd>%s</dd>', html.escape)(text)}</dl>", 1),
    ("html-of-a-mail", lambda text: quopri.encodestring(html_rows(text).encode()), 1),
    ("quoted-printable", lambda text: quopri.encodestring(text.encode()), 1),
    ("quoted-printable-unfolded", lambda text: quopri.encodestring("\n".join(fields(text)).encode()), 1),
    ("markdown-table", lambda text: "| Header | Value |\n| --- | --- |\n" + each_pair("| %s | %s |\n")(text), 1),
    ("markdown-table-open", lambda text: "Header | Value\n--- | ---\n" + each_pair("%s | %s\n")(text), 1),
    ("markdown-line-breaks", lambda text: text.replace("\n", "\\\n"), 1),
    ("markdown-list", each_field("- %s"), 1),
    ("markdown-list-stars", each_field("* %s"), 1),
    ("markdown-bold", each_pair("**%s:** %s\n"), 1),
    ("markdown-bold-list", each_pair("- **%s**: %s\n"), 1),
    ("markdown-code-spans", each_pair("`%s: %s`\n"), 1),
    ("markdown-escaped", markdown_escaped, 1),
    ("markdown-links", markdown_links, 1),
    ("numbered-list", lambda text: "".join(f"{n}. {field}\n" for n, field in enumerate(fields(text), 1)), 1),
    ("bullets", each_field("• %s"), 1),
    ("bullets-tab", each_field("\u00b7\t%s"), 1),
    ("line-numbers-cat", numbered("%6d\t"), 1),
    ("line-numbers-grep", numbered("%d:"), 1),
    ("line-numbers-alone", numbered("%d\n"), 1),
    ("line-numbers-editor", numbered("%4d | "), 1),
    ("file-names-grep", numbered("mail.eml:%d:"), 1),
    ("comment-marks", each_line("# %s"), 1),
    ("diff", each_line("+%s"), 1),
    ("timestamps", each_line("2025-05-07 11:56:11.123 %s"), 1),
    ("timestamps-iso", each_line("2025-05-07T11:56:11Z %s"), 1),
    ("timestamps-bracketed", each_line("[07/May/2025 11:56:11] INFO %s"), 1),
    ("timestamps-before-fields", each_field("2025-05-07 11:56:11.123 %s"), 1),
    ("timestamps-syslog", each_line("May  7 11:56:11 mx1 milter[123]: %s"), 1),
    ("smart-quotes", smart, 1),
    ("smart-quotes-around", lambda text: f"“{text.rstrip()}”\n", 1),
    ("outlook-box", outlook, 1),
    ("outlook-box-flat", lambda text: outlook(flat(text)), 1),
    ("letter-above", lambda text: "Hello,\nthese are the headers:\n\n" + text + "\nBye\n", 1),
    ("letter-on-same-line", lambda text: "Here it is: " + text, 1),
    ("label-above", lambda text: "Message headers:\n\n" + text, 1),
    ("ansi-colours", colours, 1),
    ("names-on-own-line", each_pair("%s\n%s\n"), 1),
    ("names-on-own-line-with-colon", each_pair("%s:\n%s\n"), 1),
    ("names-on-own-line-spaced", each_pair("%s\n\n%s\n\n"), 1),
    ("forwarded", forwarded, 1),
    ("forwarded-quoted", lambda text: LETTER + "\nFYI\n\nBegin forwarded message:\n\n" + each_line("> %s")(text), 1),
    ("forwarded-flat", lambda text: forwarded(flat(text)), 1),
    ("forwarded-html", lambda text: LETTER + f"\n<html><body><p>Hi</p><pre>{html.escape(text)}</pre>\n", 1),
    ("forwarded-base64", base64_body, 1),
    ("attached", lambda text: LETTER + "\n--b\nContent-Type: message/rfc822\n\n" + text + "\nHi\n--b--\n", 1),
    ("escapes", escaped, 1),
    ("json-string", lambda text: json.dumps(text.replace("\n", "\r\n")), 1),
    ("json-object", lambda text: json.dumps({"id": 7, "headers": text.replace("\n", "\r\n"), "size": 1}), 1),
    ("json-fragment", lambda text: '"headers": ' + json.dumps(text) + ",\n", 1),
    ("json-array-of-lines", lambda text: json.dumps(fields(text), indent=1), 1),
    ("json-graph", graph, 1),
    ("json-graph-fragment", lambda text: graph(text)[60:], 1),
    ("json-pairs", lambda text: json.dumps([list(pair) for pair in pairs(text)]), 1),
    ("json-lists-by-name", lists, 1),
    ("python-bytes", lambda text: repr(text.encode()), 1),
    ("python-string", repr, 1),
    ("yaml-string", lambda text: "mail:\n  headers: " + json.dumps(text) + "\n", 1),
    ("yaml-block", yaml_block, 1),
    ("yaml-single-quoted", lambda text: "a: '" + text.replace("'", "''").replace("\n", "\n\n  ") + "'\n", 1),
    ("yaml-block-among-keys", lambda text: yaml_block(text) + "id: 7\n", 1),
    (
        "yaml-pairs",
        lambda text: (
            "headers:\n" + each_pair('- name: %s\n  value: "%s"\n', lambda body: body.replace('"', '\\"'))(text)
        ),
        1,
    ),
    ("csv-cell", csv_cell, 1),
    ("csv-rows", lambda text: "name,value\n" + each_pair('%s,"%s"\n', doubled)(text), 1),
    ("tsv-rows", each_pair("%s\t%s\n"), 1),
    ("tsv-cell", lambda text: "7\tslow\t" + text.replace("\n", "\\n").replace("\t", "\\t") + "\n", 1),
    ("power-shell-list", power_shell, 1),
    ("glued", glued(" "), 1),
    ("glued-without-a-space", glued(""), 1),
    ("glued-behind-a-colon", glued(": "), 1),
    ("glued-as-folds", glued("\n "), 1),
    ("glued-and-quoted", lambda text: each_line("> %s")(glued(": ")(text)), 1),
    ("glued-below-a-letter", lambda text: "Hello,\n\n" + glued("")(text), 1),
    ("glued-colon-and-flat", lambda text: flat(glued(": ")(text)), 1),
    ("glued-and-flat", lambda text: flat(glued("")(text)), 1),
    ("links", links, 1),
    ("one-line-below-a-letter", lambda text: f"Hello,\n\n{' '.join(text.split())}\n\nAnn\n", 1),
    ("one-line-forwarded", lambda text: forwarded(" ".join(text.split())), 1),
    ("blank-lines-below-words", lambda text: "Here are the headers:\n" + text.replace("\n", "\n\n"), 1),
    ("blank-lines-forwarded", lambda text: forwarded(text.replace("\n", "\n\n")), 1),
    ("blank-lines-html", lambda text: f"<p>Hi</p><pre>{html.escape(text.replace(chr(10), chr(10) * 2))}</pre>", 1),
    ("quoted-in-json", lambda text: json.dumps({"body": each_line("> %s")(text), "subject": "Re: a"}), 1),
    ("one-line-in-json", lambda text: json.dumps({"subject": "a", "headers": " ".join(text.split())}), 1),
    ("no-break-folds-in-yaml", lambda text: 'a: "' + escaped(re.sub(r"\n[ \t]+", "\n\u00a0", text)) + '"\n', 1),
    ("quoted-and-utf-16", lambda text: each_line("> %s")(text).encode("utf-16"), 1),
    ("flat-in-a-code-fence", lambda text: f"Hi\n\n```\n{flat(text)}```\n", 1),
    ("html-references-quoted", lambda text: each_line("> %s")(html.escape(text)), 1),
    ("quoted-printable-quoted", lambda text: each_line("> %s")(quopri.encodestring(text.encode()).decode()), 1),
    ("no-break-spaces-indented", lambda text: textwrap.indent(re.sub("[ \t]", "\u00a0", text), "  "), 1),
]


Hops = list[tuple[Any, ...]]


def hops(data: str | bytes) -> Hops:
    """Facts of the hops: from, by, via, with, id, for, date and service."""
    return [
        (
            hop.stamp.from_domain and (hop.stamp.from_domain.domain, hop.stamp.from_domain.tcp_info),
            hop.stamp.by_domain and (hop.stamp.by_domain.domain, hop.stamp.by_domain.tcp_info),
            *(hop.stamp.via, hop.stamp.with_, hop.stamp.id, hop.stamp.for_),
            hop.time,
            hop.label.service,
        )
        for hop in hopscope.read(data).hops
    ]


@cache
def intact() -> list[Hops]:
    """The hops of the unmodified blocks."""
    return [hops(block) for block in blocks()]


@pytest.mark.parametrize(("damage", "share"), [pytest.param(damage, share, id=kind) for kind, damage, share in DAMAGES])
def test_a_damaged_block_gives_the_hops_of_the_intact_one(damage: Callable[[str], str | bytes], share: float) -> None:
    right = [hops(damage(block)) == expected for block, expected in zip(blocks(), intact(), strict=True)]
    assert sum(right) >= share * len(right), [number for number, is_right in enumerate(right) if not is_right]


def test_the_blocks_cover_many_systems() -> None:
    assert len(blocks()) >= 40
    assert sum(map(len, intact())) > 200
    assert len({hop.label.software for block in blocks() for hop in hopscope.read(block).hops}) > 5


@pytest.mark.parametrize("name", ["labelled", "other"])
def test_no_intact_block_is_changed(name: str) -> None:
    for block in corpus(name):
        for data in (block.encode(), block.replace("\n", "\r\n").encode(), f"{block}\nHello,\n\nBob\n".encode()):
            mended, made = repair(data)
            assert mended is data
            assert made == ()


@pytest.mark.parametrize("name", ["received", "dialects"])
@pytest.mark.parametrize("below", ["", "From: a\nSubject: b\n", "\nHello\n"], ids=["alone", "fields", "body"])
def test_no_single_field_is_changed(name: str, below: str) -> None:
    fields = [row["field"] for row in json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))]
    blocks = [f"Received: {field}\n{below}".encode() for field in fields]
    assert [block for block in blocks if repair(block) != (block, ())] == []


def test_the_kinds_of_damage_are_not_loaded_for_an_intact_message(samples: Path) -> None:
    read = "import sys, hopscope; hopscope.read(sys.stdin.buffer.read())"
    program = f"{read}; sys.exit('hopscope.paste.kinds' in sys.modules)"
    for sample in samples.glob("*.eml"):
        subprocess.run([sys.executable, "-c", program], input=sample.read_bytes(), check=True)


def test_a_field_whose_text_was_written_twice_by_its_server_is_kept() -> None:
    block = next(block for block in corpus("labelled") if "+0000: Received:from" in block)
    assert repair(block) == (block.encode(), ())
    assert "+0000: Received:from" in repair("> " + block.replace("\n", "\n> "))[0].decode()
