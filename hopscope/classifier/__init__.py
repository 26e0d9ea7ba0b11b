"""Route -> Route whose hops carry Labels: which service stamped each hop, on what evidence."""

from msgspec.structs import replace

from hopscope.model import Hop, Label, Route, Service, Stamp

__all__ = ["label"]

_SURE = 0.99
"""Confidence that a stamp is not one of Exchange, where it does not name another mail system itself."""


def label(route: Route) -> Route:
    """The same route with a label on every hop. What a stamp does not show stays ``Service.UNKNOWN``.

    The hops also carry what their labels rest on: the mark of an Exchange server, and whether the hop came from the one
    before.
    """
    from hopscope.classifier.dialects.exchange import read  # the tables of this room are also used without any message
    from hopscope.classifier.infer import labels
    from hopscope.classifier.servers import came_from

    hops: list[Hop] = []
    for hop in route.hops:
        from_previous = came_from(hop, hops[-1]) if hops else None
        hops.append(
            Hop(
                number=hop.number,
                stamp=hop.stamp,
                delay=hop.delay,
                spans=hop.spans,
                mark=read(hop.stamp),
                from_previous=from_previous,
            )
        )
    exchange = labels(hops, route)
    return replace(
        route, hops=tuple([replace(hop, label=exchange.get(hop.number) or _other(hop.stamp)) for hop in hops])
    )


def _other(stamp: Stamp) -> Label:
    """Label of a stamp that is not one of Exchange 2007 or later."""
    from hopscope.classifier.software import software

    if system := software(stamp):
        return Label(
            service=Service.OTHER_MTA,
            confidence=1.0 if system.printed else _SURE,
            software=system.name,
            evidence=(
                f"the stamp names {system.name}" if system.printed else f"the stamp has the form of {system.name}",
            ),
        )
    if stamp.by_domain is None and stamp.from_domain is None and not stamp.comments:
        return Label(evidence=("nothing in this field that a mail system writes",))
    reason = "no mark of Exchange: none of its with tokens (`mapi`, `Microsoft SMTP Server` ...)"
    return Label(service=Service.OTHER_MTA, confidence=_SURE, evidence=(reason,))
