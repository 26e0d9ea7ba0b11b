"""How the hops of a passage compare with the documented mail flow of its scenario and its time.

The flows are in ``data/scenario_paths.tsv``, the connections between services in ``data/pipeline_edges.tsv`` and
``data/pipeline_crossings.tsv``.
"""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby, pairwise

import msgspec

from hopscope.analysis import path_pattern
from hopscope.analysis.path_pattern import Pair, Step
from hopscope.analysis.phrases import numbers
from hopscope.classifier import infer, pipeline, servers
from hopscope.classifier.dialects import exchange
from hopscope.data import table
from hopscope.model import ExchangeToken, Hop, Scenario, Service

__all__ = ["Comparison", "compare"]


class _Years(msgspec.Struct, frozen=True):
    """The time in which messages took a path; both ends belong to it."""

    first: int | None
    last: int | None

    def include(self, year: int | None) -> bool:
        """Whether a message of a year may have taken the path; always if the year is unknown."""
        return year is None or (self.first or year) <= year <= (self.last or year)


class _Documented(msgspec.Struct, frozen=True):
    """A documented mail flow."""

    path: str
    """As in the table."""
    shown: tuple[str, ...]
    """The steps in words."""
    years: _Years


@cache
def _documented(scenario: Scenario, entered: str, exited: str, first: Service) -> tuple[_Documented, ...]:
    """The documented mail flows of a scenario that can start with the service ``first``.

    They are the first matching row of the table, and the rows with years after it.
    """
    flows: list[_Documented] = []
    for row in table("scenario_paths"):
        if row["scenario"] != scenario or not (_in(entered, row["entered"]) and _in(exited, row["left"])):
            continue
        steps = path_pattern.parse(row["path"]).steps
        years = _Years(_year(row["first_year"]), _year(row["last_year"]))
        starts_with_it = first in steps[0].services or steps[0].optional or not steps[0].recorded
        if starts_with_it and (not flows or years.first or years.last):
            flows.append(_Documented(row["path"], tuple(map(_shown, steps)), years))
    return tuple(flows)


def _in(generation: str, generations: str) -> bool:
    return generations == "any" or generation in generations.split()


def _year(text: str) -> int | None:
    return int(text) if text else None


def _shown(step: Step) -> str:
    return f"{step.text} (optional)" if step.optional else step.text if step.recorded else f"[{step.text}]"


class Comparison(msgspec.Struct, frozen=True):
    """The hops of a passage compared with a documented mail flow."""

    path: tuple[str, ...] = ()
    """The documented mail flow in words; empty if none is documented."""
    deviations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What is documented although it may seem to deviate, in sentences."""
    relays: int = 0
    """Number of hops that are documented, but not in the path."""


def compare(scenario: Scenario, hops: Sequence[Hop]) -> Comparison:
    """The hops of a passage with this scenario, compared with the documented mail flow of their time.

    Of several flows, it is the one from which the hops differ least, the first one if equal.
    """
    first, last = hops[0].label, hops[-1].label
    year = next((hop.time.year for hop in hops if hop.time is not None), None)
    flows = _documented(scenario, first.generation, last.generation, first.service)
    comparisons = (_compared(flow, hops, year) for flow in flows if flow.years.include(year))
    return min(
        comparisons, key=lambda comparison: (len(comparison.deviations), comparison.relays), default=Comparison()
    )


def _compared(flow: _Documented, hops: Sequence[Hop], year: int | None) -> Comparison:
    """The deviations from a documented mail flow.

    The flow of a scenario contains each service once. A further hop does not deviate if the previous service is
    documented to send to this one, as Transport does to Transport on another server, or if the server sent a copy
    that it held, for which it adds a second Received field.
    """
    pairs = _aligned(flow.path, tuple([hop.label.service for hop in hops]))
    deviations = [
        f"Documented mail flow also passes {pair.step.text}, which has no Received field here."
        for pair in pairs
        if pair.step is not None and pair.hop is None
    ]
    relays: list[tuple[Hop, str]] = []
    undocumented: list[Hop] = []
    for number in [pair.hop for pair in pairs if pair.step is None and pair.hop is not None]:
        hop, previous = hops[number], hops[number - 1] if number else None
        if reason := _documented_relay(previous, hop, year):
            relays.append((hop, reason))
        elif not _is_copy(previous, hop):
            undocumented.append(hop)
    for service, group in groupby(undocumented, key=lambda hop: hop.label.service):
        deviations.append(_more(service, list(group), hops))
    return Comparison(flow.shown, tuple(deviations), tuple(_notes(hops, relays)), len(relays))


def _documented_relay(previous: Hop | None, hop: Hop, year: int | None) -> str | None:
    """The documented reason for which the previous service sends to that of ``hop``; ``None`` if there is none."""
    if previous is None or _on_one_server(previous, hop):
        return None
    edge = next((edge for edge in _edges(previous, hop) if _Years(edge.first_year, edge.last_year).include(year)), None)
    if edge is None:
        return None
    reason = _succession(previous, hop) or f"{edge.sender} sends to {edge.receiver}"
    return f"{reason} ({edge.condition})" if edge.condition else reason


def _edges(previous: Hop, hop: Hop) -> tuple[pipeline.Edge, ...]:
    sender, receiver = previous.label, hop.label
    return pipeline.edges_between(sender.generation, sender.service, receiver.generation, receiver.service)


def _on_one_server(previous: Hop, hop: Hop) -> bool:
    """Whether the same service on the same server received it twice."""
    is_same_server = servers.same(previous.written_server, hop.written_server)
    return is_same_server and previous.label.service is hop.label.service


def _is_copy(previous: Hop | None, hop: Hop) -> bool:
    """Whether the server sent a copy that it held; rules report it."""
    took_over = previous is not None and previous.mark is not None and previous.mark.token in exchange.TAKE_OVERS
    if took_over and previous is not None and _on_one_server(previous, hop):
        return True
    return hop.mark is not None and hop.mark.token in {*exchange.TAKE_OVERS, ExchangeToken.RESUBMISSION}


def _more(service: Service, extra: Sequence[Hop], hops: Sequence[Hop]) -> str:
    """The sentence about hops that the documented mail flow does not contain."""
    previous = next((hop for hop in hops if hop.number == extra[0].number - 1), None)
    reason = _succession(previous, extra[0]) if previous and not _on_one_server(previous, extra[0]) else None
    ended = next((edge.last_year for edge in _edges(previous, extra[0])), None) if previous else None
    why = f": {reason}{f' (until {ended})' if ended else ''}" if reason else ""
    if len(extra) > 1:
        return f"{numbers(extra)} ({service}) are not in the documented mail flow{why}."
    return f"Hop {extra[0].number} ({_service_on_host(extra[0])}) is not in the documented mail flow{why}."


def _service_on_host(hop: Hop) -> str:
    """``Transport on EX2``."""
    return f"{hop.label.service} on {hop.written_server}" if hop.written_server else str(hop.label.service)


def _succession(previous: Hop, hop: Hop) -> str | None:
    """Why the service of ``hop`` may follow the previous one."""
    reason = infer.succession(previous.label.generation, previous.label.service, hop.label.service)
    return reason.removeprefix("unusual: ") if reason else None


@lru_cache(maxsize=1024)
def _aligned(path: str, services: tuple[Service, ...]) -> tuple[Pair, ...]:
    """Documented mail flows name no hosts, so only the services of the hops are compared."""
    return path_pattern.parse(path).align([(service, "") for service in services])


def _notes(hops: Sequence[Hop], relays: Sequence[tuple[Hop, str]]) -> Iterator[str]:
    """One sentence about the hops on other servers that a reader might take for deviations."""
    reasons = sorted((*_chosen_servers(hops), *relays), key=lambda pair: pair[0].number)
    if not reasons:
        return
    explained = [hop for hop, _ in reasons]
    why = "; ".join(dict.fromkeys(reason for _, reason in reasons))
    if len(explained) > 1:
        yield f"{numbers(explained)} are documented mail flow: {why}."
    else:
        yield f"Hop {explained[0].number} ({_service_on_host(explained[0])}) is documented mail flow: {why}."


def _chosen_servers(hops: Sequence[Hop]) -> Iterator[tuple[Hop, str]]:
    """The hops for which the previous service may choose another server, and did."""
    for previous, hop in pairwise(hops):
        sender, receiver = previous.label, hop.label
        reason = _other_server(sender.generation, sender.service, receiver.generation, receiver.service)
        names = previous.written_server, hop.written_server
        if reason and all(names) and not servers.same(*names):
            yield hop, reason


@cache
def _other_server(generation: str, service: Service, next_generation: str, next_service: Service) -> str | None:
    """Why a service may choose another server for the next one; ``None`` if it may not."""
    edges = pipeline.edges_between(generation, service, next_generation, next_service)
    return next((edge.other_server for edge in edges if edge.other_server), None)
