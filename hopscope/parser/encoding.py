"""Conversion between bytes and text: UTF-8 with surrogate escapes, and detection of UTF-16 (Windows programs)."""

import re

__all__ = ["to_bytes", "to_text", "utf_16"]

_LINE_BREAK = r"(?<!\r)\r++\n"
_SAMPLE = 4096  # bytes that are searched for NULs
_MIN_BYTES = 16  # fewer are not enough to detect UTF-16
_MANY, _FEW = 0.7, 0.1  # shares of NUL in the upper and lower bytes of UTF-16 text that is mostly ASCII


def to_bytes(text: str) -> bytes:
    """The text in UTF-8; surrogate escapes become the original bytes."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # lone surrogates that are not escaped bytes
        return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    r"""The bytes as text with ``\n`` line ends."""
    text = data.decode("utf-8", "surrogateescape")
    return re.sub(_LINE_BREAK, "\n", text) if "\r" in text else text


def utf_16(data: bytes) -> str | None:
    """Codec of UTF-16 text, detected by byte order mark or by NULs in every other byte; ``None`` for other text."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    sample = data[:_SAMPLE] if len(data) > _MIN_BYTES else b""
    half = len(sample) / 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > _MANY * half and even < _FEW * half:
        return "utf-16-le"
    return "utf-16-be" if even > _MANY * half and odd < _FEW * half else None
