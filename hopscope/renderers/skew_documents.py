"""The records that JSON says of the clocks of servers over a dump; keys as in documents.py."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hopscope.analysis.skew import LIMITS, METHOD, Corrected, Offset, Skew, Unknown
from hopscope.analysis.skew import corrected as without_clocks
from hopscope.analysis.summary import LegKey, Summary
from hopscope.renderers.printable import json as text
from hopscope.renderers.values import maybe_text

__all__ = ["ClocksDocument", "clocks_document"]


class OffsetDocument(msgspec.Struct, frozen=True, kw_only=True):
    """How far the clock of a server is ahead."""

    server: str
    reference: Annotated[str, Meta(description="The server that the offset is relative to; may be wrong itself.")]
    offset_seconds: Annotated[float, Meta(description="The estimate; positive: ahead, negative: behind.")]
    uncertainty_seconds: Annotated[float, Meta(description="The true offset is within so much of the estimate.", ge=0)]
    wander_seconds: Annotated[
        float, Meta(description="By how much clocks seem to have changed over the dump; part of the uncertainty.", ge=0)
    ]
    delays: Annotated[int, Meta(description="How many delays it rests on.", ge=1)]
    fewest_delays: Annotated[int, Meta(description="How many there are in the direction with fewer.", ge=1)]


class UndeterminedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A server whose clock cannot be compared."""

    server: str
    reason: Annotated[str, Meta(description="As the end of a sentence that starts with its name.")]
    clock_changed: Annotated[bool, Meta(description="Its delays contradict those of the servers in against.")]
    against: Annotated[tuple[str, ...], Meta(description="The server that the bound is relative to, or those others.")]
    at_least_seconds: Annotated[float | None, Meta(description="Lowest offset against that server; null: unbounded.")]
    at_most_seconds: Annotated[float | None, Meta(description="Highest offset against that server; null: unbounded.")]
    delays: Annotated[int, Meta(description="How many known delays it has a part in.", ge=0)]


class EndDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An end of a leg."""

    service: str | None
    server: str | None


class CorrectedLegDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The delays of a leg without the difference of its clocks; the raw ones stand beside them."""

    from_: EndDocument = msgspec.field(name="from")
    to: EndDocument
    delays: int
    raw_p50_seconds: float | None
    raw_p90_seconds: float | None
    raw_max_seconds: float | None
    shift_seconds: Annotated[float, Meta(description="What is added to each raw delay.")]
    uncertainty_seconds: Annotated[float, Meta(description="Of that; stamps have whole seconds besides.", ge=0)]
    corrected_p50_seconds: float | None
    corrected_p90_seconds: float | None
    corrected_max_seconds: float | None


class ClocksDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of the servers of a dump."""

    method: str
    limits: str
    offsets: tuple[OffsetDocument, ...]
    undetermined: tuple[UndeterminedDocument, ...]
    many_machines: Annotated[tuple[str, ...], Meta(description="Names that stand for many machines: no clock.")]
    legs: Annotated[tuple[CorrectedLegDocument, ...], Meta(description="Legs between two clocks that are known.")]


def clocks_document(summary: Summary, found: Skew) -> ClocksDocument:
    """The record of all clocks, in the order of names."""
    moved = without_clocks(summary, found)
    return ClocksDocument(
        method=METHOD,
        limits=LIMITS,
        offsets=tuple(map(_offset, found.offsets)),
        undetermined=tuple(map(_undetermined, found.unknown)),
        many_machines=tuple(map(text, found.nameless)),
        legs=tuple(
            _leg(key, moved[key], summary) for key in sorted(moved, key=lambda key: [part or "" for part in key])
        ),
    )


def _offset(found: Offset) -> OffsetDocument:
    return OffsetDocument(
        server=text(found.host),
        reference=text(found.reference),
        offset_seconds=found.seconds,
        uncertainty_seconds=found.uncertainty,
        wander_seconds=found.wander,
        delays=found.messages,
        fewest_delays=found.fewest,
    )


def _undetermined(found: Unknown) -> UndeterminedDocument:
    return UndeterminedDocument(
        server=text(found.host),
        reason=text(found.reason),
        clock_changed=found.changed,
        against=tuple(map(text, found.against)),
        at_least_seconds=found.at_least,
        at_most_seconds=found.at_most,
        delays=found.messages,
    )


def _leg(key: LegKey, found: Corrected, summary: Summary) -> CorrectedLegDocument:
    delay = summary.legs[key].delay
    return CorrectedLegDocument(
        from_=EndDocument(service=maybe_text(key.from_service), server=maybe_text(key.from_host)),
        to=EndDocument(service=text(key.to_service), server=maybe_text(key.to_host)),
        delays=delay.count,
        raw_p50_seconds=_rounded(delay.quantile(0.5)),
        raw_p90_seconds=_rounded(delay.quantile(0.9)),
        raw_max_seconds=_rounded(delay.most),
        shift_seconds=found.shift,
        uncertainty_seconds=found.uncertainty,
        corrected_p50_seconds=_rounded(found.p50),
        corrected_p90_seconds=_rounded(found.p90),
        corrected_max_seconds=_rounded(found.most),
    )


def _rounded(seconds: float | None) -> float | None:
    """To milliseconds: stamps are no finer."""
    return None if seconds is None else round(seconds, 3)
