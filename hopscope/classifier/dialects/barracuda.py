"""Barracuda Email Security Gateway: it writes no name in its Received field, but X-ASG-Debug-ID above that field."""

from hopscope.model import Route

__all__ = ["NAME", "received_lines"]

NAME = "Barracuda Email Security Gateway"
_FIELD = "x-asg-debug-id"


def received_lines(route: Route) -> frozenset[int]:
    """The lines of the Received fields that are the next ones below X-ASG-Debug-ID."""
    if _FIELD not in route.names:
        return frozenset()
    received = sorted(hop.stamp.field.line for hop in route.hops)
    below = (next((line for line in received if line > field.line), None) for field in route.named(_FIELD))
    return frozenset(line for line in below if line is not None)
