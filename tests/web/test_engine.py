"""The page shows what the command line prints."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hopscope.analysis.analyze import Analysis
from hopscope.errors import DEBUG
from hopscope.renderers import Style
from hopscope.renderers.message import html
from hopscope.renderers.text.page import Facts
from tests.corpora import blocks
from web.engine import MAX_SHOWN, Engine, Input, mounted

from .command_line import SAMPLES, printed

KEYS = {
    "kind",
    "count",
    "title",
    "html",
    "parts",
    "suggestions",
    "formats",
    "errors",
    "notes",
}
MAIL = """Received: from a.example (192.0.2.1) by mb1.example (192.0.2.2) with Microsoft
 SMTP Server (TLS) id 15.0.1497.2; Mon, 5 Nov 2018 10:00:00 +0100
Subject: {}
Message-ID: <{}@a.example>

"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, in which the page stores the files that were chosen."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def mail(number: int = 1) -> str:
    return MAIL.format(f"Message {number}", number)


def mbox(count: int) -> str:
    return "".join(f"From a@a.example Mon Nov  5 10:00:00 2018\n{mail(number)}" for number in range(1, count + 1))


def check_messages(paths: Sequence[str], *, utc: bool = False) -> dict[str, Any]:
    """The result for files, which is what ``hopscope show`` prints in each format."""
    engine, zone = Engine(), ["--tz", "utc"] if utc else []
    result = engine.analyze(Input(paths=tuple(paths)), utc=utc)
    assert result.keys() == KEYS
    assert (result["kind"], result["formats"]) == ("messages", ("json", "markdown", "redacted"))
    assert result["html"] == printed("show", "-f", "html", *zone, "--", *paths)
    for format_ in ("json", "markdown"):
        assert engine.text(format_)["text"] == printed("show", "-f", format_, *zone, "--", *paths)
    return result


@pytest.mark.parametrize("utc", [False, True])
def test_samples_are_shown_as_on_the_command_line(folder: Path, utc: bool) -> None:  # noqa: FBT001 - pytest
    for sample in SAMPLES.rglob("*.eml"):
        write(folder, {sample.name: sample.read_bytes()})
        assert check_messages([sample.name], utc=utc)["count"] == 1


def test_a_dropped_folder_is_read_as_on_the_command_line(folder: Path) -> None:
    names = [f"organisation/{path.name}" for path in (SAMPLES / "organisation").iterdir() if path.suffix != ".toml"]
    stored = mounted(names)
    write(folder, {name: (SAMPLES / name).read_bytes() for name in stored["files"]})
    assert stored["paths"] == ["organisation"]
    assert check_messages(stored["paths"])["count"] == 5


def test_real_messages_are_shown_as_on_the_command_line(folder: Path) -> None:
    chosen = blocks()[::6]
    names = [f"{number}.eml" for number in range(len(chosen))]
    write(folder, dict(zip(names, chosen, strict=True)))
    for start in range(0, len(names), MAX_SHOWN):
        check_messages(names[start : start + MAX_SHOWN])


@pytest.mark.parametrize("count", [1, 2])
def test_redacted_messages_are_those_of_the_command_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    write(folder, {"mail.mbox": mbox(count)})
    engine = Engine()
    engine.analyze(Input(paths=("mail.mbox",)))
    text = engine.text("redacted")["text"]
    assert text == printed("redact", "mail.mbox")
    assert "a.example" not in text


ATTACHED = f"""Received: from ex1.example by ex2.example with ESMTP; Mon, 5 Nov 2018 12:00:00 +0100
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/rfc822

{mail()}
--b--
"""


@pytest.mark.parametrize("copies", [1, MAX_SHOWN])
def test_attached_messages_are_read_if_they_are_requested(folder: Path, copies: int) -> None:
    names = [f"{number}.eml" for number in range(copies)]
    write(folder, dict.fromkeys(names, ATTACHED))
    engine, source = Engine(), Input(paths=tuple(names))
    result = engine.analyze(source)
    assert (result["kind"], result["count"]) == ("messages", copies)
    (note,) = result["notes"]
    assert "Attached messages" in note
    result = engine.analyze(source, attached=True)
    assert (result["count"], note in result["notes"]) == (2 * copies, False)
    commands = {"messages": ("show", "-f", "html"), "report": ("report",)}
    assert result["html"] == printed(*commands[result["kind"]], "--attached", *names)
    if result["kind"] == "messages":
        assert "a.example" not in engine.text("redacted")["text"]


def test_more_messages_are_a_report(folder: Path) -> None:
    write(folder, {"dump.mbox": mbox(MAX_SHOWN + 5) + "From a@a.example Mon Nov  5 10:00:00 2018\nno: mail\n\n"})
    engine, progress = Engine(), []
    result = engine.analyze(Input(paths=("dump.mbox",)), progress=lambda *step: progress.append(step))
    assert (result["kind"], result["count"], result["formats"]) == ("report", 25, ("json", "markdown"))
    (note,) = result["notes"]
    assert str(MAX_SHOWN) in note
    assert result["html"] == printed("report", "dump.mbox")
    for format_ in ("json", "markdown"):
        assert engine.text(format_)["text"] == printed("stats", "-f", format_, "dump.mbox")
    assert [error.partition(":26: ")[0] for error in result["errors"]] == ["dump.mbox"]
    assert progress[-2:] == [(26, 1.0), (26, None)]
    assert all(share is None or 0 <= share <= 1 for _, share in progress)


def test_a_real_dump_is_the_report_of_the_command_line(folder: Path) -> None:
    names = [f"{number}.eml" for number in range(40)]
    write(folder, dict(zip(names, blocks()[::15], strict=False)))
    engine = Engine()
    result = engine.analyze(Input(paths=tuple(names)))
    assert result["html"] == printed("report", *names)
    assert engine.text("json")["text"] == printed("stats", "-f", "json", *names)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(mail(), id="headers"),
        pytest.param((SAMPLES / "exchange-2013-internal.eml").read_text(), id="a message"),
        pytest.param(mail(1) + mail(2), id="one below the other"),
        pytest.param(mbox(3), id="mbox"),
        pytest.param(json.dumps([{"headers": mail(1)}, {"headers": mail(2)}]), id="JSON"),
        pytest.param("".join(f"> {line}\n" for line in mail().splitlines()), id="quoted"),
        pytest.param(mail().replace("\n", "\r\n"), id="CRLF"),
        pytest.param(mail().replace("Message 1", "Grüße \U0001f600"), id="no ASCII"),
    ],
)
def test_a_pasted_text_is_standard_input(text: str) -> None:
    engine = Engine()
    result = engine.analyze(Input(text=text))
    assert (result["kind"], result["errors"]) == ("messages", ())
    assert result["html"] == printed("show", "-f", "html", stdin=text)
    assert engine.text("json")["text"] == printed("show", "-f", "json", stdin=text)


@pytest.mark.parametrize(
    ("text", "kind", "heading"),
    [
        ("451 4.7.0 Temporary server error. Please try again later. PRX3", "explanation", "PRX3"),
        ("log line 1\n2018 451 4.7.0 Temporary server error. Please try again later. PRX2\n", "explanation", "PRX2"),
        ("15.1.2507.39\n", "explanation", "15.1.2507.39: Exchange Server 2016"),
        (" Front End Transport ", "explanation", "Front End Transport"),
        ("HOP110", "explanation", "HOP110"),
        ("Hello,\nthis is no mail.", "nothing", ""),
        ("see line 5.7.1\nand 4 more", "nothing", ""),
        ("", "nothing", ""),
        ("\ud800", "nothing", ""),
        ("\0\1\2", "nothing", ""),
        ('{"schema": "hopscope/2"}', "nothing", ""),
    ],
)
def test_a_text_without_messages_is_explained_if_it_is_known(text: str, kind: str, heading: str) -> None:
    result = Engine().analyze(Input(text=text))
    assert result["kind"] == kind
    assert heading in "".join(part["heading"] for part in result["parts"])
    assert bool(result["errors"]) == (kind == "nothing")
    for error in result["errors"]:
        assert error.startswith("Pasted text: ")
        assert "hopscope show" not in error


def test_a_log_is_explained_and_other_files_are_errors(folder: Path) -> None:
    write(folder, {"error.log": "x\n554 5.4.14 Hop count exceeded\n", "photo.jpg": b"\xff\xd8\0\0\1\2" * 50})
    assert Engine().analyze(Input(paths=("error.log",)))["parts"]
    result = Engine().analyze(Input(paths=("photo.jpg", "missing.eml")))
    assert (result["kind"], result["errors"]) == (
        "nothing",
        (
            "photo.jpg: not text; save the message as .eml, or use its headers",
            "missing.eml: no such file; check the path",
        ),
    )


@pytest.mark.parametrize(
    ("question", "kind", "start"),
    [
        ("15.1.2507.39", "explanation", "15.1.2507.39"),
        ("5.5.0", "explanation", "5.5.0"),
        ("transport", "explanation", "Transport"),
        ("HOP101", "explanation", "HOP101"),
        ("Transprot", "nothing", "Transprot: no such build, service, verdict, error or finding code; did you mean"),
        ("15.1", "nothing", "15.1: not a build number"),
        ("\x1b[31mno", "nothing", "\\x1b[31mno: no such build"),
        ("  ", "nothing", "Nothing to explain; try a build"),
    ],
)
def test_questions(question: str, kind: str, start: str) -> None:
    result = Engine().explain(question)
    assert result.keys() == KEYS
    assert result["kind"] == kind
    assert (result["parts"][0]["heading"] if kind == "explanation" else result["errors"][0]).startswith(start)
    lines = [line for part in result["parts"] for fact in part["facts"] for line in fact["lines"]]
    assert not [line for line in lines if line.startswith("hopscope ")]
    assert bool(result["suggestions"]) == ("did you mean" in start)


PIECES = (
    "Received: ",
    "from a.example by b.example; ",
    "5 Nov 2018 10:00:00 +0100",
    "\n",
    "\r\n ",
    "\ud800",
    "\0",
    "HOP1",
    "5.7.1",
)
HOSTILE = (
    "-",
    "-x.eml",
    "--version",
    "-:2",
    "a:17",
    "a:<b@c>",
    "~",
    "*.eml",
    " ",
    "new\nline.eml",
    "\x1b[31m.eml",
    "\u202egnp.eml",
    "Grüße \U0001f600.msg",
    "<script>alert(1)</script>.eml",
)


@pytest.mark.posix
@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_any_name_is_read_and_named_as_on_the_command_line(folder: Path, name: str) -> None:
    stored = mounted([name])
    write(folder, {name: mail()})
    assert stored["files"] == [name]
    engine = Engine()
    result = engine.analyze(Input(paths=tuple(stored["paths"]), text=None))
    assert (result["count"], result["errors"]) == (1, ())
    assert result["html"] == printed("show", "-f", "html", "--", "./-" if name == "-" else name)
    write(folder, {name: ""})
    (error,) = Engine().analyze(Input(paths=tuple(stored["paths"])))["errors"]
    assert error.isprintable()
    assert error.endswith(": empty; use a message or its headers")


@pytest.mark.parametrize(
    ("names", "files", "paths"),
    [
        (["a.eml", "b.eml"], ["a.eml", "b.eml"], ["a.eml", "b.eml"]),
        (["a.eml", "a.eml", "a.eml"], ["a.eml", "a (2).eml", "a (3).eml"], ["a.eml", "a (2).eml", "a (3).eml"]),
        (["a (2).eml", "a.eml", "a.eml"], ["a (2).eml", "a.eml", "a (3).eml"], ["a (2).eml", "a.eml", "a (3).eml"]),
        (["in/1.eml", "in/sub/2.eml", "b"], ["in/1.eml", "in/sub/2.eml", "b"], ["in", "b"]),
        (["in/1.eml", "in/1.eml"], ["in/1.eml", "in (2)/1.eml"], ["in", "in (2)"]),
        (["in", "in/1.eml"], ["in", "in (2)/1.eml"], ["in", "in (2)"]),
        (["in/1.eml", "in"], ["in/1.eml", "in (2)"], ["in", "in (2)"]),
        (
            ["/etc/passwd", "../../x", "", "."],
            ["etc/passwd", "x", "file", "file (2)"],
            ["etc", "x", "file", "file (2)"],
        ),
        (
            [".eml", ".eml", "a\0b", "\ud800"],
            [".eml", ".eml (2)", "a\ufffdb", "\ufffd"],
            [".eml", ".eml (2)", "a\ufffdb", "\ufffd"],
        ),
    ],
)
def test_files_are_stored_under_distinct_safe_names(names: list[str], files: list[str], paths: list[str]) -> None:
    assert mounted(names) == {"files": files, "paths": paths}


def test_errors_are_counted_and_skipped_files_noted(folder: Path) -> None:
    write(folder, {f"{number:02}.eml": "" for number in range(25)})
    write(folder, {"in/1.eml": mail(), "in/notes.txt": "buy milk", "in/list.json": "{}"})
    result = Engine().analyze(Input(paths=(*(f"{number:02}.eml" for number in range(25)), "in")))
    assert (result["kind"], result["count"], len(result["errors"])) == ("messages", 1, 21)
    assert result["errors"][0] == "00.eml: empty; use a message or its headers"
    assert result["errors"][-1] == "5 more: empty; use a message or its headers"
    assert result["notes"] == ("Skipped 2 files that are not mail, such as in/list.json.",)


def test_a_defect_of_one_message_costs_only_this_message(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = html.message

    def failing(analysis: Analysis, style: Style, number: int) -> Facts:
        if analysis.route.source == "m.mbox:1":
            raise KeyError
        return usual(analysis, style, number)

    monkeypatch.delenv(DEBUG)
    monkeypatch.setattr(html, "message", failing)
    write(folder, {"m.mbox": mbox(3)})
    result = Engine().analyze(Input(paths=("m.mbox",)))
    assert result["count"] == 2
    (error,) = result["errors"]
    assert error.startswith("m.mbox:1: internal error (KeyError")
    assert error.endswith("report this line, with the redacted headers of the message")


def test_two_sides_are_compared_as_on_the_command_line(folder: Path) -> None:
    old, new = ((SAMPLES / f"exchange-{year}-internal.eml").read_text() for year in (2010, 2013))
    write(folder, {"old.eml": old, "new.eml": new, "message": old, "other message": new, "dump.mbox": mbox(3)})
    engine = Engine()
    cases: list[tuple[Input, Input | str, list[str], int]] = [
        (Input(paths=("old.eml",)), Input(paths=("new.eml",)), ["old.eml", "new.eml"], 2),
        (Input(text=old, name="message"), Input(text=new, name="other message"), ["message", "other message"], 2),
        (Input(paths=("dump.mbox",)), Input(text=new, name="other message"), ["dump.mbox", "other message"], 4),
        (Input(paths=("old.eml",)), "2013", ["old.eml", "--model", "2013"], 1),
        (Input(paths=("dump.mbox",)), "SE", ["dump.mbox", "--model", "SE"], 3),
    ]
    for left, right, arguments, count in cases:
        result = engine.compare(left, right)
        assert (result["kind"], result["count"], result["errors"]) == ("comparison", count, ())
        assert result["html"] == printed("compare", "-f", "html", *arguments)
        for format_ in result["formats"]:
            assert engine.text(format_)["text"] == printed("compare", "-f", format_, *arguments)


@pytest.mark.usefixtures("folder")
def test_a_side_without_a_message_is_named() -> None:
    result = Engine().compare(Input(text="Hello", name="message"), Input(paths=("missing.eml",)))
    assert result["kind"] == "nothing"
    assert result["title"] == "No headers found for the message and the other message"
    assert [error.partition(":")[0] for error in result["errors"]] == ["message", "missing.eml"]


def test_only_the_formats_of_the_last_result_are_available() -> None:
    engine = Engine()
    for format_ in ("json", "redacted"):
        with pytest.raises(ValueError, match="not available"):
            engine.text(format_)
    engine.analyze(Input(text=mail()))
    with pytest.raises(ValueError, match="not available"):
        engine.text("svg")
    engine.analyze(Input(text="Hello"))
    with pytest.raises(ValueError, match="not available"):
        engine.text("json")


def test_requests_and_answers_are_json(folder: Path) -> None:
    write(folder, {"a.eml": mail()})
    engine = Engine()

    def answer(**request: object) -> dict[str, Any]:
        text = engine.respond(json.dumps(request))
        assert text.isascii()
        values: dict[str, Any] = json.loads(text)
        return values

    assert answer(op="mounted", names=["\ud800"]) == {"files": ["\ufffd"], "paths": ["\ufffd"]}
    assert answer(op="analyze", left={"paths": ["a.eml"]}, utc=True)["title"] == "Message 1"
    assert answer(op="prepare") == {}
    assert answer(op="text", format="redacted")["errors"] == []
    assert answer(op="compare", left={"text": mail()}, right={"paths": ["a.eml"]})["count"] == 2
    assert answer(op="compare", left={"text": mail()}, right={"generation": "2013"})["kind"] == "comparison"
    write(folder, {"1/mail.eml": mail(1), "2/mail.eml": mail(2)})
    left, right = ({"paths": ["mail.eml"], "folder": str(folder / name)} for name in "12")
    assert answer(op="compare", left=left, right=right)["count"] == 2
    assert answer(op="explain", question="HOP101")["kind"] == "explanation"
    with pytest.raises(ValueError, match="unknown operation"):
        answer(op="x")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=12).map("".join), st.booleans())
def test_any_text_has_a_result(text: str, is_compared: bool) -> None:  # noqa: FBT001 - hypothesis
    engine = Engine()
    request = {"op": "compare" if is_compared else "analyze", "left": {"text": text}, "right": {"text": text[::-1]}}
    assert json.loads(engine.respond(json.dumps(request))).keys() == KEYS
    assert json.loads(engine.respond(json.dumps({"op": "explain", "question": text}))).keys() == KEYS


def test_nothing_that_the_browser_lacks_is_imported() -> None:
    """No package that the page does not contain, and no processes; networkx for reports and comparisons only."""
    code = """
import sys
from web.engine import Engine, Input
engine = Engine()
engine.analyze(Input(paths=("samples/exchange-2013-internal.eml",)))
print(*sys.modules)
engine.text("json"), engine.text("markdown"), engine.text("redacted"), engine.explain("HOP101")
engine.analyze(Input(text="554 5.4.14 Hop count exceeded"))
print(*sys.modules)
engine.compare(Input(paths=("samples/organisation",)), "2016")
assert engine.analyze(Input(paths=("samples", "samples")))["kind"] == "report"
engine.text("json"), engine.text("markdown")
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SAMPLES.parent)
    first, messages, every = (set(line.split()) for line in done.stdout.splitlines())
    assert not every & {"click", "rich", "multiprocessing", "hopscope.cli", "dateutil", "pyarrow"}
    assert "networkx" not in messages
    assert not first & {
        "hopscope.comparison",
        "hopscope.renderers.report",
        "hopscope.redaction",
        "hopscope.statistics",
        "hopscope.renderers.answers.build",
    }
