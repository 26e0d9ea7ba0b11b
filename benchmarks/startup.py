"""How long does hopscope take to start, in multiples of a bare Python?

    python benchmarks/startup.py [--runs 21] [--check]

Runs ``python -c pass`` and each command in turn, repeatedly, and compares the medians, as the ratio depends less on the
speed of the machine than milliseconds do. ``--check`` exits with 1 if a ratio exceeds its limit.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

SAMPLE = str(Path(__file__).parent.parent / "samples" / "exchange-2013-internal.eml")
SCRIPT = Path(sys.executable).with_name("hopscope")
RUN = (str(SCRIPT),) if SCRIPT.exists() else (sys.executable, "-m", "hopscope")
COMMANDS = {
    "hopscope --version": ((*RUN, "--version"), 3.6),
    "show --format plain": ((*RUN, "show", "--format", "plain", SAMPLE), 6.0),
    "show --json": ((*RUN, "show", "--json", SAMPLE), 6.0),
    "show --format table": ((*RUN, "show", "--format", "table", SAMPLE), 9.0),
}
"""Command lines and their limits, as multiples of the time of ``python -c pass``."""


def main() -> int:
    """Measure and print; with ``--check``, exit with 1 if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    bare = (sys.executable, "-c", "pass")
    over = False
    for name, (command, limit) in COMMANDS.items():
        pairs = [(_seconds(bare), _seconds(command)) for _ in range(options.runs + 1)][1:]
        base, own = (statistics.median(column) for column in zip(*pairs, strict=True))
        over |= own / base > limit
        print(f"{name:22} {own * 1000:7.1f} ms  {own / base:5.2f} x bare Python ({base * 1000:.1f} ms); limit {limit}")
    return 1 if over and options.check else 0


def _seconds(command: tuple[str, ...]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
