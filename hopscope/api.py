"""The two things most callers want: read a message, compare two."""

from typing import TYPE_CHECKING

from hopscope.model import Route

if TYPE_CHECKING:
    from hopscope.comparison import Comparison
    from hopscope.comparison.typical import Typical

__all__ = ["compare", "read"]


def read(data: bytes | str, *, source: str = "-", in_bulk: bool = False) -> Route:
    """Read a message and label its hops.

    Args:
        data: A message, its header block, or a paste of some of its header fields. Any content is accepted;
            without a Received field the route has no hops.
        source: Where it comes from; it is only carried along.
        in_bulk: It is one of many. The route is the same; the patterns that many are read with take some milliseconds
            to compile.
    """
    from hopscope.classifier import label
    from hopscope.parser import parse

    return label(parse(data, source=source, in_bulk=in_bulk))


def compare(left: "Route | Typical", right: "Route | Typical | str") -> "Comparison":
    """Compare two labelled routes, or a route with the path that an Exchange generation would show for it.

    Args:
        left: A labelled route, or the typical way of several, as :func:`hopscope.typical` finds it.
        right: Another, or a generation: ``2007``, ``2010``, ``2013``, ``2016``, ``2019``, ``SE``, ``Online``.

    Raises:
        OptionError: The generation is not one of these.
    """
    from hopscope import comparison as comparing

    if isinstance(right, str):
        return comparing.compare_with_model(left, right)
    return comparing.compare(left, right)
