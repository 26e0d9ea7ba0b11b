"""The way that most messages of a dump take."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

import msgspec
from msgspec.structs import replace

from hopscope.classifier import pipeline
from hopscope.model import Hop, Label, Route, Stage

__all__ = ["Typical", "typical"]


class Typical(msgspec.Struct, frozen=True, kw_only=True):
    """The way that more messages of a dump take than any other way; of two such, the one that comes first."""

    route: Route
    """The first message that took it. Where there are several, each delay is the median over all of these, and of the
    products, releases and builds those are kept which all have."""
    total_delay: timedelta | None
    """Median of the time from the first to the last dated hop."""
    messages: int
    """How many messages the dump has."""
    matching_messages: int
    """How many of them took this way, runs of other mail systems counted as one hop."""


class _PathMessages:
    """The messages that passed the same services in the same order."""

    def __init__(self, route: Route) -> None:
        self.first = route
        self.delays: list[list[float]] = [[] for _ in route.hops]
        self.labels = [hop.label for hop in route.hops]
        self.totals: list[float] = []
        self.count = 0

    def add(self, route: Route) -> None:
        """Count a message, and keep its delays and what its labels have in common with the others."""
        self.count += 1
        if route.total_delay is not None:
            self.totals.append(route.total_delay.total_seconds())
        for delays, hop in zip(self.delays, route.hops, strict=True):
            if hop.delay is not None:
                delays.append(hop.delay.total_seconds())
        self.labels = [_common(label, hop.label) for label, hop in zip(self.labels, route.hops, strict=True)]

    def route(self) -> Route:
        """The first message with the median of each delay, and with what all labels have in common."""
        if self.count == 1:
            return self.first
        hops = (
            replace(hop, delay=_median(delays), hops_covered=1, label=label)
            for hop, delays, label in zip(self.first.hops, self.delays, self.labels, strict=True)
        )
        return replace(self.first, hops=tuple(hops))


def typical(routes: Iterable[Route]) -> Typical | None:
    """The typical way of labelled messages; ``None`` where there are none.

    Messages take the same way where they pass the same services in the same order, on whatever servers. Besides the
    first message of each way only numbers are kept in memory.
    """
    paths: dict[tuple[str, ...], dict[tuple[str, ...], _PathMessages]] = {}
    for route in routes:
        services = tuple(_service(hop) for hop in route.hops)
        without_runs = tuple(_without_runs(services))
        paths.setdefault(without_runs, {}).setdefault(services, _PathMessages(route)).add(route)
    if not paths:
        return None
    counts = {key: sum(path.count for path in variants.values()) for key, variants in paths.items()}
    most = max(counts, key=counts.__getitem__)
    path = max(paths[most].values(), key=lambda variants: variants.count)
    total = _median(path.totals)
    return Typical(route=path.route(), total_delay=total, messages=sum(counts.values()), matching_messages=counts[most])


def _service(hop: Hop) -> str:
    """What hops are alike by."""
    outside = pipeline.stage(hop.label.service) is Stage.OUTSIDE
    return str(Stage.OUTSIDE) if outside else str(hop.label.service)


def _without_runs(services: tuple[str, ...]) -> Iterator[str]:
    """The services, with each run of other mail systems as one."""
    for service, group in groupby(services):
        yield from (service,) if service == Stage.OUTSIDE else group


def _common(first: Label, second: Label) -> Label:
    """``one`` without the facts of its build in which ``other`` differs."""
    names = ("product", "release", "released", "build", "software")
    differing = dict.fromkeys(name for name in names if getattr(first, name) != getattr(second, name))
    return replace(first, **differing) if differing else first


def _median(seconds: list[float]) -> timedelta | None:
    from statistics import median

    return timedelta(seconds=median(seconds)) if seconds else None
