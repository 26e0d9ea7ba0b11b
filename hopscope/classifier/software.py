"""Which mail system wrote a stamp that is not one of Exchange 2007 or later: the dialects, and their order.

A module of its own, so that a message that only Exchange handled never loads them.
"""

from collections.abc import Callable
from typing import NamedTuple

from hopscope.classifier.dialects import (
    alibaba,
    aol,
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
from hopscope.model import Label, Service, Stamp

__all__ = ["FORMS", "HOSTS", "NAMES", "Software", "other_label", "software"]

_SURE = 0.99
"""Confidence that a stamp is not one of Exchange, where it does not name another mail system itself."""

Dialect = Callable[[Stamp], str | None]

NAMES: tuple[Dialect, ...] = (
    postfix.software,
    exim.software,
    smtpsvc.software,
    ims.software,
    proofpoint.software,
    names.software,
)
"""Systems that print their name. No two of them recognise the same stamp."""

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
"""Systems recognised by the form of their stamp, tried where no name is printed: gateways are built on other
systems, and their name says more than the form. No two of them recognise the same stamp."""

HOSTS: tuple[Dialect, ...] = (hosts.software,)
"""Services recognised by the name of the server alone, the weakest sign, tried last."""


class Software(NamedTuple):
    """A mail system, recognised by its stamp."""

    name: str
    """With its version where that is printed."""
    printed: bool
    """The stamp prints the name itself; else the system was recognised by its form or by the name of the server."""


def _names(stamp: Stamp, name: str) -> bool:
    """Whether a word of the name stands in the stamp; some systems are known by a version or a code of their own."""
    if name in stamp.field.body:
        return True
    body = stamp.field.body.lower()
    return any(part in body for part in name.lower().split())


def software(stamp: Stamp) -> Software | None:
    """The mail system that wrote the stamp, or ``None`` where no dialect recognises it."""
    for tier in (NAMES, FORMS, HOSTS):
        for dialect in tier:
            if name := dialect(stamp):
                return Software(name, printed=tier is NAMES and _names(stamp, name))
    return None


def other_label(stamp: Stamp) -> Label:
    """Label of a stamp that is not one of Exchange 2007 or later."""
    if system := software(stamp):
        reason = (
            f"the Received field names {system.name}"
            if system.printed
            else f"the Received field has the form of {system.name}"
        )
        confidence = 1.0 if system.printed else _SURE
        return Label(service=Service.OTHER_MTA, confidence=confidence, software=system.name, evidence=(reason,))
    if stamp.by_domain is None and stamp.from_domain is None and not stamp.comments:
        return Label(evidence=("nothing in this field that a mail system writes",))
    reason = "no mark of Exchange: none of its with tokens (`mapi`, `Microsoft SMTP Server` ...)"
    return Label(service=Service.OTHER_MTA, confidence=_SURE, evidence=(reason,))
