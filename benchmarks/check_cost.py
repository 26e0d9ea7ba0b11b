"""How long does checking a dump take, in multiples of showing it as JSON Lines?

    python benchmarks/check_cost.py [--messages 10000] [--runs 3]

Creates an mbox of repeated samples, runs ``hopscope show -f jsonl`` and ``hopscope check`` on it in turn, with the
settings of the sample organisation, and compares the fastest run of each. Limit: 1.3.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

SAMPLES = Path(__file__).parent.parent / "samples"
SETTINGS = SAMPLES / "organisation" / "hopscope.toml"
LIMIT = 1.3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "dump.mbox"
        dump.write_bytes(b"".join(_messages(options.messages)))
        shown, checked = [], []
        for _ in range(options.runs):
            shown.append(_seconds("show", "-f", "jsonl", "--jobs", "1", str(dump)))
            checked.append(_seconds("check", "--jobs", "1", "--config", str(SETTINGS), str(dump)))
    show, check = min(shown), min(checked)
    print(f"{options.messages} messages: show {show:.2f} s, check {check:.2f} s, {check / show:.2f} x; limit {LIMIT}")


def _messages(count: int) -> list[bytes]:
    texts = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.eml"))]
    return [b"From a@example.com Wed Mar  8 11:15:00 2017\n" + text + b"\n" for text in islice(cycle(texts), count)]


def _seconds(*arguments: str) -> float:
    start = time.perf_counter()
    command = (sys.executable, "-m", "hopscope", *arguments)
    subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )  # findings give exit status 1
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
