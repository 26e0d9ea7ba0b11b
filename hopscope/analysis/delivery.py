"""What a report says about the delivery of a message, in words."""

import re
from collections.abc import Iterable

from hopscope.model import DeliveryAction, DeliveryStatus

__all__ = ["actions_and_codes", "by_outcome", "error", "headline"]

_REPLY_CODE = re.compile(r"[245][0-9]{2}[ -]++#?+")

_CONTINUED = re.compile(r"([245][0-9]{2})-")
_STATUS_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}\b")


def error(status: DeliveryStatus) -> str:
    """``5.4.14 Hop count exceeded``: the code and the words of the error; or ``no reason given``."""
    diagnostic = status.diagnostic or ""
    if continued := _CONTINUED.match(diagnostic):  # the codes of further lines
        diagnostic = re.sub(rf" {continued[1]}[ -](?:[245]\.[0-9]{{1,3}}\.[0-9]{{1,3}} )?+", " ", diagnostic)
    words = _REPLY_CODE.sub("", diagnostic, count=1).removeprefix(status.status or "").strip(" -")
    code = None if _STATUS_CODE.match(words) else status.status  # the server's own code says more
    return " ".join(filter(None, (code, words))) or ("no reason given" if status.action in _NEED_REASON else "")


def headline(status: DeliveryStatus, recipients: str = "") -> str:
    """``Not delivered: 5.4.14 Hop count exceeded``, ``Delayed, still queued at ex1.example: 4.4.7 Message delayed``.

    Args:
        status: The status.
        recipients: The recipients to name, such as ``2 recipients``; empty to name none.
    """
    to = f" to {recipients}" if recipients else ""
    if status.action is DeliveryAction.DELAYED:
        at = f" at {status.reporting_mta}" if status.reporting_mta else ""
        return f"Delayed, still queued{at}{f' for {recipients}' if recipients else ''}: {error(status)}"
    return f"{_OUTCOMES[status.action]}{to}: {error(status)}".removesuffix(": ")


_NEED_REASON = frozenset({DeliveryAction.FAILED, DeliveryAction.DELAYED, None})
_OUTCOMES = {
    DeliveryAction.FAILED: "Not delivered",
    DeliveryAction.DELIVERED: "Delivered",
    DeliveryAction.RELAYED: "Relayed, delivery not reported",
    DeliveryAction.EXPANDED: "Delivered to a list and expanded",
    None: "Reported",
}


def by_outcome(statuses: Iterable[DeliveryStatus]) -> list[list[DeliveryStatus]]:
    """The statuses in groups that differ in their recipient only, failures first."""
    groups: dict[tuple[object, ...], list[DeliveryStatus]] = {}
    for status in statuses:
        key = (status.action, status.status, status.diagnostic, status.reporting_mta, status.remote_mta)
        groups.setdefault(key, []).append(status)
    return sorted(groups.values(), key=lambda group: _ORDER.index(group[0].action))


def actions_and_codes(statuses: Iterable[DeliveryStatus]) -> list[str]:
    """``failed 4.4.7``, ``delayed``: each action and status code once, as JSON has them; unknown parts are left out."""
    pairs = (" ".join(filter(None, (status.action, status.status))) for status in statuses)
    return list(filter(None, dict.fromkeys(pairs)))


_ORDER: tuple[DeliveryAction | None, ...] = (
    DeliveryAction.FAILED,
    DeliveryAction.DELAYED,
    None,
    DeliveryAction.EXPANDED,
    DeliveryAction.RELAYED,
    DeliveryAction.DELIVERED,
)
