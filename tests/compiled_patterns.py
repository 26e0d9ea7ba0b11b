"""Prints every pattern that hopscope compiles, as JSON: its text, its flags, and where. Run by test_patterns.py.

Calls of Python's pattern compiler are recorded while every module is imported, every lazily compiled pattern is used,
the corpora and samples are read and checked, and some of them are redacted and printed in every format.
"""

import gc
import gzip
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

COMPILER: Any = importlib.import_module("re._compiler")  # undocumented, but as old as ``re``
COMPILE = COMPILER.compile
TESTS = Path(__file__).parent
SOME, FEW = 3, 20
"""One message of so many is redacted, and printed: all of them add only the patterns of further software versions."""
FOUND: dict[tuple[str, int], str] = {}


def watched(pattern: Any, flags: int = 0) -> Any:  # noqa: ANN401 - as the function that is watched
    """Compile a pattern, and record it if hopscope is the caller."""
    frame = sys._getframe(1)  # noqa: SLF001 - documented, and there is no alternative
    while Path(frame.f_code.co_filename).parent.name == "re" and frame.f_back:
        frame = frame.f_back
    if f"{frame.f_globals.get('__name__')}.".startswith("hopscope."):
        text = pattern.decode("latin-1") if isinstance(pattern, bytes) else str(pattern)
        FOUND.setdefault((text, int(flags)), f"{frame.f_globals['__name__']}:{frame.f_lineno}")
    return COMPILE(pattern, flags)


def modules() -> list[ModuleType]:
    """All modules of hopscope except ``__main__``."""
    package = importlib.import_module("hopscope")
    names = [info.name for info in pkgutil.walk_packages(package.__path__, "hopscope.")]
    return [importlib.import_module(name) for name in names if not name.endswith("__main__")]


def use_lazy_patterns() -> None:
    """Use every pattern that is compiled lazily."""
    kind = type(importlib.import_module("hopscope.paste.patterns").lazy("x"))
    for thing in gc.get_objects():
        if type(thing) is kind:
            _ = thing.match


def messages() -> list[bytes]:
    """The messages of the corpora and the samples."""
    fields = [row["field"] for row in json.loads((TESTS / "corpus" / "received.json").read_text(encoding="utf-8"))]
    unusual = "X-OriginalArrivalTime: 31 Jul 2012 11:52:42.0123 (UTC) FILETIME=[01CD6F12:3A4B5C6D]\n"
    texts = ["".join(f"Received: {field}\n" for field in fields), f"Received: from caf\u00e9\u202e\x7f by b\n{unusual}"]
    for name in ("labelled", "other"):
        with gzip.open(TESTS / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts += [json.loads(line)["headers"] for line in lines]
    samples = [path.read_bytes() for path in sorted((TESTS.parent / "samples").glob("*.eml"))]
    return [text.encode("utf-8", "surrogateescape") for text in texts] + samples


def main() -> None:
    """Print the patterns."""
    COMPILER.compile = watched
    modules()
    use_lazy_patterns()
    hopscope = importlib.import_module("hopscope")
    redaction = importlib.import_module("hopscope.redaction")
    formats = importlib.import_module("hopscope.renderers").RENDERERS
    aliases = redaction.Aliases(b"key")
    for number, message in enumerate(messages()):
        route = hopscope.read(message)
        hopscope.findings(route)
        if number % SOME == 1:
            redaction.redact(route, aliases)
        for name in formats if number % FEW == 1 else ():
            getattr(hopscope.render, name)(route)
    print(json.dumps([[text, flags, where] for (text, flags), where in FOUND.items()]))  # noqa: T201 - its output


if __name__ == "__main__":
    main()
