"""How often are the labels right? Scores the labels against a corpus of labelled messages.

    python benchmarks/score_labels.py CORPUS.jsonl[.gz] [--preview] [--show]

The corpus has one JSON object per line: {"case", "headers", "services_oldest_first"}. The last key lists, for each
Received field from the origin, the right services, or null if the field alone does not identify them ("other" is a
system that is not Exchange). ``--preview`` first removes the ``via`` markers of every Exchange 2013-2019 message and
sets its builds to that of the 2013 Preview, which writes no marker, so that labels depend on the path alone.

Prints the number of right labels per kind of Received field, and the Brier score and calibration of the confidence.
"""

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hopscope
from hopscope.model import Hop, Service

_ON_PREMISES = re.compile(r"\bid\s+15\.[012]\.\d+\.\d+")
_VIA = re.compile(r"\s+via\s+(?:Frontend|Mailbox)\s+Transport(?=\s*;)")
_ONLINE = re.compile(r"\b(?:outlook\.com|office365\.com|exchangelabs\.com|outlook\.cn)\b", re.IGNORECASE)


def main() -> None:
    """Score the corpus named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--preview", action="store_true", help="remove via markers, as on the 2013 Preview")
    parser.add_argument("--show", action="store_true", help="print every wrong label")
    options = parser.parse_args()
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    scored: list[tuple[float, bool]] = []
    for case, hop, answers in _answered_hops(options.corpus, preview=options.preview):
        kind = _kind(hop, answers)
        hit = _name(hop) in answers
        total[kind] += 1
        right[kind] += hit
        if kind != "not Exchange":
            scored.append((hop.label.confidence, hit))
        if options.show and not hit:
            sys.stdout.write(f"{case} hop {hop.number}: {_name(hop)} {hop.label.confidence}, right {answers}\n")
            sys.stdout.write(f"    {hop.stamp.field.body}\n")
    for kind in total:
        print(f"{kind:24} {right[kind]:6} of {total[kind]:6}  {100 * right[kind] / total[kind]:6.2f} %")
    _print_calibration(scored)


def _answered_hops(corpus: Path, *, preview: bool) -> Iterator[tuple[Any, Hop, list[str]]]:
    """Case, hop and right services of every hop with an answer."""
    opener = gzip.open if corpus.suffix == ".gz" else open
    with opener(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            headers = row["headers"]
            if preview:
                if _ONLINE.search(headers) or not _ON_PREMISES.search(headers):
                    continue
                headers = _ON_PREMISES.sub("id 15.0.466.13", _VIA.sub("", headers))
            route = hopscope.read(headers)
            answers = row["services_oldest_first"]
            if len(answers) != len(route.hops):
                sys.exit(f"{row['case']}: {len(route.hops)} hops read, {len(answers)} labelled")
            yield from (
                (row["case"], hop, services) for hop, services in zip(route.hops, answers, strict=True) if services
            )


def _name(hop: Hop) -> str:
    return "other" if hop.label.service is Service.OTHER_MTA else str(hop.label.service)


def _kind(hop: Hop, answers: list[str]) -> str:
    stamp = hop.stamp
    if answers == ["other"]:
        return "not Exchange"
    marked = (stamp.with_ or "") == "mapi" or (stamp.via or "").endswith("Transport")
    return "marked by Exchange" if marked else "unmarked"


def _print_calibration(scored: list[tuple[float, bool]]) -> None:
    """Print the Brier score and the share of right labels per tenth of confidence."""
    brier = sum((confidence - hit) ** 2 for confidence, hit in scored) / len(scored)
    print(f"Brier score of the confidence: {brier:.4f} over {len(scored)} Exchange hops")
    for low in (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0):
        high = {0.0: 0.5, 0.9: 0.95, 0.95: 1.0, 1.0: 1.1}.get(low, low + 0.1)
        hits = [hit for confidence, hit in scored if low <= confidence < high]
        if hits:
            label = "1.00" if low == 1 else f"{low:.2f}-{high:.2f}"
            print(f"  confidence {label:9}  right {sum(hits):5} of {len(hits):5}  {100 * sum(hits) / len(hits):6.2f} %")


if __name__ == "__main__":
    main()
