"""How many messages have findings? Counts the findings in corpora of real messages.

    python benchmarks/count_findings.py [CORPUS.jsonl[.gz] ...]

A corpus has one JSON object per line, whose key ``headers`` is a header block; the default is the corpora in
``tests/corpus``. Prints the number of messages without findings and by their worst severity, and the number of messages
per code.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hopscope
from hopscope.model import WORST_FIRST, Finding, Severity

_CORPORA = Path(__file__).parent.parent / "tests" / "corpus"


def main() -> None:
    """Count the findings of the corpora named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = [_CORPORA / "labelled.jsonl.gz", _CORPORA / "other.jsonl.gz"]
    parser.add_argument("corpora", type=Path, nargs="*", default=default, metavar="CORPUS")
    worst: Counter[Severity | None] = Counter()
    codes: Counter[str] = Counter()
    for findings in map(hopscope.findings, map(hopscope.read, _headers(parser.parse_args().corpora))):
        worst[_worst(findings)] += 1
        codes.update({finding.code for finding in findings})
    print(f"{worst.total():6} messages")
    for severity, text in ((None, "no finding"), *((each, f"at worst: {each}") for each in reversed(WORST_FIRST))):
        print(f"{worst[severity]:6} {text:20} {100 * worst[severity] / max(1, worst.total()):6.2f} %")
    for code, count in sorted(codes.items()):
        print(f"{count:6} {code}")


def _headers(corpora: list[Path]) -> Iterator[str]:
    """The header blocks of all corpora."""
    for corpus in corpora:
        opener = gzip.open if corpus.suffix == ".gz" else open
        with opener(corpus, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line)["headers"] for line in lines)


def _worst(findings: tuple[Finding, ...]) -> Severity | None:
    """The highest severity of the findings; ``None`` without findings."""
    severities = {finding.severity for finding in findings}
    return next((severity for severity in WORST_FIRST if severity in severities), None)


if __name__ == "__main__":
    main()
