"""A labelled route -> its complete analysis for an administrator."""

from msgspec.structs import replace

from hopscope.analysis.context import MessageContext
from hopscope.analysis.diagnosis import diagnose
from hopscope.analysis.notes import notes
from hopscope.analysis.phrases import holder
from hopscope.model import Finding, Hop, Route
from hopscope.on_first_use import on_first_use

__all__ = ["Analysis", "analyze"]


class Analysis(MessageContext, frozen=True, kw_only=True, dict=True):
    """A labelled route and its analysis, each part computed on first use."""

    @on_first_use
    def findings(self) -> tuple[Finding, ...]:
        """Problems and observations, worst first."""
        return diagnose(self)

    @on_first_use
    def hops(self) -> tuple[Hop, ...]:
        """The hops as they are shown: with ``held_by``, and with limited confidence before a break (HOP401)."""
        has_break = any(finding.code == "HOP401" for finding in self.findings)
        first_reliable = self.breaks[-1].hop.number if has_break else 0
        holders = {delay.hop: holder(delay, is_claim=self.is_claim(delay)) for delay in self.attributed_delays}
        hops = (_limited(hop) if hop.number < first_reliable else hop for hop in self.route.hops)
        return tuple([replace(hop, held_by=text) if (text := holders.get(hop.number)) else hop for hop in hops])

    @on_first_use
    def notes(self) -> tuple[str, ...]:
        """Explanations of the path that are not problems, in sentences."""
        return *notes(self), *(note for passage in self.passages for note in passage.notes)


_MOST = 0.5
"""Maximum confidence before a break: as likely genuine, below a removed field, as inserted, changed or forged."""


def _limited(hop: Hop) -> Hop:
    """The hop with limited confidence in its label, and the reason among the evidence."""
    label = hop.label
    if label.confidence <= _MOST:
        return hop
    reason = "confidence limited to 50 %: HOP401 reports a break in the chain of servers after this hop"
    return replace(hop, label=replace(label, confidence=_MOST, inferred=True, evidence=(*label.evidence, reason)))


def analyze(route: Route) -> Analysis:
    """The analysis of a labelled route."""
    return Analysis(route=route)
