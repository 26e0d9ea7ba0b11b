"""How long do hops from, to and between other mail systems take? Counts the rows of ``data/other_leg_delays.tsv``.

    python benchmarks/count_legs.py [CORPUS.jsonl[.gz] ...]

A corpus has one JSON object per line, whose key ``headers`` is a header block; the default is the corpora in
``tests/corpus``. Prints for each kind of leg the number of legs, and the 50th, 90th and 99th percentile of their delays
in seconds. Not counted: time in a mailbox or a shadow queue, delays across undated hops, and delays over five days.
"""

import argparse
import gzip
import json
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hopscope
from hopscope.analysis.context import MessageContext
from hopscope.analysis.delays import LONGEST_IN_QUEUES, Holder
from hopscope.model import Service

_CORPORA = Path(__file__).parent.parent / "tests" / "corpus"
_DEFAULT = [_CORPORA / "labelled.jsonl.gz", _CORPORA / "other.jsonl.gz"]
_NOT_IN_TRANSIT = frozenset({Holder.MAILBOX, Holder.SHADOW, Holder.SEVERAL})


def main() -> None:
    """Count the legs of the corpora named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="*", default=_DEFAULT, metavar="CORPUS")
    delays: dict[tuple[str, str], list[float]] = defaultdict(list)
    for text in _headers(parser.parse_args().corpora):
        context = MessageContext(route=hopscope.read(text))
        hops = {hop.number: hop for hop in context.route.hops}
        for wait in context.attributed_delays:
            ends = hops[wait.before].label.service, hops[wait.hop].label.service
            is_counted = wait.holder not in _NOT_IN_TRANSIT and wait.delay <= LONGEST_IN_QUEUES
            if is_counted and Service.OTHER_MTA in ends and Service.UNKNOWN not in ends:
                sender, taker = ("other" if end is Service.OTHER_MTA else "Exchange" for end in ends)
                delays[sender, taker].append(wait.delay.total_seconds())
    print("from     to         legs    p50    p90    p99")
    for (sender, taker), seconds in sorted(delays.items()):
        seconds.sort()
        p50, p90, p99 = (seconds[math.ceil(part * len(seconds)) - 1] for part in (0.5, 0.9, 0.99))
        print(f"{sender:8} {taker:8} {len(seconds):6} {p50:6.0f} {p90:6.0f} {p99:6.0f}")


def _headers(corpora: list[Path]) -> Iterator[str]:
    """The header blocks of all corpora."""
    for corpus in corpora:
        opener = gzip.open if corpus.suffix == ".gz" else open
        with opener(corpus, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line)["headers"] for line in lines)


if __name__ == "__main__":
    main()
