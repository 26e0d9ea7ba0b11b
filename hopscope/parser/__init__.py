"""Bytes -> Route of ordered hops. Accepts any input, never raises on mail, does no I/O."""

from hopscope.model import Route

__all__ = ["parse"]


def parse(data: bytes | str, *, source: str = "-", in_bulk: bool = False) -> Route:
    """Route of the message that ``data`` starts with; its hops have no labels yet.

    Args:
        data: A message, or its header block, or a paste of some of its header fields.
        source: Where the message was read from, for diagnostics.
        in_bulk: It is one of many, so that it pays to compile the patterns which read a usual header block in one pass.
            The route is the same.
    """
    from hopscope.parser.encoding import to_bytes  # not even the version of the program loads the parser
    from hopscope.parser.message import by_fields, by_scan

    block = to_bytes(data) if isinstance(data, str) else data
    return (by_scan(block, source) if in_bulk else None) or by_fields(block, source)
