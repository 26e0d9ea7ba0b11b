"""What checking one message gave, and how its findings are known again in a later run."""

import re
from hashlib import sha256
from typing import Self

import msgspec

from hopscope.model import Finding

__all__ = ["Checked", "CheckedFindings", "fingerprint"]

_AMOUNT = r"-?[0-9][0-9.,]*+(?: (?:d|h|min|s)\b)?+"
_AMOUNTS = re.compile(rf"{_AMOUNT}(?: {_AMOUNT})*+")
_LENGTH = 16  # of the hexadecimal digits of a fingerprint that are kept: 64 bits


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was checked. The lines of its findings are lines of its file, or ``None`` where it has none."""

    source: str
    """As everywhere: a path, ``-``, or ``dump.mbox:17``."""
    file: str
    """The file that it is in, with ``/``."""
    part: str | None = None
    """Where it is in the file, where that holds more than it: ``17``, ``inbox/17.eml``, ``attached:1``."""
    messages: int = 1
    """How many messages it stands for: none, where its findings are about the run as a whole."""
    findings: tuple[Finding, ...] = ()
    """Worst first."""


class CheckedFindings(tuple[Finding, ...]):  # noqa: SLOT001 - slots of a tuple must be empty
    """The findings of one message, which also name the message, so that one without findings is shown as checked."""

    checked: Checked

    def __new__(cls, checked: Checked) -> Self:
        """A tuple of the findings of ``checked``."""
        findings = super().__new__(cls, checked.findings)
        findings.checked = checked
        return findings

    def __reduce__(self) -> tuple[type[Self], tuple[Checked]]:
        return type(self), (self.checked,)


def fingerprint(checked: Checked, finding: Finding) -> str:
    """The fingerprint of a finding, which stays the same as long as its message stays in the same file.

    It is built from file, code, and text without numbers, so lines, hops, durations and builds may change. Two
    findings of one message may share it.
    """
    text = "\0".join((checked.file, checked.part or "", finding.code, _AMOUNTS.sub("#", finding.message)))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
