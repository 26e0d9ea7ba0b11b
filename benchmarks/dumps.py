"""How fast are large dumps read, compared with other programs? Each is run in turn, as a separate process.

    python benchmarks/dumps.py [--messages 20000] [--runs 3] [--random] [--tree FOLDER --mbox FILE] [--peers]
        [--smoke]

Generates the mail of a fictional organisation (organisation.py --whole; with --random, of hosts that rarely occur
twice, so that caches do not help), unless --tree and --mbox name other mail: a folder of .eml files and an mbox file
with the same messages. Prints the minimum CPU time of several runs of each program (user and system; not for programs
with worker processes), the minimum wall-clock time, and peak memory; then the ratios and their targets.
--peers installs mail-parser into a separate environment and times it on every tenth message. --smoke takes 300
messages, runs everything once, and fails if counts differ; times have no limit.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
BLOCK = 1 << 18
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Bytecode is written, as an installed program does not compile its modules at each start."""
PEER_PACKAGE = "mail-parser==4.8.0"
GOALS = {
    "organisation": {"stats, tree": 3.0, "show -f jsonl, tree": 2.8, "stats --quick, tree": 4.5},
    "random": {"stats, tree": 2.2, "show -f jsonl, tree": 2.1, "stats --quick, tree": 3.6},
}
"""Target of the CPU time of mail-parser as a multiple of that of hopscope, by kind of mail."""
PEER = """
import sys, mailparser
for path in sys.argv[1:]:
    mailparser.parse_from_file(path).received
"""
SCAN = f"""
import re, sys
found, pattern = 0, re.compile(rb"\\nFrom ")
with open(sys.argv[1], "rb", 0) as file:
    while block := file.read({BLOCK}):
        for _ in pattern.finditer(block):
            found += 1
"""


class Run(NamedTuple):
    """The resources that a process used."""

    cpu: float
    """Seconds of user and system time."""
    clock: float
    memory: int
    """Peak memory of its largest process, in MB."""


def timed(*command: str) -> Run:
    """Run a process to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0
    return Run(used.ru_utime + used.ru_stime, time.perf_counter() - began, used.ru_maxrss // 1024)


def hopscope(*arguments: str) -> tuple[str, ...]:
    """The command line of the program."""
    return sys.executable, "-m", "hopscope", *arguments


def commands(tree: Path, mbox: Path, folder: Path) -> dict[str, tuple[str, ...]]:
    """The commands to run, by name."""
    quick = ("stats", "--quick", "--json", "-o", str(folder / "numbers.json"))
    lines = ("show", "-f", "jsonl", "-o", str(folder / "lines.jsonl"))
    return {
        "stats --quick, tree": hopscope(*quick, "--jobs", "1", str(tree)),
        "stats --quick, tree, 2 processes": hopscope(*quick, "--jobs", "2", str(tree)),
        "stats --quick, mbox": hopscope(*quick, "--jobs", "1", str(mbox)),
        "stats --quick, mbox, 2 processes": hopscope(*quick, "--jobs", "2", str(mbox)),
        "stats, tree": hopscope("stats", "--json", "-o", str(folder / "whole.json"), "--jobs", "1", str(tree)),
        "show -f jsonl, tree": hopscope(*lines, "--jobs", "1", str(tree)),
        "show -f jsonl, tree, 2 processes": hopscope(*lines, "--jobs", "2", str(tree)),
        "re alone, mbox": (sys.executable, "-c", SCAN, str(mbox)),
    }


def peer(tree: Path, folder: Path) -> tuple[str, ...] | None:
    """mail-parser on every tenth message, in a separate environment; ``None`` if it cannot be installed."""
    python = folder / "peers" / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "peers")], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PEER_PACKAGE], check=True)
    except subprocess.CalledProcessError:
        print("mail-parser cannot be installed here")
        return None
    return str(python), "-c", PEER, *(str(path) for path in sorted(tree.rglob("*.eml"))[::10])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--mbox", type=Path)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree, mbox = options.tree, options.mbox
        count = 300 if options.smoke else options.messages
        if tree is None or mbox is None:
            tree, mbox = folder / "tree", folder / "all.mbox"
            maker = [sys.executable, str(HERE / "organisation.py"), str(tree), "--whole", "--mbox", str(mbox)]
            maker += ["--random"] if options.random else []
            subprocess.run([*maker, "--messages", str(count)], check=True)
        count = sum(1 for _ in tree.rglob("*.eml"))
        if options.smoke:
            smoke(tree, mbox, count, folder)
        else:
            whole(
                tree,
                mbox,
                count,
                folder,
                runs=options.runs,
                peers=options.peers,
                mail="random" if options.random else "organisation",
            )


def smoke(tree: Path, mbox: Path, count: int, folder: Path) -> None:
    """Run everything once; exit with 1 if the counts differ."""
    counts = set()
    for name, command in commands(tree, mbox, folder).items():
        timed(*command)
        if "--quick" in command:
            numbers = json.loads((folder / "numbers.json").read_text(encoding="utf-8"))
            counts.add((numbers["messages"], numbers["hops"], json.dumps(numbers["legs"])))
        print(f"ran: {name}")
    lines = (folder / "lines.jsonl").read_text(encoding="utf-8").count("\n")
    if lines != count or len(counts) != 1 or {messages for messages, _, _ in counts} != {count}:
        sys.exit(f"counts differ: {count} messages, {lines} lines, {[numbers[:2] for numbers in counts]}")
    print(f"{count} messages, the same counts for every input and number of processes")


def whole(  # noqa: PLR0913 - the options of the command line
    tree: Path, mbox: Path, count: int, folder: Path, *, runs: int, peers: bool, mail: str
) -> None:
    """Run everything several times and print the minimum of each."""
    chosen = commands(tree, mbox, folder)
    if peers and (command := peer(tree, folder)):
        chosen["mail-parser, a tenth of the tree"] = command
    measurements: dict[str, list[Run]] = {name: [] for name in chosen}
    for _ in range(runs):
        for name, command in chosen.items():
            measurements[name].append(timed(*command))
    print(f"{count} messages, mbox of {mbox.stat().st_size / 1e6:,.0f} MB, minimum of {runs} runs\n")
    print(f"{'':36}{'CPU s':>8}{'us/message':>12}{'clock s':>9}{'MB':>6}")
    for name, repeated in measurements.items():
        messages = len(range(0, count, 10)) if name.startswith("mail-parser") else count
        cpu, clock = min(run.cpu for run in repeated), min(run.clock for run in repeated)
        memory = max(run.memory for run in repeated)
        times = f"{'':20}" if name.endswith("processes") else f"{cpu:8.2f}{cpu / messages * 1e6:12.0f}"
        print(f"{name:36}{times}{clock:9.2f}{memory:6}")
    print()
    ratios(measurements, count, mail)


def ratios(measurements: dict[str, list[Run]], count: int, mail: str) -> None:
    """The targets and the measured ratios."""
    cpu = {name: min(run.cpu for run in repeated) for name, repeated in measurements.items()}
    clock = {name: min(run.clock for run in repeated) for name, repeated in measurements.items()}
    memory = max(run.memory for repeated in measurements.values() for run in repeated)
    printed = {}
    if "mail-parser, a tenth of the tree" in cpu:
        rate = cpu["mail-parser, a tenth of the tree"] / len(range(0, count, 10)) * count
        for name, goal in GOALS[mail].items():
            printed[f"mail-parser / {name} (at least {goal})"] = rate / cpu[name]
    printed["re alone / stats --quick, mbox"] = cpu["re alone, mbox"] / cpu["stats --quick, mbox"]
    for name in ("stats --quick, tree", "stats --quick, mbox", "show -f jsonl, tree"):
        printed[f"{name}: 1 / 2 processes, by the clock (at least 1.6)"] = clock[name] / clock[f"{name}, 2 processes"]
    printed["largest process, MB (at most 100)"] = memory
    for name, ratio in printed.items():
        print(f"{name:68}{ratio:8.2f}")


if __name__ == "__main__":
    if not re.fullmatch("linux|darwin", sys.platform):
        sys.exit("needs os.wait4, which this platform does not have")
    main()
