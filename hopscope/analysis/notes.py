"""Notes: sentences that explain a path without reporting a problem.

Each is a function; NOTES lists them.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from hopscope.analysis.indexed_route import RESTARTS, IndexedRoute
from hopscope.analysis.rules.finding import numbers
from hopscope.classifier import builds
from hopscope.classifier.evidence import VIA_SERVICES
from hopscope.model import Hop

__all__ = ["NOTES", "notes"]


def notes(index: IndexedRoute) -> tuple[str, ...]:
    """Sentences that explain a labelled route; empty if there is nothing to explain."""
    return tuple(sentence for note in NOTES for sentence in note(index))


def inferred_label(index: IndexedRoute) -> Iterator[str]:
    """The service of a hop was inferred from the path."""
    inferred = [hop for hop in index.route.hops if hop.label.inferred]
    for build, group in groupby(inferred, key=_build_without_via):
        hops = list(group)
        if build is None:
            services = "service is" if len(hops) == 1 else "services are"
            why = f"the {services} inferred, not recorded in the Received field{'s' * (len(hops) > 1)}."
        else:
            records = "records no `via`" if builds.prints_via(build) is False else "may not record `via`"
            services = "its service is" if len(hops) == 1 else "their services are"
            why = f"build {build} {records}, so {services} inferred from the path."
        yield f"{numbers(hops)}: {why}{_other_possibilities(hops)}"


def restarted(index: IndexedRoute) -> Iterator[str]:
    """Fields of a delivery or resending lie between two hops, so a new path starts there."""
    for number, fields in groupby(index.between(RESTARTS), key=lambda pair: pair[0]):
        names = " and ".join(dict.fromkeys(field.name for _, field in fields))
        position = f"Between hops {number} and {number + 1}"
        verb = "show" if " and " in names else "shows"
        yield f"{position}: {names} {verb} a delivery or resending; a new path starts there."


def internal_copy(index: IndexedRoute) -> Iterator[str]:
    """Google records its internal hops in X-Received, which is not a trace field and not counted as a hop."""
    for number, field in index.between(frozenset({"x-received"})):
        stamp = index.copy(field)
        by, date = stamp.by_domain, stamp.date_time
        server = by.domain if by and by.domain else "an unnamed server"
        when = date.text if date and date.text else "an unknown time"
        position = f"Between hops {number} and {number + 1}"
        yield f"{position}: X-Received records {server} at {when}; it is not counted as a hop."


def separator_lines(index: IndexedRoute) -> Iterator[str]:
    """Lines of the message that look like separators of an mbox file."""
    for defect in index.route.defects:
        if defect.code == "mbox-from-line":
            yield f"{defect.message}."


NOTES: tuple[Callable[[IndexedRoute], Iterator[str]], ...] = (inferred_label, restarted, internal_copy, separator_lines)
"""Every note, in the order in which they are shown."""

_WORTH_DOUBTING = 0.95
"""Alternatives are named if the confidence is lower than this."""
_WORTH_A_NAME = 0.05
"""Alternatives less probable than this are not named."""


def _build_without_via(hop: Hop) -> str | None:
    """The build of a hop whose service later builds record in ``via`` and this one does not."""
    label = hop.label
    usually_marked = label.service in VIA_SERVICES and not builds.prints_via(label.build, label.product)
    return label.build if usually_marked else None


def _other_possibilities(hops: list[Hop]) -> str:
    """The alternative services of hops, if they are probable enough, as sentences."""
    doubtful = [hop for hop in hops if hop.label.confidence < _WORTH_DOUBTING and _others(hop)]
    return "".join(
        f" {numbers(list(group))} may also be {' or '.join(services)}."
        for services, group in groupby(doubtful, key=_others)
    )


def _others(hop: Hop) -> tuple[str, ...]:
    return tuple(
        alternative.service for alternative in hop.label.alternatives if alternative.probability >= _WORTH_A_NAME
    )
