"""Bytes -> Route of ordered hops. Reads anything, never raises on mail, does no I/O."""

from hopscope.model import HeaderField, Route

__all__ = ["parse"]


def parse(data: bytes | str, *, source: str = "-") -> Route:
    """Route of the message that ``data`` starts with; its hops have no labels yet.

    Args:
        data: A message, or its header block, or a paste of some of its header fields.
        source: Where it comes from, for messages about it.
    """
    from hopscope.parser import fields, route, stamp
    from hopscope.paste import repair

    block, repairs = repair.repair(data)
    found = fields.split(block)
    received = [field for field in found.fields if field.name.lower() == "received"]
    others = tuple(field for field in found.fields if field.name.lower() != "received")
    return Route(
        source=source,
        hops=route.hops(stamp.parse(field) for field in received),
        message_id=_first(others, "message-id"),
        subject=_first(others, "subject"),
        headers=others,
        repairs=repairs,
        defects=found.defects,
    )


def _first(headers: tuple[HeaderField, ...], name: str) -> str | None:
    return next((field.body for field in headers if field.name.lower() == name), None)
