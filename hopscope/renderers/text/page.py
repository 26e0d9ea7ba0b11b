"""HTML pages that need nothing from outside themselves: a template, its style sheet, and a policy for these alone."""

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
"""What a template is rendered with."""


def page(
    template: str, sheet: str = "page.css", script: str | None = None, *, more_css: str = "", **facts: object
) -> Iterator[str]:
    """The page in ASCII, so that no encoding of the output can make markup of a character.

    It comes in pieces, since that of a large dump has many megabytes, and would be in memory several times.

    Args:
        template: What it is made of.
        sheet: Its style sheet, in ASCII; that of a timeline stands before it.
        script: Its script, in ASCII, where it has one.
        more_css: Style of pictures in it, in ASCII.
        facts: What the template is rendered with.
    """
    from markupsafe import Markup

    environment = _environment()
    css = f"\n{style_sheet('timeline.css')}{more_css}{environment.get_template(sheet).render()}\n"
    code = f"\n{environment.get_template(script).render()}\n" if script else ""
    allowed = f"style-src {_hash(css)}{f'; script-src {_hash(code)}' if script else ''}"
    own = {name: Markup(text) for name, text in (("css", css), ("script", code), ("allowed", allowed))}  # noqa: S704 - all are ours
    pieces = environment.get_template(template).stream(own, **facts)
    pieces.enable_buffering(_PIECES)
    for piece in pieces:
        yield piece.encode("ascii", "xmlcharrefreplace").decode()
    yield "\n"


_PIECES = 1000
"""So many pieces of a template are joined, which are a few characters each."""


def style_sheet(name: str) -> str:
    """The text of a style sheet among the templates, as it is."""
    from pkgutil import get_data

    return (get_data("hopscope.renderers", f"templates/{name}") or b"").decode("ascii")


def _hash(text: str) -> str:
    """What the policy calls a style sheet or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> "Environment":
    """Templates whose every value is made harmless, and escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("hopscope.renderers", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )


def _harmless(value: object) -> object:
    """Text of strangers made visible; ours, which is marked as such, stays as it is."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
