"""Text of a report -> DeliveryStatus by recipient: the fields of RFC 3464, completed by the text for readers.

All functions take linear time, and any text yields a tuple.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from hopscope.model import DeliveryAction, DeliveryStatus
from hopscope.parser.report_dates import report_date
from hopscope.parser.report_lines import (
    CODE,
    LAST_ERROR,
    MAX_DIAGNOSTIC,
    MAX_RECIPIENTS,
    action_of,
    by_text,
    host,
    reply_of,
    stated_action,
)
from hopscope.paste.patterns import lazy

__all__ = ["MAX_TEXT", "delivery_status"]

MAX_TEXT = 200_000
"""Maximum characters of a report that are read."""


def delivery_status(
    text: str, near: datetime | None = None, fields: str = "", failed: tuple[str, ...] = ()
) -> tuple[DeliveryStatus, ...]:
    """What a report says, by recipient; empty if the text is not a report.

    Args:
        text: The decoded text of a report, without the returned message; lines end in LF.
        fields: Its part with the fields of RFC 3464, if it has one; otherwise the text may have the fields.
        failed: The recipients that its header block lists; used if neither fields nor text have a recipient.
        near: When the message was received last: it decides between day and month in ``08/01/2020``.
    """
    text = text[:MAX_TEXT]
    of_fields = list(_by_fields(fields[:MAX_TEXT] or text, near))
    of_text = by_text(text, near, failed)
    if not of_fields:
        return tuple(
            of_text or (DeliveryStatus(recipient=name, action=DeliveryAction.FAILED) for name in failed)
        ) or tuple(_without_recipients(text, fields, near))
    single = len(of_fields) == len(of_text) == 1
    return tuple(_with_reply(_completed(status, of_text, single=single), text) for status in of_fields)


def _completed(status: DeliveryStatus, of_text: list[DeliveryStatus], *, single: bool) -> DeliveryStatus:
    """The status with the values that only the text of the report has."""
    recipient = (status.recipient or "").lower()
    for addition in of_text:
        if single or (addition.recipient or "").lower() == recipient:
            missing = [name for name in status.__struct_fields__ if getattr(status, name) is None]
            status = replace(status, **{name: getattr(addition, name) for name in missing})
            _, mark, cause = (addition.diagnostic or "").partition(LAST_ERROR)
            if cause and status.diagnostic and mark not in status.diagnostic:
                return replace(status, diagnostic=f"{status.diagnostic}{mark}{cause}"[:MAX_DIAGNOSTIC])
            return status
    return status


_CONTINUED = lazy(r"([45][0-9]{2})-")
_REPLY_LINES = lazy(
    r"^[ \t]*+<<<[ \t]++(([45][0-9]{2})-.*+(?:\n[ \t]*+<<<[ \t]++\2-.*+)*+(?:\n[ \t]*+<<<[ \t]++\2[ ].*+)?+)",
    re.MULTILINE,
)
_LINE_START = lazy(r"\n[ \t]*+<<<[ \t]++")


def _with_reply(status: DeliveryStatus, text: str) -> DeliveryStatus:
    """The status with all lines of a reply: Sendmail has the first one in the field, and all in the transcript."""
    if status.diagnostic is None or not _CONTINUED.match(status.diagnostic) or "<<<" not in text:
        return status
    for match in _REPLY_LINES.finditer(text):
        reply = " ".join(_LINE_START.sub(" ", match[1]).split())
        if len(reply) > len(status.diagnostic) and reply.startswith(status.diagnostic):
            return replace(status, diagnostic=reply[:MAX_DIAGNOSTIC])
    return status


_STATUS_FIELD = lazy(
    r"^[ \t]*+(reporting-mta|arrival-date|original-recipient|final-recipient|action|status|remote-mta|diagnostic-code"
    r"|last-attempt-date|will-retry-until|x-supplementary-info)[ \t]*+:[ \t]*+(.*+(?:\n[ \t]++\S.*+)*+)",
    re.IGNORECASE | re.MULTILINE,
)
_OF_MESSAGE = frozenset({"reporting-mta", "arrival-date"})
_RECIPIENT = frozenset({"final-recipient", "original-recipient"})
"""Some mail systems omit the field ``Final-Recipient``, which RFC 3464 requires."""
_TYPE = lazy(r"[ \t]*+[A-Za-z0-9/-]{1,20}[ \t]*+;[ \t]*+")


def _by_fields(text: str, near: datetime | None) -> Iterator[DeliveryStatus]:
    """The statuses of the fields: a new recipient starts where a field repeats, since blank lines may be lost."""
    message: dict[str, str] = {}
    groups: list[dict[str, str]] = [{}]
    for match in _STATUS_FIELD.finditer(text):
        name, value = match[1].lower(), " ".join(match[2].split())
        if name in _OF_MESSAGE:
            message.setdefault(name, value)
        elif name in groups[-1]:
            groups.append({name: value})
        else:
            groups[-1][name] = value
        if len(groups) > MAX_RECIPIENTS:
            break
    for group in groups:
        if _RECIPIENT & group.keys() and ("action" in group or "status" in group):
            yield _of_group(message, group, near)


def _without_recipients(text: str, fields: str, near: datetime | None) -> Iterator[DeliveryStatus]:
    """The status of a report whose fields, and whose text, name no recipient: Postfix lost its queue file."""
    message = {match[1].lower(): " ".join(match[2].split()) for match in _STATUS_FIELD.finditer(fields)}
    action = stated_action(text) if message.keys() & _OF_MESSAGE else None
    if action:
        yield replace(_of_group(message, {}, near), action=action)


def _of_group(message: dict[str, str], group: dict[str, str], near: datetime | None) -> DeliveryStatus:
    diagnostic = _untyped(group.get("diagnostic-code"))
    if diagnostic is None and (info := group.get("x-supplementary-info")):  # Exchange 2007 and 2010
        diagnostic = reply_of(info) or None
    code = CODE.search(group.get("status", "")) or CODE.search(diagnostic or "")
    recipient = group.get("final-recipient") or group.get("original-recipient")
    action = group.get("action", "").split(" ")[0].lower()
    return DeliveryStatus(
        recipient=_address(_untyped(recipient) or ""),
        action=DeliveryAction(action) if action in set(DeliveryAction) else action_of(code[1] if code else diagnostic),
        status=code[1] if code else None,
        diagnostic=diagnostic[:MAX_DIAGNOSTIC] if diagnostic else None,
        reporting_mta=host(_untyped(message.get("reporting-mta"))),
        remote_mta=host(_untyped(group.get("remote-mta"))),
        arrival_date=report_date(message.get("arrival-date"), near),
        will_retry_until=report_date(group.get("will-retry-until"), near),
        last_attempt=report_date(group.get("last-attempt-date"), near),
    )


def _untyped(value: str | None) -> str | None:
    """The value without its type: ``dns;ex1.example`` is ``ex1.example``."""
    typed = _TYPE.match(value) if value else None
    return (value[typed.end() :] if value and typed else value) or None


_NAMED = lazy(r"[^<>@]++<([^<>@\s]++@[^<>\s]++)>")
"""A display name, which RFC 3464 does not allow, and an address."""


def _address(text: str) -> str | None:
    if named := _NAMED.fullmatch(text):
        return named[1]
    address, _, comment = text.partition(" (")
    text = (address if "@" in address and comment.endswith(")") else text).strip(" \t<>'")
    return (text if '"@' in text else text.strip(" <>'\"")) or None
