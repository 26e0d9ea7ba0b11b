"""The explanation of the label of each hop and the scenario of a message, as text."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from textwrap import wrap

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.delays import Holder, Spent, spent
from hopscope.analysis.rules.finding import numbers
from hopscope.analysis.trust import Border, Trust, peer_of
from hopscope.model import Hop, Label, Passage, Scenario, Service
from hopscope.renderers.message import antispam, authentication, clock_wording, wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.text.escape import visible

__all__ = ["hops", "message"]


_FOLD = re.compile(r"[ \t]++")
"""White space of a folded header field."""


def message(analysis: Analysis, width: int | None = None) -> str:
    """The delivery status of a report; passages with documented mail flow, services without a field, clocks and hops.

    Lines are wrapped to ``width`` columns, or uncut.
    """
    paragraphs = [
        [headline, *(f"  {name}: {value}" for name, value in facts)] for headline, facts in outcomes(analysis, None)
    ]
    if not analysis.route.hops:
        paragraphs.append([wording.answer(analysis)])
    paragraphs += map(_passage, analysis.passages)
    if documented := [f"  - {note}" for passage in analysis.passages for note in passage.notes]:
        paragraphs.append(["Notes:", *documented])
    if analysis.services_without_header:
        hop_count = len(analysis.route.hops)
        evidence = (f"  - {wording.evidence(service, hop_count)}" for service in analysis.services_without_header)
        paragraphs.append(["Services without a Received field:", *evidence])
    if times := spent(analysis.attributed_delays):
        paragraphs.append(["Delay by service:", *_times(analysis, times)])
    paragraphs += clock_wording.paragraphs(analysis)
    for heading, values in (*authentication.paragraphs(analysis), *antispam.paragraphs(analysis)):
        paragraphs.append([f"{heading}:", *(f"  - {value}" for value in values)])
    if analysis.tracking is not None:
        from hopscope.renderers.message import tracking

        events = (*tracking.meanings(analysis, None), *tracking.lines(analysis, str, None))
        paragraphs.append([f"{tracking.heading(analysis)}:", *(f"  - {line}" for line in events)])
    if analysis.border and analysis.trust[0] != Trust.ATTESTED:
        paragraphs.append(["Trust:", *_trust(analysis, analysis.border)])
    text = (f"{line}\n" for paragraph in paragraphs for line in (*_wrapped(paragraph, width), ""))
    return "".join(text) + hops(analysis, analysis.hops, width)


def _trust(analysis: Analysis, border: Border) -> Iterator[str]:
    """The hops of each trust, from the origin on, with the peers that the hops next to a border recorded."""
    organisation = border.organisation or "the last server"
    meanings = {
        Trust.ATTESTED: f"attested by {organisation}; peer of hop {border.hop}: {border.peer}",
        Trust.LINKED: "linked: borne out by the peer that the next hop recorded",
        Trust.UNLINKED: "unlinked: claims that no hop above bears out",
    }
    for level, group in groupby(zip(analysis.route.hops, analysis.trust, strict=True), key=lambda pair: pair[1]):
        hops = [hop for hop, _ in group]
        yield f"  - {numbers(hops)}: {meanings[level]}"
        if level is Trust.UNLINKED:
            above = analysis.route.hops[hops[-1].number]
            yield f"    Peer that hop {above.number} recorded: {peer_of(above)}"


def _times(analysis: Analysis, times: Sequence[Spent]) -> Iterator[str]:
    """The time at each server, longest first, and at each organisation if there are several; mailboxes apart."""
    for spent_time in times:
        preposition = "in" if spent_time.holder in {Holder.MAILBOX, Holder.FILTER} else "at"
        claimed = ", as claimed" if wording.is_claimed(analysis, spent_time) else ""
        time, holder = wording.duration(spent_time.time), wording.server_and_service(spent_time)
        yield f"  - {time} {preposition} {holder}{claimed}"
    organisations: dict[str, timedelta] = {}
    claimed_ones = set()
    for spent_time in (share for share in times if share.holder is not Holder.MAILBOX):
        name = spent_time.organisation or "servers without a domain name"
        organisations[name] = organisations.get(name, timedelta(0)) + spent_time.time
        if wording.is_claimed(analysis, spent_time):
            claimed_ones.add(name)
    if len(organisations) > 1:
        shares = ", ".join(
            f"{name} {wording.duration(time)}{' (as claimed)' if name in claimed_ones else ''}"
            for name, time in organisations.items()
        )
        yield f"  By organisation: {shares}"


def _passage(passage: Passage) -> list[str]:
    """The scenario, its documented mail flow, and the deviations of the message."""
    scenario = "unknown scenario" if passage.scenario is Scenario.UNKNOWN else wording.scenario(passage)
    lines = [f"{wording.span(passage).capitalize()}: {scenario}"]
    if passage.restart_reason:
        lines.append(f"  New path: {passage.restart_reason}")
    if not passage.documented_path:
        return [*lines, "  No documented mail flow to compare with."]
    lines.append(f"  Documented mail flow: {' > '.join(passage.documented_path)}")
    as_documented = ["  This message: as documented"]
    deviations = ["  This message differs:", *(f"    - {deviation}" for deviation in passage.deviations)]
    return lines + (deviations if passage.deviations else as_documented)


def hops(analysis: Analysis, hops: Iterable[Hop], width: int | None = None) -> str:
    """A paragraph per hop: label, header text, product, evidence, and alternatives with their probabilities.

    Lines are wrapped to ``width`` columns, or uncut.
    """
    return "\n".join("".join(f"{line}\n" for line in _wrapped(_hop(analysis, hop), width)) for hop in hops)


def _wrapped(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """The lines, escaped and wrapped; continuation lines are indented more."""
    for line in map(visible, lines):
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        yield from [line] if width is None else wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)


def _hop(analysis: Analysis, hop: Hop) -> list[str]:
    label, field = hop.label, hop.stamp.field
    location = wording.peer_location(analysis, hop)
    lines = [
        f"Hop {hop.number}: {_verdict(label)}",
        f"  Header (line {field.line}): {field.name}: {_FOLD.sub(' ', field.body)}",
        f"  Product: {_product(label)}",
        *([f"  Location of the sending system: {location}"] if location else []),
        "  Evidence:",
        *(
            f"    - {reason}"
            for reason in label.evidence or ("nothing in the Received field or its neighbours identifies the service",)
        ),
    ]
    if label.alternatives:
        lines.append("  Alternatives:")
        lines += [
            f"    - {alternative.service}: {wording.percent(alternative.probability)}"
            for alternative in label.alternatives
        ]
    return lines


def _product(label: Label) -> str:
    """The product and its release date."""
    if label.released is None:
        return wording.product(label)
    at_least = " or later" if (label.release or "").startswith("at or after") else ""
    return f"{wording.product(label)}, released {label.released}{at_least}"


def _verdict(label: Label) -> str:
    """``Transport, inferred from the path, confidence 92 %``; no confidence if the field names the service."""
    if label.service is Service.UNKNOWN:
        return str(label.service)
    if label.confidence >= 1:
        return f"{label.service}, named in the Received field"
    origin = "the path" if label.inferred else "the Received field"
    return f"{label.service}, inferred from {origin}, confidence {wording.percent(label.confidence)}"
