"""Who wrote the authentication results of a message: the organisation that delivered it, or perhaps the sender.

A receiving server adds Authentication-Results above the Received field of the hop that it checked, so every field above
the lowest attested hop is attested. Google and the filters of most mail servers insert it just below the Received field
of their own hop; such a field is believed if it names a server of that organisation (RFC 8601 section 5 has it remove
those that others wrote in its name), or, of Exchange Online, none, as that writes no name and always checks. Exchange
Server writes no Authentication-Results and removes none, so those below its hop came with the message; a Received-SPF
field there may be its own, but nothing distinguishes it from one that the sender wrote.
"""

from hopscope.analysis.organisations import ONLINE, organisation_of
from hopscope.analysis.trust import Border
from hopscope.model import AuthenticationResult, Route, Service

__all__ = ["is_attested"]

_SUBMISSIONS = frozenset({Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION})


def is_attested(route: Route, border: Border | None, results: tuple[AuthenticationResult, ...]) -> bool | None:
    """Whether the organisation that delivered the message added the results.

    Args:
        route: The message.
        border: Where the attested part of its path starts.
        results: The results of its topmost field.

    Returns:
        ``False`` if any earlier server, or the sender, may have written them; ``None`` if unknown, or without results.
    """
    lines = [hop.stamp.field.line for hop in route.hops]
    name = next((name for name in ("authentication-results", "received-spf") if name in route.names), None)
    if not results or not border or not name or lines != sorted(lines, reverse=True):
        return None
    line, hop = route.named(name)[0].line, route.hops[border.hop - 1]
    if line < hop.stamp.field.line or (border.hop == 1 and hop.label.service in _SUBMISSIONS):
        return True
    if any(line > other for other in lines[: border.hop - 1]):
        return False
    authserv_id = results[0].authserv_id
    if authserv_id is None:
        return border.organisation == ONLINE
    is_exchange_server = hop.label.service not in _OUTSIDE and border.organisation != ONLINE
    return not is_exchange_server and organisation_of(authserv_id) == border.organisation


_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})
