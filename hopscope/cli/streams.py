"""Standard output on every platform: encoding, newlines, colours, closed pipes."""

import codecs
import os
import sys
from typing import Protocol

__all__ = ["as_utf_8", "discard_output", "enable_ansi", "interprets_ansi", "is_closed_pipe", "prepare"]

_STDOUT = 1
_PROCESSED_OUTPUT, _VIRTUAL_TERMINAL_PROCESSING = 1, 4
"""Flags of a Windows console: control characters and ANSI sequences are interpreted (SetConsoleMode)."""
_CLOSED_PIPE = frozenset({22, 32})
"""EINVAL and EPIPE: what Windows reports for a write to a pipe whose reader has ended."""

_NEAREST = str.maketrans("–─█▉▊▋▌▍▎▏◂→·•●○◌░╱┬…", "--#######|<>,**ox~/+~")
"""ASCII replacements of the drawing characters, of equal width, so that columns stay aligned."""


class Kernel32(Protocol):
    """The functions of kernel32.dll that are used; both return 0 on failure."""

    def GetConsoleMode(self, handle: object, mode: object, /) -> int:  # noqa: N802 - the name of the function
        """Store the mode of a console."""

    def SetConsoleMode(self, handle: object, mode: int, /) -> int:  # noqa: N802 - the name of the function
        """Change the mode of a console."""


def prepare() -> None:
    """Replace characters that the encoding of standard output lacks, instead of failing."""
    codecs.register_error("hopscope", _nearest)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="hopscope")


def _nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    """Error handler for text: a drawing character as ASCII, any other as question marks, in equal width."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    nearest = character.translate(_NEAREST)
    if not nearest.isascii():
        from hopscope.renderers.text.layout import width

        nearest = "?" * width(character)
    return nearest, error.start + 1


def as_utf_8() -> None:
    """Write to standard output as to a file: UTF-8 and unchanged newlines, for formats that programs read."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="")


def interprets_ansi() -> bool:
    """Whether the terminal interprets ANSI sequences; a Windows console only once that is enabled."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        try:
            return enable_ansi(ctypes.WinDLL("kernel32"), msvcrt.get_osfhandle(_STDOUT))
        except OSError:  # standard output is closed
            return False
    return True


def enable_ansi(kernel32: Kernel32, handle: int) -> bool:
    """Enable ANSI sequences in the console with this handle; false if it is not a console or too old (Windows 8)."""
    import ctypes

    console, mode = ctypes.c_void_p(handle), ctypes.c_ulong()
    if not kernel32.GetConsoleMode(console, ctypes.byref(mode)):
        return False
    flags = mode.value | _PROCESSED_OUTPUT | _VIRTUAL_TERMINAL_PROCESSING
    return flags == mode.value or bool(kernel32.SetConsoleMode(console, flags))


def is_closed_pipe(error: OSError) -> bool:
    """Whether writing to standard output failed because its reader has ended."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno in _CLOSED_PIPE)


def discard_output() -> None:
    """Discard what is still buffered for a closed pipe, as Python would report that it cannot be written at exit."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
    except OSError:
        return
