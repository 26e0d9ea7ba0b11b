"""The vocabulary of everything that is read: standard terms of mail administration, one term for one thing.

Each pattern is a phrase that must not be used, with the term to use instead.
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from hopscope.cli import COMMANDS, commands

AVOID = (
    (r"\bway of (?:a|the|each|its|this|most)\b", "path"),
    (r"\b(?:which|whose|its|the|this|documented|usual|one) ways?\b(?! (?:to|of (?:doing|writing|saying)))", "path"),
    (r"\btells? (?:of|no|its|whose|who|what|which)\b", "shows, records, reports"),
    (r"\b(?:none|nothing|not|is|are) told\b", "not recorded, unknown"),
    (r"\bcannot be told\b", "cannot be determined"),
    (r"\bstamp(?:s|ed)? (?:nothing|no|tells?|names?)\b", "Received field"),
    (r"\bleft no stamp\b", "no Received field"),
    (r"\bclocks? (?:that (?:is|are|differ)|is|are) off\b", "clock skew"),
    (r"\bin clear text\b", "without TLS"),
    (r"\bhands? (?:to|over)\b", "connections between services"),
    (r"\bset (?:beside|against)\b", "compared with"),
    (r"\b9[09]? of 1(?:0|00)\b", "p90, 99th percentile"),
    (r"\bwhole or not at all\b", "atomically"),
    (r"\bon premises\b", "on-premises"),
    (r"\basked for is\b", "minimum"),
    (r"\bthe least that\b", "minimum"),
    (r"\bfit to be\b", "for sharing"),
    (r"\bthat holds?\b", "effective"),
    (r"\bstays? open\b", "unknown"),
    (r"\bby what\b", "by p90 delay"),
    (r"\bhow sure\b", "confidence"),
    (r"\bagainst (?:its|their) grammar\b", "RFC 5322 syntax violations"),
    (r"\bprocesses that work at\b", "worker processes"),
    (r"\bdeparts? from\b", "differs from"),
    (r"\bis no (?:duration|date|build|leg|TOML|time zone)\b", "is not a ..."),
    (r"\bmany messages in numbers\b", "statistics of a mailbox or dump"),
)


def phrases(text: str) -> list[str]:
    folded = " ".join(text.split())
    return [
        f"{folded[max(0, match.start() - 30) : match.end() + 20]!r}: use {term}"
        for pattern, term in AVOID
        for match in re.finditer(pattern, folded, re.IGNORECASE)
    ]


def output(*arguments: str) -> str:
    result = CliRunner().invoke(commands, list(arguments))
    assert result.exception is None
    return result.output


@pytest.mark.parametrize("text", ["the usual way goes by Edge", "a clock that is off", "Which way did it go?"])
def test_the_phrases_to_avoid_are_found(text: str) -> None:
    assert phrases(text)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(command: str) -> None:
    assert phrases(output(*command.split(), "--help")) == []


def test_rules() -> None:
    assert phrases(output("rules", "-f", "markdown") + output("rules")) == []


def documents() -> list[str]:
    root = Path(__file__).parents[1]
    files = [
        root / "README.md",
        root / "pyproject.toml",
        root / "action.yml",
        root / "CHANGELOG.md",
        root / "CONTRIBUTING.md",
        root / "samples" / "README.md",
        *root.glob("docs/**/*.md"),
    ]
    golden = [file for file in (root / "tests" / "golden").iterdir() if file.is_file()]
    return [file.relative_to(root).as_posix() for file in sorted([*files, *golden])]


@pytest.mark.parametrize("name", documents())
def test_documents_and_output(root: Path, name: str) -> None:
    assert phrases((root / name).read_text(encoding="utf-8")) == []
