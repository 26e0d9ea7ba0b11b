"""How long does the analysis of one message take, step by step, in microseconds?

    python benchmarks/analysis_cost.py [--messages 2000] [PATH ...]

Runs every step for each message of files and folders, or of ``samples`` repeatedly, as the statistics of a large dump
do, and prints the mean of each step: reading the fields, labelling the hops, the scenario (with the passages), the
findings, the notes, the values that statistics count, and the JSON.
"""

import argparse
from collections.abc import Iterator
from itertools import cycle, islice, pairwise
from pathlib import Path
from time import perf_counter

import msgspec

from hopscope.analysis.analyze import analyze
from hopscope.classifier import label
from hopscope.parser import parse
from hopscope.renderers.schema.message import analysis_document
from hopscope.renderers.text.escape import json_document
from hopscope.sources import Message, messages
from hopscope.statistics.digest import digest

SAMPLES = Path(__file__).parent.parent / "samples"
STEPS = ("parse", "label", "scenario", "findings", "notes", "digest", "document")
WARM_UP = 50
"""Messages that are not measured, as the first ones load tables."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    options = parser.parse_args()
    steps = dict.fromkeys(STEPS, 0.0)
    hops = count = 0
    for place, message in enumerate(islice(_messages(options.paths), WARM_UP + options.messages)):
        cost, found = _cost(message)
        if place >= WARM_UP:
            count, hops = count + 1, hops + found
            steps = {step: steps[step] + seconds for step, seconds in cost.items()}
    if not count:
        parser.error(f"not more than the {WARM_UP} messages of the warm-up; name more")
    print(f"{count} messages of {hops / count:.1f} hops")
    for step, seconds in steps.items():
        print(f"{step:10} {seconds / count * 1e6:8.1f} us")


def _messages(paths: list[str]) -> Iterator[Message]:
    """The messages at paths; without paths, those of the samples, repeated forever."""
    found = (each for each in messages(paths or [str(SAMPLES)], None) if isinstance(each, Message))
    return found if paths else cycle(found)


def _cost(message: Message) -> tuple[dict[str, float], int]:
    """Seconds per step, and the number of hops."""
    times = [perf_counter()]
    parsed = parse(message.data, source=message.source)
    times.append(perf_counter())
    route = label(parsed)
    times.append(perf_counter())
    analysis = analyze(route)
    analysis.scenario  # noqa: B018 - computed on first use
    times.append(perf_counter())
    analysis.findings  # noqa: B018
    times.append(perf_counter())
    analysis.notes  # noqa: B018
    times.append(perf_counter())
    digest(analysis)
    times.append(perf_counter())
    json_document(msgspec.json.encode(analysis_document(analysis)))
    times.append(perf_counter())
    spent = [after - before for before, after in pairwise(times)]
    return dict(zip(STEPS, spent, strict=True)), len(route.hops)


if __name__ == "__main__":
    main()
