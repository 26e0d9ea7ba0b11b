"""What a message costs in bytes and time, how large a summary gets, and how long merging takes, for docs/scale.md.

    python -m benchmarks.scale [--messages 20000] [--smoke]

The mail is that of ``organisation.py``, with four servers or with random hosts, and for other numbers of servers the
internal mail of an organisation in which any server sends to any other. Times are CPU times of one process.
"""

import argparse
import gzip
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pyarrow import parquet  # noqa: TID253 - what is measured

import hopscope
from benchmarks.organisation import START, STRONG, ZONE, messages
from hopscope.cli.shards import write
from hopscope.model import Route
from hopscope.scale.exporting import header_rows
from hopscope.scale.work import Chunk
from hopscope.sources.message import Message
from hopscope.statistics.summary import Summary

Rows = list[tuple[str, bytes]]
SERVERS = (4, 40, 400, 4_000)


def header_blocks(number: int, *, varied: bool = False) -> Rows:
    """Sources and header blocks of the invented organisation; with the fields of real mail unless hosts vary."""
    texts = messages(number, whole=not varied, varied=varied)
    return [(name, text.partition("\n\n")[0].encode() + b"\n\n") for name, text in texts]


def internal(number: int, servers: int) -> Rows:
    """Sources and header blocks of messages that pass three of a number of servers."""
    chance = random.Random(servers)  # noqa: S311 - fictional mail
    return [(f"{place:06}.eml", _internal(chance, servers)) for place in range(number)]


def _internal(chance: random.Random, servers: int) -> bytes:
    when, stamps = START + timedelta(minutes=chance.randrange(30_000)), list[str]()
    names = [f"ex{chance.randrange(servers):04}.corp.north.example" for _ in range(3)]
    for sender, server, via in zip(names[:1] + names, names, ("", "", " via Mailbox Transport"), strict=False):
        when += timedelta(seconds=chance.lognormvariate(0, 1))
        date = f"{when.astimezone(ZONE):%a, %d %b %Y %H:%M:%S %z}"
        protocol = "mapi" if not stamps else f"Microsoft SMTP Server ({STRONG})"
        stamps.insert(0, f"Received: from {sender} by\n {server} with {protocol} id\n 15.1.2507.39{via}; {date}\n")
    return "".join((*stamps, f"Message-ID: <{chance.getrandbits(64):x}@north.example>\n\n")).encode()


def routes(rows: Rows) -> Iterator[Route]:
    """The labelled routes of header blocks."""
    return (hopscope.read(content, source=source, in_bulk=True) for source, content in rows)


def measure_messages(rows: Rows) -> None:
    """Print bytes and times of a message."""
    size = sum(len(content) for _, content in rows)
    with tempfile.TemporaryDirectory() as folder:
        chunk: Chunk = [Message(source=source, data=content) for source, content in rows]
        began = time.process_time()
        written = write(iter([header_rows(chunk)]), folder, 128 << 20)
        shards = time.process_time() - began
        began = time.process_time()
        for file in Path(folder).iterdir():
            parquet.read_table(file).to_pylist()
        reading = time.process_time() - began
    print(f"header block: {size / len(rows):,.0f} bytes; in a shard: {written.size / len(rows):,.0f} bytes")
    print(f"per message: write to a shard {shards / len(rows) * 1e6:.0f} us, read {reading / len(rows) * 1e6:.0f} us")
    for quick in (False, True):
        began = time.process_time()
        hopscope.summarize(routes(rows), quick=quick)
        used = (time.process_time() - began) / len(rows) * 1e6
        print(f"per message: summarize{' (quick)' if quick else ''} {used:.0f} us")


def measure_summary(name: str, summary: Summary) -> None:
    """Print the size of a bounded summary, and the time to load and merge it."""
    summary.bound()
    saved = hopscope.dumps(summary)
    total = hopscope.Summary()
    began = time.process_time()
    for _ in range(5):
        total.merge(hopscope.loads(saved))
    used = (time.process_time() - began) / 5
    packed = len(gzip.compress(saved.encode(), 6))
    print(
        f"{name:36}{summary.messages:>9,}{len(summary.servers):>9,}{len(summary.legs):>9,}"
        f"{len(saved) / 1e3:>11,.0f}{packed / 1e3:>9,.0f}{used * 1e3:>9.1f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    number = 200 if options.smoke else options.messages
    measure_messages(header_blocks(number))
    print(f"\n{'':36}{'messages':>9}{'servers':>9}{'legs':>9}{'kB':>11}{'gzip kB':>9}{'merge ms':>9}")
    for share in (20, 4, 1):
        measure_summary("organisation", hopscope.summarize(routes(header_blocks(number // share))))
    for servers in SERVERS:
        measure_summary(f"{servers:,} servers", hopscope.summarize(routes(internal(number, servers))))
    for hundredths in (5, 50, 500):
        rows = header_blocks(number * hundredths // 100, varied=True)
        measure_summary("random hosts", hopscope.summarize(routes(rows)))


if __name__ == "__main__":
    main()
