"""Which servers belong to the reader's organisation, as far as the path shows.

A header does not record who reads it, and nobody can run a cmdlet on a stranger's server. The organisation that holds
the message at the end of its path is taken for the reader's; of any other server the owner is unknown. Settings that
identify the organisation decide instead.
"""

from collections.abc import Sequence

from hopscope.classifier import servers
from hopscope.model import Hop, Passage, Scenario

__all__ = ["own_hops"]

_HYBRID = frozenset({Scenario.HYBRID_OUT, Scenario.HYBRID_IN})


def own_hops(hops: Sequence[Hop], passages: Sequence[Passage]) -> frozenset[int]:
    """Numbers of the Exchange hops in the organisation of the last hop.

    They are those of the last passage if it ends the path, of passages on-premises with a server in the domain of the
    last hop, and of the other part of a hybrid organisation directly before one of these.
    """
    own: set[int] = set()
    is_own = False
    for passage in reversed(passages):
        shares = any(_shares_domain(hop, hops[-1]) for hop in hops[passage.first - 1 : passage.last])
        is_own = passage.last == len(hops) or shares or (is_own and passage.scenario in _HYBRID)
        if is_own:
            own.update(range(passage.first, passage.last + 1))
    return frozenset(own)


def _shares_domain(hop: Hop, last: Hop) -> bool:
    """Whether a server on-premises has the domain of the last one; all tenants of Exchange Online share theirs."""
    return not hop.label.is_online and servers.share_domain(hop.server, last.server)
