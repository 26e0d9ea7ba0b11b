"""Text of header blocks and its bytes: UTF-8 with surrogate escapes, and UTF-16 as Windows programs write it."""

import re

__all__ = ["to_bytes", "to_text", "utf_16"]

_LINE_BREAK = r"(?<!\r)\r++\n"
_SAMPLE = 4096  # bytes that are enough to see UTF-16
_FEWEST = 16  # bytes that tell something about a text
_MANY, _FEW = 0.7, 0.1  # shares of NUL in the upper and the lower bytes of UTF-16 that holds mostly ASCII


def to_bytes(text: str) -> bytes:
    """Text in UTF-8; surrogate escapes become the bytes that they stand for."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # lone surrogates that stand for no byte
        return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    r"""Bytes as text, whose lines end in ``\n``."""
    text = data.decode("utf-8", "surrogateescape")
    return re.sub(_LINE_BREAK, "\n", text) if "\r" in text else text


def utf_16(data: bytes) -> str | None:
    """Codec of UTF-16 text: by its byte order mark, else by the NULs that ASCII has in every other byte."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    sample = data[:_SAMPLE] if len(data) > _FEWEST else b""
    half = len(sample) / 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > _MANY * half and even < _FEW * half:
        return "utf-16-le"
    return "utf-16-be" if even > _MANY * half and odd < _FEW * half else None
