"""The exceptions of hopscope, for invalid arguments and unreadable input.

The content of mail never raises an exception: it yields a Route with Defects. A message for which this fails, due to a
defect of hopscope, costs a run only this message: ``internal_error`` takes its place.

    HopscopeError                 base; never raised directly
      SourceError                 a file or stream that cannot be read, or has no mail headers
        NotMailError                a file in a folder or archive that is not mail
        PartlyReadError             a source that was read, except for a part or a fact
      OptionError                 an argument outside its documented values (also a ValueError)
        PolicyError                 an invalid expectation or condition, with the position of the error
      SettingsError               invalid settings
"""

import os
import sys

__all__ = [
    "DEBUG",
    "HopscopeError",
    "NotMailError",
    "OptionError",
    "PartlyReadError",
    "PolicyError",
    "SettingsError",
    "SourceError",
    "failure",
    "internal_error",
    "missing",
    "reason_of",
]

DEBUG = "HOPSCOPE_DEBUG"
"""The environment variable with which an unexpected exception is raised and ends the run; set by ``-vv``."""


class HopscopeError(Exception):
    """Base of every exception of this package."""


class SourceError(HopscopeError):
    """An unusable source of messages.

    Attributes:
        source: The path as passed by the caller, or ``-`` for standard input.
        reason: What is wrong, in one line.
        advice: What to do about it, in one line.
    """

    def __init__(self, source: str, reason: str, advice: str) -> None:
        super().__init__(f"{source}: {reason}; {advice}")
        self.source = source
        self.reason = reason
        self.advice = advice

    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, str, str]]:
        return type(self), (self.source, self.reason, self.advice)


class NotMailError(SourceError):
    """A file in a folder or archive that is read for its name, such as ``requirements.txt``, but is not mail.

    The command line skips such files with a note.
    """


class PartlyReadError(SourceError):
    """A source that was read, except for a part of it, such as damaged rows, or a fact, such as the zone of its times.

    The command line prints it as a note.
    """


class OptionError(HopscopeError, ValueError):
    """An argument outside its documented values."""


class PolicyError(OptionError):
    """An invalid expectation or condition in the settings.

    Attributes:
        text: The complete text.
        position: Offset of the first invalid character, from 0.
        reason: What is wrong, in one line.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        super().__init__(f"{reason} (at character {position + 1} of {text!r})")
        self.text = text
        self.position = position
        self.reason = reason

    def __reduce__(self) -> tuple[type["PolicyError"], tuple[str, int, str]]:
        return type(self), (self.text, self.position, self.reason)


class SettingsError(HopscopeError):
    """Invalid or incomplete settings.

    Attributes:
        file: The file; the record, such as ``Settings``, for those that a program built.
        place: The key, such as ``tls.inbound`` or ``path[0].name``; empty for the entire file.
        reason: What is wrong, in one line.
        advice: What to do about it, in one line.
        text: The invalid text, if the position of the error is known.
        position: Offset of the first invalid character, from 0.
    """

    def __init__(self, file: str, place: str, reason: str, advice: str, at: PolicyError | None = None) -> None:
        where = f"{file}: {place}" if place else file
        super().__init__(f"{where}: {reason}; {advice}")
        self.file = file
        self.place = place
        self.reason = reason
        self.advice = advice
        self.text = at.text if at else None
        self.position = at.position if at else 0

    def __reduce__(self) -> tuple[type["SettingsError"], tuple[str, str, str, str, PolicyError | None]]:
        at = None if self.text is None else PolicyError(self.text, self.position, self.reason)
        return type(self), (self.file, self.place, self.reason, self.advice, at)


def internal_error(source: str, error: Exception) -> SourceError:
    """The error in place of a message or file for which hopscope itself failed.

    Raises:
        Exception: ``error``, if the environment variable ``HOPSCOPE_DEBUG`` is set.
    """
    if os.environ.get(DEBUG):
        raise error
    advice = "report this line, with the message as `hopscope redact` writes it; -vv prints the traceback"
    return SourceError(source, failure(error), advice)


def failure(error: Exception) -> str:
    """An unexpected exception in one line that may be published: without its text, which may quote mail."""
    position, traceback = "", error.__traceback__
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__"))
        if module.startswith("hopscope."):
            position = f" in {module}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return f"internal error ({type(error).__name__}{position})"


def reason_of(error: OSError) -> str:
    """Why a file cannot be read, in a few words."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder"
    if isinstance(error, PermissionError):
        return "permission denied"
    return f"cannot be read ({error.strerror or error})"


def missing(feature: str, package: str, extra: str) -> tuple[str, str]:
    """Reason and advice if an optional package is not installed; a one-file program cannot install any."""
    reason, command = f"{feature} needs {package}", f"pip install 'hopscope[{extra}]'"
    if getattr(sys, "frozen", False):
        return f"{reason}, which this program was built without", f"install hopscope with Python: {command}"
    return reason, command
