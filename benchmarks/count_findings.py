"""How many findings fire over a corpus, and how many of them are right?

    python benchmarks/count_findings.py [--judged TABLE] [--show] [CORPUS.jsonl[.gz] ...]

A corpus has one JSON object per line, whose key ``headers`` is a header block; the default is the corpora in
``tests/corpus``. Prints the number of messages without findings and by their worst severity, and per code and severity
the number of findings and messages. The table (default: ``tests/corpus/judged_findings.tsv``, described in
``tests/corpus/README.md``) has a verdict on single findings, made by reading the message; precision is the share of
right ones among those judged that fire. A finding of a higher severity than the facts justify is not right. ``--show``
prints every finding that is not judged right.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import hopscope
from hopscope.model import WORST_FIRST, Finding, Severity

_CORPORA = Path(__file__).parent.parent / "tests" / "corpus"
_UNJUDGED = "not judged"

_Key = tuple[str, int, str, int | None]
"""Corpus, line, code and hop: what identifies a finding."""


def main() -> None:
    """Count the findings of the corpora named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [_CORPORA / "labelled.jsonl.gz", _CORPORA / "other.jsonl.gz"]
    parser.add_argument("corpora", type=Path, nargs="*", default=default, metavar="CORPUS")
    parser.add_argument("--judged", type=Path, default=_CORPORA / "judged_findings.tsv", metavar="TABLE")
    parser.add_argument("--show", action="store_true", help="print every finding that is not judged right")
    options = parser.parse_args()
    judged = _rows(options.judged)
    worst: Counter[Severity | None] = Counter()
    messages: Counter[tuple[str, Severity]] = Counter()
    verdicts: Counter[tuple[str, Severity, str]] = Counter()
    for corpus, line, headers in _messages(options.corpora):
        findings = hopscope.findings(hopscope.read(headers))
        worst[_worst(findings)] += 1
        messages.update({(finding.code, finding.severity) for finding in findings})
        for finding in findings:
            verdict = _verdict(finding, judged.get((corpus, line, finding.code, finding.hop), []))
            verdicts[finding.code, finding.severity, verdict] += 1
            if options.show and verdict != "right":
                text = f"{finding.severity} {finding.code} {finding.message} {finding.cause or ''}"
                sys.stdout.write(f"{corpus} {line} hop {finding.hop}: {verdict}: {text}\n")
    _print_messages(worst)
    _print_codes(messages, verdicts)


def _rows(table: Path) -> dict[_Key, list[dict[str, str]]]:
    """The rows of the table, by finding."""
    rows: dict[_Key, list[dict[str, str]]] = defaultdict(list)
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            hop = int(row["hop"]) if row["hop"] else None
            rows[row["corpus"], int(row["line"]), row["code"], hop].append(row)
    return rows


def _verdict(finding: Finding, rows: list[dict[str, str]]) -> str:
    """The verdict of the row whose text is in the finding."""
    text = f"{finding.message} {finding.cause or ''}"
    row = next((row for row in rows if row["says"] in text), None)
    if row is None:
        return _UNJUDGED
    is_too_high = row["severity"] and WORST_FIRST.index(finding.severity) < WORST_FIRST.index(Severity(row["severity"]))
    return "too high a severity" if row["verdict"] == "right" and is_too_high else row["verdict"]


def _messages(corpora: list[Path]) -> Iterator[tuple[str, int, str]]:
    """Name of the corpus, line (from 1) and header block of every message."""
    for corpus in corpora:
        opener = gzip.open if corpus.suffix == ".gz" else open
        with opener(corpus, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield corpus.name.partition(".")[0], number, json.loads(line)["headers"]


def _print_messages(worst: Counter[Severity | None]) -> None:
    """Print how many messages have no finding, and at worst one of each severity."""
    print(f"{worst.total():6} messages")
    for severity, text in ((None, "no finding"), *((each, f"at worst: {each}") for each in reversed(WORST_FIRST))):
        print(f"{worst[severity]:6} {text:20} {100 * worst[severity] / max(1, worst.total()):6.2f} %")


def _print_codes(messages: Counter[tuple[str, Severity]], verdicts: Counter[tuple[str, Severity, str]]) -> None:
    """Print a row per code and severity."""
    print(
        f"\n{'code':8}{'severity':9}{'findings':>9}{'messages':>9}{'right':>7}{'not':>5}{'unjudged':>10}{'precision':>11}"
    )
    for (code, severity), count in sorted(messages.items()):
        row = {verdict: number for (*key, verdict), number in verdicts.items() if key == [code, severity]}
        right, unjudged = row.pop("right", 0), row.pop(_UNJUDGED, 0)
        wrong = sum(row.values())
        precision = f"{100 * right / (right + wrong):9.1f} %" if right + wrong else "-"
        print(
            f"{code:8}{severity:9}{right + wrong + unjudged:9}{count:9}{right:7}{wrong:5}{unjudged:10}{precision:>11}"
        )


def _worst(findings: tuple[Finding, ...]) -> Severity | None:
    """The highest severity of the findings; ``None`` without findings."""
    severities = {finding.severity for finding in findings}
    return next((severity for severity in WORST_FIRST if severity in severities), None)


if __name__ == "__main__":
    main()
