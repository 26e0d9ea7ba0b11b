"""Header text -> Route of ordered hops. Accepts any input, never raises on mail, does no I/O."""

from hopscope.model import Route

__all__ = ["parse"]


def parse(data: bytes | str, *, source: str = "-", in_bulk: bool = False) -> Route:
    """The route of the message at the start of ``data``; its hops are not labelled yet.

    Args:
        data: A message, its header block, or a paste of some of its header fields.
        source: Where the message was read from, for diagnostics.
        in_bulk: Whether many messages are parsed, so that compiling the patterns for usual header blocks is worthwhile.
            The route is the same either way.
    """
    from hopscope.parser.encoding import to_bytes  # so that --version does not load the parser
    from hopscope.parser.fields import header_end
    from hopscope.parser.message import by_fields, by_report, by_scan
    from hopscope.paste.report_signs import is_signed

    block = to_bytes(data) if isinstance(data, str) else data
    end = header_end(block)
    if end and end[1] < len(block) and is_signed(block[: end[0]]) and (report := by_report(block, source)):
        return report
    route = (by_scan(block, source) if in_bulk else None) or by_fields(block, source)
    is_usual = route.hops and not route.repairs and all(defect.code != "line-not-a-field" for defect in route.defects)
    return route if is_usual else by_report(block, source) or route
