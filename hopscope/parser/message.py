"""Message -> Route, in one pass for a usual header block, or field by field. Both give the same records.

A report on the delivery of a message is the route of that message, if the report returns its header block.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from hopscope.model import HeaderField, Repair, Route, Stamp
from hopscope.parser import dates, fields
from hopscope.parser.encoding import to_bytes, to_text
from hopscope.parser.route import hops
from hopscope.parser.stamp import by_lexer
from hopscope.paste.patterns import lazy
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
    raw = block
    block, repairs = repair(raw)
    split = fields.split(block)
    own_fields = _of_first_message(split.fields)
    stamps = [by_lexer(field) for field in own_fields if field.name.lower() == "received"]
    if repairs:
        stamps = [_without_damage(stamp) for stamp in stamps]
    other_fields = tuple(field for field in own_fields if field.name.lower() != "received")
    firsts = {field.name.lower(): field.body for field in reversed(other_fields)}
    in_block = sum(field.name.lower() == "received" for field in split.fields) - len(stamps)
    below = in_block + _unread_count(block[split.end :], 0)
    inside = 0
    if block.count(b"eceived:", 0, split.end) > len(stamps) + in_block:
        from hopscope.paste.blocks import inner_count  # few blocks have such a field

        inside = inner_count(block[: split.end])
    total = below + inside
    if repairs or not stamps:
        total = max(total, _unread_count(_all_messages(raw, repairs), len(stamps)))
    position = _BELOW if total == below else _INSIDE if total == inside else _ELSEWHERE
    return Route(
        source=source,
        hops=hops(stamps),
        message_id=firsts.get("message-id"),
        subject=firsts.get("subject"),
        headers=other_fields,
        repairs=repairs,
        defects=(*split.defects, *filter(None, (fields.unread_fields(total, position),))),
    )


def _without_damage(stamp: Stamp) -> Stamp:
    """A stamp of repaired text, without a host name that has rests of damage: a literal line end, a time, a mark."""
    if stamp.from_domain and _DAMAGE.search(stamp.from_domain.domain or ""):
        stamp = replace(stamp, from_domain=replace(stamp.from_domain, domain=None))
    if stamp.by_domain and _DAMAGE.search(stamp.by_domain.domain or ""):
        stamp = replace(stamp, by_domain=replace(stamp.by_domain, domain=None))
    return stamp


_DAMAGE = lazy(r"\\[nrt](?:\W|\Z)|[<>|]|[0-9]:[0-9]{2}:[0-9]{2}\s")


def _of_first_message(all_fields: Sequence[HeaderField]) -> Sequence[HeaderField]:
    """The fields of the first of two messages whose header blocks have no empty line between them."""
    names = [field.name.lower() for field in all_fields]
    if not fields.has_repeats(names):
        return all_fields
    from hopscope.paste.blocks import second_message  # few messages have two

    return all_fields[: second_message([(field.name.lower(), field.body) for field in all_fields])]


def by_report(block: bytes, source: str, *, outer: bytes | None = None) -> Route | None:
    """The route of the message that a report is about, with its delivery status; ``None`` if it is not a report.

    Without Received fields of that message, the route is that of the report.

    Args:
        block: The report.
        source: Where it was read from, for diagnostics.
        outer: A report without recipients that returns ``block``, which is then the report to read.
    """
    from hopscope.parser.delivery_status import delivery_status  # few messages are reports
    from hopscope.paste.report import split

    report = split(block)
    if not (report.text or report.fields or report.failed):
        return None
    route = by_fields(report.original, source) if report.original else None
    last = next((hop.time for hop in reversed(route.hops) if hop.time), None) if route else None
    statuses = delivery_status(report.text, last, report.fields, report.failed)
    if date := dates.parse(report.date) if report.date else None:
        statuses = tuple(replace(status, report_date=date) for status in statuses)
    if not statuses:
        return by_report(report.original, source, outer=block) if report.original and outer is None else None
    if route is None or not route.hops:
        own = by_fields(block, source)
        without_damage = own if own.hops else replace(own, repairs=(), defects=())  # of a text it is of no interest
        return replace(without_damage, delivery_status=statuses)
    other_defects = tuple(defect for defect in route.defects if defect.code != _UNREAD)
    unread = fields.unread_fields(_unread_count(outer or block, len(route.hops)), "in the header of the report itself")
    return replace(route, delivery_status=statuses, defects=(*other_defects, *filter(None, (unread,))))


_UNREAD = "received-unread"


def _unread_count(text: bytes, hops: int) -> int:
    """Number of Received fields of a text that are not hops of the message.

    Args:
        text: The input, or the text below the header block.
        hops: Number of Received fields of the text that were read.
    """
    if b"eceived" not in text and b"RECEIVED" not in text:
        return 0
    from hopscope.paste.blocks import received_count

    return max(0, received_count(text, at_line_start=not hops) - hops)


def _all_messages(raw: bytes, repairs: tuple[Repair, ...]) -> bytes:
    """The header blocks of all messages in JSON or CSV, or else the unchanged input."""
    if all(made.code != "records" for made in repairs):
        return raw
    from hopscope.paste.records import in_text

    return to_bytes("\n\n".join(record.text for record in in_text(to_text(raw))))


_BELOW = "below the header, of another message"
_INSIDE = "inside another line of the header"
_ELSEWHERE = "not in the header fields of the message"
