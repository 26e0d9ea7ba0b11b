"""The vocabulary of everything that is read: standard terms of mail administration, one term for one thing.

Each pattern is a phrase that must not be used, with the term to use instead.
"""

import ast
import io
import re
import tokenize
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import hopscope
from hopscope import render
from hopscope.classifier import pipeline
from hopscope.cli import COMMANDS, commands
from hopscope.cli.schema import NAMES
from hopscope.renderers import RENDERERS, answers, comparison, findings, graph, stats
from hopscope.renderers import pipeline as pipelines
from hopscope.renderers.schema import parquet
from hopscope.renderers.stats.tables import TABLES

from .analysis import test_diagnosis, test_notes

pytestmark = pytest.mark.no_cover  # it reads what other tests produce

ROOT = Path(__file__).parents[1]

AVOID = (
    # the path of a message
    (r"\bway of (?:a|the|each|its|this|most)\b", "path"),
    (
        r"\b(?:which|whose|its|the|this|documented|usual|one) ways?\b(?! (?:to|traffic|of (?:doing|writing|saying)))",
        "path",
    ),
    (r"\bnew passage starts at\b", "new path"),
    (r"\bsent on\b", "forwarded, relayed"),
    (r"\bhand(?:s|ed|ing)? (?:\w+ ){0,3}(?:to|over)\b", "passes, sends, connections between services"),
    (r"\btakes? (?:\w+ ){1,5}apart\b|\bputs? (?:them|it) in order\b", "parses, orders"),
    (r"\bstands? (?:between|beside|behind|before|in|there|with)\b|\bstands? for the way\b", "is shown, is listed"),
    (r"\bpart at\b", "differ at"),
    # what headers record
    (r"\b(?:tells?|telling|told)\b", "shows, names, records, reports, determined"),
    (r"\b(?:fields?|headers?|hops?|servers?|exchange|hopscope) (?:knows?|says nothing)\b", "shows, names, records"),
    (r"\b(?:none|nothing) (?:is )?(?:said|recorded)\b|\bthat is said\b", "not recorded, is reported"),
    (r"\bstamp(?:s|ed)? (?:nothing|no|names?)\b|\bleft no stamp\b|(?<![`.])\bunstamped\b", "no Received field"),
    (r"\bthe path decided\b", "inferred"),
    (r"\bstays? open\b|\bneed not be whole\b", "unknown, not guessed; may be damaged"),
    (r"\bthis reads as\b|\berror is in it\b", "looks like, contains"),
    (r"\bgiven to who\b|\bto whom\b", "attributed to"),
    (r"\bhow sure\b", "confidence"),
    # delays and clocks
    (r"\bwhere (?:did )?the time (?:go|went)\b", "where the delay is"),
    (r"\bclocks? (?:that (?:is|are|differ)|is|are) off\b|\bminds? clocks\b", "clock skew"),
    (r"\bend before they start\b", "negative total"),
    (r"\b9[09]? of 1(?:0|00)\b|\bby what\b", "p90, 99th percentile"),
    (r"\bexpected after\b|\bseen (?:\w+ ){0,4}later\b", "retry interval; interval 5 min, observed 5 min 6 s"),
    # limits and settings
    (r"\bthe (?:least|most) (?:that|severity|seconds|to|version)\b|\bnearly as many\b", "minimum, maximum, close to"),
    (r"\basked for\b", "requested, minimum"),
    (r"\bsettings that holds?\b|\bthat hold(?:[.,;:]|$)", "effective"),
    (r"\bmakes \d of \d\b", "turns 1 into 0"),
    (r"\bno room for\b", "hidden"),
    # documents, mail flow, TLS, files
    (r"\bdepart(?:s|ures?)? from\b", "differs from, differences from"),
    (r"\bset (?:beside|against)\b", "compared with"),
    (r"\bin (?:the )?clear(?: text)?\b", "without TLS"),
    (r"\bon premises\b", "on-premises"),
    (r"\bagainst (?:its|their) grammar\b", "RFC 5322 syntax violations"),
    (r"\bwhole or (?:not at all|none)\b", "atomically"),
    (r"\bfit to be\b", "for sharing"),
    (r"\bprocesses that work at\b", "worker processes"),
    (r"\bmany messages in numbers\b", "statistics of a mailbox or dump"),
    (r"(?<!there )\b(?:is|are) no (?!longer\b|more\b|later\b|finer\b)\w+", "is not a ..."),
)

# Text about code may say stamp and route: the records of a Received field and of a message are called Stamp and Route.
OUTPUT = (
    *AVOID,
    (r"(?<![`.\w])(?<![Aa]ntispam[ -])stamp(?:s|ed)?\b(?!`|\.py)", "Received field"),  # "Antispam stamps" is a title
    (r"\broutes? of (?:a|the|each) message\b|\basymmetric routes\b|\broads?\b", "path"),
    (r"\b(?:fields?|headers?|systems?|servers?|exchange) print(?:s|ed)?\b", "records, shows"),
    (r"\bmany messages\b", "a mailbox, a dump, N messages"),
    (r"\bhop by leg\b", "hop by hop"),
)

AS_WRITTEN = """
Which way did this message go, which Exchange service handled it, and where did the time go?
takes its Received fields apart, puts them in order
Services that handled a message and left no stamp stand between the hops, with what tells of them
where its way is not the documented one, that is said
What the stamps do not tell stays open
A paste need not be whole
Every delay is given to who held the message
Where a third clock tells whose clock is off
Servers whose messages go one way only cannot be told, and are named
stands for the way that most of its messages take
who hands to whom
Print the settings that hold
Messages whose last stamp is not earlier
nearly as many Received fields as Exchange takes
Legs, by what 9 of 10 delays stay below
no room for Total, Negative
361 that end before they start
Kerberos and certificates mind clocks that are off
it is no TOML
is no duration
this reads as an answer of a server, but no known error is in it
A new passage starts at hop 5: it was delivered and sent on
makes 0 of 1, never of 2
They part at: transport
the path decided and not the stamp
unstamped
in clear text, tells of no TLS
the header knows
none told
the least TLS version asked for
longer than 99 of 100
expected after 5 min, seen 6 s later
against its grammar
whole or not at all
on premises
processes that work at it
many messages in numbers
departs from the documented way
asymmetric routes
the route of a message
the road it took
the header prints a name
Exchange prints the build
the least version
many messages
hop by leg
"""

BETTER = """
Trace a message hop by hop: which Exchange service handled it, and where the delay is.
parses and orders the Received header fields
Services that add no Received field are shown between the hops, with the evidence
differences from documented mail flow are reported
What the headers do not record is not guessed
Pasted headers may be damaged
Each delay is attributed to the service that held the message
Where a third server's clock identifies the skewed one
Skew cannot be estimated for one-way traffic; such servers are listed
is represented by its most common path
connections between services
Print the effective settings
Messages received at or after TIME
close to MaxHopCount
Legs by p90 delay
Hidden columns: Total, Negative (use -f csv or a wider terminal)
361 with a negative total (clock skew)
Kerberos and TLS fail when clocks are skewed
not valid TOML
not a duration (examples: 90s, 2m, 1h 30m)
looks like an SMTP reply, but this error is not in the table
Forwarded after delivery: a new path starts at hop 5
turns exit status 1 into 0; 2 stays
They differ at: transport
There is no Received field, and on-premises support is no longer available
"""


def phrases(text: str, avoid: tuple[tuple[str, str], ...] = OUTPUT) -> list[str]:
    flat = " ".join(text.split())
    return [
        f"{flat[max(0, match.start() - 30) : match.end() + 20]!r}: use {term}"
        for pattern, term in avoid
        for match in re.finditer(pattern, flat, re.IGNORECASE)
    ]


@pytest.mark.parametrize("text", AS_WRITTEN.strip().splitlines())
def test_the_phrases_to_avoid_are_found(text: str) -> None:
    assert phrases(text)


@pytest.mark.parametrize("text", BETTER.strip().splitlines())
def test_the_phrases_to_use_are_accepted(text: str) -> None:
    assert phrases(text) == []


def outputs() -> list[str]:
    """Commands that print every help text, schema, table and format; files are relative to the project."""
    pair = "samples/exchange-2010-internal.eml samples/exchange-2013-internal.eml"
    tables = " ".join(f"--by {name}" for name in TABLES)
    return [
        *(f"{command} --help" for command in ("", *COMMANDS)),
        *(f"rules -f {name}" for name in ("text", "markdown")),
        *(f"schema {name}" for name in NAMES),
        *(f"show --defects samples -f {name}" for name in RENDERERS),
        "show --timeline samples -f table",
        *(f"explain {file.relative_to(ROOT).as_posix()}" for file in sorted(ROOT.glob("samples/*.eml"))),
        *(f"check samples samples/organisation -f {name}" for name in findings.FORMATS),
        *(f"compare {pair} -f {name}" for name in comparison.FORMATS),
        *(f"compare samples/exchange-2016-inbound.eml --model 2013 -f {name}" for name in comparison.FORMATS),
        *(f"compare --stats samples samples/organisation -f {name}" for name in stats.FORMATS),
        *(f"stats samples {tables} -f {name}" for name in stats.FORMATS),
        "stats samples",
        *(f"graph samples -f {name}" for name in graph.FORMATS),
        *(f"pipeline {name} --coexistence -f {form}" for name in pipeline.generations() for form in pipelines.FORMATS),
        "report samples",
        *(f"redact {file.relative_to(ROOT).as_posix()}" for file in sorted(ROOT.glob("samples/*.eml"))),
    ]


ERRORS = (
    "check --config README.md samples",
    "check --max-total banana samples",
    "check --select HOP999 samples",
    "check --baseline README.md samples",
    "compare samples",
    "compare --stats samples none.json",
    "explain hello there",
    "explain samples/exchange-2019-inbound.eml --hop 9",
    "explain 15.99",
    "pipeline 2015",
    "redact --key-file samples samples/exchange-2019-inbound.eml",
    "schema none",
    "show none.eml",
    "show --tz nowhere samples",
    "show --since 03/04/2024 samples",
    "show --service zebra samples",
    "show --finding HOP611 samples",
    "show --host zebra samples",
    "show --slower-than 9d samples",
    "stats --leg x samples",
    "stats --merge samples --since 2024-01-01",
)


@pytest.mark.parametrize("command", outputs())
def test_output(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(commands, command.split())
    assert result.exit_code in {0, 1}, result.output
    assert phrases(result.output) == []


@pytest.mark.parametrize("command", ERRORS)
def test_errors(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(commands, command.split(), standalone_mode=False)
    error = result.exception.format_message() if isinstance(result.exception, click.ClickException) else ""
    assert result.output or error
    assert phrases(f"{result.output} {error}") == []


@pytest.mark.parametrize("kind", answers.KINDS)
def test_answers(kind: str) -> None:
    found = filter(None, map(answers.answer, answers.kind(kind).names()))
    assert [phrase for answer in found for phrase in phrases(answers.text(answer, None))] == []


def test_columns_of_the_export() -> None:
    assert [phrase for column in parquet.COLUMNS for phrase in phrases(column.description)] == []


@pytest.mark.parametrize("cases", [test_diagnosis.CASES, test_notes.CASES])
def test_findings(cases: dict[str, list[tuple[str, hopscope.Route, object]]]) -> None:
    routes = [route for rows in cases.values() for _, route, _ in rows]
    assert [found for route in routes for found in phrases(render.plain(route))] == []


def files(*globs: str) -> list[str]:
    return sorted(file.relative_to(ROOT).as_posix() for glob in globs for file in ROOT.glob(glob) if file.is_file())


@pytest.mark.parametrize("name", files("README.md", "docs/**/*.md", "action.yml", "CHANGELOG.md", "tests/golden/*"))
def test_documents(name: str) -> None:
    assert phrases((ROOT / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "name",
    files(
        "pyproject.toml",
        "CONTRIBUTING.md",
        "SECURITY.md",
        ".github/**/*.md",
        ".github/**/*.yml",
        "benchmarks/*.md",
        "samples/**/README.md",
        "tests/corpus/*.md",
        "hopscope/data/*.tsv",
        "hopscope/data/*.md",
        "hopscope/renderers/templates/*",
    ),
)
def test_documents_for_developers(name: str) -> None:
    assert phrases((ROOT / name).read_text(encoding="utf-8"), AVOID) == []


def names_of_tests(name: str) -> str:
    nodes = ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8")))
    names = [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return "\n".join(names).replace("on_premises", "on-premises").replace("_", " ")


def test_names_of_tests() -> None:
    found = {name: phrases(names_of_tests(name), AVOID) for name in files("tests/**/test_*.py")}
    assert {name: avoided for name, avoided in found.items() if avoided} == {}


def docstrings_and_comments(name: str) -> list[str]:
    source = (ROOT / name).read_text(encoding="utf-8")
    texts = [
        node.value.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return texts + [token.string for token in tokens if token.type == tokenize.COMMENT]


@pytest.mark.parametrize("package", ["hopscope", "tests", "benchmarks", "tasks", ".ci"])
def test_docstrings_and_comments(package: str) -> None:
    names = files(f"{package}/**/*.py")
    found = {
        name: [found for text in docstrings_and_comments(name) for found in phrases(text, AVOID)] for name in names
    }
    assert names
    assert {name: avoided for name, avoided in found.items() if avoided} == {}
