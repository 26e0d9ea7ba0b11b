"""The exceptions hopscope raises, for callers' mistakes and unreadable input.

The content of mail never raises: it yields a Route with Defects.

    HopscopeError                 base; never raised itself
      SourceError                 a file or stream that cannot be read, or holds no mail headers
      OptionError                 an argument outside its documented values (also a ValueError)
        PolicyError                 an expectation or condition that cannot be read; it points at the character
      SettingsError               a settings file that cannot be used
"""

__all__ = ["HopscopeError", "OptionError", "PolicyError", "SettingsError", "SourceError"]


class HopscopeError(Exception):
    """Base of every exception of this package."""


class SourceError(HopscopeError):
    """A source of messages that cannot be used.

    Attributes:
        source: The path as the caller gave it, or ``-`` for standard input.
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


class OptionError(HopscopeError, ValueError):
    """An argument that is not one of its documented values."""


class PolicyError(OptionError):
    """An expectation or a condition of the settings that cannot be read.

    Attributes:
        text: The whole text.
        position: Offset of the character where it goes wrong, from 0.
        reason: What is wrong, in one line.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        super().__init__(f"{reason} (at character {position + 1} of {text!r})")
        self.text = text
        self.position = position
        self.reason = reason


class SettingsError(HopscopeError):
    """A settings file, or a part of it, that cannot be used.

    Attributes:
        file: The file.
        place: The key, such as ``tls.inbound`` or ``path[0].name``; empty for the file as a whole.
        text: What cannot be read, where that is but a character of a longer text.
        position: Offset of that character, from 0.
    """

    def __init__(self, file: str, place: str, reason: str, advice: str, at: PolicyError | None = None) -> None:
        where = f"{file}: {place}" if place else file
        super().__init__(f"{where}: {reason}; {advice}")
        self.file = file
        self.place = place
        self.text = at.text if at else None
        self.position = at.position if at else 0
