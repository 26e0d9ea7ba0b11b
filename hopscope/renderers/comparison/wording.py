"""Text for the facts of a comparison, shared by its text formats."""

from hopscope.comparison import Comparison, Side, Step
from hopscope.model import Stage
from hopscope.renderers.message import wording
from hopscope.renderers.message.wording import UNKNOWN, delay, product, service

__all__ = ["absent", "headings", "releases", "step", "title", "total", "verdict", "version"]


def step(value: Step) -> str:
    """A step of a comparison: ``2 Hub Transport, 4 s``; on the side of a model, just the service."""
    hop = value.hop
    if hop is None:
        return value.service
    return ", ".join((f"{hop.number} {service(hop.label)}", *((delay(hop),) if hop.delay is not None else ())))


def version(side: Side, value: Step) -> str:
    """What the head of the column leaves open: the build, of another system its software; empty where unknown.

    A side with more than one release, as during a migration, has the release of each hop too.
    """
    if value.hop is None:
        return ""
    label = value.hop.label
    if label.generation and len(side.releases) == 1:
        return f"build {label.build}" if label.build else ""
    text = product(label).replace("Exchange Server", "Exchange")
    return "" if text == UNKNOWN else text


def absent(reason: str | None) -> str:
    """A side without the step: a dash and the reason."""
    return f"{UNKNOWN} ({reason})" if reason else UNKNOWN


def headings(comparison: Comparison) -> list[tuple[str, str]]:
    """The heads of the two columns: generation and release, and in a second row the files."""
    left, right = comparison.left, comparison.right
    return [(", ".join(releases(left)), ", ".join(releases(right))), (title(left), title(right))]


def releases(side: Side) -> tuple[str, ...]:
    """The Exchange releases of a side, or that it has none; for a dump, a generation with several is named alone."""
    if side.releases and side.messages > 1:
        generations = [product.replace("Exchange Server", "Exchange") for product in side.products]
        named = {name: [release for release in side.releases if release.startswith(name)] for name in generations}
        return tuple(its[0] if len(its) == 1 else name for name, its in named.items() if its)
    if side.releases:
        return side.releases
    exchange = any(step.stage is not Stage.OUTSIDE for step in side.steps)
    return ("Exchange, release unknown" if exchange else "no Exchange",)


def title(side: Side) -> str:
    """The source of a side; for a dump, also the number of messages with the path."""
    if side.messages == 1:
        return side.title
    return f"{side.title}: {side.matching_messages} of {side.messages} messages, median delays"


def total(side: Side) -> str:
    """The total delay, and who held one message: ``5 min 8 s: 5 min 6 s held by EX19-02.corp.example Transport``."""
    held = wording.longest_delays(side.analysis) if side.analysis else ""
    return ": ".join(filter(None, (wording.total(side.total_delay), held)))


def verdict(comparison: Comparison) -> str:
    """One sentence on whether the two paths are the same."""
    if comparison.same:
        tolerated = [_ONE_SIDED[side].format(service) for side, service in _one_sided(comparison)]
        but = f", except {' and '.join(tolerated)}" if tolerated else ""
        return f"Same path: both pass the same services in the same order{but}."
    stages = dict.fromkeys(str(row.stage) for row in comparison.rows if _service(row.left) != _service(row.right))
    where = f"They differ at: {', '.join(stages)}." if stages else "The order of the services differs."
    return f"Different paths. {where}"


_ONE_SIDED = {
    "left": "{}, which is optional in documented mail flow",
    "right": "{}, which does not always add a Received field",
}
"""Why the path is the same although only the message or the model has a service."""


def _one_sided(comparison: Comparison) -> list[tuple[str, str]]:
    """The Exchange services that only one side has, each once, with that side."""
    exchange_rows = [row for row in comparison.rows if row.stage is not Stage.OUTSIDE]
    sides = {
        "left": [_service(row.left) for row in exchange_rows],
        "right": [_service(row.right) for row in exchange_rows],
    }
    opposite = {"left": sides["right"], "right": sides["left"]}
    return [
        (side, service)
        for side, services in sides.items()
        for service in dict.fromkeys(services)
        if service and service not in opposite[side]
    ]


def _service(value: Step | None) -> str | None:
    return value.service if value else None
