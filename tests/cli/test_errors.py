"""Errors of the command line and of unreadable input: one line, in the words of an administrator."""

import shlex
from pathlib import Path

import pytest

from .conftest import Run


@pytest.mark.parametrize(("count", "further"), [(3, None), (20, None), (21, "1 more"), (45, "25 more")])
@pytest.mark.parametrize("command", ["show", "stats", "check"])
def test_the_first_20_errors_with_a_reason_are_named_and_the_others_counted(
    command: str, count: int, further: str | None, tmp_path: Path, run: Run
) -> None:
    for number in range(count):
        (tmp_path / f"{number}.eml").touch()
    (tmp_path / "z.eml").write_text("no mail\n")
    result = run(command, tmp_path)
    lines = [line for line in result.err.splitlines() if ": empty" in line]
    assert result.status == 2
    assert len(lines) == min(count, 20) + (further is not None)
    assert further is None or lines[-1] == f"hopscope: {tmp_path}: {further}: empty; use a message or its headers"
    assert "z.eml: no Received header fields found" in result.err


COMMAND_LINES = (
    ("foo", "foo: no such file; check the path"),
    ("chekc", "chekc: no such file; check the path (did you mean the command `check`?)"),
    ("chekc a.eml", "chekc: no such file; check the path (did you mean the command `check`?)"),
    ("stas", "stas: no such file; check the path (did you mean the command `stats`?)"),
    ("nosuch.eml", "nosuch.eml: no such file; check the path"),
    ("sho a.eml", "sho: no such file; check the path (did you mean the command `show`?)"),
    ("--foo", "no such option --foo; see hopscope show --help"),
    ("--jsno a.eml", "no such option --jsno; did you mean --json?"),
    ("--verzion", "no such option --verzion; did you mean --version?"),
    ("-x", "no such option -x; see hopscope show --help"),
    ("-vvv --versoin", "no such option --versoin; did you mean --version?"),
    ("show --fomat json a.eml", "no such option --fomat; did you mean --format?"),
    ("show --timelime a.eml", "no such option --timelime; did you mean --timeline?"),
    ("show -f jsonn a.eml", "--format: 'jsonn' is not one of table, plain, json, jsonl, csv, markdown, svg, html; did"),
    ("show -f xyz a.eml", "--format: 'xyz' is not one of table, plain, json, jsonl, csv, markdown, svg, html"),
    ("show -f", "-f needs a value"),
    ("show --json -f csv a.eml", "--json and --format csv exclude each other; use one of them"),
    (
        "show --tz Europ/Berlin a.eml",
        "--tz: 'Europ/Berlin' is not a time zone; did you mean Europe/Berlin?",
    ),
    ("show --tz +25:00 a.eml", "--tz: '+25:00' is not a time zone (examples: utc, local, +10:00, Europe/Berlin)"),
    ("show --tz CEST a.eml", "--tz: 'CEST' is not a time zone (examples: utc, local, +10:00, Europe/Berlin)"),
    ("show --color red a.eml", "--color: 'red' is not one of auto, always, never"),
    ("show --jobs 0 a.eml", "--jobs: 0 is less than 1"),
    ("show --jobs two a.eml", "--jobs: 'two' is not a whole number"),
    ("show --timeline -f csv a.eml", "--timeline is for --format table, plain, svg, html; got csv"),
    ("show empty.eml", "empty.eml: empty; use a message or its headers"),
    ("show bad.eml", "bad.eml: no Received header fields found; give the whole message or its Internet headers"),
    ("show a.eml/x", "a.eml/x: no such file; check the path"),
    ("show -o dir a.eml", "--output: 'dir' is a folder; name a file"),
    ("show -o no/x a.eml", "no/x: cannot be written (its folder does not exist); choose another --output"),
    ("show -o a.eml a.eml", "a.eml: is also an input file; choose another --output"),
    (
        "show --slower-than 5 a.eml",
        '--slower-than: \'5\' is not a duration; use a form such as "90s", "2m" or "1h 30m"',
    ),
    (
        "show --slower-than abc a.eml",
        '--slower-than: \'abc\' is not a duration; use a form such as "90s", "2m" or "1h 30m"',
    ),
    (
        "show --since yesteday a.eml",
        "--since: 'yesteday' is not a date or time; examples: 7d, yesterday, monday 08:00, 2024-0",
    ),
    ("show --service Transprt a.eml", "--service: 'Transprt' is not a service; did you mean Transport?"),
    (
        "show --service xyz a.eml",
        "--service: 'xyz' is not a service; valid: mapi submission; HTTP submission; Front End Tr",
    ),
    ("show --scenario inbond a.eml", "--scenario: 'inbond' is not a scenario; did you mean inbound?"),
    (
        "show --finding HOP9999 a.eml",
        "--finding: 'HOP9999' is not a finding code or a prefix of one; see hopscope rules",
    ),
    ("show --sort size a.eml", "--sort: 'size' is not one of total, delay, date"),
    ("show --top -1 a.eml", "--top: -1 is less than 0"),
    ("check --select HOPX a.eml", "--select: 'HOPX' is not a finding code or a prefix of one; see hopscope rules"),
    ("check --select HOP99 a.eml", "--select: 'HOP99' is not a finding code or a prefix of one; see hopscope rules"),
    (
        "check --select hop110x a.eml",
        "--select: 'HOP110X' is not a finding code or a prefix of one; did you mean HOP110?",
    ),
    ("check --ignore XYZ a.eml", "--ignore: 'XYZ' is not a finding code or a prefix of one; see hopscope rules"),
    ("check --fail-on warn a.eml", "--fail-on: 'warn' is not a severity; did you mean warning?"),
    ("check --fail-on fatal a.eml", "--fail-on: 'fatal' is not a severity; valid: info, warning, error"),
    ("check --max-total 5 a.eml", '--max-total: \'5\' is not a duration; use a form such as "90s", "2m" or "1h 30m"'),
    ("check --max-total 2 minutes", '--max-total: \'2\' is not a duration; use a form such as "90s", "2m" or "1h 30m"'),
    (
        "check --max-total=-5m a.eml",
        '--max-total: \'-5m\' is not a duration; use a form such as "90s", "2m" or "1h 30m"',
    ),
    ("check --max-hop soon a.eml", '--max-hop: \'soon\' is not a duration; use a form such as "90s", "2m" or "1h 30m"'),
    ("check --config nosuch.toml a.eml", "nosuch.toml: no such file; check the path"),
    ("check --config typo.toml a.eml", "typo.toml: max_totl: unknown key; did you mean max_total?"),
    (
        "check --config type.toml a.eml",
        'type.toml: max_total: expected a duration, not a number; use a form such as "90s", "2m" ',
    ),
    (
        "check --config broken.toml a.eml",
        "broken.toml: not valid TOML: Invalid value (at end of document); see https://toml.io",
    ),
    ("check --config dir a.eml", "dir: is a folder; check the path"),
    (
        "check --update-baseline a.eml",
        "--update-baseline needs --baseline FILE or --against FILE; see hopscope check --help",
    ),
    ("check --baseline nosuch.json a.eml", "nosuch.json: no such file; write it with --update-baseline"),
    (
        "check --baseline base.json a.eml",
        "base.json: not a baseline (Object missing required field `schema`); write it with --upda",
    ),
    ("check --against nosuch.json a.eml", "nosuch.json: no such file; write it with --update-baseline"),
    ("check --tolerance fast a.eml", "--tolerance: 'fast' is not a percentage (example: 50%)"),
    ("check --tolerance", "--tolerance needs a value"),
    ("compare", "compare needs two FILES, or one with --model; got 0"),
    ("compare a.eml", "compare needs two FILES, or one with --model; got 1"),
    ("compare a.eml b.eml a.eml", "compare needs two FILES, or one with --model; got 3"),
    ("compare a.eml --model 2015", "--model: '2015' is not one of 2007, 2010, 2013, 2016, 2019, SE, Online"),
    (
        "compare a.eml --model 2013x",
        "--model: '2013x' is not one of 2007, 2010, 2013, 2016, 2019, SE, Online; did you mean 20",
    ),
    ("compare -f svg a.eml b.eml", "--format: 'svg' is not one of table, plain, json, jsonl, csv, markdown, html"),
    ("compare a.eml nosuch.eml", "nosuch.eml: no such file; check the path"),
    (
        "check --update-baseline --baseline x.json -o y.json a.eml",
        "--update-baseline writes only --baseline and ",
    ),
    (
        "check --update-baseline --baseline x --against ./x a.eml",
        "./x: is also the file of --baseline; choose ",
    ),
    ("show ''", "'': no such file; check the path"),
    ("check ' '", "' ': no such file; check the path"),
    ("explain HOP110 --hop 2", "--hop is for messages, and 'HOP110' is not a message; leave it out"),
    ("explain Front End --hop 2", "--hop is for messages, and 'Front End' is not a message; leave it out"),
    ("explain 15.1.2507.39 --hop 1", "--hop is for messages, and '15.1.2507.39' is not a message; leave it out"),
    ("explain c.eml --hop 1", "c.eml: no such file; check the path"),
    ("explain HOP11", "HOP11: no such file, build, service, verdict, error or finding code; did you mean HOP110"),
    ("show --finding HOP11O a.eml", "--finding: 'HOP11O' is not a finding code or a prefix of one; see hopscope rules"),
    (
        "show --finding HPO110 a.eml",
        "--finding: 'HPO110' is not a finding code or a prefix of one; did you mean HOP110?",
    ),
    ("show --finding HOP9* a.eml", "--finding: 'HOP9' is not a finding code or a prefix of one; see hopscope rules"),
    ("show --tz Berlin a.eml", "--tz: 'Berlin' is not a time zone; did you mean Europe/Berlin?"),
    ("show --tz Nowhere a.eml", "--tz: 'Nowhere' is not a time zone (examples: utc, local, +10:00, Europe/Berlin)"),
    ("stats --sort p95 a.eml", "--sort: 'p95' is not one of lost, p50, p90, p99, max, total, count"),
    (
        "stats --sort totl a.eml",
        "--sort: 'totl' is not one of lost, p50, p90, p99, max, total, count; did you mean total?",
    ),
    ("export a.eml", "--output is missing; see hopscope export --help"),
    ("export -o x.csv a.eml", "x.csv: export does not write .csv files; use a name that ends in .parquet"),
    ("export nosuch.eml -o x.parquet", "nosuch.eml: no such file; check the path"),
    ("graph --top x a.eml", "--top: 'x' is not a whole number"),
    ("graph --merge", "--merge needs FILES written by --save; see hopscope graph --help"),
    ("graph --merge nosuch.json", "nosuch.json: no such file; write one with `hopscope stats --save`"),
    ("help chek", "'chek' is not a command; did you mean check?"),
    ("help xyz", "'xyz' is not a command; the commands are show, check, compare, completion, explain, expo"),
    ("completion tcsh", "SHELL: 'tcsh' is not one of bash, zsh, fish, powershell"),
    ("pipeline", "GENERATION is missing; choose from 2007, 2010, 2013, 2016, 2019, SE, Online"),
    ("pipeline 2012", "GENERATION: '2012' is not one of 2007, 2010, 2013, 2016, 2019, SE, Online"),
    ("pipeline 2016 2019", "unexpected argument '2019'; see hopscope pipeline --help"),
    ("pipeline exchange2016", "GENERATION: 'exchange2016' is not one of 2007, 2010, 2013, 2016, 2019, SE, Online"),
    ("redact --key-file dir a.eml", "--key-file: 'dir' is a folder; name a file"),
    ("redact --key-file bad.eml a.eml", "bad.eml: key too short; name a file that does not exist to create one"),
    ("redact --key-file b.eml a.eml b.eml", "b.eml: is also an input file; choose another --key-file"),
    ("redact -o a.eml a.eml", "a.eml: is also an input file; choose another --output"),
    ("report --details x a.eml", "--details: 'x' is not a whole number"),
    ("report -o no/x.html a.eml", "no/x.html: cannot be written (its folder does not exist); choose another --output"),
    ("report nosuch.eml", "nosuch.eml: no such file; check the path"),
    ("rules --foo", "no such option --foo; see hopscope rules --help"),
    ("rules x", "unexpected argument 'x'; see hopscope rules --help"),
    ("rules -f csv", "--format: 'csv' is not one of text, markdown, json"),
    ("schema chek", "NAME: 'chek' is not one of message, check, explain, rules, pipeline, compare, stats, gra"),
    (
        "stats --by leggs a.eml",
        "--by: 'leggs' is not one of leg, leg-kind, server, service, product, tls, scenario, find",
    ),
    ("stats --leg a a.eml", "--leg: 'a' is not a leg (example: 'Transport@* -> *@mb1.example')"),
    (
        "stats --since 2024-13-01 a.eml",
        "--since: '2024-13-01' is not a date or time; examples: 7d, yesterday, monday 08:00, 2024",
    ),
    ("stats --merge", "--merge needs FILES written by --save; see hopscope stats --help"),
    (
        "stats --save - a.eml",
        "--save needs a file, as the tables are written to standard output; see hopscope stats --",
    ),
    ("stats --save a.eml a.eml", "a.eml: is also an input file; choose another --save"),
    ("--json=x a.eml", "--json takes no value"),
    ("show -o no/x.JSON a.eml", "no/x.JSON: cannot be written (its folder does not exist); choose another --output"),
    ("HEADERS.txt", "HEADERS.txt: no such file; check the path"),
)
"""Command lines that fail, and the start of the only error."""


@pytest.fixture
def _files(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message ``a.eml``, a second one, and files that are not usable."""
    monkeypatch.chdir(tmp_path)
    for name, sample in (("a.eml", "exchange-2019-inbound"), ("b.eml", "exchange-2010-internal")):
        Path(name).write_bytes((samples / f"{sample}.eml").read_bytes())
    texts = {
        "empty.eml": "",
        "bad.eml": "text\n",
        "typo.toml": 'max_totl = "2m"\n',
        "type.toml": "max_total = 5\n",
        "broken.toml": "x = [\n",
        "base.json": "{}\n",
    }
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
    Path("dir").mkdir()


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(("line", "error"), COMMAND_LINES, ids=[line for line, _ in COMMAND_LINES])
def test_a_command_line_that_fails_gives_one_line_that_says_what_to_do(run: Run, line: str, error: str) -> None:
    outcome = run("-q", *shlex.split(line))
    errors = [one for one in outcome.err.splitlines() if one.startswith("hopscope: ")]
    assert outcome.status == 2
    assert errors == outcome.err.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith(f"hopscope: {error}")
    assert "hopscope: hopscope" not in errors[0]
    assert "invalid value for" not in errors[0].lower()
    assert not errors[0].endswith(".")


@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        ("HOPSCOPE_FORMAT", "xyz", "HOPSCOPE_FORMAT: 'xyz' is not one of table, plain, "),
        ("HOPSCOPE_TZ", "xyz", "HOPSCOPE_TZ: 'xyz' is not a time zone "),
        ("HOPSCOPE_COLOR", "xyz", "HOPSCOPE_COLOR: 'xyz' is not one of auto, always, never"),
        ("HOPSCOPE_JOBS", "0", "HOPSCOPE_JOBS: 0 is less than 1"),
    ],
)
def test_an_error_names_the_environment_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, error: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert run("show", "a.eml").err.startswith(f"hopscope: {error}")
