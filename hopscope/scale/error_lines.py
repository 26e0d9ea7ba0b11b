"""The errors of a run as lines, of which many with the same reason are counted, and its notes as sentences."""

import re
from collections import Counter
from collections.abc import Iterator

from hopscope.errors import SourceError
from hopscope.renderers.text.escape import visible

__all__ = ["ErrorLines", "outdated_builds", "skipped"]

_NAMED = 20
"""Errors with the same reason of which each is a line; the further ones are counted in one line."""
_DETAIL = re.compile(r" \(.*|[0-9]+", re.DOTALL)
_KINDS = 100
"""Maximum reasons that are counted separately."""


class ErrorLines:
    """Counts errors by reason and advice."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._counts)

    def count(self, error: SourceError) -> bool:
        """Count an error; whether it is one of the first with this reason, which are all printed."""
        kind = (_DETAIL.sub("", error.reason), error.advice)
        if kind not in self._counts and len(self._counts) >= _KINDS:
            kind = ("other errors", "")
        self._counts[kind] += 1
        return self._counts[kind] <= _NAMED

    def further(self, path: str | None) -> Iterator[str]:
        """How many errors were not printed, by reason; ``path`` is the input if there is only one."""
        for (reason, advice), count in self._counts.items():
            if count > _NAMED:
                files = "1 more" if count == _NAMED + 1 else f"{count - _NAMED:,} more"
                start = "" if path is None else f"{path}: "
                yield visible(f"{start}{files}: {reason}" + (f"; {advice}" if advice else ""))

    @staticmethod
    def line(error: SourceError) -> str:
        """An error as a line: source, reason and advice; a source that is only spaces is quoted."""
        text = str(error) if error.source.strip() else f"{error.source!r}{str(error)[len(error.source) :]}"
        return visible(text)


def outdated_builds() -> str:
    """The note on a build that is newer than a table of builds that is more than a year old."""
    from hopscope.classifier import builds

    return f"the build table of this version is from {builds.as_of()}; update hopscope"


def skipped(first: str, count: int) -> str:
    """The note on files that are not mail, of which ``first``, already escaped, is the first."""
    if count == 1:
        return f"skipped 1 file that is not mail: {first}"
    return f"skipped {count:,} files that are not mail, such as {first}"
