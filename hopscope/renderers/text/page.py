"""Self-contained HTML pages: a template, its style sheet, and a content security policy that allows only these."""

import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Facts", "page", "style_sheet"]


Facts = dict[str, object]
"""Variables of a template."""


def page(
    template: str, sheet: str = "page.css", script: str | None = None, *, more_css: str = "", **facts: object
) -> Iterator[str]:
    """The page in ASCII, so that a wrong encoding of the output cannot turn a character into markup.

    It is generated in pieces, as the page of a large dump has many megabytes and would be in memory several times.

    Args:
        template: The file name of the template.
        sheet: The file name of the style sheet, in ASCII; those of timelines and hops precede it.
        script: The file name of the script, in ASCII, or ``None``.
        more_css: Styles of the images in the page, in ASCII.
        facts: The variables of the template.
    """
    from markupsafe import Markup

    environment = _environment()
    shared = "".join(map(style_sheet, ("timeline.css", "hops.css")))
    css = f"\n{shared}{more_css}{environment.get_template(sheet).render()}\n"
    code = f"\n{environment.get_template(script).render()}\n" if script else ""
    allowed = f"style-src {_hash(css)}{f'; script-src {_hash(code)}' if script else ''}"
    own = {name: Markup(text) for name, text in (("css", css), ("script", code), ("allowed", allowed))}  # noqa: S704 - all are ours
    pieces = environment.get_template(template).stream(own, **facts)
    pieces.enable_buffering(_PIECES)
    for piece in pieces:
        yield piece.encode("ascii", "xmlcharrefreplace").decode()
    yield "\n"


_PIECES = 1000
"""Number of pieces of a template that are joined, as each has only a few characters."""


def style_sheet(name: str) -> str:
    """The text of a style sheet."""
    from pkgutil import get_data

    return (get_data("hopscope.renderers", f"templates/{name}") or b"").decode("ascii")


def _hash(text: str) -> str:
    """The hash of a style sheet or script, as the content security policy names it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> "Environment":
    """The templates, in which every value is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("hopscope.renderers", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters |= {"breakable": _breakable, "unbroken": _unbroken}
    return environment


def _breakable(value: str) -> str:
    """A cipher, host or address as markup that a browser breaks after punctuation, and not within a word."""
    from markupsafe import Markup, escape

    parts = re.split(r"(?<=[-_.:/@])(?=[^-_.:/@])", visible(value))
    return Markup("<wbr>").join(map(escape, parts))


def _harmless(value: object) -> object:
    """Text with unsafe characters escaped, unless it is marked as safe markup."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _unbroken(value: str) -> str:
    """A sentence in which a browser breaks no duration and no name with hyphens."""
    from markupsafe import Markup, escape

    shown = re.sub(r"\b(\d+) (?=(?:d|h|min|s)\b)", "\\1\u00a0", visible(value))
    shown = re.sub(r"\u00a0(d|h|min) (?=\d+\u00a0)", "\u00a0\\1\u00a0", shown)
    words = (
        Markup('<span class="unbroken">{}</span>').format(word) if "-" in word else escape(word)
        for word in shown.split(" ")
    )
    return Markup(" ").join(words)
