"""Two paths side by side, stage by stage: two messages, or a message and the path of an Exchange generation."""

from datetime import timedelta
from difflib import SequenceMatcher
from itertools import groupby

import msgspec

from hopscope.classifier import builds, pipeline
from hopscope.classifier.dialects.exchange import client_proxies
from hopscope.model import Hop, Route, Stage

__all__ = ["Comparison", "Row", "Side", "Step", "compare", "compare_with_model"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A service that handled the message on one side."""

    stage: Stage
    service: str
    hop: Hop | None = None
    """``None`` on the side of a model, which is no message."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two paths."""

    title: str
    steps: tuple[Step, ...]
    total_delay: timedelta | None = None
    message_id: str | None = None
    products: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of the same stage; a side that has none says why."""

    stage: Stage
    left: Step | None = None
    right: Step | None = None
    left_reason: str | None = None
    """Why the left side has no stamp of this stage, where ``left`` is ``None``."""
    right_reason: str | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two paths, aligned."""

    left: Side
    right: Side
    rows: tuple[Row, ...]
    same: bool
    """Both pass the same services in the same order; runs of other mail systems count as one."""


_EXCHANGE_STAGES = (Stage.SUBMISSION, Stage.FRONT_END, Stage.TRANSPORT, Stage.DELIVERY)


def compare(left: Route, right: Route) -> Comparison:
    """Two labelled messages side by side."""
    sides = _side(left), _side(right)
    same = _path(sides[0].steps) == _path(sides[1].steps)
    return Comparison(left=sides[0], right=sides[1], rows=_rows(sides, (_absences(left), _absences(right))), same=same)


def compare_with_model(route: Route, generation: str) -> Comparison:
    """A labelled message beside the path that ``generation`` (``2010``, ``2013`` ...) would show for it.

    The model starts and ends where the message does: in a mailbox, or outside the organisation.
    """
    entry, exit_ = _ends(route)
    model = pipeline.model_path(generation, entry=entry, exit=exit_)
    left = _side(route)
    right = Side(
        title=f"Exchange {generation} as documented",
        steps=tuple(Step(stage=step.stage, service=step.name) for step in model if step.stamped),
        products=(f"Exchange {generation}",),
    )
    own = tuple(step for step in left.steps if step.stage is not Stage.OUTSIDE)
    absences = _model_absences(generation, model, entry=entry, exit_=exit_)
    exchange_only = msgspec.structs.replace(left, steps=own)
    return Comparison(
        left=left,
        right=right,
        rows=_rows((exchange_only, right), (_absences(route), absences)),
        same=_path(own) == _path(right.steps),
    )


def _side(route: Route) -> Side:
    return Side(
        title=route.source,
        steps=tuple(
            Step(stage=pipeline.stage(hop.label.service), service=str(hop.label.service), hop=hop) for hop in route.hops
        ),
        total_delay=route.total_delay,
        message_id=route.message_id,
        products=tuple(dict.fromkeys(hop.label.product for hop in route.hops if hop.label.product)),
    )


def _path(steps: tuple[Step, ...]) -> list[str]:
    """The services in order, with each run of other mail systems as one."""
    path: list[str] = []
    for stage, group in groupby(steps, key=lambda step: step.stage):
        path += ["outside"] if stage is Stage.OUTSIDE else [step.service for step in group]
    return path


def _rows(sides: tuple[Side, Side], absences: tuple[dict[Stage, str], dict[Stage, str]]) -> tuple[Row, ...]:
    """The steps aligned by stage, and a row for each stage of Exchange that neither side has."""
    left, right = (side.steps for side in sides)
    rows: list[Row] = []
    matcher = SequenceMatcher(None, [s.stage for s in left], [s.stage for s in right], autojunk=False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        if i2 - i1 == j2 - j1 and all(a.stage is b.stage for a, b in zip(left[i1:i2], right[j1:j2], strict=True)):
            rows += [Row(stage=a.stage, left=a, right=b) for a, b in zip(left[i1:i2], right[j1:j2], strict=True)]
        else:
            rows += [Row(stage=a.stage, left=a, right_reason=_reason(absences[1], right, a)) for a in left[i1:i2]]
            rows += [Row(stage=b.stage, right=b, left_reason=_reason(absences[0], left, b)) for b in right[j1:j2]]
    for stage in _EXCHANGE_STAGES:
        if not any(row.stage is stage for row in rows):
            row = Row(stage=stage, left_reason=absences[0].get(stage), right_reason=absences[1].get(stage))
            rows.insert(_place(rows, stage), row)
    return tuple(rows)


def _reason(absences: dict[Stage, str], others: tuple[Step, ...], step: Step) -> str | None:
    """Why a side has no such step: the reason for the whole stage, or that it has fewer hops in it."""
    count = sum(1 for other in others if other.stage is step.stage)
    if count:
        return "no other hop here" if step.stage is Stage.OUTSIDE else f"fewer {step.stage} hops on this side"
    return absences.get(step.stage)


def _place(rows: list[Row], stage: Stage) -> int:
    """Where the row of a stage belongs that neither side has: before the first later stage."""
    order = {each: place for place, each in enumerate(_EXCHANGE_STAGES)}
    for index, row in enumerate(rows):
        if order.get(row.stage, -1) > order[stage]:
            return index
    return max((i + 1 for i, row in enumerate(rows) if row.stage is not Stage.OUTSIDE), default=len(rows))


def _ends(route: Route) -> tuple[str, str]:
    """Where the message enters and leaves Exchange: ``mailbox`` or ``internet``."""
    inside = [hop for hop in route.hops if pipeline.stage(hop.label.service) is not Stage.OUTSIDE]
    if not inside:
        return "internet", "mailbox"
    submitted = pipeline.stage(inside[0].label.service) is Stage.SUBMISSION
    leaves = inside[-1].number < len(route.hops)
    return "mailbox" if submitted else "internet", "internet" if leaves else "mailbox"


def _absences(route: Route) -> dict[Stage, str]:
    """For each stage, why a route may have no stamp of it."""
    inside = [hop for hop in route.hops if pipeline.stage(hop.label.service) is not Stage.OUTSIDE]
    if not inside:
        return dict.fromkeys(_EXCHANGE_STAGES, "no Exchange server stamped this message") | {
            Stage.OUTSIDE: "no other mail system stamped this message"
        }
    entry, exit_ = _ends(route)
    generations = [builds.generation(hop.label.product or "") for hop in inside]
    reasons = _general_absences(entry, exit_) | {Stage.OUTSIDE: "no other mail system stamped this message"}
    if proxy := next(iter(client_proxies(route)), None):
        reasons[Stage.FRONT_END] = f"Front End Transport on {proxy.front_end} proxied a client and stamps nothing then"
    for stage, generation in ((Stage.FRONT_END, generations[0]), (Stage.DELIVERY, generations[-1])):
        if generation and exit_ == "mailbox" and (reason := pipeline.absence_reason(generation, stage)):
            reasons[stage] = reason
    return reasons


def _general_absences(entry: str, exit_: str) -> dict[Stage, str]:
    from_mailbox, to_mailbox = entry == "mailbox", exit_ == "mailbox"
    return {
        Stage.SUBMISSION: "no mapi stamp" if from_mailbox else "it came from outside, not from a mailbox",
        Stage.FRONT_END: "a message from a mailbox does not enter through Front End Transport"
        if from_mailbox
        else "no stamp of Front End Transport",
        Stage.TRANSPORT: "no stamp of Transport",
        Stage.DELIVERY: "no stamp of a delivery" if to_mailbox else "it left for another mail system",
    }


def _model_absences(generation: str, model: tuple[pipeline.Step, ...], *, entry: str, exit_: str) -> dict[Stage, str]:
    reasons = _general_absences(entry, exit_)
    unstamped = {step.stage: step.reason for step in model if not step.stamped and step.reason}
    documented = {s: r for s in _EXCHANGE_STAGES if (r := pipeline.absence_reason(generation, s))}
    return reasons | documented | unstamped
