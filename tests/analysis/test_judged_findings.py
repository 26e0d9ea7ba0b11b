"""Findings of real messages, against the verdicts of a person who read them: the table of tests/corpus/README.md."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

import hopscope
from hopscope.model import WORST_FIRST, Finding, Severity

CORPUS = Path(__file__).parent.parent / "corpus"
CORPORA = ("labelled", "other")
ENOUGH = 15
"""Judged findings that a code needs. If it fires less often in the corpora, all but two are judged."""
PRECISION = {Severity.ERROR: 0.95, Severity.WARNING: 0.95, Severity.INFO: 0.90}


@cache
def judged() -> tuple[dict[str, str], ...]:
    with (CORPUS / "judged_findings.tsv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def headers(corpus: str) -> tuple[str, ...]:
    with gzip.open(CORPUS / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line)["headers"] for line in lines)


@cache
def found(corpus: str, line: int) -> tuple[Finding, ...]:
    return hopscope.findings(hopscope.read(headers(corpus)[line - 1]))


def text(finding: Finding) -> str:
    return f"{finding.message} {finding.cause or ''}"


def is_too_severe(finding: Finding, row: dict[str, str]) -> bool:
    if not row["severity"]:
        return False
    return WORST_FIRST.index(finding.severity) < WORST_FIRST.index(Severity(row["severity"]))


def reported(row: dict[str, str]) -> list[Finding]:
    """The findings that the row is about."""
    hop = int(row["hop"]) if row["hop"] else None
    return [
        finding
        for finding in found(row["corpus"], int(row["line"]))
        if (finding.code, finding.hop) == (row["code"], hop) and row["says"] in text(finding)
    ]


def cases() -> list[object]:
    return [
        pytest.param(
            row,
            id=f"{row['corpus']}-{row['line']}-{row['code']}-{row['hop']}",
            marks=[pytest.mark.xfail(reason=row["open"], strict=True)] if row["open"] else [],
        )
        for row in judged()
    ]


@pytest.mark.no_cover  # real mail: the smaller tests measure it
@pytest.mark.parametrize("row", cases())
def test_right_findings_fire_and_wrong_ones_do_not(row: dict[str, str]) -> None:
    findings = reported(row)
    assert bool(findings) == (row["verdict"] == "right"), row["reason"]
    assert not any(is_too_severe(finding, row) for finding in findings), row["reason"]


def test_every_verdict_is_about_one_finding() -> None:
    keys = Counter((row["corpus"], row["line"], row["code"], row["hop"], row["says"]) for row in judged())
    assert [key for key, count in keys.items() if count > 1] == []
    assert {row["verdict"] for row in judged()} <= {"right", "wrong"}
    assert all(row["reason"] for row in judged())


def fired() -> dict[tuple[str, Severity], list[bool | None]]:
    """Per code and severity, whether each finding of the corpora is right; ``None`` if it is not judged."""
    rows: dict[tuple[str, int, str, int | None], list[dict[str, str]]] = defaultdict(list)
    for row in judged():
        rows[row["corpus"], int(row["line"]), row["code"], int(row["hop"]) if row["hop"] else None].append(row)
    verdicts: dict[tuple[str, Severity], list[bool | None]] = defaultdict(list)
    for corpus in CORPORA:
        for line in range(1, len(headers(corpus)) + 1):
            for finding in found(corpus, line):
                about = rows[corpus, line, finding.code, finding.hop]
                fitting = (row for row in about if row["says"] in text(finding))
                right = (row["verdict"] == "right" and not is_too_severe(finding, row) for row in fitting)
                verdicts[finding.code, finding.severity].append(next(right, None))
    return verdicts


@pytest.mark.no_cover  # real mail: the smaller tests measure it
def test_enough_findings_of_each_code_are_judged() -> None:
    findings: dict[str, list[bool | None]] = defaultdict(list)
    for (code, _), verdicts in fired().items():
        findings[code] += verdicts
    numbers = {code: len(verdicts) - verdicts.count(None) for code, verdicts in findings.items()}
    assert {code: number for code, number in numbers.items() if number < min(ENOUGH, len(findings[code]) - 2)} == {}


def test_most_findings_are_right() -> None:
    shares = {
        (code, severity): verdicts.count(True) / (len(verdicts) - verdicts.count(None))
        for (code, severity), verdicts in fired().items()
        if verdicts.count(None) < len(verdicts)
    }
    assert {key: share for key, share in shares.items() if share < PRECISION[key[1]]} == {}
