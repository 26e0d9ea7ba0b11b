"""Every sample in every text format, and two as picture and page, compared with the files of tests/golden.

After an intended change, ``python -m pytest tests/renderers --update-golden`` rewrites them; ``git diff`` shows the
changes. Confidence and evidence are replaced first: the weights of labels are tested with the classifier.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

import hopscope
from hopscope import render
from hopscope.model import Hop, Route

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
GOLDEN = ROOT / "tests" / "golden"
FORMATS: dict[str, Callable[[Route], str]] = {
    "plain.txt": render.plain,
    "table.txt": render.table,
    "md": render.markdown,
    "csv": render.csv,
    "jsonl": render.jsonl,
    "timeline.txt": partial(render.table, timeline=True),
    "plain-timeline.txt": partial(render.plain, timeline=True),
}
PICTURES: dict[str, Callable[[Route], str]] = {"svg": render.svg, "html": render.html}
"""Two of each detect changes; the content of every picture and page is tested with its renderer."""
NAMES = sorted(path.stem for path in SAMPLES.glob("*.eml"))
DRAWN = ("coexistence-2010-to-2013", "exchange-2019-inbound")
CASES = [
    *((name, suffix, show) for name in NAMES for suffix, show in FORMATS.items()),
    *((name, suffix, show) for name in DRAWN for suffix, show in PICTURES.items()),
]
EVIDENCE = ("evidence",)


def steady(hop: Hop) -> Hop:
    confidence = 0.96 if hop.label.confidence < 1 else 1.0
    return replace(hop, label=replace(hop.label, confidence=confidence, evidence=EVIDENCE, alternatives=()))


def sample(name: str) -> Route:
    route = hopscope.read((SAMPLES / f"{name}.eml").read_bytes(), source=f"samples/{name}.eml")
    return replace(route, hops=tuple(steady(hop) for hop in route.hops))


@pytest.mark.parametrize(("name", "suffix", "show"), CASES, ids=[f"{name}.{suffix}" for name, suffix, _ in CASES])
def test_golden(name: str, suffix: str, show: Callable[[Route], str], update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    path = GOLDEN / f"{name}.{suffix}"
    text = show(sample(name))
    if update_golden:
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == text


def test_every_golden_file_has_its_sample() -> None:
    expected = {f"{name}.{suffix}" for name, suffix, _ in CASES}
    assert {path.name for path in GOLDEN.iterdir()} - {".gitkeep"} == expected
