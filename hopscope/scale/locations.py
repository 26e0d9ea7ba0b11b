"""The position of a message in a file, and the line numbers of its header fields."""
# ruff: noqa: PTH100, PTH113, PTH118, PTH123
# os.path as in sources: importing pathlib takes 3 ms at start-up

import os
from collections.abc import Sequence

from msgspec.structs import replace

from hopscope.checks.result import Checked
from hopscope.model import Finding, Route
from hopscope.sources import container

__all__ = ["located", "of_source", "relative"]


def located(route: Route, file: str, findings: Sequence[Finding]) -> Checked:
    """The findings of a message with the lines of its file.

    Lines of findings are relative to the header block. They are lines of the file only if the file is this message
    unmodified, not if it was repaired, unpacked or part of an mbox file. So they are verified by reading the file,
    unless it can be read only once.

    Args:
        route: The route of the message.
        file: The file that contains it, ``-`` for standard input (:func:`hopscope.sources.container`).
        findings: Its findings.
    """
    right = route.source == file and not route.repairs
    needs_lines = right and os.path.isfile(file) and any(finding.line for finding in findings)
    lines = _received_lines(file) if needs_lines else None
    return _of_file(route.source, file, [_placed(finding, lines, right=right) for finding in findings])


def of_source(source: str, findings: Sequence[Finding]) -> Checked:
    """The findings of a message, with their lines unless it is a part of a file.

    Args:
        source: The source of the message.
        findings: Its findings.
    """
    file = container(source)
    return _of_file(source, file, [_placed(finding, None, right=source == file) for finding in findings])


def _of_file(source: str, file: str, findings: Sequence[Finding]) -> Checked:
    return Checked(
        source=source,
        file=file if file == "-" else relative(file, os.curdir),
        part=source[len(file) + 1 :] or None,
        findings=tuple(findings),
    )


def relative(file: str, folder: str) -> str:
    """The path of a file, relative to a folder if it is below it; with ``/``."""
    path, start = os.path.abspath(file), os.path.join(os.path.abspath(folder), "")
    return _slashed(path[len(start) :] if path.startswith(start) else file)


def _placed(finding: Finding, lines: frozenset[int] | None, *, right: bool) -> Finding:
    confirmed = right and (lines is None or finding.line in lines)
    return finding if confirmed or finding.line is None else replace(finding, line=None)


def _received_lines(file: str) -> frozenset[int]:
    """Line numbers of the Received fields of a header block."""
    numbers = []
    try:
        with open(file, "rb") as opened:
            for number, line in enumerate(opened, 1):
                if not line.strip(b"\r\n") or number > _MAX_LINES:
                    break
                if line[:_NAME].lower().startswith(b"received"):
                    numbers.append(number)
    except OSError:
        return frozenset()
    return frozenset(numbers)


_NAME = 8
_MAX_LINES = 100_000


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path
