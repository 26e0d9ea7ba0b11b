"""Files of hopscope that are damaged, hostile, or something else: an error of one line that says what to do."""

import gzip
import json
from pathlib import Path

import pytest

from .conftest import Run

MAIL = (
    b"Received: from a.example by b.example (Postfix) with ESMTP id A2; Wed, 8 Mar 2017 10:52:43 +0100\n"
    b"Received: from x.example by a.example (Postfix) with ESMTP id A1; Wed, 8 Mar 2017 11:51:00 +0100\n\n"
)
READERS = {
    "stats --merge {}": "summary",
    "stats --merge {} -f json --by day": "summary",
    "graph --merge {}": "summary",
    "compare --stats {} {}": "summary",
    "check a.eml --against {}": "summary",
    "check a.eml --baseline {}": "baseline",
    "check a.eml --config {}": "settings",
    "check --show-settings --config {}": "settings",
    "show a.eml --config {}": "settings",
}
ADVICE = ("; write ", "; check the path", "; save it as UTF-8", "; see ", "; did you mean", "; valid keys", "; add it")

OF_ANY = {
    "binary": bytes(range(256)) * 20,
    "another program's JSON": b'{"version": "2.1.0", "runs": []}',
    "schema that is a number": b'{"schema": 5}',
    "deep arrays": b'a = [[["' + b"[" * 10_000,
    "deep arrays in JSON": b'{"a": ' + b"[" * 100_000,
    "deep objects": b'{"a": ' * 100_000,
    "digits": b"a = " + b"9" * 5_000,
    "digits in JSON": b'{"a": ' + b"9" * 5_000 + b"}",
    "NaN": b'{"schema": "hopscope-baseline/1", "messages": NaN}',
    "Infinity": b'{"schema": "hopscope-summary/3", "messages": -Infinity}',
    "UTF-16": b"\xff\xfe" + 'select = ["HOP"]'.encode("utf-16-le"),
    "not UTF-8": b'select = ["\xff"]',
    "surrogate": b'{"schema": "\\ud800", "\\ud800": 1}',
    "unfinished": b'{"schema": "hopscope-summary/3", "messages"',
    "long key": b'"' + b"k" * 10_000 + b'" = 1',
    "long schema": json.dumps({"schema": "s" * 10_000, "findings": []}).encode(),
    "hostile key": b'"\\u001b[31m\\n::error::x##[x]\\u202e" = 1',
    "hostile schema": b'{"schema": "\\u001b[31m\\n::error::x##[x]\\u202e"}',
    "message": MAIL,
}
OF_SUMMARY = {"empty": b"", "list": b"[]", "null": b"null", "byte order mark": b"\xef\xbb\xbf"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.eml").write_bytes(MAIL)


def assert_one_line(run: Run, reader: str, name: str) -> None:
    status, _, err = run(*reader.replace("{}", name).split())
    lines = 2 if reader.startswith("compare") else 1  # one for each file
    assert (status, err.count("\n")) == (2, lines), err
    assert err.startswith(f"hopscope: {name}: ")
    assert "internal error" not in err
    assert any(advice in err for advice in ADVICE), err
    assert len(err) < 1_000 * lines
    assert err.replace("\n", "").isprintable()


@pytest.mark.parametrize("reader", READERS)
def test_any_other_content_is_an_error_of_one_line(run: Run, reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = OF_ANY if "--config" in reader else OF_ANY | OF_SUMMARY
    for kind, content in kinds.items():
        if reader.startswith("show") and kind in {"long key", "hostile key"}:
            continue  # only its table organisation is read
        Path("file").write_bytes(content)
        assert_one_line(run, reader, "file")
    Path("folder").mkdir()
    assert_one_line(run, reader, "folder")
    assert_one_line(run, reader, "missing")
    monkeypatch.setattr("hopscope.statistics.saved.MOST_BYTES", 1 << 20)
    monkeypatch.setattr("hopscope.cli.baseline._MOST_BYTES", 1 << 20)
    with Path("large").open("wb") as file:
        file.truncate(1 << 30)
    assert_one_line(run, reader, "large")
    if Path("/dev/zero").exists():
        assert_one_line(run, reader, "/dev/zero")


BASELINES = [
    ('"count":1', '"count":-1', "Expected `int` >= 0"),
    ('"count":1', '"count":' + "9" * 40, "not a baseline"),
    ('"count":1', '"count":1.5', "got `float`"),
    ('"count":1', '"count":"1"', "got `str`"),
    ('"findings":[', '"findings":[null,', "got `null`"),
    ("hopscope-baseline/1", "hopscope-baseline/2", "not a hopscope-baseline/1 file"),
]


@pytest.mark.parametrize(("original", "changed", "reason"), BASELINES)
def test_a_baseline_that_was_changed_is_an_error(run: Run, original: str, changed: str, reason: str) -> None:
    assert run("check", "a.eml", "--baseline", "known", "--update-baseline").status == 0
    text = Path("known").read_text(encoding="utf-8")
    assert original in text
    Path("known").write_bytes(b"\xef\xbb\xbf" + text.encode())  # as some editors save it
    assert run("check", "a.eml", "--baseline", "known").status == 0
    Path("known").write_text(text.replace(original, changed), encoding="utf-8")
    assert_one_line(run, "check a.eml --baseline {}", "known")
    assert reason in run("check", "a.eml", "--baseline", "known").err


SETTINGS = [
    ('name = "{}"', "10,000 characters long"),
    ('files = "{}"', "10,000 characters long"),
    ('when = "{}"', "10,000 characters long"),
    ('expect = "{}"', "10,000 characters long"),
    ('forbid = ["{}"]', "10,000 characters long"),
    ('max_total = "{}"', "is not a duration"),
    ('severity = "{}"', "10,000 characters long"),
    ('"{}" = 1', "unknown key"),
]


@pytest.mark.parametrize(("line", "reason"), SETTINGS)
def test_long_values_of_settings_are_errors_of_one_short_line(run: Run, line: str, reason: str) -> None:
    Path("long.toml").write_text(f"[[path]]\n{line.replace('{}', 'a*' * 5_000)}\n", encoding="utf-8")
    outcome = run("check", "a.eml", "--config", "long.toml")
    assert outcome.status == 2
    assert reason in outcome.err
    assert (outcome.err.count("\n"), len(outcome.err) < 700) == (1, True)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ('when = "' + "(" * 900 + "hops > 1" + ")" * 900 + '"', 50),
        ('expect = "' + "(" * 900 + "any" + ")" * 900 + '"', 50),
        ('when = "' + "hops > 1 and " * 200 + "hop > 1" + '"', 100),
        ('expect = "' + "any -> " * 300 + "anyy" + " -> any" * 100 + '"', 100),
    ],
)
def test_an_error_in_a_long_text_shows_the_text_around_it(run: Run, line: str, column: int) -> None:
    Path("deep.toml").write_text(f'[[path]]\nname = "a"\n{line}\n', encoding="utf-8")
    outcome = run("check", "a.eml", "--config", "deep.toml")
    error, text, caret = outcome.err.splitlines()
    assert outcome.status == 2
    assert error.startswith("hopscope: deep.toml: path[0]: ")
    assert len(text) <= 204
    assert caret == f"{'':{column + 4}}^"


def test_settings_saved_by_an_editor_of_windows_are_read(run: Run) -> None:
    Path("hopscope.toml").write_bytes(b'\xef\xbb\xbfselect = ["HOP1"]\r\nfail_on = "error"\r\n')
    assert run("check", "a.eml").status == 0


def test_globs_of_settings_take_linear_time(run: Run) -> None:
    """A pattern that backtracks would take years here."""
    host = b"a" * 3_000 + b".example"
    Path("b.eml").write_bytes(MAIL.replace(b"a.example", host))
    glob = "*a" * 1_500 + "b"
    Path("hopscope.toml").write_text(
        f'forbidden_hosts = ["{glob}"]\n[organisation]\nservers = {{ "{glob}" = "2016" }}\n'
        f'[[path]]\nname = "a"\nfiles = "{glob}"\nforbid = ["host:{glob}"]\n'
        f'[[path]]\nname = "b"\nwhen = "hosts has \'{glob}\'"\nexpect = "any@{glob}"\n'
        f'[per_path."{glob}"]\nmax_hop = "1s"\n',
        encoding="utf-8",
    )
    assert run("check", "b.eml", "--jobs", "1").status in {0, 1}


SECOND = MAIL.replace(b"10:52:43", b"10:52:53")
BOTH = "; give either summaries or messages\n"
RECOGNIZED = {
    "stats may.json": 0,
    "stats may.json june.summary --by leg": 0,
    "stats indented.json": 0,
    "stats earlier.json": 0,
    "stats bom.json": 0,
    "graph june.summary": 0,
    "graph may.json june.summary": 0,
    "compare may.json june.summary --exit-zero": 0,
    "compare --stats may.json june.summary --exit-zero": 0,
    "stats --merge may.json": 0,
    "graph --merge may.json": 0,
    "stats may.json a.eml": f"may.json is a saved summary, and a.eml is not{BOTH}",
    "stats a.eml june.summary": f"june.summary is a saved summary, and a.eml is not{BOTH}",
    "stats may.json -": f"may.json is a saved summary, and - is not{BOTH}",
    "graph folder may.json": f"may.json is a saved summary, and folder is not{BOTH}",
    "compare may.json a.eml": f"may.json is a saved summary, and a.eml is not{BOTH}",
    "stats may.json none.json": "none.json: no such file; write one with",
    "compare may.json --model 2016": "saved summaries are compared in pairs, before and after; --model is for messages",
    "compare may.json june.summary -f html": "saved summaries support --format",
    "stats may.json --since 2024-01-01": "--attached and options that select messages do not apply to saved summaries",
    "graph may.json --attached": "--attached and options that select messages do not apply to saved summaries",
}


@pytest.mark.parametrize(("command", "expected"), RECOGNIZED.items())
def test_saved_summaries_are_recognized(command: str, expected: int | str, run: Run) -> None:
    Path("b.eml").write_bytes(SECOND)
    Path("folder").mkdir()
    assert run("stats", "a.eml", "--save", "may.json").status == 0
    assert run("stats", "b.eml", "--save", "june.summary").status == 0
    text = Path("may.json").read_text()
    document = json.loads(text)
    Path("indented.json").write_text(json.dumps(document, indent=2))
    Path("earlier.json").write_text(json.dumps(dict(sorted(document.items()))))
    Path("bom.json").write_text(f"\ufeff{text}", encoding="utf-8")
    outcome = run(*command.split())
    if isinstance(expected, str):
        assert (outcome.status, expected in outcome.err, outcome.err.count("\n")) == (2, True, 1), outcome.err
    else:
        assert (outcome.status, outcome.err) == (0, "")
        assert "a.example" in outcome.out or "other MTA" in outcome.out


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(
    ("command", "expected"),
    {
        "stats": 0,
        "stats -": 0,
        "stats --merge -": 0,
        "stats --merge": 0,
        "graph": 0,
        "stats - june.summary": 0,
        "compare june.summary - --exit-zero": 0,
        "compare --stats - june.summary.gz --exit-zero": 0,
        "stats - a.eml": f"- is a saved summary, and a.eml is not{BOTH}",
        "stats - --since 7d": "--attached and options that select messages do not apply to saved summaries",
        "compare - --model 2016": "saved summaries are compared in pairs",
    }.items(),
)
def test_saved_summaries_on_standard_input_and_compressed_ones_are_recognized(
    command: str, expected: int | str, *, compressed: bool, run: Run
) -> None:
    Path("b.eml").write_bytes(SECOND)
    assert run("stats", "a.eml", "--save", "may.json").status == 0
    assert run("stats", "b.eml", "--save", "june.summary").status == 0
    Path("june.summary.gz").write_bytes(gzip.compress(Path("june.summary").read_bytes()))
    saved = Path("may.json").read_bytes()
    outcome = run(*command.split(), stdin=gzip.compress(saved) if compressed else saved)
    if isinstance(expected, str):
        assert (outcome.status, expected in outcome.err, outcome.err.count("\n")) == (2, True, 1), outcome.err
    else:
        assert (outcome.status, outcome.err) == (0, "")
        assert "a.example" in outcome.out or "other MTA" in outcome.out


@pytest.mark.parametrize("command", ["show", "check", "redact", "explain", "report -o x.html"])
def test_other_commands_refer_to_those_that_read_summaries(command: str, run: Run) -> None:
    assert run("stats", "a.eml", "--save", "may.json").status == 0
    Path("stats.json").write_text(run("stats", "a.eml", "--json").out)
    outcome = run(*command.split(), "may.json", "-q")
    assert outcome == (
        2,
        "",
        "hopscope: may.json: a saved summary, not a message; use hopscope stats, graph or compare\n",
    )
    outcome = run(*command.split(), "stats.json", "-q")
    assert outcome.err.startswith("hopscope: stats.json: JSON output of hopscope, not a message; give the messages ")


def test_mail_on_standard_input_is_not_a_summary(run: Run) -> None:
    expected = run("stats", "a.eml", "--by", "leg").out
    assert run("stats", "--by", "leg", stdin=MAIL).out == expected
    assert run("stats", "-", "--by", "leg", stdin=gzip.compress(MAIL)).out == expected
    assert run("stats", "--merge", stdin=MAIL).err.startswith("hopscope: --merge needs FILES written by --save")


@pytest.mark.parametrize("damage", [slice(0, 9), slice(0, -9), slice(0, 60)])
def test_a_damaged_compressed_summary_is_an_error_of_one_line(damage: slice, run: Run) -> None:
    run("stats", "a.eml", "--save", "may.json")
    Path("may.json.gz").write_bytes(gzip.compress(Path("may.json").read_bytes())[damage])
    assert_one_line(run, "stats --merge {}", "may.json.gz")


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "hopscope/2", "source": "a.eml"}',
        '{"raw": "Received: from a.example by b.example; Wed, 8 Mar 2017 10:52:43 +0100"}',
        '[{"schema": "hopscope-summary/3"}]',
        '{"note": "schema hopscope-summary/3", "raw": "Received: from a by b; Wed, 8 Mar 2017 10:52:43 +0100"}',
    ],
)
def test_other_json_is_not_a_summary(text: str, run: Run) -> None:
    Path("other.json").write_text(text)
    assert "summary" not in run("stats", "other.json", "a.eml").err
