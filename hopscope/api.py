"""The two main functions of the library: read a message, compare two routes."""

from typing import TYPE_CHECKING

from hopscope.model import Route

if TYPE_CHECKING:
    from hopscope.comparison import Comparison
    from hopscope.comparison.typical import Typical

__all__ = ["compare", "read"]


def read(data: bytes | str, *, source: str = "-", in_bulk: bool = False) -> Route:
    """Read a message and label its hops.

    Args:
        data: A message, its header block, or pasted header fields. Any content is accepted; without a Received field
            the route has no hops.
        source: The source of the message, kept in ``Route.source``.
        in_bulk: Whether many messages are read. It does not change the result: patterns that speed up reading take
            some milliseconds to compile.
    """
    from hopscope.classifier import label
    from hopscope.parser import parse

    return label(parse(data, source=source, in_bulk=in_bulk))


def compare(left: "Route | Typical", right: "Route | Typical | str") -> "Comparison":
    """Compare two labelled routes, or a route with the documented mail flow of an Exchange generation.

    Args:
        left: A labelled route, or the most common path of several routes (:func:`hopscope.typical`).
        right: The same, or a generation: ``2007``, ``2010``, ``2013``, ``2016``, ``2019``, ``SE``, ``Online``.

    Raises:
        OptionError: The generation is not one of these.
    """
    from hopscope import comparison as comparing

    if isinstance(right, str):
        return comparing.compare_with_model(left, right)
    return comparing.compare(left, right)
