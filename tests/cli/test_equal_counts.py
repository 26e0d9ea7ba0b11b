"""``show``, ``check``, ``stats`` and ``report`` count the findings of the same messages alike."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import copytree

import pytest

from ..corpora import blocks
from .conftest import Run

Counts = Counter[tuple[str, str]]
"""Number of findings by code and severity."""


def as_files(folder: Path) -> Path:
    """A folder with a file for every 4th header block of both corpora."""
    for number, block in enumerate(blocks()[::4]):
        (folder / f"{number:03}.eml").write_bytes(block)
    return folder


def as_mbox(folder: Path) -> Path:
    """An mbox with all header blocks of both corpora."""
    separated = (b"From a@b.example Mon Jan  1 00:00:00 2024\n" + block.rstrip(b"\r\n") + b"\n\n" for block in blocks())
    (file := folder / "corpora.mbox").write_bytes(b"".join(separated))
    return file


def as_samples(folder: Path) -> Path:
    """A copy of the folder ``samples``."""
    return copytree(Path(__file__).parent.parent.parent / "samples", folder / "samples")


def counted(findings: Iterable[dict[str, str]]) -> Counts:
    return Counter((finding["code"], finding["severity"]) for finding in findings)


COMMANDS = (("show", "-f", "json"), ("check", "-f", "json"), ("stats", "-f", "json", "--top", "0"))
ROW = (
    r'class="severity (\w+)">\w+</span></td><th scope="row">(\w+)</th>'
    r'<td class="what">[^<]*</td><td class="n" data-label="Findings">([\d,]+)<'
)
"""A row of the findings in a report: severity, code and number."""


@pytest.mark.no_cover  # other tests of the commands measure it
@pytest.mark.parametrize("arranged", [as_files, as_mbox, as_samples])
def test_all_commands_count_the_same_findings(run: Run, tmp_path: Path, arranged: Callable[[Path], Path]) -> None:
    path = arranged(tmp_path)
    shown, checked, summed = (json.loads(run(*command, path).out) for command in COMMANDS)
    expected = counted(finding for message in shown["messages"] for finding in message["findings"])
    assert expected
    assert counted(checked["findings"]) == expected
    assert Counter({(row["code"], row["severity"]): row["findings"] for row in summed["findings"]}) == expected
    rows = re.findall(ROW, run("report", path, "--details", "0").out)
    assert Counter({(code, severity): int(count.replace(",", "")) for severity, code, count in rows}) == expected
