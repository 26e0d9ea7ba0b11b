"""Findings of real messages, against the verdicts of a person who read them: the table of tests/corpus/README.md."""

import csv
import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import hopscope
from hopscope.model import WORST_FIRST, Finding, Severity

CORPUS = Path(__file__).parent.parent / "corpus"


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
