"""The user's own files about messages, looked up for each of them: tracking logs, and databases of locations."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hopscope.model import Hop, Location, Route, TrackingEvent
    from hopscope.sources.locations import LocationDatabases
    from hopscope.tracking.index import TrackingIndex

__all__ = ["Supplements"]

_NETWORK_IDS = (
    "x-ms-exchange-organization-network-message-id",
    "x-ms-exchange-crosstenant-network-message-id",
    "x-ms-office365-filtering-correlation-id",
)
"""The fields that have the network message id: of Exchange Server, of Exchange Online, and of its filters."""
_MOST_IDS = 8
"""Maximum values of such a field that are looked up; a message has one of each."""


class Supplements:
    """What the user's files have on a message. Worker processes get a copy, by pickling."""

    def __init__(self, tracking: "TrackingIndex | None" = None, locations: "LocationDatabases | None" = None) -> None:
        self.tracking = tracking
        self.locations = locations
        self.tracked: bool | None = None
        """Whether a message had an event; ``None`` if none was looked up."""
        self.is_limited = False
        """Whether a message has more events than were read."""

    def events(self, route: "Route") -> "tuple[TrackingEvent, ...]":
        """The events of a message in the tracking logs, by its Message-ID and network message ids."""
        if self.tracking is None:
            return ()
        ids = [body.strip() for name in _NETWORK_IDS for body in route.bodies(name)[:_MOST_IDS]]
        message_ids = [route.message_id] if route.message_id else []
        events = self.tracking.events(message_ids=message_ids, network_message_ids=filter(None, ids))
        self.note(tracked=bool(events), is_limited=self.tracking.is_limited)
        return events

    def note(self, *, tracked: bool | None, is_limited: bool) -> None:
        """Record whether a message had an event, and more than were read, as a worker process found it."""
        self.is_limited |= is_limited
        if tracked is not None:
            self.tracked = bool(self.tracked) or tracked

    def locations_of(self, route: "Route") -> "dict[str, Location]":
        """The locations, as far as known, of the addresses in Received fields, results of SPF and antispam headers."""
        if self.locations is None:
            return {}
        from hopscope.classifier.antispam import antispam_values
        from hopscope.parser.authentication import authentication_results

        addresses = dict.fromkeys(address for hop in route.hops for address in _addresses(hop))
        addresses |= dict.fromkeys(
            result.client_address for result in authentication_results(route) if result.client_address
        )
        addresses |= dict.fromkeys(value.value for value in antispam_values(route) if value.key == "CIP")
        found = {address: self.locations.location(address) for address in addresses}
        return {address: location for address, location in found.items() if location}


def _addresses(hop: "Hop") -> "Iterator[str]":
    """The addresses of the peer and of the server itself."""
    for domain in (hop.stamp.from_domain, hop.stamp.by_domain):
        if domain and domain.tcp_info.address:
            yield domain.tcp_info.address
