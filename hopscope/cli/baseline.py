"""A baseline: known findings, so that only new ones fail."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from hopscope.checks.result import Checked, fingerprint
from hopscope.cli.files import content
from hopscope.errors import SettingsError, reason_of
from hopscope.model import Finding
from hopscope.renderers.text.escape import json_document, visible
from hopscope.statistics.sketch import Count

__all__ = ["Baseline", "document", "load"]

_SCHEMA = "hopscope-baseline/1"
_MOST_BYTES = 1 << 28
"""Maximum size of a baseline: about a million findings."""


class KnownFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Known findings of a message with the same fingerprint."""

    fingerprint: str
    count: Count
    code: str
    file: str
    part: str | None
    message: str
    """Message of the first finding, for readers."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    findings: list[KnownFinding]


class Baseline:
    """Separates new findings from known ones."""

    def __init__(self, accepted: Iterable[KnownFinding]) -> None:
        self._remaining = Counter({entry.fingerprint: entry.count for entry in accepted})
        self.hidden = 0
        """Number of known findings."""

    def new(self, checked: Checked) -> Checked:
        """The message with its new findings only: those beyond the known number of a fingerprint."""
        return replace(
            checked, findings=tuple(finding for finding in checked.findings if not self._is_known(checked, finding))
        )

    def _is_known(self, checked: Checked, finding: Finding) -> bool:
        key = fingerprint(checked, finding)
        if self._remaining[key] <= 0:
            return False
        self._remaining[key] -= 1
        self.hidden += 1
        return True


def load(path: str) -> Baseline:
    """The baseline in a file.

    Raises:
        SettingsError: The file cannot be read, or is not a baseline.
    """
    try:
        decoded = msgspec.json.decode(content(path, _MOST_BYTES), type=_File)
    except OSError as error:
        reason = reason_of(error)
        raise SettingsError(path, "", reason, "write it with --update-baseline") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise SettingsError(path, "", f"not a baseline ({error})", "write it with --update-baseline") from None
    except RecursionError:
        raise SettingsError(path, "", "not a baseline (nested too deeply)", "write it with --update-baseline") from None
    if decoded.schema != _SCHEMA:
        raise SettingsError(path, "", f"not a {_SCHEMA} file", "write it with --update-baseline")
    return Baseline(decoded.findings)


def document(checked: Iterable[Checked]) -> Iterator[str]:
    """A baseline of all findings of these messages, one line per fingerprint, sorted by file and code."""
    entries: dict[str, KnownFinding] = {}
    for message in checked:
        for finding in message.findings:
            key = fingerprint(message, finding)
            previous = entries.get(key)
            entries[key] = replace(previous, count=previous.count + 1) if previous else _entry(key, message, finding)
    listed = sorted(entries.values(), key=lambda entry: (entry.file, entry.part or "", entry.code, entry.fingerprint))
    yield f'{{"schema":"{_SCHEMA}","findings":[\n'
    yield ",\n".join(json_document(msgspec.json.encode(entry)) for entry in listed)
    yield "\n]}\n"


def _entry(key: str, checked: Checked, finding: Finding) -> KnownFinding:
    return KnownFinding(
        fingerprint=key,
        count=1,
        code=finding.code,
        file=visible(checked.file),
        part=visible(checked.part) if checked.part else None,
        message=visible(finding.message),
    )
