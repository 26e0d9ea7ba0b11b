"""``hopscope explain``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hopscope.renderers import answers
from tests.renderers.documents import checked

from .conftest import Run


def test_a_hop_is_explained_with_header_text_rule_and_alternatives(run: Run, samples: Path) -> None:
    outcome = run("explain", samples / "exchange-2013-internal.eml", "--hop", "2")
    assert outcome.status == 0
    assert "Hop 2: Transport" in outcome.out
    assert "Microsoft SMTP Server (TLS) id 15.0.466.13" in outcome.out
    assert "inferred from the path" in outcome.out
    assert "Hop 3" not in outcome.out


def test_without_a_number_every_hop_is_explained(run: Run, samples: Path) -> None:
    text = (samples / "exchange-2010-internal.eml").read_bytes()
    outcome = run("explain", stdin=text)
    assert "Hop 1: mapi submission" in outcome.out
    assert "`with mapi`" in outcome.out
    assert "Hop 2: Hub Transport" in outcome.out


def test_a_hop_that_does_not_exist_is_a_usage_error(run: Run, samples: Path) -> None:
    outcome = run("explain", samples / "exchange-2010-internal.eml", "--hop", "3")
    assert outcome.status == 2
    assert "no hop 3" in outcome.err


def test_unreadable_input_is_an_error(run: Run, tmp_path: Path) -> None:
    assert run("explain", tmp_path / "missing.eml").status == 2


@pytest.mark.parametrize(
    ("what", "first"),
    [
        pytest.param(("15.1.2507.39",), "15.1.2507.39: Exchange Server 2016, CU23 Apr24HU", id="build"),
        pytest.param(("Version", "15.1", "(Build", "2507.39)"), "15.1.2507.39: Exchange Server 2016", id="words"),
        pytest.param(("6.0.3790.4675",), "6.0.3790.4675: Windows Server 2003", id="Windows"),
        pytest.param(("hub",), "Hub Transport", id="service"),
        pytest.param(("Front", "End", "Transport"), "Front End Transport", id="service in three words"),
        pytest.param(
            ("451 4.7.0 Temporary server error. ... PRX3",), "4.7.0 Temporary server error. ... PRX3", id="error"
        ),
        pytest.param(("hop101",), "HOP101: Negative delay", id="finding"),
    ],
)
def test_an_argument_that_is_not_a_file_is_looked_up(run: Run, what: tuple[str, ...], first: str) -> None:
    outcome = run("explain", *what, stdin=None)
    assert outcome.status == 0
    assert outcome.out.startswith(first)
    assert not outcome.err


PRX3 = "451 4.7.0 Temporary server error. Please try again later. PRX3"
LOG = r"2024-06-03T14:02:33.123Z,EX19-01\Internet,08DC,3,192.0.2.1:1234,192.0.2.2:25,<,"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"{PRX3}\n".encode(), ["PRX3 (4.7.0)"], id="one line"),
        pytest.param(PRX3.replace(" Please", "\r\n  Please").encode(), ["PRX3 (4.7.0)"], id="wrapped, CR LF"),
        pytest.param(f"{PRX3}\r\n".encode("utf-16"), ["PRX3 (4.7.0)"], id="UTF-16"),
        pytest.param(f"\ufeff{PRX3}\n".encode(), ["PRX3 (4.7.0)"], id="byte order mark"),
        pytest.param(
            f"{LOG}220 mx\n{LOG}550 5.1.1 User unknown,\n{LOG}{PRX3},\n".encode(),
            ["5.1.1 User unknown", "PRX3 (4.7.0)"],
            id="several lines of a log",
        ),
        pytest.param(f"From: a@b.example\nSubject: help\n\nWe get {PRX3}\n".encode(), ["PRX3"], id="in a mail"),
        pytest.param(f"<html><p>We get {PRX3}</p></html>".encode(), ["PRX3"], id="in HTML"),
        pytest.param(b"5.7.1\n", ["550 5.7.1 Unable to relay"], id="a status code"),
        pytest.param(b"550 5.6.7 no\n", ["registered meaning of the code alone"], id="an unknown reply"),
    ],
)
def test_an_error_text_is_read_from_a_file_and_standard_input(
    run: Run, tmp_path: Path, text: bytes, expected: list[str]
) -> None:
    (tmp_path / "error.txt").write_bytes(text)
    for outcome in (
        run("explain", tmp_path / "error.txt"),
        run("explain", "-", stdin=text),
        run("explain", stdin=text),
    ):
        assert (outcome.status, outcome.err) == (0, "")
        assert all(part in outcome.out for part in expected)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param((), b"hello\n", id="no error"),
        pytest.param((), b"Release 4.2.1 of the tool.\nSee 5.1.3, too.\n", id="numbers of versions"),
        pytest.param((), b"550 apples\n421 pears\n", id="numbers of other things"),
        pytest.param(("--hop", "1"), f"{PRX3}\n".encode(), id="a hop of an error text"),
    ],
)
def test_a_text_without_received_fields_and_without_known_error_is_refused(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], text: bytes
) -> None:
    (tmp_path / "other.txt").write_bytes(text)
    outcome = run("explain", tmp_path / "other.txt", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert "no Received header fields found" in outcome.err
    assert outcome.err.count("\n") == 1
    assert ("or an error text as an argument" in outcome.err) == (not arguments)


def test_an_existing_file_takes_precedence(
    run: Run, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mapi", "15.1.2507.39", "HOP101"):
        (tmp_path / name).write_bytes((samples / "exchange-2010-internal.eml").read_bytes())
        assert "\nHop 1: mapi submission" in run("explain", name).out


def test_a_hop_number_requires_a_message(run: Run) -> None:
    outcome = run("explain", "mapi", "--hop", "1")
    assert outcome.status == 2
    assert outcome.err == "hopscope: --hop is for messages, and 'mapi' is not a message; leave it out\n"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        pytest.param("tranport", "did you mean Transport", id="nearly a service"),
        pytest.param("nonsense", "give a message, a build (15.1.2507.39)", id="nothing"),
        pytest.param("missing.eml", "no such file", id="a file that is not there"),
        pytest.param("16.0.1.1", "not a build of Exchange", id="numbers of no product"),
        pytest.param("10.1.2.3", "not a build of Exchange", id="an address"),
        pytest.param("10099", "10099: no known Winsock error", id="a socket error"),
        pytest.param("Winsock error 10099", "no known Winsock error", id="a socket error with its name"),
        pytest.param("5.9.9 odd", "5.9.9 odd: looks like an SMTP reply", id="a status code"),
        pytest.param("15.1", "not a build number", id="too few numbers"),
        pytest.param("", "nothing to explain", id="empty"),
        pytest.param(" ", "nothing to explain", id="blank"),
        pytest.param("\x1b[31mred\x07\u202e", "\\x1b[31mred\\x07\\u202e: no such file", id="control characters"),
        pytest.param("a\x00b", "a\\x00b: no such file", id="NUL"),
        pytest.param("a\nb", "a\\nb: no such file", id="two lines"),
        pytest.param("\udce9", "\\xe9: no such file", id="no UTF-8"),
        pytest.param("A" * 1_000_000, "A...: no such file", id="long"),
        pytest.param("1" * 1_000_000, "1...: not a build number", id="long number"),
        pytest.param("1." * 500_000, "1...: no such file", id="many numbers"),
    ],
)
def test_an_unknown_argument_gives_one_line_of_advice(run: Run, what: str, said: str) -> None:
    outcome = run("explain", what, stdin=None)
    assert outcome.status == 2
    assert not outcome.out
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert len(outcome.err) < 400
    assert "\x1b" not in outcome.err


def test_every_build_service_error_and_finding_is_explained(run: Run) -> None:
    for module in answers.KINDS:
        for name in list(answers.kind(module).names())[::25]:
            assert run("explain", name).status == 0, name


def shown_on_a_terminal(*arguments: str, columns: int) -> str:
    import pty

    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": str(columns)}
    command = [sys.executable, "-m", "hopscope", *arguments]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        process.wait(timeout=120)
    os.close(master)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.posix
@pytest.mark.parametrize("columns", [80, 200])
def test_lines_are_wrapped_on_a_terminal_only(run: Run, samples: Path, columns: int) -> None:
    for what in ("transport", str(samples / "exchange-2013-internal.eml")):
        folded = shown_on_a_terminal("explain", what, columns=columns)
        whole = run("explain", what).out
        assert max(map(len, folded.split("\n"))) <= columns
        assert max(map(len, whole.split("\n"))) > 150
        assert folded.split() == whole.split()


@pytest.mark.parametrize("what", ["15.1.2507.39", "transport", "PRX3", "6.0.3790.1"])
def test_no_module_of_messages_is_imported(what: str) -> None:
    call = f"hopscope.cli.main(['explain', {what!r}])"
    code = f"import sys, hopscope.cli\ntry: {call}\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split("\n")[-2].split())
    heavy = {"networkx", "rich", "dateutil", "hopscope.parser", "hopscope.sources", "hopscope.classifier.infer"}
    assert not loaded & heavy


def test_every_kind_of_explanation_is_json(run: Run, samples: Path, tmp_path: Path) -> None:
    mail, log = samples / "exchange-2013-internal.eml", tmp_path / "error.txt"
    log.write_text("451 4.7.0 Temporary server error. Please try again later. PRX3")
    kinds = {
        (mail,): "message",
        (mail, "--hop", "2"): "message",
        (log,): "error",
        ("15.1.2507.39",): "build",
        ("HOP101",): "finding",
    }
    for what, kind in kinds.items():
        outcome = run("explain", *what, "--json")
        assert (outcome.status, outcome.err) == (0, "")
        document = checked(outcome.out)
        assert (document["kind"], document[kind] is None) == (kind, False)
    document = checked(run("explain", mail, "--hop", "2", "-f", "json").out)
    assert [hop["number"] for hop in document["message"]["hops"]] == [document["hop"]] == [2]
    assert document["message"]["hops"][0]["alternatives"] or document["message"]["hops"][0]["evidence"]


def test_an_explanation_is_written_to_files(run: Run, samples: Path, tmp_path: Path) -> None:
    """The suffix decides the format; the input is not overwritten."""
    json_file, text_file = tmp_path / "a.json", tmp_path / "a.txt"
    outcome = run("explain", "15.1.2507.39", "-o", text_file, "--output-file", f"json={json_file}")
    assert (outcome.status, outcome.out) == (0, "")
    assert text_file.read_text() == run("explain", "15.1.2507.39").out
    assert json_file.read_text() == run("explain", "15.1.2507.39", "-f", "json").out
    mail = tmp_path / "mail.eml"
    mail.write_bytes((samples / "exchange-2013-internal.eml").read_bytes())
    outcome = run("explain", f"{mail}:1", "-f", "plain", "-o", mail)
    assert (outcome.status, "is also an input file" in outcome.err) == (2, True)
