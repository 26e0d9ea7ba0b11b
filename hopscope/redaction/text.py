"""Words of a stamp -> what may be shown of them.

A word stays where it is in ``data/kept_words.tsv``, or is what the stamp's own software prints of itself. Whatever
else there is gets a pseudonym, understood or not. Punctuation stays, so that the field can still be read.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache

from hopscope.data import table
from hopscope.parser.grammar import address
from hopscope.redaction.names import Aliases

__all__ = ["Text", "date", "software_words"]

_GAPS = re.compile(r"([\s()\\]++)")
"""What stands between words."""
_KEYED = re.compile(r"([A-Za-z0-9-]++)([=:;]++)(.+)", re.DOTALL)
"""helo=a.example, mailfrom:a@b.example, rfc822;a@b.example"""
_AROUND = "<>[]{}\"'`,;:=*#!?"
_BETWEEN = re.compile(r"([^\w.@-]++)", re.ASCII)
_IN_MAILBOXES = re.compile(r"([<>,]++)")
_JOINTS = re.compile(r"([-_]++)")
_TLS = re.compile(r"(?:TLS|SSL)-?v?[0-9](?:[._]?[0-9])?", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Text:
    """Rewrites text word by word.

    Args:
        aliases: The pseudonyms.
        kept: Words that stay besides those of the table, in lower case.
    """

    def __init__(self, aliases: Aliases, kept: Iterable[str] = ()) -> None:
        self._aliases = aliases
        self._kept = frozenset(kept)

    def words(self, text: str, rewrite: Callable[[str], str] | None = None) -> str:
        """The text with each word rewritten; parentheses and white space stay."""
        pieces = _GAPS.split(text)
        return "".join(piece if place % 2 else (rewrite or self.word)(piece) for place, piece in enumerate(pieces))

    def word(self, word: str) -> str:
        """What is shown of a word."""
        if not word or self.keeps(word):
            return word
        if place := self._aliases.place(word):
            return place
        if (keyed := _KEYED.fullmatch(word)) and self.keeps(keyed[1]):
            return keyed[1] + keyed[2] + self.word(keyed[3])
        core = word.strip(_AROUND)
        if core != word:
            start = len(word) - len(word.lstrip(_AROUND))
            return word[:start] + self.word(core) + word[start + len(core) :] if core else word
        if "@" in word:
            return self._mailboxes(word)
        pieces = _BETWEEN.split(word)
        if len(pieces) > 1:
            return "".join(_ascii(piece) if place % 2 else self.word(piece) for place, piece in enumerate(pieces))
        return self._name(word)

    def host(self, word: str) -> str:
        """What is shown of a word that stands for a host."""
        if word.lower() in self._kept or not _BETWEEN.sub("", word):
            return _ascii(word)
        if place := self._aliases.place(word):
            return place
        return self.word(word) if "@" in word or _BETWEEN.search(word) else self._aliases.host(word)

    def keeps(self, word: str) -> bool:
        """Whether a word identifies nobody."""
        lower = word.lower()
        if lower in self._kept or lower in _words() or not re.search(r"[^\W_]", word) and word.isascii():
            return True
        pieces = _JOINTS.split(lower)
        is_known = all(piece in self._kept or piece in _words() for piece in pieces[::2] if piece)
        return _TLS.fullmatch(word) is not None or (len(pieces) > 1 and is_known)

    def _mailboxes(self, word: str) -> str:
        if '"' in word:
            return self._aliases.mailbox(word)
        pieces = _IN_MAILBOXES.split(word)
        return "".join(
            piece if place % 2 else self._aliases.mailbox(piece) if "@" in piece else self.word(piece)
            for place, piece in enumerate(pieces)
        )

    def _name(self, word: str) -> str:
        """Pseudonym of letters and digits: an identifier, or what may be a host."""
        return self._aliases.form(word) if _GUID.fullmatch(word) or word.isdecimal() else self._aliases.host(word)


def _ascii(text: str) -> str:
    """The text with a question mark for each character beyond ASCII, and for control characters."""
    return "".join(character if " " <= character <= "~" or character == "\t" else "?" for character in text)


@cache
def _words() -> frozenset[str]:
    return frozenset(word for row in table("kept_words") for word in row["words"].split())


_NUMBER = re.compile(r"[0-9]{1,5}(?:[.,+_-]*[0-9]{1,6}){0,5}+(?:[a-z]{1,3}[0-9]{0,4})?")
"""A version: what may follow its numbers are a few letters, such as 8.12.8p1 and 8.5.3fp2."""


def software_words(name: str, body: str) -> frozenset[str]:
    """The words of a stamp that tell its software, in lower case.

    Args:
        name: What the classifier calls it, with its version, such as ``Haraka 3.0.1``.
        body: The field. A version in the form of an address counts only as Sendmail prints it, twice: 8.18.1.2/8.18.1.2.
    """
    words = set(name.lower().split())
    for row in table("software_names"):
        if name.startswith(row["name"]):
            words |= {row["text"].lower(), *row["text"].lower().split()}
    return frozenset(word for word in words if _tells_software(word, body))


def _tells_software(word: str, body: str) -> bool:
    if not any(character.isdigit() for character in word):
        return True
    return bool(_NUMBER.fullmatch(word)) and (address(word) is None or f"{word}/{word}" in body)


_DATE_WORD = re.compile(
    r"[0-9]{1,2}(?:st|nd|rd|th)?,?|[0-9]{4}|[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?(?:[.,][0-9]{1,9})?(?:z|am|pm)?"
    r"|(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?|[0-9]{1,2}-[a-z]{3}-[0-9]{2,4}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:t[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:z|[+-][0-9]{2}:?[0-9]{2})?)?"
    r"|m=[+-][0-9.]{1,20}|filetime=\[[0-9a-f]{8}:[0-9a-f]{8}\]",
    re.IGNORECASE,
)


def date(text: str, words: Text) -> str:
    """A date: numbers, times, offsets, names of days, months and zones stay; all other words are rewritten."""
    return words.words(text, lambda word: word if _is_of_date(word) else words.word(word))


def _is_of_date(word: str) -> bool:
    return bool(_DATE_WORD.fullmatch(word)) or word.lower().strip(",.") in _calendar()


@cache
def _calendar() -> frozenset[str]:
    """Names of days, months and zones."""
    names = {row["name"].lower() for name in ("months", "zones") for row in table(name)}
    english = "monday tuesday wednesday thursday friday saturday sunday " + (
        "january february march april may june july august september october november december"
    )
    return frozenset(names | {form for name in english.split() for form in (name, name[:3])})
