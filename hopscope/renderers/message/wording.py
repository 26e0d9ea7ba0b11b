"""Text for durations, times and the facts of a hop, shared by all text formats.

All wording of a message is in this module, so that no format differs from the others.

The module is over 300 lines because each fact is put into words here once, and in no renderer.
"""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta, tzinfo

from msgspec.structs import replace

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.clock_differences import LARGEST_SKEW, SLIGHT
from hopscope.analysis.delays import AttributedDelay, Holder, Spent, logged_skew, spent
from hopscope.analysis.phrases import NO_HOLDER, duration, held_by, holder, rounded
from hopscope.analysis.rules.input import NO_VIOLATIONS
from hopscope.analysis.trust import Trust, peer_of
from hopscope.model import (
    ExchangeToken,
    Finding,
    Hop,
    Label,
    Passage,
    Route,
    Scenario,
    Service,
    ServiceWithoutHeader,
    Severity,
)
from hopscope.parser.encoded_words import decoded

__all__ = [
    "MOST_FINDINGS",
    "NOT_APPLICABLE",
    "NO_HOP",
    "UNKNOWN",
    "Names",
    "answer",
    "borders",
    "build",
    "cipher",
    "delay",
    "duration",
    "evidence",
    "generations",
    "heading",
    "held",
    "holders",
    "hops_and_services_without_header",
    "is_claimed",
    "location",
    "longest_delays",
    "notes",
    "passage",
    "peer_location",
    "percent",
    "product",
    "protocol",
    "route_of",
    "scenario",
    "scenarios",
    "server_and_service",
    "service",
    "service_without_header",
    "span",
    "subject",
    "system",
    "time",
    "title",
    "tls",
    "total",
    "worst_findings",
    "writer",
]

UNKNOWN = "–"
"""Shown for an unknown value."""
NOT_APPLICABLE = "n/a"
"""Shown for TLS of a hop that is not an SMTP session."""
NO_HOP = "·"
"""Shown instead of a hop number for a service without a Received field."""
MOST_FINDINGS = 5
"""Maximum number of findings under a table, the worst ones."""


def delay(hop: Hop) -> str:
    """``3 s``, ``-5 s``, ``2 hops: 20 s`` after hops without a date; a dash if unknown."""
    if hop.delay is None:
        return UNKNOWN
    legs = f"{hop.hops_covered} hops: " if hop.hops_covered > 1 else ""
    return f"{legs}{duration(hop.delay)}"


Names = Callable[[str], str]
"""Full host name -> the name that is shown."""


def holders(analysis: Analysis, *, least: timedelta = timedelta(microseconds=1), names: Names = str) -> dict[int, str]:
    """The holder of the message before each hop, by hop number: ``MB1 Transport (mailbox delivery queue)``.

    Hops with a delay below ``least``, or with an unknown holder, are left out. A holder that nothing bears out is
    marked as claimed.
    """
    waits = [_named(wait, names) for wait in analysis.attributed_delays if wait.delay >= least]
    texts = {wait.hop: holder(wait, is_claim=analysis.is_claim(wait)) for wait in waits}
    return {hop: text for hop, text in texts.items() if text is not None}


def _named(wait: AttributedDelay, names: Names) -> AttributedDelay:
    """The delay, with its server, and the host of a queue, as they are shown."""
    if names is str:
        return wait
    detail = " ".join(map(names, wait.detail.split(" "))) if wait.detail else None
    logged = wait.logged
    if logged is not None:
        sent_to = names(logged.sent_to) if logged.sent_to else None
        logged = replace(logged, server=names(logged.server), sent_to=sent_to)
    return replace(wait, server=names(wait.server) if wait.server else None, detail=detail, logged=logged)


def held(holder: str) -> str:
    """``held by MB1 Transport``; ``mostly clock skew``, which no server held."""
    return holder if holder.startswith(NO_HOLDER) else f"held by {holder}"


def writer(hop: int | None, trust: Trust | None) -> str:
    """Who wrote a field, and how far that can be trusted: ``hop 3, attested``; ``writer unknown``.

    A field that names a server may be of another one: ``names hop 3, writer unknown``.
    """
    names = "" if trust else "names "
    return f"{names}hop {hop}, {_TRUST[trust]}" if hop else _TRUST[trust]


_TRUST = {Trust.ATTESTED: "attested", Trust.LINKED: "linked", Trust.UNLINKED: "a claim", None: "writer unknown"}


def borders(analysis: Analysis) -> dict[int, str]:
    """The lines on trust in a path, by the number of the hop that they precede.

    ``corp.example: attested from here on; peer mail.shop.example [203.0.113.5]`` before the first attested hop, with
    the location of the peer if it is known, and ``hops 1 and 2 are unlinked`` after those that nothing bears out.
    """
    border, last = analysis.border, analysis.last_unlinked
    if border is None:
        return {}
    unlinked = f"{_hops(1, last)} {'is' if last == 1 else 'are'} unlinked"
    lines = {}
    if 0 < last < border.hop - 1:
        above = analysis.route.hops[last]
        lines[last + 1] = f"{unlinked}: not borne out by the peer of hop {last + 1}, {peer_of(above)}"
    located = location(analysis, border.peer.address)
    if border.hop > 1 or located:
        here = f"attested from here on; peer {border.peer}{f' ({located})' if located else ''}"
        also = f"; {unlinked}" if 0 < last == border.hop - 1 else ""
        lines[border.hop] = f"{border.organisation}: {here}{also}" if border.organisation else f"{here}{also}"
    return lines


def location(analysis: Analysis, address: str | None) -> str:
    """``DE, AS64500 Example Networks``: what the user's databases say about an address; empty if nothing."""
    known = analysis.locations.get(address) if address else None
    if known is None:
        return ""
    number = None if known.as_number is None else f"AS{known.as_number}"
    return ", ".join(filter(None, (known.country, " ".join(filter(None, (number, known.as_organisation))))))


def peer_location(analysis: Analysis, hop: Hop) -> str:
    """The location of the address in the from clause of a hop; empty if unknown."""
    sender = hop.stamp.from_domain
    return location(analysis, sender.tcp_info.address if sender else None)


def time(hop: Hop, tz: tzinfo | None) -> str:
    """``2012-07-31 21:52:42 +1000``; a dash if unknown, ``-0000`` if only the zone is unknown (RFC 5322, 3.3)."""
    value = hop.time
    if value is None or hop.stamp.date_time is None:
        return UNKNOWN
    shown = value if tz is None else value.astimezone(tz)
    zone = f"{shown:%z}" if hop.stamp.date_time.zone_known or tz is not None else "-0000"
    precision = "microseconds" if shown.microsecond % 1000 else "milliseconds" if shown.microsecond else "seconds"
    return f"{shown.replace(tzinfo=None).isoformat(' ', precision)} {zone}"


def route_of(hop: Hop) -> tuple[str, str]:
    """The names in the from and by clauses; the address if there is no name, a dash if there is neither."""
    return _domain(hop, "from_domain"), _domain(hop, "by_domain")


def _domain(hop: Hop, side: str) -> str:
    domain = hop.stamp.from_domain if side == "from_domain" else hop.stamp.by_domain
    if domain is None:
        return UNKNOWN
    return domain.domain or domain.tcp_info.address or UNKNOWN


def service(label: Label) -> str:
    """``Transport``, ``Transport (inferred 97 %)``."""
    return f"{label.service} (inferred {percent(label.confidence)})" if label.inferred else str(label.service)


def system(label: Label) -> str:
    """The service, or the software of another mail system: ``Transport``, ``Postfix``."""
    return label.software if label.service is Service.OTHER_MTA and label.software else str(label.service)


def percent(probability: float) -> str:
    """``97 %``; ``over 99 %`` and ``under 1 %`` instead of 100 and 0 if it is not certain."""
    rounded = round(probability * 100)
    if rounded == 100 and probability < 1:  # noqa: PLR2004
        return "over 99 %"
    return "under 1 %" if rounded == 0 and probability > 0 else f"{rounded} %"


def protocol(hop: Hop) -> str:
    """``Microsoft SMTP Server``, ``ESMTPS``: the with clause, and the via clause unless it names the service."""
    parts = [hop.stamp.with_ or ""]
    if hop.stamp.via and f"via {hop.stamp.via}" not in " ".join(hop.label.evidence):
        parts.append(f"via {hop.stamp.via}")
    return ", ".join(part for part in parts if part) or UNKNOWN


_SMTP = r"(?i)(?:UTF8)?(?:E?SMTP|LMTP)(S)?A?$"
"""The protocols of RFC 3848 and RFC 6531; the group: STARTTLS was negotiated."""
_NOT_SMTP = r"(?i)(?:https?|imaps?|pop3s?|mapi|local|spool|uucp|nntp|nnfmp)\b"


def tls(hop: Hop) -> str:
    """The TLS version, as ``1.2``; ``yes`` if it is not recorded.

    ``none``: an SMTP session of Exchange, which records TLS, without it. ``n/a``: not an SMTP session. A dash: the mail
    system records no TLS, or there was none.
    """
    if hop.stamp.tls is not None:
        return (hop.stamp.tls.version or "yes").removeprefix("TLS")
    if hop.mark is not None:
        return "none" if hop.mark.token is ExchangeToken.SMTP and not hop.mark.pickup else NOT_APPLICABLE
    with_ = hop.stamp.with_ or ""
    if smtp := re.match(_SMTP, with_):
        return "yes" if smtp[1] else UNKNOWN
    return NOT_APPLICABLE if re.match(_NOT_SMTP, with_) else UNKNOWN


def cipher(hop: Hop) -> str:
    """The TLS cipher suite, as recorded; a dash if none is."""
    return hop.stamp.tls.cipher or UNKNOWN if hop.stamp.tls else UNKNOWN


def build(label: Label) -> str:
    """``2019 CU14 (15.2.1544.4)``, ``Online (15.20.7181.14)``; a dash if unknown."""
    return product(label).removeprefix("Exchange ").removeprefix("Server ") if label.product else UNKNOWN


def product(label: Label) -> str:
    """``Exchange Server 2013 Preview (15.0.466.13)``, ``Postfix``; a dash if unknown."""
    if label.product is None:
        return label.software or UNKNOWN
    name = f"{label.product} {label.release}" if label.release else label.product
    return f"{name} ({label.build})" if label.build else name


def subject(route: Route) -> str | None:
    """The subject with its encoded words decoded; ``None`` without one."""
    return decoded(route.subject) if route.subject else None


def title(route: Route) -> str:
    """What a message is called: its subject, or else its Message-ID or source."""
    return subject(route) or route.message_id or route.source


def heading(analysis: Analysis) -> str:
    """The answer and the generations, joined by a semicolon."""
    return "; ".join(filter(None, (answer(analysis), generations(analysis))))


def answer(analysis: Analysis, names: Names = str) -> str:
    """``4 hops in 5 min 8 s: 5 min 6 s held by EX19-02 Transport (mailbox delivery queue)``.

    In a loop, ``10 hops in 35 s, received 4 times by EX19-02``.
    """
    route = analysis.route
    if route.delivery_status and not route.hops:
        return "The report returns no Received fields, so the path is unknown."
    if not route.hops:
        return "No Received field, so the path is unknown."
    held = ", ".join(_longest(analysis, names))
    return ": ".join(filter(None, (_time_taken(route) + _loop(analysis, names), held)))


def longest_delays(analysis: Analysis) -> str:
    """``5 min 6 s held by EX19-02 Transport (mailbox delivery queue)``, as in the answer; empty for short delays."""
    return ", ".join(_longest(analysis, str))


def _loop(analysis: Analysis, names: Names) -> str:
    """``, received 4 times by EX19-02``: the start of the finding; empty without a loop."""
    found = next((finding for finding in analysis.findings if finding.code == "HOP402"), None)
    if found is None or found.hop is None or found.severity is Severity.INFO:
        return ""
    server = analysis.route.hops[found.hop - 1].written_server or ""
    received = found.message.partition(f" by {server}: ")[0]
    return f", {received[0].lower()}{received[1:]} by {names(server)}"


def generations(analysis: Analysis) -> str:
    """``Exchange Server 2019 CU14``, ``Exchange Server 2010 and 2013 CU15``, in path order; ``no Exchange``.

    A generation with several releases has none. Empty without Received fields.
    """
    if not analysis.route.hops:
        return ""
    releases: dict[str, set[str | None]] = {}
    for hop in analysis.route.hops:
        if hop.label.product:
            releases.setdefault(hop.label.product, set()).add(hop.label.release)
    if not releases:
        return "Exchange of an unknown release" if analysis.passages else "no Exchange"
    first, *others = (
        f"{product} {release}" if len(known) == 1 and (release := next(iter(known))) else product
        for product, known in releases.items()
    )
    parts = [
        first,
        *(part.removeprefix("Exchange Server ") if first.startswith("Exchange Server ") else part for part in others),
    ]
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


_MOST = 0.5
"""Minimum share of the total delay for which the heading names the holder."""
_WORTH_NAMING = timedelta(seconds=10)


def _longest(analysis: Analysis, names: Names) -> Iterator[str]:
    """``5 min 6 s held by EX19-02 Transport (mailbox delivery queue)``: the holder of most of a long total delay.

    Time in a mailbox is separate from time in transit: ``3 d in a mailbox, 2 s in transit``.
    """
    total, times = analysis.route.total_delay, spent(analysis.attributed_delays)
    if total is None or not times:
        return
    logged = logged_skew(analysis.attributed_delays)
    if logged >= max(_MOST * total, _WORTH_NAMING):
        yield f"{duration(rounded(logged))} of it clock skew, as the tracking log shows"
        return
    skew = max((-wait.delay for wait in analysis.attributed_delays), default=timedelta(0))
    if skew > SLIGHT or times[0].time > total:  # the shares do not add up to the total
        yield from _longest_with_skew(analysis, total, max(skew, timedelta(0)), names)
        return
    mailbox = sum((share.time for share in times if share.holder is Holder.MAILBOX), timedelta(0))
    in_transit, of_it = total, ""
    if mailbox >= _WORTH_NAMING:
        in_transit, of_it = max(total - mailbox, timedelta(0)), " of it"
        in_mailboxes = (share for share in times if share.holder is Holder.MAILBOX)
        claimed = " (as the headers claim)" if any(is_claimed(analysis, share) for share in in_mailboxes) else ""
        yield f"{duration(mailbox)} in a mailbox{claimed}, {duration(in_transit)} in transit"
    longest = next((share for share in times if share.holder is not Holder.MAILBOX), None)
    if longest and longest.time >= max(_MOST * in_transit, _WORTH_NAMING):
        yield f"{duration(longest.time)}{of_it} {_where(analysis, longest, names)}"


def _longest_with_skew(analysis: Analysis, total: timedelta, skew: timedelta, names: Names) -> Iterator[str]:
    """``up to 5 min 24 s held by EX16-03 Transport; clocks differ by 13 s``: if skew explains only a part of it."""
    waits = (wait for wait in analysis.attributed_delays if wait.service and wait.holder is not Holder.MAILBOX)
    longest = max(waits, key=lambda wait: wait.waited, default=None)
    if longest is None or longest.waited - skew < max(_MOST * total, skew, _WORTH_NAMING):
        return
    is_mostly_skew = longest.clock_skew > longest.waited
    holder_name = held_by(_named(longest, names))
    if is_mostly_skew or not holder_name:
        return
    where = f"before hop {longest.hop}, as the headers claim" if analysis.is_claim(longest) else held(holder_name)
    differ = f"; clocks differ by {duration(skew)}" if skew > SLIGHT else ""
    yield f"up to {duration(longest.waited)} {where}{differ}"


def _where(analysis: Analysis, spent: Spent, names: Names) -> str:
    """``held by EX19-02 Transport (mailbox delivery queue)``: with the location, if all of the time was spent in one.

    ``before hop 2, as the headers claim`` if nothing bears the holder out.
    """
    waits = _waits(analysis, spent)
    if is_claimed(analysis, spent):
        hops = f"hop{'s' * (len(waits) > 1)} {', '.join(str(wait.hop) for wait in waits)}"
        return f"before {hops}, as the headers claim"
    holders = {held_by(_named(wait, names)) for wait in waits}
    holder = holders.pop() if len(holders) == 1 else None
    return f"held by {holder or server_and_service(spent, names)}"


def is_claimed(analysis: Analysis, spent: Spent) -> bool:
    """Whether nothing bears out a part of the time at a holder."""
    return any(map(analysis.is_claim, _waits(analysis, spent)))


def _waits(analysis: Analysis, spent: Spent) -> list[AttributedDelay]:
    key = spent.holder, spent.service, spent.server
    return [
        wait for wait in analysis.attributed_delays if (wait.holder, wait.service, wait.server) == key and wait.waited
    ]


def server_and_service(spent: Spent, names: Names = str) -> str:
    """``EX19-02 Transport``; only the server for another mail system; ``a mailbox on EX19-02``."""
    server = names(spent.server) if spent.server else None
    if spent.holder is Holder.MAILBOX:
        return f"a mailbox on {server}" if server else "a mailbox"
    if spent.holder is Holder.FILTER:
        return f"a {spent.holder} on {server}" if server else f"a {spent.holder}"
    if spent.service is Service.OTHER_MTA:
        return server or "another mail system"
    return f"{server} {spent.service}" if server else str(spent.service)


def scenarios(analysis: Analysis) -> str:
    """``inbound via Front End``; ``Online outbound (hops 1 and 2), then relay (hops 3 to 5)``; empty without any.

    Of the message of a report, whose path may be cut off, an unknown scenario is left out.
    """
    route, passages = analysis.route, analysis.passages
    if route.delivery_status:
        passages = tuple(passage for passage in passages if passage.scenario is not Scenario.UNKNOWN)
    single = len(passages) == 1 and passages[0].last - passages[0].first + 1 == len(route.hops)
    return ", then ".join(
        scenario(passage) if single else f"{scenario(passage)} ({span(passage)})" for passage in passages
    )


def scenario(passage: Passage) -> str:
    """``inbound via Edge``, ``inbound via Edge, inferred 62 %``."""
    doubtful = 0 < passage.confidence < _DOUBTFUL
    return f"{passage.scenario}, inferred {percent(passage.confidence)}" if doubtful else str(passage.scenario)


_DOUBTFUL = 0.95
"""Below this confidence a scenario is shown as inferred, as labels are."""


def span(passage: Passage) -> str:
    """``hop 1``, ``hops 1 and 2``, ``hops 2 to 5``."""
    return _hops(passage.first, passage.last)


def _hops(first: int, last: int) -> str:
    return f"hop {first}" if first == last else f"hops {first} {'and' if last == first + 1 else 'to'} {last}"


def passage(value: Passage) -> Iterator[str]:
    """Why a passage starts, and where it differs from documented mail flow."""
    if value.restart_reason:
        yield f"{value.restart_reason[:1].upper()}{value.restart_reason[1:]}: a new path starts at hop {value.first}."
    yield from value.deviations


def service_without_header(value: ServiceWithoutHeader) -> str:
    """``Front End Transport (no header)``; where another explanation is possible, ``(no header, uncertain)``."""
    return f"{value.name} (no header)" if value.certain else f"{value.name} (no header, uncertain)"


def hops_and_services_without_header(analysis: Analysis) -> Iterator[Hop | ServiceWithoutHeader]:
    """The hops, and the services without a Received field between them."""
    waiting = list(analysis.services_without_header)
    for hop in analysis.hops:
        while waiting and waiting[0].after < hop.number:
            yield waiting.pop(0)
        yield hop
    yield from waiting


def evidence(value: ServiceWithoutHeader, hops: int) -> str:
    """``Before hop 1, ...``, ``Between hops 2 and 3, ...``, ``After hop 5, ...``: the evidence for the service."""
    if value.after == 0:
        position = "Before hop 1"
    elif value.after < hops:
        position = f"Between hops {value.after} and {value.after + 1}"
    else:
        position = f"After hop {value.after}"
    return f"{position}, {value.evidence}."


def _time_taken(route: Route) -> str:
    """``3 hops in 3 s``; names the first and last dated hops if others precede or follow them."""
    hops = "1 hop" if len(route.hops) == 1 else f"{len(route.hops)} hops"
    total, dated = route.total_delay, [number for number, hop in enumerate(route.hops, 1) if hop.time is not None]
    if total is None:
        return f"{hops}, total time unknown"
    complete = (dated[0], dated[-1]) == (1, len(route.hops))
    if total < timedelta(0):
        return f"{hops}, {'' if complete else f'from hop {dated[0]} to hop {dated[-1]}: '}{_negative(total)}"
    return f"{hops} {'in' if complete else f'from hop {dated[0]} to hop {dated[-1]}:'} {duration(total)}"


def _negative(total: timedelta) -> str:
    """What a negative total delay shows: the clocks of the first and the last server differ by that much or more.

    Beyond two days it is a date that is wrong.
    """
    if -total > LARGEST_SKEW:
        return f"last hop dated {duration(-total)} before the first"
    return f"clock skew of at least {duration(-total)}"


def worst_findings(analysis: Analysis, *, with_defects: bool, with_delivery: bool = True) -> tuple[list[Finding], str]:
    """The findings to show under the table, worst first, and a line on the hidden ones; empty if none are hidden.

    Args:
        analysis: A message.
        with_defects: Whether the defects are listed; the finding that counts them is then left out.
        with_delivery: Whether the delivery status is shown above the table; its finding is then left out.
    """
    left_out = {code for code, is_listed in (("HOP302", with_defects), ("HOP461", with_delivery)) if is_listed}
    shown = [finding for finding in analysis.findings if finding.code not in left_out]
    more = len(shown) - MOST_FINDINGS
    hidden = (
        f"{more} more finding{'s' * (more > 1)}, of equal or lower severity: use -f json to list all."
        if more > 0
        else ""
    )
    return shown[:MOST_FINDINGS], hidden


def notes(analysis: Analysis, *, with_defects: bool) -> list[str]:
    """The notes under the findings: on the path, evidence and deviations, and on defects if ``with_defects``."""
    route = analysis.route
    return [
        *analysis.notes,
        *(evidence(service, len(route.hops)) for service in analysis.services_without_header),
        *(note for passed in analysis.passages for note in passage(passed)),
        *(defects(route) if with_defects else ()),
    ]


def defects(route: Route) -> list[str]:
    """A line per syntax violation: ``line 9: no ";" before the date (date-separator-missing)``."""
    stamps = (defect for hop in route.hops for defect in hop.stamp.defects)
    return [
        f"{f'line {defect.line}: ' if defect.line else ''}{defect.message} ({defect.code})"
        for defect in (*route.defects, *stamps)
        if defect.code not in NO_VIOLATIONS
    ]


def total(value: timedelta | None) -> str:
    """``3 s``; a dash if unknown; ``clock skew of at least 4 s`` if negative, or the dates beyond two days."""
    if value is None:
        return UNKNOWN
    return _negative(value) if value < timedelta(0) else duration(value)
