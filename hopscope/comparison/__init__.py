"""Two paths side by side, stage by stage: two messages, or a message and the path of an Exchange generation.

The module is over 300 lines because both comparisons share the alignment of hops by stage and the records it fills.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby

import msgspec

from hopscope.analysis.analyze import Analysis, analyze
from hopscope.classifier import pipeline
from hopscope.classifier.dialects.exchange import client_proxies
from hopscope.comparison import migration
from hopscope.comparison.typical import Typical
from hopscope.model import Hop, Label, Route, Service, Stage

__all__ = ["Comparison", "Row", "Side", "Step", "compare", "compare_with_model"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A service that handled the message on one side."""

    stage: Stage
    """The stage of the mail flow."""
    service: str
    """The name of the service, or of another mail system."""
    hop: Hop | None = None
    """``None`` on the side of a model."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two paths."""

    title: str
    """The source of the message, or ``documented mail flow``."""
    steps: tuple[Step, ...]
    """The services in path order."""
    total_delay: timedelta | None = None
    """First to last dated hop; ``None`` if unknown."""
    message_id: str | None = None
    """``None`` for several messages and for a generation."""
    products: tuple[str, ...] = ()
    """The products, in path order."""
    releases: tuple[str, ...] = ()
    """Exchange generations and releases in the order of the path, such as ``Exchange 2010 SP2 RU3``; of a dump, those
    of all messages that took it."""
    messages: int = 1
    """Number of messages behind the path; if more than one, delays are medians."""
    matching_messages: int = 1
    """How many of them took this path."""
    analysis: Analysis | None = None
    """Of one message: it shows who held it. A hop has the delay before it, which another server has caused."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of the same stage; a side without one has a reason."""

    stage: Stage
    """The stage of the mail flow."""
    left: Step | None = None
    """``None`` if the left side has no service here."""
    right: Step | None = None
    """``None`` if the right side has no service here."""
    left_reason: str | None = None
    """Why the left side has no Received field of this stage; ``None`` if it has one."""
    right_reason: str | None = None
    """The same of the right side."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two paths, aligned."""

    left: Side
    """The first path."""
    right: Side
    """The second path, or the documented mail flow."""
    rows: tuple[Row, ...]
    """The services of both, aligned, in path order."""
    changes: tuple[str, ...] = ()
    """What the generation of the right side adds to this path and what it removes, one sentence each."""
    same: bool
    """Both pass the same services in the same order; runs of other mail systems count as one.

    Against a model, Edge Transport is optional, and so is a service that does not always add a Received field.
    """


_EXCHANGE_STAGES = (Stage.SUBMISSION, Stage.FRONT_END, Stage.TRANSPORT, Stage.DELIVERY)
_NOT_SUBMITTED = {
    "mailbox": "no Received field of a submission",
    "client": "submitted by an authenticated SMTP client",
    "internet": "not submitted from a mailbox",
}
"""Why there is no submission, by the origin of the message."""
_NO_OTHER = "no hop of another mail system"


def compare(left: Route | Typical, right: Route | Typical) -> Comparison:
    """Two labelled messages side by side, or the typical paths of two dumps."""
    sides = _side(left), _side(right)
    same = _path(sides[0].steps) == _path(sides[1].steps)
    rows = _rows(sides, (_absences(_route(left)), _absences(_route(right))))
    changes = _changes(rows, _generations(sides[0]), _generations(sides[1]))
    return Comparison(left=sides[0], right=sides[1], rows=rows, changes=changes, same=same)


def compare_with_model(message: Route | Typical, generation: str) -> Comparison:
    """A labelled message against the documented path of ``generation`` (``2010``, ``2013`` ...).

    The model has the same end points as the message: a mailbox, an authenticated client, or the outside of the
    organisation. It lists each service once, so consecutive servers of one service still count as the same path.

    Raises:
        OptionError: The generation is unknown.
    """
    route = _route(message)
    entry, exit_ = _ends(route)
    model = pipeline.model_path(generation, entry=entry, exit=exit_)
    side = _side(message)
    left = msgspec.structs.replace(side, steps=tuple(step for step in side.steps if step.stage is not Stage.OUTSIDE))
    right = Side(
        title="documented mail flow",
        steps=tuple(Step(stage=step.stage, service=step.name) for step in model if step.adds_received_field),
        products=(f"Exchange {generation}",),
        releases=(f"Exchange {generation}",),
    )
    no_header = {step.stage: step.reason for step in model if not step.adds_received_field and step.reason}
    absences = _reasons(entry, exit_, generation, generation) | no_header
    rows = _rows((left, right), (_absences(route), absences))
    changes = _changes(rows, _generations(side), (generation, generation))
    return Comparison(left=side, right=right, rows=rows, changes=changes, same=_follows(left.steps, model))


def _route(message: Route | Typical) -> Route:
    return message if isinstance(message, Route) else message.route


def _side(message: Route | Typical) -> Side:
    if isinstance(message, Typical):
        side = _side(message.route)
        return msgspec.structs.replace(
            side,
            total_delay=message.total_delay,
            messages=message.messages,
            matching_messages=message.matching_messages,
            products=_products(message.labels),
            releases=_releases(message.labels),
            analysis=side.analysis if message.messages == 1 else None,
        )
    route = message
    labels = [hop.label for hop in route.hops]
    return Side(
        title=route.source,
        steps=tuple(
            Step(stage=pipeline.stage(hop.label.service), service=str(hop.label.service), hop=hop) for hop in route.hops
        ),
        total_delay=route.total_delay,
        message_id=route.message_id,
        products=_products(labels),
        releases=_releases(labels),
        analysis=analyze(route),
    )


def _products(labels: Iterable[Label]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label.product for label in labels if label.product))


def _releases(labels: Iterable[Label]) -> tuple[str, ...]:
    """The Exchange releases of hops; a product without its release only if no hop has one."""
    labels = [label for label in labels if label.product and label.generation]
    known = {label.product for label in labels if label.release}
    names = (
        f"{label.product} {label.release or ''}".replace("Exchange Server", "Exchange").strip()
        for label in labels
        if label.release or label.product not in known
    )
    return tuple(dict.fromkeys(names))


def _generations(side: Side) -> tuple[str, str]:
    """The generations at both ends of a side's path through Exchange; empty if unknown."""
    generations = [step.hop.label.generation for step in side.steps if step.hop]
    generations = [generation for generation in generations if generation] or [""]
    return generations[0], generations[-1]


def _changes(rows: tuple[Row, ...], before: tuple[str, str], after: tuple[str, str]) -> tuple[str, ...]:
    """What changes at each stage; ``before`` and ``after`` hold the generations at both ends of each path."""
    end = {Stage.DELIVERY: 1}
    return tuple(
        text
        for stage in _EXCHANGE_STAGES
        for text in migration.changes(
            before[end.get(stage, 0)],
            after[end.get(stage, 0)],
            stage,
            had=any(row.left for row in rows if row.stage is stage),
            has=any(row.right for row in rows if row.stage is stage),
        )
    )


def _path(steps: tuple[Step, ...]) -> list[str]:
    """The services in order, with each run of other mail systems as one."""
    path: list[str] = []
    for stage, group in groupby(steps, key=lambda step: step.stage):
        path += ["outside"] if stage is Stage.OUTSIDE else [step.service for step in group]
    return path


def _follows(steps: tuple[Step, ...], model: tuple[pipeline.Step, ...]) -> bool:
    """Whether the steps are those of the model.

    A service that does not always add a Received field may be absent, and Edge Transport, which no model has, may be
    present.
    """
    services = [service for service, _ in groupby(step.service for step in steps if not _is_edge(step))]
    possible = [step.name for step in model if step.adds_received_field]
    certain = [step.name for step in model if step.adds_received_field and step.reason is None]
    return services in (possible, certain)


def _rows(sides: tuple[Side, Side], absences: tuple[dict[Stage, str], dict[Stage, str]]) -> tuple[Row, ...]:
    """The steps aligned by stage, and a row for each Exchange stage that neither side has."""
    from difflib import SequenceMatcher

    left, right = (side.steps for side in sides)
    rows: list[Row] = []
    matcher = SequenceMatcher(None, [*map(_kind, left)], [*map(_kind, right)], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            rows += [Row(stage=a.stage, left=a, right=b) for a, b in zip(left[i1:i2], right[j1:j2], strict=True)]
        else:
            rows += [Row(stage=a.stage, left=a, right_reason=_reason(absences[1], right, a)) for a in left[i1:i2]]
            rows += [Row(stage=b.stage, right=b, left_reason=_reason(absences[0], left, b)) for b in right[j1:j2]]
    for stage in _EXCHANGE_STAGES:
        if not any(row.stage is stage for row in rows):
            row = Row(stage=stage, left_reason=absences[0][stage], right_reason=absences[1][stage])
            rows.insert(_place(rows, stage), row)
    return tuple(rows)


def _is_edge(step: Step) -> bool:
    return step.service == Service.EDGE_TRANSPORT


def _kind(step: Step) -> tuple[Stage, bool]:
    """The alignment key of a step: the stage, with Edge Transport separate from internal servers."""
    return step.stage, _is_edge(step)


def _reason(absences: dict[Stage, str], steps: tuple[Step, ...], step: Step) -> str:
    """Why a side lacks this step: the reason for the stage, or fewer hops of that stage."""
    if _is_edge(step):
        return "no Edge Transport on this side"
    stages = {step.stage for step in steps if not _is_edge(step)}
    if step.stage not in stages:
        return absences[step.stage]
    if steps[0].hop is None:  # a model lists each service once
        return f"one or more {step.stage} hops"
    return "fewer hops of other systems" if step.stage is Stage.OUTSIDE else f"fewer {step.stage} hops on this side"


def _place(rows: list[Row], stage: Stage) -> int:
    """The position of the row for a stage that neither side has: before the first later stage."""
    later = _EXCHANGE_STAGES[_EXCHANGE_STAGES.index(stage) + 1 :]
    position = next((index for index, row in enumerate(rows) if row.stage in later), None)
    if position is not None:
        return position
    return max((index + 1 for index, row in enumerate(rows) if row.stage is not Stage.OUTSIDE), default=len(rows))


def _inside(route: Route) -> list[Hop]:
    """The hops of Exchange services."""
    return [hop for hop in route.hops if pipeline.stage(hop.label.service) is not Stage.OUTSIDE]


def _ends(route: Route) -> tuple[str, str]:
    """Where the message enters Exchange (``mailbox``, ``client`` or ``internet``) and where it leaves."""
    exchange_hops = _inside(route)
    if not exchange_hops:
        return "internet", "mailbox"
    exit_ = "internet" if exchange_hops[-1].number < len(route.hops) else "mailbox"
    if pipeline.stage(exchange_hops[0].label.service) is Stage.SUBMISSION:
        return "mailbox", exit_
    return "client" if _proxy(route, exchange_hops[0]) else "internet", exit_


def _proxy(route: Route, hop: Hop) -> str | None:
    """The server whose Front End Transport proxied a client session to this hop without adding a Received field."""
    proxies = {proxy.transport.lower(): proxy.front_end for proxy in client_proxies(route)}
    return proxies.get(hop.server)


def _absences(route: Route) -> dict[Stage, str]:
    """For each stage, why a route may have no Received field of it."""
    exchange_hops = _inside(route)
    if not exchange_hops:
        reasons = dict.fromkeys(_EXCHANGE_STAGES, "no Received field of an Exchange service")
        return reasons | {Stage.OUTSIDE: _NO_OTHER}
    entry, exit_ = _ends(route)
    first, last = (hop.label.generation for hop in (exchange_hops[0], exchange_hops[-1]))
    delivers = exchange_hops[-1].label.service is not Service.EDGE_TRANSPORT
    reasons = _reasons(entry, exit_, first, last if delivers else None)
    if route.is_undelivered:
        reasons[Stage.DELIVERY] = "not delivered, according to the report"
    if server := _proxy(route, exchange_hops[0]):
        reasons[Stage.FRONT_END] = (
            f"Front End Transport on {server} accepted the client session and adds no Received field for it"
        )
    return reasons


def _reasons(entry: str, exit_: str, first: str | None, last: str | None) -> dict[Stage, str]:
    """For each stage, why a message may have no Received field of it.

    Args:
        entry: Where it enters Exchange.
        exit_: Where it leaves Exchange.
        first: The generation that it enters.
        last: The generation that would deliver it; ``None`` if none would.
    """
    reasons = {
        Stage.SUBMISSION: _NOT_SUBMITTED[entry],
        Stage.FRONT_END: "no Received field of Front End Transport",
        Stage.TRANSPORT: "no Received field of Transport",
        Stage.DELIVERY: "no Received field of a delivery" if exit_ == "mailbox" else "sent to another mail system",
        Stage.OUTSIDE: _NO_OTHER,
    }
    if entry == "mailbox":
        reasons[Stage.FRONT_END] = "submitted from a mailbox, not through Front End Transport"
        reasons[Stage.TRANSPORT] = _no_header_after_submission(first) or reasons[Stage.TRANSPORT]
    if first and (reason := pipeline.absence_reason(first, Stage.FRONT_END)):
        reasons[Stage.FRONT_END] = reason
    if last and exit_ == "mailbox" and (reason := pipeline.absence_reason(last, Stage.DELIVERY)):
        reasons[Stage.DELIVERY] = reason
    return reasons


def _no_header_after_submission(generation: str | None) -> str | None:
    """Why the service after the store driver does not always add a Received field; ``None`` if it does."""
    edges = pipeline.edges(generation) if generation else ()
    return next((edge.no_header_reason for edge in edges if edge.sender == Service.MAPI_SUBMISSION), None)
