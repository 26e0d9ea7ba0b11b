"""The events of tracking logs as text, JSON and CSV: a file per format, and one for the words."""

from typing import TYPE_CHECKING, Protocol, cast

from hopscope.renderers import Style

if TYPE_CHECKING:
    from hopscope.analysis.tracking.trail import Trail
    from hopscope.renderers.tracking.wording import MessageList

__all__ = ["FORMATS", "Renderer", "renderer"]

FORMATS = ("table", "plain", "json", "csv")
"""Every format of this output: the modules of this package."""


class Renderer(Protocol):
    """The interface of every format."""

    def trail(self, trail: "Trail", style: Style) -> str:
        """The events of one message."""

    def messages(self, messages: "MessageList", style: Style) -> str:
        """Several messages, a line each."""


def renderer(name: str) -> Renderer:
    """The renderer of a format, one of ``FORMATS``."""
    from importlib import import_module

    return cast("Renderer", import_module(f"{__name__}.{name}"))
