r"""Output to the log of a CI runner, in which a line of text may be a command.

GitHub Actions executes ``::command::`` at the start of a line, after any white space, and ``##[command]`` anywhere in a
line; Azure Pipelines ``##vso[command]``, TeamCity ``##teamcity[command]``. The renderers escape these in each value
(see :mod:`hopscope.renderers.text.escape`). This filter is the last barrier, for commands that values form together,
such as a line wrapped before ``::``, or that are in an error of a library. It escapes the last character of the mark:
``:\x3a`` or ``##\x5b``.
"""

import os
import re
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

__all__ = ["filter_streams", "unfiltered"]

_RUNNERS = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
"""Environment variables that a runner sets; Gitea and Forgejo set that of GitHub."""
_COMMAND = r"(?:(?<=[\r\n])|\A)([^\S\r\n]*+:):|(##\w{0,16}+)\["
_MARK = 18
"""Maximum length of the part of a mark before its last character."""


class _Filtered:
    """A text stream on which no text is a command, even if it is written in pieces."""

    def __init__(self, stream: TextIO) -> None:
        self.unfiltered = stream
        self._line = ""
        """The current line: white space, or a mark at its end after another character."""

    def write(self, text: str) -> int:
        """Write ``text`` with commands escaped."""
        escaped = re.sub(_COMMAND, _escaped, self._line + text)
        self.unfiltered.write(escaped[len(self._line) :])
        self._line = _end(escaped)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    @property
    def buffer(self) -> None:
        """No binary stream, which click would use instead of this one."""
        raise AttributeError("buffer")

    def __getattr__(self, name: str) -> object:
        return getattr(self.unfiltered, name)


def _escaped(match: re.Match[str]) -> str:
    return f"{match[1]}\\x3a" if match[1] else f"{match[2]}\\x5b"


def _end(text: str) -> str:
    """The part of the last line that the start of the next text could complete to a command."""
    line = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]
    if line.strip() in {"", ":"}:
        return line.lstrip()
    return f".{line[-_MARK:]}"


def filter_streams() -> None:
    """Filter standard output and standard error if a CI runner reads them, that is, unless they are files."""
    if not any(map(os.environ.get, _RUNNERS)):
        return
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, _Filtered) and not _is_file(stream):
            setattr(sys, name, _Filtered(stream))


def unfiltered(stream: TextIO) -> TextIO:
    """The stream without the filter, for a format that consists of commands."""
    plain: TextIO = getattr(stream, "unfiltered", stream)
    return plain


def _is_file(stream: TextIO) -> bool:
    with suppress(AttributeError, OSError, ValueError):
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    return False
