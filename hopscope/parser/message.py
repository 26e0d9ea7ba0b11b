"""Message -> Route, in one pass for a usual header block, or field by field. Both give the same records.

A report on the delivery of a message is the route of that message, if the report returns its header block.
"""

from msgspec.structs import replace

from hopscope.model import Route
from hopscope.parser import fields
from hopscope.parser.route import hops
from hopscope.parser.stamp import by_lexer
from hopscope.paste.repair import repair

__all__ = ["by_fields", "by_report", "by_scan"]


def by_scan(block: bytes, source: str) -> Route | None:
    """The route of a message with a usual header block; ``None`` for any other."""
    # Imported here: the patterns of both modules take longer to compile than a single message takes to parse.
    from hopscope.parser.scan import scan
    from hopscope.parser.usual_stamp import by_pattern

    scanned = scan(block)
    if scanned is None:
        return None
    stamps = [by_pattern(field) or by_lexer(field) for field in scanned.received]
    headers = scanned.other_fields
    return Route(
        source=source,
        hops=hops(stamps),
        message_id=headers.first("message-id"),
        subject=headers.first("subject"),
        headers=headers,
    )


def by_fields(block: bytes, source: str) -> Route:
    """The route of any message; damaged header text is repaired first."""
    block, repairs = repair(block)
    split = fields.split(block)
    stamps = [by_lexer(field) for field in split.fields if field.name.lower() == "received"]
    other_fields = tuple(field for field in split.fields if field.name.lower() != "received")
    firsts = {field.name.lower(): field.body for field in reversed(other_fields)}
    return Route(
        source=source,
        hops=hops(stamps),
        message_id=firsts.get("message-id"),
        subject=firsts.get("subject"),
        headers=other_fields,
        repairs=repairs,
        defects=split.defects,
    )


def by_report(block: bytes, source: str) -> Route | None:
    """The route of the message that a report is about, with its delivery status; ``None`` if it is not a report.

    Without Received fields of that message, the route is that of the report.
    """
    from hopscope.parser.delivery_status import delivery_status  # few messages are reports
    from hopscope.paste.report import split

    report = split(block)
    if not report.text:
        return None
    route = by_fields(report.original, source) if report.original else None
    last = next((hop.time for hop in reversed(route.hops) if hop.time), None) if route else None
    statuses = delivery_status(report.text, last)
    if not statuses:
        return None
    return replace(route if route and route.hops else by_fields(block, source), delivery_status=statuses)
