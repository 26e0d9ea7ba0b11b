"""Does any input end a run, give output that is not valid, or take long? Reads random inputs of every kind.

    python -m benchmarks.fuzz [--count 1000000] [--seed 1] [--jobs 1] [--kind mail ...]
    python -m benchmarks.fuzz --kind mail --number 1234 [--seed 1] [--write FILE]

Each input is read as the commands read it, up to the text that they print. It fails if an exception is raised that is
not one of hopscope.errors, if the output cannot be read back or has a control character, or if it takes more than a
minute. The second form repeats one input, with its traceback, and writes it to a file. Exits with 1 after a failure.

The module is over 300 lines because it checks each kind of input as the command for this kind does.
"""

import argparse
import csv
import io
import json
import multiprocessing
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec

import hopscope
from benchmarks.fuzz_inputs import KINDS, ROOT, Input, made, samples
from hopscope import checks, renderers
from hopscope.analysis.analyze import Analysis
from hopscope.cli.settings import resolve, shown
from hopscope.config.settings import Organisation, Settings
from hopscope.errors import HopscopeError, SettingsError, SourceError
from hopscope.model import Severity
from hopscope.parser import dates
from hopscope.renderers import RENDERERS, Style, answers, findings, graph, stats
from hopscope.renderers.text.escape import visible
from hopscope.scale.locations import located
from hopscope.scale.reading import analyzed, route_of
from hopscope.sources import content, messages
from hopscope.statistics import saved
from hopscope.statistics.digest import digest
from hopscope.statistics.summary import Summary
from hopscope.statistics.topology import topology

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Controls, invisible characters and surrogates: none is ever printed."""
SLOW = 2.0
"""Seconds of CPU time; slower inputs are listed."""
HANGING = 60
"""Seconds of CPU time after which an input fails."""
CHUNK = 1_000
"""Inputs that a process reads before it reports."""
ORGANISATION = Organisation(domains=("corp.example", "com"), networks=("10.0.0.0/8",), servers={"*": "2016"})


class InvalidOutputError(Exception):
    """Output that cannot be read back, or is not safe to print."""


def check(condition: object, problem: str) -> None:
    """Raise an error unless the condition holds."""
    if not condition:
        raise InvalidOutputError(problem)


class Hangs(BaseException):
    """An input takes longer than HANGING; not an Exception, so that no ``except`` of the program hides it."""


def safe(text: str) -> str:
    """The text, after a check that it has no character that a terminal could interpret."""
    unsafe = UNSAFE.search(text)
    check(unsafe is None, f"unsafe character in output: {unsafe}")
    return text


def rendered(name: str, analysis: Analysis) -> None:
    """Check that a format of a message is read back."""
    text = safe("".join(renderers.rendered(name, [analysis], Style(timeline=name == "table"))))
    hops = len(analysis.route.hops)
    if name in {"json", "jsonl"}:
        check(len(json.loads(text)["hops"]) == hops, "hops lost in JSON")
    elif name == "csv":
        check(len(list(csv.reader(io.StringIO(text)))) == hops + 1, "rows lost in CSV")
    elif name == "svg":
        ET.fromstring(text)  # noqa: S314 - our own output


def checked(name: str, analysis: Analysis) -> None:
    """Check that a format of findings is read back."""
    found = located(analysis.route, analysis.route.source, checks.check(analysis, STRICT))
    text = safe("".join(findings.rendered(name, [found], Severity.INFO)))
    if name in {"json", "sarif"}:
        json.loads(text)
    elif name == "junit":
        ET.fromstring(text)  # noqa: S314 - our own output


STRICT = Settings(max_total=None, tls_unknown="error", forbidden_hosts=("*",), organisation=ORGANISATION)


def read(data: Input, number: int) -> None:
    """Read messages as the commands do. Print the first as JSON, text and sometimes in another format, all as JSON."""
    stream = io.BytesIO(data.data)
    found = (
        messages(["-"], stream) if data.name == "-" else content.read_stream(data.name, stream, attached=number % 2 > 0)
    )
    other = () if number % 4 else (RENDERERS[number // 4 % len(RENDERERS)],)
    summary = Summary()
    for message in found:
        route = message if isinstance(message, SourceError) else route_of(message, in_bulk=number % 3 > 0)
        if isinstance(route, SourceError):
            safe(visible(str(route)))
            continue
        analysis = analyzed(route, ORGANISATION if number % 4 == 0 else None)
        first = not summary.messages
        for name in {"json", "plain", *other} if first else {"json"}:
            rendered(name, analysis)
        if first and number % 2:
            checked(findings.FORMATS[number // 2 % len(findings.FORMATS)], analysis)
        summary.add(digest(analysis))
    if number % 10 == 0:
        saved.loads(saved.dumps(summary))
        printed(summary, number)


def printed(summary: Summary, number: int) -> None:
    """Print statistics and topology, each in two formats, and read back what is JSON."""
    for name in ("json", stats.FORMATS[number % len(stats.FORMATS)]):
        text = stats.render(name, stats.Content(summary=summary, by=("leg",) if name == "csv" else ()), width=80)
        safe(text.replace("\r\n", "\n") if name == "csv" else text)
        if name == "json":
            json.loads(text)
    network = topology(summary, 10)
    json.loads(safe(graph.render("json", network, width=80)))
    safe(graph.render(graph.FORMATS[number % len(graph.FORMATS)], network, width=80))


def load(data: Input, number: int) -> None:
    """Load a saved summary, merge it and print it."""
    summary = Summary()
    summary.merge(saved.loads(data.data))
    summary.bound()
    printed(summary, number)


@cache
def sample() -> Analysis:
    """A message for settings to be applied to."""
    return Analysis(route=hopscope.read(samples()[4], source="inbound.eml"))


def configure(data: Input, number: int) -> None:  # noqa: ARG001 - the signature of all
    """Read a settings file, print it and check a message."""
    path = Path(tempfile.gettempdir(), f"hopscope-fuzz-{os.getpid()}.toml")
    path.write_bytes(data.data)
    try:
        resolved = resolve(str(path), {})
    except SettingsError as error:
        safe(visible(str(error)))
        return
    finally:
        path.unlink()
    safe(visible(shown(resolved).replace("\n", " ")))
    found = located(sample().route, "inbound.eml", checks.check(sample(), resolved.settings.for_file("inbound.eml")))
    safe("".join(findings.rendered("text", [found], Severity.INFO)))


def parse_date(data: Input, number: int) -> None:  # noqa: ARG001 - the signature of all
    """Parse a date."""
    value = dates.parse(data.data.decode("utf-8", "surrogateescape")).value
    if value is not None:
        check(value.utcoffset() is not None, "a time without a zone has a value")
        value.timestamp()


def explain(data: Input, number: int) -> None:  # noqa: ARG001 - the signature of all
    """Explain an error string, or suggest a similar one."""
    question = data.data.decode("utf-8", "surrogateescape")
    answer = answers.answer(question)
    if answer is not None:
        safe(answers.text(answer, 80))
    else:
        for name in answers.near(question):
            safe(visible(name))


READERS: dict[str, Callable[[Input, int], None]] = {
    **dict.fromkeys(KINDS, read),
    "summary": load,
    "settings": configure,
    "date": parse_date,
    "error": explain,
}


class Failure(msgspec.Struct, frozen=True):
    """An exception, and where it was raised."""

    kind: str
    number: int
    what: str


class Result(msgspec.Struct):
    """What the inputs of a chunk, or of all chunks, gave."""

    inputs: Counter[str] = msgspec.field(default_factory=Counter)
    bytes: Counter[str] = msgspec.field(default_factory=Counter)
    rejected: Counter[str] = msgspec.field(default_factory=Counter)
    """Inputs that raised a documented exception."""
    seconds: dict[str, float] = {}
    slowest: dict[str, tuple[float, int]] = {}
    """Seconds and number of the slowest input of each kind."""
    slow: list[tuple[str, int, float]] = []
    grown: dict[str, tuple[int, int]] = {}
    """By how many KiB an input raised the peak of memory at most, and its number."""
    failures: list[Failure] = []

    def merge(self, other: "Result") -> None:
        """Add another result."""
        self.inputs.update(other.inputs)
        self.bytes.update(other.bytes)
        self.rejected.update(other.rejected)
        for kind in other.slowest:
            self.seconds[kind] = self.seconds.get(kind, 0.0) + other.seconds[kind]
            self.slowest[kind] = max(self.slowest.get(kind, (0.0, 0)), other.slowest[kind])
            self.grown[kind] = max(self.grown.get(kind, (0, 0)), other.grown[kind])
        self.slow += other.slow
        self.failures += other.failures


def tried(kind: str, seed: int, number: int, result: Result) -> None:
    """Make and read one input, and record what happens."""
    data = made(kind, seed, number)
    memory, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, HANGING)
    try:
        READERS[kind](data, number)
    except HopscopeError as error:
        safe(visible(str(error)))
        result.rejected[kind] += 1
    except (Exception, Hangs) as error:  # noqa: BLE001 - every exception is a failure
        result.failures.append(Failure(kind, number, described(error)))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    seconds = time.process_time() - start
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
    result.inputs[kind] += 1
    result.bytes[kind] += len(data.data)
    result.seconds[kind] = result.seconds.get(kind, 0.0) + seconds
    result.slowest[kind] = max(result.slowest.get(kind, (0.0, 0)), (seconds, number))
    result.grown[kind] = max(result.grown.get(kind, (0, 0)), (grown, number))
    if seconds > SLOW:
        result.slow.append((kind, number, seconds))


def described(error: BaseException) -> str:
    """The exception, and the last line of the package that it passed."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "hopscope/" in frame.filename]
    frame = (frames or traceback.extract_tb(error.__traceback__))[-1]
    return f"{type(error).__name__}: {str(error)[:100]!r} at {Path(frame.filename).name}:{frame.lineno} {frame.name}"


def chunk(task: tuple[str, int, range]) -> Result:
    """Read the inputs of a chunk."""
    kind, seed, numbers = task
    result = Result()
    for number in numbers:
        tried(kind, seed, number, result)
    return result


def tasks(kinds: list[str], count: int, seed: int) -> Iterator[tuple[str, int, range]]:
    """The chunks of all kinds in turn, so that a run that is stopped early has read some of each."""
    total = sum(KINDS[kind][0] for kind in kinds)
    counts = {kind: count * KINDS[kind][0] // total for kind in kinds}
    counts[kinds[0]] += count - sum(counts.values())
    steps = -(-max(counts.values()) // CHUNK)
    for step in range(steps):
        for kind, most in counts.items():
            numbers = range(most * step // steps, most * (step + 1) // steps)
            if numbers:
                yield kind, seed, numbers


def begin() -> None:
    """Prepare a process: internal errors are raised, and an input that hangs is interrupted."""
    os.environ["HOPSCOPE_DEBUG"] = "1"
    signal.signal(signal.SIGVTALRM, hangs)
    chunk(("mail", 0, range(20)))  # imports


def hangs(_signal: int, _frame: object) -> None:
    """Interrupt an input."""
    raise Hangs(f"more than {HANGING} s")


def run(kinds: list[str], count: int, seed: int, jobs: int) -> Result:
    """Read all inputs, with a line of progress every 10,000."""
    result, start = Result(), time.monotonic()
    with multiprocessing.Pool(jobs, initializer=begin) as pool:
        for part in pool.imap_unordered(chunk, tasks(kinds, count, seed)):
            before = result.inputs.total()
            result.merge(part)
            done = result.inputs.total()
            if before // 10_000 < done // 10_000:
                print(f"{done:,} inputs, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            for failure in part.failures:
                print(f"{failure.kind} --number {failure.number}: {failure.what}", file=sys.stderr, flush=True)
    return result


def table(result: Result) -> Iterator[str]:
    """The lines of the table, the failures and the slow inputs."""
    yield "| kind | inputs | MB | rejected | CPU s | inputs/s | slowest s (number) | peak memory grown by MB (number) |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for kind in result.inputs:
        (seconds, number), (grown, grower) = result.slowest[kind], result.grown[kind]
        yield (
            f"| {kind} | {result.inputs[kind]:,} | {result.bytes[kind] / 1e6:,.1f} | {result.rejected[kind]:,} "
            f"| {result.seconds[kind]:,.0f} | {result.inputs[kind] / max(result.seconds[kind], 1e-9):,.0f} "
            f"| {seconds:.2f} ({number}) | {grown / 1024:.1f} ({grower}) |"
        )
    yield f"{result.inputs.total():,} inputs, {len(result.failures)} failures, {len(result.slow)} above {SLOW} s"
    for what, times in Counter(f"{failure.kind}: {failure.what}" for failure in result.failures).most_common():
        yield f"{times} x {what}"
    for kind, number, seconds in result.slow:
        yield f"--kind {kind} --number {number}: {seconds:.1f} s"


def repeat(kind: str, seed: int, number: int, file: Path | None) -> None:
    """Read one input again; its exception is not caught."""
    data = made(kind, seed, number)
    if file:
        file.write_bytes(data.data)
    begin()
    start = time.process_time()
    try:
        READERS[kind](data, number)
    except HopscopeError as error:
        print(visible(str(error)))
    print(f"{data.name}: {len(data.data)} bytes, {time.process_time() - start:.3f} s")


def main() -> int:
    """Read all inputs and print the table; exit with 1 after a failure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="inputs of all kinds together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this one; may be given again")
    parser.add_argument("--number", type=int, help="read only this input of one kind, with its traceback")
    parser.add_argument("--write", type=Path, metavar="FILE", help="with --number: write the input to FILE")
    options = parser.parse_args()
    os.chdir(ROOT)
    kinds = options.kind or list(KINDS)
    if options.number is not None:
        repeat(kinds[0], options.seed, options.number, options.write)
        return 0
    result = run(kinds, options.count, options.seed, options.jobs)
    print("\n".join(table(result)))
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
