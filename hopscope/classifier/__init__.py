"""Route -> Route whose hops carry Labels: which service added each Received field, and the evidence."""

from msgspec.structs import replace

from hopscope.model import ExchangeMark, Hop, Label, Route

__all__ = ["label"]


def label(route: Route) -> Route:
    """The same route with a label on every hop. ``Service.UNKNOWN`` where nothing identifies the service.

    The hops also get what their labels are based on: the mark of an Exchange server, and whether the hop came from the
    previous one.
    """
    from hopscope.classifier.dialects.exchange import read  # the tables of this package are also used without a message
    from hopscope.classifier.infer import labels
    from hopscope.classifier.servers import came_from

    hops: list[Hop] = []
    previous_hop: Hop | None = None
    for hop in route.hops:
        from_previous = came_from(hop, previous_hop) if previous_hop else None
        hops.append(_hop(hop, hop.label, read(hop.stamp), from_previous))
        previous_hop = hop
    exchange = labels(hops, route)
    if len(exchange) < len(hops):
        from hopscope.classifier.software import other_labels  # not needed if only Exchange handled the message

        exchange |= other_labels([hop for hop in hops if hop.number not in exchange], route)
    labelled = [_hop(hop, exchange[hop.number], hop.mark, hop.from_previous) for hop in hops]
    if not route.delivery_status:
        return replace(route, hops=tuple(labelled))
    from hopscope.classifier.delivery_status import explained  # few messages are reports

    return replace(route, hops=tuple(labelled), delivery_status=tuple(map(explained, route.delivery_status)))


def _hop(hop: Hop, label: Label, mark: ExchangeMark | None, from_previous: bool | None) -> Hop:  # noqa: FBT001 - of the record
    """The same hop with its label and the basis of it; written out because ``replace`` takes twice the time."""
    return Hop(
        number=hop.number,
        stamp=hop.stamp,
        delay=hop.delay,
        hops_covered=hop.hops_covered,
        label=label,
        mark=mark,
        from_previous=from_previous,
    )
