"""Do waits match the documented timers more often than by chance?

    python benchmarks/count_timers.py [CORPUS.jsonl[.gz] ...]

A corpus has one JSON object per line, whose key ``headers`` is a header block; the default is the corpora in
``tests/corpus``. Prints for each row of ``hopscope/data/retry_timers.tsv`` the number of waits that the row could
explain (same owner, generation and destination, and within 40 % of one of its times), how many match it, and how many
match by chance: the mean after all waits were multiplied by 0.60, 0.61, ... 0.95 and 1.05, 1.06, ... 1.40. A wait
between the same servers of the same length counts once: copies of one message. ``p`` is the Poisson probability of as
many matches or more by chance.
"""

import argparse
import gzip
import json
import math
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import fmean

import hopscope
from hopscope.analysis import timers
from hopscope.analysis.context import MessageContext
from hopscope.data import table

_CORPORA = Path(__file__).parent.parent / "tests" / "corpus"
_DEFAULT = [_CORPORA / "labelled.jsonl.gz", _CORPORA / "other.jsonl.gz"]
_SHIFTS = [percent / 100 for percent in (*range(60, 96), *range(105, 141))]
_SHORTEST = timedelta(seconds=18)
"""No shorter wait matches a timer after a shift of 40 %."""

_Wait = tuple[timedelta, tuple[dict[str, str], ...]]


def main() -> None:
    """Count the matches of every timer in the corpora named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="*", default=_DEFAULT, metavar="CORPUS")
    waits = list(_waits(parser.parse_args().corpora))
    print("waits observed expected      p  reported  timer")
    for row in table("retry_timers"):
        _print(row, [waited for waited, rows in waits if row in rows])


def _waits(corpora: list[Path]) -> Iterator[_Wait]:
    """The waits that a timer could explain, with its rows."""
    seen = set()
    for text in _headers(corpora):
        context = MessageContext(route=hopscope.read(text))
        hops = {hop.number: hop for hop in context.route.hops}
        for wait in context.attributed_delays:
            previous, hop = hops[wait.before], hops[wait.hop]
            key = previous.written_server, hop.written_server, wait.waited
            rows = timers.candidates(wait, previous, hop) if wait.waited >= _SHORTEST and key not in seen else ()
            if rows:
                seen.add(key)
                yield wait.waited, rows


def _headers(corpora: list[Path]) -> Iterator[str]:
    """The header blocks of all corpora."""
    for corpus in corpora:
        opener = gzip.open if corpus.suffix == ".gz" else open
        with opener(corpus, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line)["headers"] for line in lines)


def _print(row: dict[str, str], waits: list[timedelta]) -> None:
    near = [wait for wait in waits if any(timers.match(row, wait * shift) for shift in (1, *_SHIFTS))]
    observed = sum(timers.match(row, wait) is not None for wait in near)
    expected = fmean(sum(timers.match(row, wait * shift) is not None for wait in near) for shift in _SHIFTS)
    p = 1 - sum(math.exp(-expected) * expected**count / math.factorial(count) for count in range(observed))
    timer = " ".join(row[column] for column in ("owner", "towards", "parameter", "times", "generations"))
    print(f"{len(near):5} {observed:8} {expected:8.1f} {p:6.4f} {row.get('reported', ''):>9}  {timer}")


if __name__ == "__main__":
    main()
