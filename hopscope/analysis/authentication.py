"""Which hop wrote a field about authentication, and how far that can be trusted.

A server adds such a field above the Received field of the hop that it checked, so a field is as trustworthy as the hop
below it: only that hop or one above can have written it. Every field above the lowest attested hop is attested.

Google and the filters of many mail servers insert Authentication-Results just below the Received field of their own
hop, where it looks like one that came with the message. RFC 8601 section 5 has servers remove fields that others wrote
in their name, but nothing shows whether a server does, or whether it checks mail at all. So such a field is attested
only if it names a provider that always inserts one there (``provider_domains.tsv``) and is the only one that does; of
two, the sender may have written either. The writer of others is unknown. Exchange Online writes above its Received
field, and Exchange Server none at all, so those below their hops came with the message. Nobody removes ARC fields and
signatures that others wrote, so those below a hop are never attributed to it.

The hop is known if the name in a field (authserv-id, receiver, or the domain of the signer) is that of one neighbour
only. Exchange Server signs nothing and names itself in no Authentication-Results, so there the name must be that of the
server, and not only one in its domain.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hopscope.analysis.organisations import ONLINE, is_of_provider, organisation_of
from hopscope.analysis.trust import Border, Trust
from hopscope.classifier import servers
from hopscope.model import AuthenticationResult, Hop, Service, Signature
from hopscope.parser.authentication import ARC_FIELDS

__all__ = ["Writer", "writers_of"]

_SUBMISSIONS = frozenset({Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION})
_OUTSIDE = frozenset({Service.OTHER_MTA, Service.UNKNOWN})
_SIGNER_OF_ONLINE = "microsoft.com"
"""The domain by which Exchange Online seals (Microsoft Docs: Configure trusted ARC sealers)."""


class Writer(NamedTuple):
    """Who wrote a field."""

    hop: int | None
    """Number of the hop whose server wrote it; ``None`` if unknown."""
    trust: Trust | None
    """How far the field can be trusted; ``None`` if unknown."""

    @property
    def is_attested(self) -> bool | None:
        """Whether the organisation that delivered the message wrote it; ``None`` if unknown."""
        return None if self.trust is None else self.trust is Trust.ATTESTED


def writers_of(
    items: Iterable[AuthenticationResult | Signature],
    hops: Sequence[Hop],
    trust: Sequence[Trust],
    border: Border | None,
) -> Mapping[int, Writer]:
    """Who wrote each field of results or signatures, by the line of the field.

    Args:
        items: The results or signatures.
        hops: The hops of the labelled route, from the origin on.
        trust: The trust of each.
        border: Where the attested part of the path starts.
    """
    fields = {item.field.line: item for item in items}
    lines = [hop.stamp.field.line for hop in hops]
    if border is None or lines != sorted(lines, reverse=True):
        return dict.fromkeys(fields, Writer(None, None))
    writers = {line: _writer_of(item, hops, trust, border) for line, item in fields.items()}
    below = {line: writer.hop for line, writer in writers.items() if writer.hop and lines[writer.hop - 1] < line}
    count = Counter((hop, fields[line].field.name.lower()) for line, hop in below.items())
    repeated = {line for line, hop in below.items() if count[hop, fields[line].field.name.lower()] > 1}
    return writers | dict.fromkeys(repeated, Writer(None, None))


def _writer_of(
    item: AuthenticationResult | Signature, hops: Sequence[Hop], trust: Sequence[Trust], border: Border
) -> Writer:
    count = sum(hop.stamp.field.line < item.field.line for hop in hops)
    below = hops[-count - 1] if count < len(hops) else None
    above = hops[-count] if count else None
    if below is None and above is not None and above.label.service in _SUBMISSIONS:
        return Writer(None, trust[0])
    name = item.domain if isinstance(item, Signature) else item.authserv_id
    trust_below = trust[below.number - 1] if below else Trust.UNLINKED
    is_below = below is not None and _names(item, name, below, border)
    is_above = above is not None and _may_insert_below(item, above) and _names(item, name, above, border)
    if above is not None and is_above and not is_below:
        if trust_below is Trust.ATTESTED or is_of_provider(above.server):
            return Writer(above.number, trust[above.number - 1])
        if trust[above.number - 1] is Trust.ATTESTED:
            return Writer(None, None)
    is_known = below is not None and is_below and not (is_above and below.label.service in _OUTSIDE)
    return Writer(below.number if below and is_known else None, trust_below)


def _may_insert_below(item: AuthenticationResult | Signature, hop: Hop) -> bool:
    """Whether a server may insert such a field below its own Received field."""
    is_exchange = _is_exchange_server(hop) or organisation_of(hop.server) == ONLINE
    return isinstance(item, AuthenticationResult) and not item.is_of_arc and not is_exchange


def _names(item: AuthenticationResult | Signature, name: str | None, hop: Hop, border: Border) -> bool:
    """Whether the name in a field is of the server of a hop, or its organisation; of Exchange Online, none is."""
    is_own = border.hop <= hop.number
    organisation = organisation_of(hop.server) or (border.organisation if is_own else None)
    if name is None:
        return item.field.name.lower() == "authentication-results" and organisation == ONLINE
    if servers.same(name.lower(), hop.server):
        return True
    if organisation is None or _is_exchange_server(hop):
        return False
    is_seal = item.field.name.lower() in ARC_FIELDS and f".{name.lower()}".endswith(f".{_SIGNER_OF_ONLINE}")
    return organisation == (ONLINE if is_seal else organisation_of(name))


def _is_exchange_server(hop: Hop) -> bool:
    return hop.label.service not in _OUTSIDE and not hop.label.is_online and organisation_of(hop.server) != ONLINE
