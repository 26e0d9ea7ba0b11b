r"""Damage by the markup of web pages, Markdown and wikis.

All functions expect text with ``\n`` line ends.

The module is over 300 lines because whether a block has markup is decided by the patterns of all kinds.
"""

import re

from hopscope.paste.patterns import (
    MENTION,
    RECEIVED_FIELD,
    STAMP,
    STAMP_START,
    USUAL,
    USUAL_NAME,
    in_received,
    lazy,
    received_fields,
)

__all__ = [
    "emphasis",
    "html_markup",
    "html_references",
    "is_marked_up",
    "links",
    "markdown_escapes",
    "without_references",
]

_REFERENCE = lazy(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}+|#[0-9]{1,7}+|#[xX][0-9A-Fa-f]{1,6}+);")
_LONG_REFERENCE = lazy(r"&#[0-9]{99,}+;?")
"""No character, and more digits than Python may convert to a number."""
_LEVELS = 3  # maximum levels of escaping: &amp;lt;

# <ann@contoso.example> and +1000 in the source of a web page
_REFERENCES = (
    r"&(?:amp;)*+(?:lt|#60|#x3c);[^\s&]{1,200}+&(?:amp;)*+(?:gt|#62|#x3e);|&(?:amp;)*+(?:#43|#x2b|plus);[0-9]{4}"
)
# References that no server writes: to a number, and to punctuation of the grammar of Received.
_CERTAIN_REFERENCE = lazy(
    r"&(?:amp;)*+(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|nbsp|quot|apos|lpar|rpar|lsqb|rsqb|lbrack|rbrack|semi|colon|period"
    r"|comma|commat|plus|lowbar|hyphen|Tab|NewLine);"
)


def _has_certain_reference(text: str) -> bool:
    return any(_CERTAIN_REFERENCE.search(field) and STAMP.match(_unescaped(field)) for field in received_fields(text))


# Received&colon; from
_NAME_WITH_REFERENCE = lazy(
    rf"^[ \t>|]*+received[ \t]*+&(?:amp;)*+(?:colon|#58|#x3a);[ \t]*+{STAMP_START}", re.IGNORECASE | re.MULTILINE
)
_WEB_FIELD = lazy(
    rf"^(?:(?:x-)?received|message-id|return-path)[ \t]*+:(?:(?!{_REFERENCES})[^\n]|\n[ \t])*+(?:{_REFERENCES})",
    re.IGNORECASE | re.MULTILINE,
)


def html_references(text: str) -> str | None:
    """Replace the character references of a web page, such as ``&lt;`` for ``<``.

    Only if a reference represents a character that does not occur literally in the text.
    """
    if "&" not in text or "eceived" not in text or not _REFERENCE.search(text):
        return None
    repaired = _unescaped(text)
    is_certain = set(repaired) - set(text) or _NAME_WITH_REFERENCE.search(text) or _has_certain_reference(text)
    return repaired if is_certain else None


def without_references(text: str) -> str:
    """The text with the character references of HTML replaced, as browsers do it, once."""
    from html import unescape

    return unescape(_LONG_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text))


def _unescaped(text: str) -> str:
    from html import unescape

    for _ in range(_LEVELS):
        repaired = _REFERENCE.sub(lambda match: unescape(match[0]), text)
        if repaired == text:
            break
        text = repaired
    return text


# Elements of HTML (section 4) that mail programs and editors create. A path such as <b@c.example> is not an element.
_BLOCKS = r"address|article|blockquote|center|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|tbody|tfoot|thead|tr|ul"
_INLINE = (
    r"a|abbr|b|big|body|caption|code|col|colgroup|del|details|em|font|form|head|header|html|i|img|input|ins|kbd|label|link"
    r"|main|mark|meta|nobr|o:p|s|samp|script|small|span|strike|strong|style|sub|summary|sup|td|textarea|th|title|tt|u"
    r"|var|wbr|xmp"
)
_ATTRIBUTES = r"(?:[ \t\n/][^<>]*+)?+>"
_TAG = lazy(rf"</?(?:br|{_BLOCKS}|{_INLINE}){_ATTRIBUTES}", re.IGNORECASE)
# A match ends before the next one starts, so that many unclosed elements take linear time.
_HIDDEN = lazy(
    r"<!--(?:(?!-->|<!--).)*+-->|<!(?:doctype|\[)[^<>]*+>|<(style|script|head)\b(?:(?!</?\1\b).)*+</\1[^<>]*+>",
    re.IGNORECASE | re.DOTALL,
)
_CELL_END = lazy(
    rf"(?<![ \t\n])[ \t\n]*+</(?:t[dh]|dt){_ATTRIBUTES}[ \t\n]*+<(?:t[dh]|dd){_ATTRIBUTES}[ \t\n]*+", re.IGNORECASE
)
_BLOCK_TAGS = rf"(?:</?(?:{_BLOCKS}){_ATTRIBUTES}(?:[ \t]*+\n)?+(?:[ \t\n]++(?=<))?+)++"
_BREAK = lazy(rf"(?:<br{_ATTRIBUTES}[ \t\n]*+(?=</))?+{_BLOCK_TAGS}|<br{_ATTRIBUTES}(?:[ \t]*+\n)?+", re.IGNORECASE)
_FOLD = lazy(r"(?<![ \t\n])[ \t]*+\n[ \t\n]*+")
_KEPT = lazy(r"<(?:pre|textarea|xmp)\b|white-space[ ]?+:[ ]?+pre", re.IGNORECASE)
_LINE_OF_ITS_OWN = lazy(r"[^>\s][ \t]*+\n[ \t]*+received[ \t]*+:", re.IGNORECASE)
_INDENTED_FIELD = lazy(rf"^[ \t]++(?=[A-Z]|received)(?={USUAL_NAME}[ \t]*+[:\t])", re.MULTILINE)


def html_markup(text: str) -> str | None:
    """Convert the source of a web page to text: ``<pre>``, ``<br>``, paragraphs, or a table of names and bodies.

    Tags in the values of well-formed header fields are text, except in a Received field a pair around words, which
    editors write for emphasis, and ``<br>`` at a fold.
    """
    if not _has_tags(text):
        return None
    if not _is_page(text):
        repaired = RECEIVED_FIELD.sub(_without_tags, text)
        return repaired if repaired != text else None
    text = _HIDDEN.sub(lambda hidden: hidden[0] if MENTION.search(hidden[0]) else "", text)
    text = _CELL_END.sub("\t", text)
    if _KEPT.search(text) or _LINE_OF_ITS_OWN.search(text):
        return _plain_text(_BREAK.sub("\n", text))
    return _INDENTED_FIELD.sub("", _plain_text("\n".join(_FOLD.sub(" ", piece) for piece in _BREAK.split(text))))


def _plain_text(text: str) -> str:
    return _unescaped(_TAG.sub("", text)).replace("\u00a0", " ").lstrip("\n")


_TAG_FIRST = lazy(rf"\s*+(?:<!doctype|{_TAG.pattern})", re.IGNORECASE)
_FIRST_RECEIVED = lazy(r"\breceived[ \t]*+(?::|</).*+(?:\n[ \t].*+)*+", re.IGNORECASE)
# Not <br> after "for", where it is a path (RFC 5321 section 4.1.2).
_TAG_WITHIN = lazy(rf"(?<!for )<br{_ATTRIBUTES}|</(?:{_BLOCKS}|{_INLINE}){_ATTRIBUTES}", re.IGNORECASE)
_TAG_BEFORE = lazy(
    rf"(?:^[ \t]*+(?:{_TAG.pattern}[ \t]*+)++\n|{_TAG.pattern})[ \t]*+{USUAL_NAME}[ \t]*+[:<]",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = ("</", "<br", "<BR", "<p", "<P")


def _has_tags(text: str) -> bool:
    """Whether there is a tag before all text, in the first Received field, or before a field name up to that field."""
    if not text.lstrip().startswith("<") and not any(mark in text for mark in _MARKS):
        return False
    if _TAG_FIRST.match(text):
        return bool(MENTION.search(text))
    first = _FIRST_RECEIVED.search(text)
    if first is None:
        return False
    within = in_received(_TAG_WITHIN, text) or _TAG_WITHIN.search(first[0])
    return bool(within or _TAG_BEFORE.search(text, 0, first.end()))


_WELL_FORMED = lazy(
    r"(?:From (?![ \t]*+:).*+\n)?+(?:[A-Za-z][!-9;=?-~]*+[ \t]*+:.*+(?:\n[ \t].*+)*+(?:\n|\Z))++"  # no tag is a name
)
_BREAK_AFTER_DATE = lazy(rf"[0-9]:[0-9]{{2}}\b[^;]{{0,60}}?<(?:br|/?(?:{_BLOCKS})){_ATTRIBUTES}", re.IGNORECASE)


def _is_page(text: str) -> bool:
    """Whether a text with tags is a web page: tags separate its fields, and are not only in their values.

    In a well-formed header block, a tag must follow the date-time of each Received field. The sender of a message does
    not write the newest of these, and so cannot make it a page by the values of its fields.
    """
    header = text.partition("\n\n")[0]
    stamps = list(received_fields(header))
    if stamps and _WELL_FORMED.fullmatch(header):
        return all(_BREAK_AFTER_DATE.search(stamp) for stamp in stamps)
    first = _FIRST_RECEIVED.search(text)
    start = _TAG_FIRST.match(text) or (first and _TAG_BEFORE.search(text, 0, first.end()))
    return bool(start or in_received(_BREAK, text) or (first and _BREAK.search(first[0])))


_EMPHASIZED = r"a|abbr|b|big|code|del|em|font|i|ins|kbd|mark|nobr|s|samp|small|span|strike|strong|sub|sup|tt|u|var"
_PAIR = lazy(rf"<({_EMPHASIZED}){_ATTRIBUTES}((?:(?!</?\1[ \t\n/>]).)*+)</\1[ \t\n]*+>", re.IGNORECASE | re.DOTALL)


_TAGS_AT_END = lazy(rf"(?<=[0-9A-Za-z)])(?:{_TAG.pattern}[ \t\n]*+)++\Z", re.IGNORECASE)
_FOLD_AS_BREAK = lazy(rf"(?<![ \t\n(=\[])<br{_ATTRIBUTES}(?=[ \t\n])", re.IGNORECASE)


def _without_tags(field: re.Match[str]) -> str:
    """A Received field without tags around words, which may be nested, after its date, and ``<br>`` at its folds."""
    if not STAMP.match(_TAG.sub("", field[0])):
        return field[0]
    text = field[0]
    for _ in range(_LEVELS):
        text = _PAIR.sub(r"\2", text)
    return _TAGS_AT_END.sub("", _FOLD_AS_BREAK.sub("", text))


_NAME = r"[A-Za-z][A-Za-z0-9-]*+"
_EMPHASIS = lazy(rf"^([ \t]*+)[*_`]{{1,3}}+({_NAME})[ ]?+(?::[*_`]{{1,3}}+|[*_`]{{1,3}}+[ ]?+:)", re.MULTILINE)
_CODE_SPAN = lazy(rf"^[ \t]*+`++({USUAL}.*+)$", re.IGNORECASE | re.MULTILINE)
_RECEIVED_STRESSED = lazy(r"^[ \t]*+(?:[*_]{1,3}|`)received[ ]?+[:*_`]", re.IGNORECASE | re.MULTILINE)


def emphasis(text: str) -> str | None:
    """Remove emphasis of field names and of words in Received fields, and code spans (CommonMark sections 6.1, 6.2)."""
    if not _RECEIVED_STRESSED.search(text):
        return _without_stress(text)
    repaired = _EMPHASIS.sub(r"\1\2:", text)
    return _CODE_SPAN.sub(lambda line: line[1].rstrip(" \t").rstrip("`"), repaired)


# Words in a Received field, marked by a person: **via Frontend Transport**, *192.0.2.1*, __a.example__, [b]via[/b],
# _192.0.2.1_, '''a.example''', {color:red}via{color}, >>>a.example<<<
_STRESS = lazy(
    r"(?<![\w*])(?P<stars>\*{1,3})(?=[^\s*])(?P<in_stars>[^*;]{1,300}+)(?<=\S)(?P=stars)(?![\w*])"
    r"|(?<![^\s(<\[])(?P<lines>__)(?=[^\s_])(?P<in_lines>(?:[^_\s]|_(?!_)|\s(?!__)){1,300}+)__(?![^\s)>\],;])"
    r"|(?<![\w`])`{1,3}+(?=[^\s`])(?P<in_ticks>[^`;]{1,300}+)`{1,3}+(?![\w`])"
    r"|~~(?=[^\s~])(?P<in_tildes>[^~;]{1,300}+)~~"
    r"|(?<=[ \t(\[])_(?=[^\s_])(?P<value>[^_;\s.:]{0,60}+[.:][^_;\s]{1,200}+)_(?![^\s)>\],;])"
    r"|(?<![^\s(\[])(?P<wiki>'{2,5}|==|!!)(?=[^\s'=!])(?P<in_wiki>[^'=!;]{1,300}+)(?<=\S)(?P=wiki)(?![^\s)>\],;])"
    r"|(?<![^\s(\[])(?:>{2,6}|-{1,3}>)[ ]?+(?=[^\s<>])(?P<in_arrows>[^<>;]{1,300}+)(?:<{2,6}|<-{1,3})(?![^\s)>\],;])"
    r"|\{colou?r(?::[^{}\n]{1,30}+)?+\}"
    r"|(?<=[ \t])_(?=[^\s_])(?P<spaced>[^_;\s]{1,60}+(?:\s{1,9}+[^_;\s]{1,60}+){1,9}+)_(?![^\s)>\],;])"
    r"|\[(?P<tag>b|i|u|s|em|strong|color|colour|size|font|highlight|mark)(?:=[^\]\n]{1,40}+)?+\]"
    r"|\[/(?:b|i|u|s|em|strong|color|colour|size|font|highlight|mark)\]",
    re.IGNORECASE,
)
_STRESS_END = lazy(r"[*`]|__|~~|[ \t(\[]_|\[/[a-z]|''|\{colou?r|<<|<-|==|!!", re.IGNORECASE)


def _without_stress(text: str) -> str | None:
    """Remove the marks of Markdown and forums around words of Received fields."""
    if not _STRESS_END.search(text):
        return None
    repaired = RECEIVED_FIELD.sub(_plain_field, text)
    return repaired if repaired != text else None


_STRESSED_STAMP = lazy(
    r"received[ \t]*+:[ \t\n]*+(?:[*_~=`!'>-]{1,5}+|\[[a-z=# ]{1,20}+\]|\{[a-z:]{1,20}+\})*+[ ]?+" + STAMP_START,
    re.IGNORECASE,
)


def _plain_field(field: re.Match[str]) -> str:
    if not (_STRESSED_STAMP.match(field[0]) and _STRESS_END.search(field[0])):
        return field[0]
    text = _STRESSED_LINE.sub(_plain_line, field[0])
    return _STRESS.sub(lambda stress: next(filter(None, map(stress.groupdict().get, _STRESSED_TEXTS)), ""), text)


_STRESSED_LINE = lazy(r"^([ \t]++)([*_~=`]{1,3}+|'{2,3}+)(?=\S)([^\n]++)$", re.MULTILINE)
"""A folded line with marks around it, as some editors write emphasis of several lines."""


def _plain_line(line: re.Match[str]) -> str:
    fold, mark, words = line.groups()
    return f"{fold}{words.rstrip()[: -len(mark)]}" if words.rstrip().endswith(mark) else line[0]


_STRESSED_TEXTS = ("in_stars", "in_lines", "in_ticks", "in_tildes", "value", "in_wiki", "in_arrows", "spaced")


# CommonMark section 2.4: a backslash before punctuation. Since a Received field may contain an account such as
# DOMAIN\_user, escaped brackets or several escaped underscores are required.
_ESCAPED = lazy(r"\\([][_<>*#()+.!`~-])")
_ESCAPED_BRACKETS = lazy(r"\\[<\[][^\\\n]*+\\[]>]|\\_[^\\\n]*+\\_")


_HARD_BREAK = lazy(r"\\$", re.MULTILINE)


def markdown_escapes(text: str) -> str | None:
    """Remove Markdown backslashes before punctuation, or at the end of each line (section 6.7)."""
    header = text.partition("\n\n")[0] if "\\" in text else ""
    breaks = max(header.rstrip("\n").count("\n"), 2)  # a single one may be part of a field
    if in_received(_HARD_BREAK, header) and len(_HARD_BREAK.findall(header)) >= breaks:
        return _HARD_BREAK.sub("", header) + text[len(header) :]
    return _ESCAPED.sub(r"\1", text) if in_received(_ESCAPED_BRACKETS, header) else None


_TARGET = r"(?:mailto:|https?://)"
_LINK = lazy(rf"<{_TARGET}([^<>\s]*+)>|\]\({_TARGET}([^()\s]*+)\)", re.IGNORECASE)
_MAX_ADDRESS = 320  # characters: 64 before the "@", 255 after it (RFC 5321 section 4.5.3.1)
_LAST_WORD = lazy(r"[\w.@+=-]++\Z")
_ANY_LINK = lazy(rf"(?:[\w.-]<|<<|\]\(){_TARGET}|<{_TARGET}[^<>\s|]*+\|", re.IGNORECASE)


def links(text: str) -> str | None:
    """Replace links to names and addresses, created by mail programs, tickets or Markdown, by their text.

    ``mx.example<http://mx.example>``, ``[a@b.example](mailto:a@b.example)`` and ``<http://mx.example|mx.example>`` are
    replaced if the target of the link equals its text.
    """
    if not ("http" in text or "mailto:" in text) or not in_received(_ANY_LINK, text):
        return None
    pieces: list[str] = []
    end = 0
    for link in _LINK.finditer(text):
        plain = _plain(text[max(end, link.start() - _MAX_ADDRESS) : link.start()], link[1], link[2])
        if plain is not None:
            dropped, shown = plain
            pieces += text[end : link.start() - dropped], shown
            end = link.end()
    return "".join([*pieces, text[end:]]) if pieces else None


def _plain(preceding: str, angled: str | None, bracketed: str | None) -> tuple[int, str] | None:
    """For a link that equals its text: the number of characters to drop before it, and the replacement."""
    if angled is not None:
        target, bar, shown = angled.partition("|")
        if bar:
            return (0, shown) if _is_same(target, shown) else None
        match = _LAST_WORD.search(preceding)
        return (0, "") if match and _is_same(target, match[0]) else None
    opening = preceding.rfind("[")
    shown = preceding[opening + 1 :]
    return (len(preceding) - opening, shown) if opening >= 0 and _is_same(bracketed or "", shown) else None


_SAFE_LINK = lazy(r"[?&](?:url|u)=([^&]++)")


def _is_same(target: str, shown: str) -> bool:
    """Whether the target of a link, possibly wrapped by a link protection service, equals its text."""
    wrapped = _SAFE_LINK.search(target)
    if wrapped:
        from urllib.parse import unquote

        target = unquote(wrapped[1]).rpartition("//")[2].removeprefix("mailto:")
    return bool(shown) and target.rstrip("/").lower() == shown.lower()


def is_marked_up(header: str) -> bool:
    """Whether a well-formed block has markup in fields whose grammar does not allow it."""
    plain = RECEIVED_FIELD.search(header)
    if (in_received(_TAG_WITHIN, header) or not plain) and html_markup(header) is not None:
        return True
    if plain and header.startswith("<") and _TAG_BEFORE.search(header, 0, plain.end()):
        return True
    if any(undo(header) is not None for undo in (emphasis, markdown_escapes, links)):
        return True
    web = _WEB_FIELD.search(header) or _has_certain_reference(header)
    return bool(web) and html_references(header) is not None
