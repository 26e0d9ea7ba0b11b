"""The most common path of a dump."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

import msgspec
from msgspec.structs import replace

from hopscope.classifier import pipeline
from hopscope.model import Hop, Label, Route, Stage

__all__ = ["Typical", "side", "typical"]


class Typical(msgspec.Struct, frozen=True, kw_only=True):
    """The most common path of a dump; of several equally common ones, the first."""

    route: Route
    """The first message with this path. If there are several, each delay is the median over all of them, and only
    products, releases and builds that all of them share are kept."""
    labels: tuple[Label, ...]
    """A label for each product and release of the messages with this path, in the order in which they first occur."""
    total_delay: timedelta | None
    """Median of the time from the first to the last dated hop."""
    messages: int
    """Number of messages in the dump."""
    matching_messages: int
    """Number of messages with this path, counting a run of other mail systems as one hop."""


class _PathMessages:
    """The messages that passed the same services in the same order."""

    def __init__(self, route: Route) -> None:
        self.first = route
        self.delays: list[list[float]] = [[] for _ in route.hops]
        self.labels = [hop.label for hop in route.hops]
        self.totals: list[float] = []
        self.versions: dict[tuple[str | None, str | None], Label] = {}
        self.count = 0

    def add(self, route: Route) -> None:
        """Add a message: its delays, its products and releases, and the facts that its labels share with the others."""
        self.count += 1
        if route.total_delay is not None:
            self.totals.append(route.total_delay.total_seconds())
        for delays, hop in zip(self.delays, route.hops, strict=True):
            if hop.delay is not None:
                delays.append(hop.delay.total_seconds())
            self.versions.setdefault((hop.label.product, hop.label.release), hop.label)
        self.labels = [_common(label, hop.label) for label, hop in zip(self.labels, route.hops, strict=True)]

    def route(self) -> Route:
        """The first message with the median of each delay, and the facts that all labels share."""
        if self.count == 1:
            return self.first
        hops = (
            replace(hop, delay=_median(delays), hops_covered=1, label=label)
            for hop, delays, label in zip(self.first.hops, self.delays, self.labels, strict=True)
        )
        return replace(self.first, hops=tuple(hops))


def typical(routes: Iterable[Route]) -> Typical | None:
    """The typical path of labelled messages; ``None`` if there are none.

    Messages have the same path if they pass the same services in the same order, regardless of the servers. Only the
    first message of each path is kept in memory, and numbers for the others.
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
    versions = {version: label for variant in paths[most].values() for version, label in variant.versions.items()}
    return Typical(
        route=path.route(),
        labels=tuple(versions.values()),
        total_delay=total,
        messages=sum(counts.values()),
        matching_messages=counts[most],
    )


def side(path: Typical, source: str) -> Typical:
    """A side of a comparison: the path of several messages has the name of their source, and no Message-ID."""
    if path.messages == 1:
        return path
    return replace(path, route=replace(path.route, source=source, message_id=None))


def _service(hop: Hop) -> str:
    """The key by which hops are compared: other mail systems all count as one service."""
    outside = pipeline.stage(hop.label.service) is Stage.OUTSIDE
    return str(Stage.OUTSIDE) if outside else str(hop.label.service)


def _without_runs(services: tuple[str, ...]) -> Iterator[str]:
    """The services, with each run of other mail systems as one."""
    for service, group in groupby(services):
        yield from (service,) if service == Stage.OUTSIDE else group


def _common(first: Label, second: Label) -> Label:
    """``first`` without the build facts in which ``second`` differs."""
    names = ("product", "release", "released", "build", "software")
    differing = dict.fromkeys(name for name in names if getattr(first, name) != getattr(second, name))
    return replace(first, **differing) if differing else first


def _median(seconds: list[float]) -> timedelta | None:
    from statistics import median

    return timedelta(seconds=median(seconds)) if seconds else None
