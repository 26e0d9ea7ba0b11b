"""The mail system that wrote a Received field, if it is not Exchange 2007 or later: the dialects, and their order.

A separate module, so that a message handled only by Exchange never loads them.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hopscope.classifier.dialects import (
    alibaba,
    aol,
    barracuda,
    branded,
    cellopoint,
    exim,
    google,
    hosts,
    ids,
    ims,
    ironport,
    mailmarshal,
    mmdf,
    mox,
    names,
    postfix,
    powermta,
    proofpoint,
    qmail,
    roundcube,
    sendgrid,
    sendmail,
    smtpsvc,
    x400,
    yahoo,
    zimbra,
    zmailer,
)
from hopscope.model import Hop, Label, Route, Service, Stamp

__all__ = ["FORMS", "HOSTS", "NAMES", "Software", "other_label", "other_labels", "software"]

_SURE = 0.99
"""Confidence that a Received field is not of Exchange if it does not name another mail system."""

Dialect = Callable[[Stamp], str | None]

NAMES: tuple[Dialect, ...] = (
    postfix.software,
    exim.software,
    smtpsvc.software,
    ims.software,
    proofpoint.software,
    names.software,
)
"""Systems that write their name. No two of them recognise the same field."""

FORMS: tuple[Dialect, ...] = (
    google.software,
    sendmail.software,
    qmail.software,
    zmailer.software,
    ironport.software,
    ids.software,
    mailmarshal.software,
    powermta.software,
    yahoo.software,
    sendgrid.software,
    alibaba.software,
    zimbra.software,
    cellopoint.software,
    roundcube.software,
    mox.software,
    mmdf.software,
    aol.software,
    x400.software,
    branded.software,
)
"""Systems recognised by the form of their Received field, tried if it contains no name: gateways are built on other
systems, so a name is better evidence than the form. No two of them recognise the same field."""

HOSTS: tuple[Dialect, ...] = (hosts.software,)
"""Services recognised by the name of the server alone, the weakest sign, tried last."""


class Software(NamedTuple):
    """A mail system, recognised by its Received field."""

    name: str
    """With its version if that is written."""
    names_itself: bool
    """The field contains the name; otherwise the system was recognised by its form or by the name of the server."""


def _names(stamp: Stamp, name: str) -> bool:
    """Whether the field contains a word of the name; some systems are recognised by a version or a code only."""
    if name in stamp.field.body:
        return True
    body = stamp.field.body.lower()
    return any(part in body for part in name.lower().split())


def software(stamp: Stamp) -> Software | None:
    """The mail system that wrote the field; ``None`` if no dialect recognises it."""
    for tier in (NAMES, FORMS, HOSTS):
        for dialect in tier:
            if name := dialect(stamp):
                return Software(name, names_itself=tier is NAMES and _names(stamp, name))
    return None


def other_labels(hops: Sequence[Hop], route: Route) -> dict[int, Label]:
    """Labels of the hops that are not of Exchange 2007 or later, by hop number."""
    of_barracuda = barracuda.received_lines(route)
    return {hop.number: other_label(hop.stamp, is_barracuda=hop.stamp.field.line in of_barracuda) for hop in hops}


def other_label(stamp: Stamp, *, is_barracuda: bool = False) -> Label:
    """Label of a Received field that is not of Exchange 2007 or later.

    Args:
        stamp: The Received field.
        is_barracuda: Whether a Barracuda gateway added the field, unless the field names another system.
    """
    system = software(stamp)
    if is_barracuda and (system is None or not system.names_itself):
        reason = "X-ASG-Debug-ID above the Received field is of Barracuda"
        return Label(service=Service.OTHER_MTA, confidence=_SURE, software=barracuda.NAME, evidence=(reason,))
    if system:
        reason = (
            f"the Received field names {system.name}"
            if system.names_itself
            else f"the Received field has the form of {system.name}"
        )
        confidence = 1.0 if system.names_itself else _SURE
        return Label(service=Service.OTHER_MTA, confidence=confidence, software=system.name, evidence=(reason,))
    if stamp.by_domain is None and stamp.from_domain is None and not stamp.comments:
        return Label(evidence=("nothing in this field that a mail system writes",))
    reason = "no mark of Exchange: none of its with tokens (`mapi`, `Microsoft SMTP Server` ...)"
    return Label(service=Service.OTHER_MTA, confidence=_SURE, evidence=(reason,))
