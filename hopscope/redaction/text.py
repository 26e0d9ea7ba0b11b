"""Words of a Received field -> their redacted form.

A word is kept if it is in ``data/kept_words.tsv`` or is the name or version of the server's software. Every other word
gets a pseudonym. Punctuation is kept, so that the field can still be parsed.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from hopscope.data import table
from hopscope.parser.grammar import address
from hopscope.redaction.names import Aliases

__all__ = ["Software", "Text", "date_word", "is_printable", "is_zone", "software"]

_SEPARATORS = re.compile(r"([\s()\\]++)")
"""Separators between words."""
_KEYED = re.compile(r"([A-Za-z0-9-]++)([=:;]++)(.+)", re.DOTALL)
"""helo=a.example, mailfrom:a@b.example, rfc822;a@b.example"""
_BRACKETED = re.compile(r"([^\[\]]++)(\[[^\[\]]++\])(.*)", re.DOTALL)
"""Verified[192.0.2.1]"""
_MASKED = re.compile(r"(?=[^*]*+\*)(?:[\w-]++|\*++)(?:\.(?:[\w-]++|\*++))*+")
"""mail.***, a name of which somebody has removed a part"""
_HYPHENATED = re.compile(r"([A-Za-z]++)([-_])([0-9.]++)")
"""AvMailGate-192.0.2.1"""
_OUTER_PUNCTUATION = "<>[]{}\"'`,;:=*#!?"
_INNER_PUNCTUATION = re.compile(r"([\x00-,/:-?\[-^`{-\x7f]++)")
"""ASCII except letters, digits, and the characters of names: "-", ".", "_" and "@"."""
_IN_MAILBOXES = re.compile(r"([<>,]++)")
_HYPHENS = re.compile(r"([-_]++)")
_TLS = re.compile(r"(?:3D)?(?:TLS|SSL)-?v?[0-9](?:[._]?[0-9])?", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MAX_DEPTH = 6
"""How often a word is split before the remainder is replaced as a unit: helo=<helo=<helo=<..."""


class Software(NamedTuple):
    """The name and version of the software in a Received field.

    The words come from a table, never from the field, since any text may follow a name there.
    """

    words: frozenset[str] = frozenset()
    """In lower case."""
    version: re.Pattern[str] | None = None


class Text:
    """Rewrites text word by word.

    Args:
        aliases: The pseudonyms.
        software: The name and version of the software in this field.
    """

    def __init__(self, aliases: Aliases, software: Software | None = None) -> None:
        self._aliases = aliases
        self._kept, self._version = software or Software()

    def words(self, text: str, rewrite: Callable[[str], str] | None = None) -> str:
        """The text with each word rewritten; parentheses, backslashes and white space are kept."""
        pieces = _SEPARATORS.split(text)
        return "".join(piece if index % 2 else (rewrite or self.word)(piece) for index, piece in enumerate(pieces))

    def word(self, token: str, depth: int = 0) -> str:
        """The redacted form of a word."""
        for read in _READERS if depth < _MAX_DEPTH else _LAST_READERS:
            shown = read(self, token, depth + 1)
            if shown is not None:
                return shown
        return self._name(token)

    def host(self, token: str) -> str:
        """The redacted form of a word that is a host."""
        if token.lower() in self._kept:
            return token
        if pseudonym := self._aliases.endpoint(token):
            return pseudonym
        if _MASKED.fullmatch(token):
            return ".".join(self._aliases.label(label) if label.strip("*") else label for label in token.split("."))
        return self.word(token) if "@" in token or _INNER_PUNCTUATION.search(token) else self._aliases.host(token)

    def keeps(self, token: str) -> bool:
        """Whether a word is kept because it identifies nobody."""
        lower = token.lower()
        if lower in self._kept or lower in _words() or _is_punctuation(token):
            return True
        pieces = _HYPHENS.split(lower)
        is_known = all(
            piece in self._kept or piece in _words() or piece in _words(_PARTS) for piece in pieces[::2] if piece
        )
        return _TLS.fullmatch(token) is not None or (len(pieces) > 1 and is_known)

    def _known(self, token: str, depth: int) -> str | None:  # noqa: ARG002 - the common interface
        return token if self.keeps(token) else None

    def _versioned(self, token: str, depth: int) -> str | None:
        """A word that contains the version of the software."""
        match = self._version.search(token) if self._version else None
        if match is None:
            return None
        return self._joined(token[: match.start()], depth) + match[0] + self._joined(token[match.end() :], depth)

    def _joined(self, token: str, depth: int) -> str:
        core = token.strip("-_+")
        return token.replace(core, self.word(core, depth), 1) if core else token

    def _endpoint(self, token: str, depth: int) -> str | None:
        """An address, or a word with one: in brackets, or after the name of software."""
        if shown := self._aliases.endpoint(token):
            return shown
        if (match := _BRACKETED.fullmatch(token)) and (shown := self._aliases.endpoint(match[2])):
            return self.word(match[1], depth) + shown + (self.word(match[3], depth) if match[3] else "")
        if (match := _HYPHENATED.fullmatch(token)) and address(match[3]) and self.keeps(match[1]):
            return match[1] + match[2] + self._aliases.address(match[3])
        return None

    def _keyed(self, token: str, depth: int) -> str | None:
        keyed = _KEYED.fullmatch(token)
        return keyed[1] + keyed[2] + self.word(keyed[3], depth) if keyed and self.keeps(keyed[1]) else None

    def _punctuated(self, token: str, depth: int) -> str | None:
        """A word with punctuation around it."""
        core = token.strip(_OUTER_PUNCTUATION)
        if core == token:
            return None
        start = len(token) - len(token.lstrip(_OUTER_PUNCTUATION))
        return token[:start] + self.word(core, depth) + token[start + len(core) :]

    def _mailboxes(self, token: str, depth: int) -> str | None:
        if "@" not in token:
            return None
        pieces = [token] if '"' in token else _IN_MAILBOXES.split(token)
        return "".join(
            piece if index % 2 else self._aliases.mailbox(piece) if "@" in piece else self.word(piece, depth)
            for index, piece in enumerate(pieces)
        )

    def _pieces(self, token: str, depth: int) -> str | None:
        """A word with punctuation in it."""
        pieces = _INNER_PUNCTUATION.split(token)
        if len(pieces) == 1:
            return None
        return "".join(_ascii(piece) if index % 2 else self.word(piece, depth) for index, piece in enumerate(pieces))

    def _name(self, token: str) -> str:
        """Pseudonym of letters and digits: as a GUID, as a number, or as a possible host name."""
        if _GUID.fullmatch(token):
            return self._aliases.hexadecimal(token)
        return self._aliases.number(token) if token.isdecimal() else self._aliases.host(token)


_Reader = Callable[[Text, str, int], str | None]
_LAST_READERS: tuple[_Reader, ...] = (Text._known, Text._pieces, Text._mailboxes)  # noqa: SLF001 - their own module
_READERS: tuple[_Reader, ...] = (
    Text._known,  # noqa: SLF001
    Text._versioned,  # noqa: SLF001
    Text._endpoint,  # noqa: SLF001
    Text._keyed,  # noqa: SLF001
    Text._punctuated,  # noqa: SLF001
    Text._mailboxes,  # noqa: SLF001
    Text._pieces,  # noqa: SLF001
)
"""The forms of a word, in the order in which they are tried; a word of no such form gets a pseudonym."""


def _is_punctuation(token: str) -> bool:
    return token.isascii() and not any(character.isalnum() for character in token)


def _ascii(text: str) -> str:
    """The text with a question mark for each character that is not printable ASCII."""
    return "".join(character if " " <= character <= "~" else "?" for character in text)


def is_printable(text: str) -> bool:
    """Whether a text is of printable ASCII and white space, and so is written as it is."""
    return text.isascii() and text.replace("\t", " ").isprintable()


_PARTS = "cipher parts"
"""The kind of the words that are kept only in a word of several parts."""


@cache
def _words(kind: str = "") -> frozenset[str]:
    """The kept words of a kind; without one, those that are kept everywhere."""
    rows = (row for row in table("kept_words") if (row["kind"] == kind if kind else row["kind"] != _PARTS))
    return frozenset(token for row in rows for token in row["words"].split())


_VERSION = re.compile(
    r"(?:switch-)?v?[0-9]{1,3}(?:[._]r?[0-9]{1,8}){0,4}(?:[+-][0-9]{1,5}(?:\.[0-9]{1,5})?)?"
    r"(?:\+?[a-z]{1,3}[0-9]{0,4})?(?:-[a-z]{1,3}[0-9]{0,4})?|v[0-9]{2}r[0-9]{2}m[0-9]{2}"
)
"""A possible version, in lower case; it may contain a few letters, as in 8.12.8p1 and 8.9.3+3.2w."""
_BEFORE_VERSION, _AFTER_VERSION = r"(?<![0-9a-z.])(?:[vr]|vm\.)?", r"(?![0-9a-z]|\.[0-9a-z])"


def software(name: str, body: str) -> Software:
    """The name and version of the software in a Received field.

    Args:
        name: The name and version given by the classifier, such as ``Haraka 3.0.1``.
        body: The field body. A version in the form of an address is accepted only if it is repeated, as Sendmail writes
            it: ``8.18.1.2/8.18.1.2``.
    """
    texts = [row["text"].lower() for row in table("software_names") if name.startswith(row["name"])]
    words = {token for text in texts for token in (text, *text.split(), *re.findall(r"\w++", text))}
    versions = [token for token in name.lower().split() if _is_version(token, body)]
    versions += re.findall(r"(?<= build )[0-9]{1,5}(?= |$)", name.lower())
    forms = "|".join(re.escape(version).replace(r"\.", "[.,]") for version in versions)
    version = re.compile(f"{_BEFORE_VERSION}(?:{forms}){_AFTER_VERSION}", re.IGNORECASE) if versions else None
    return Software(frozenset(words), version)


def _is_version(token: str, body: str) -> bool:
    if not _VERSION.fullmatch(token) or _ends_in_address(token):
        return False
    if address(token):
        return f"{token}/{token}" in body
    return not any(map(address, re.findall(_QUAD, token)))


_QUAD = r"(?<![0-9.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9]|\.[0-9])"
"""Four numbers with letters or a hyphen after them, which may be an address; versions of five numbers occur."""


def _ends_in_address(token: str) -> bool:
    """Whether an address follows the first number of a version directly."""
    _, _, tail = token.partition(".")
    return any(address(tail[start:]) and not tail[start:].startswith("0") for start in range(len(tail)))


_DATE_WORD = re.compile(r"m=[+-][0-9.]{1,20}|filetime=\[[0-9a-f]{8}:[0-9a-f]{8}\]", re.IGNORECASE)
"""Words of dates that are not a date, time, offset or name: of Go, and of Exchange."""
_DATE_PIECE = re.compile(
    r"(?P<name>[^\W\d_]++)\.?+|(?P<number>[0-9]++)|[:/+-]++|[.,](?:(?P<fraction>[0-9]{1,9})(?![0-9:/]))?+"
)
_COMPACT = re.compile(r"(?:19|20)[0-9]{6}|[0-9]{6}")
"""A date or a time of ISO 8601 without separators, as in 20190614T040216Z."""
_DOTTED = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]")
"""A possible IPv4 address, even if it is part of a longer word or number."""
_MAX_DIGITS = 4
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Characters that the date parser ignores, as it ignores a soft line break, by which they are replaced."""


def date_word(token: str) -> str | None:
    """The redacted form of a word of a readable date: numbers, times, offsets, names; ``None`` for any other word."""
    shown = _INVISIBLE.sub("=20", token)
    return shown if _is_of_date(shown) and not address(shown) else None


def is_zone(comment: str) -> bool:
    """Whether a comment of a date consists only of a zone."""
    return any(not character.isdigit() for character in comment) and _is_of_date(comment)


def _is_of_date(token: str) -> bool:
    """Whether a word consists only of numbers in the form of dates and of calendar names, joined in any way."""
    plain = token.removesuffix("=20").rstrip("=,")
    if _DATE_WORD.fullmatch(plain):
        return True
    if _DOTTED.search(plain):
        return False
    position = 0
    while position < len(plain):
        piece = _DATE_PIECE.match(plain, position)
        if piece is None or not _is_date_piece(piece):
            return False
        position = piece.end()
    return any(character.isalnum() for character in plain)


def _is_date_piece(piece: re.Match[str]) -> bool:
    if name := piece["name"]:
        return name.lower() in _calendar()
    number = piece["number"]
    return number is None or len(number) <= _MAX_DIGITS or _COMPACT.fullmatch(number) is not None


_ENGLISH = (
    "monday tuesday wednesday thursday friday saturday sunday"
    " january february march april may june july august september october november december"
)


@cache
def _calendar() -> frozenset[str]:
    """Names of days, months and zones, AM and PM, and ordinal suffixes."""
    names = {row["name"].lower() for name in ("months", "zones") for row in table(name)}
    return frozenset(
        names
        | {"am", "pm", "t", "z", "st", "nd", "rd", "th"}
        | {form for name in _ENGLISH.split() for form in (name, name[:3])}
    )
