"""HTML: one self-contained page without scripts, with the timeline of each message."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from hopscope.analysis.analyze import Analysis
from hopscope.model import Hop, ServiceWithoutHeader
from hopscope.renderers import Style
from hopscope.renderers.message import svg, wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.text import layout
from hopscope.renderers.text.page import Facts, page

__all__ = ["document", "message"]


def document(messages: Iterable[Facts]) -> Iterator[str]:
    """One page with all messages, and with a table of contents if there are several."""
    facts = list(messages)
    title = str(facts[0]["title"]) if len(facts) == 1 else f"{len(facts)} messages"
    yield from page("messages.html", title=title, messages=facts)


def message(analysis: Analysis, style: Style, number: int) -> Facts:
    """The template variables of a message."""
    from markupsafe import Markup

    key = f"m{number}"
    route, holders, borders = analysis.route, wording.holders(analysis), wording.borders(analysis)
    return {
        "key": key,
        "title": wording.title(route),
        "heading": wording.heading(analysis),
        "outcomes": list(outcomes(analysis, style.tz)),
        "facts": list(_facts(analysis)),
        "findings": [finding for finding in analysis.findings if finding.code not in _LISTED],
        "timeline": Markup(svg.inline(analysis, style.tz, key=key)),  # noqa: S704 - serialised, and so escaped, there
        "rows": [
            _hop(x, holders.get(x.number, ""), style) | {"border": borders.get(x.number, "")}
            if isinstance(x, Hop)
            else _without_header(x)
            for x in wording.hops_and_services_without_header(analysis)
        ],
        "notes": analysis.notes,
        "services_without_header": [
            wording.evidence(service, len(route.hops)) for service in analysis.services_without_header
        ],
        "deviations": [note for passage in analysis.passages for note in wording.passage(passage)],
        "repairs": [repair.message for repair in route.repairs],
        "defects": wording.defects(route),
        "hops": list(map(_explained, analysis.hops)),
    }


_LISTED = frozenset({"HOP301", "HOP302", "HOP461"})
"""The findings on repairs, defects and delivery, which the page lists separately."""


def _facts(analysis: Analysis) -> Iterator[tuple[str, str]]:
    route = analysis.route
    facts = (
        ("Path", wording.heading(analysis)),
        ("Scenario", wording.scenarios(analysis)),
        ("Message-ID", route.message_id),
        ("Source", route.source),
    )
    yield from ((name, value) for name, value in facts if value and value != "-")


def _hop(hop: Hop, holder: str, style: Style) -> Facts:
    sender, server = wording.route_of(hop)
    return {
        "has_header": True,
        "number": hop.number,
        "time": wording.time(hop, style.tz),
        "delay": wording.delay(hop),
        "negative": hop.delay is not None and hop.delay < timedelta(0),
        "service": wording.service(hop.label),
        "color": layout.COLORS.get(hop.label.service, ""),
        "holder": holder,
        "sender": sender,
        "server": server,
        "protocol": wording.protocol(hop),
        "product": _known(wording.product(hop.label)),
    }


def _without_header(service: ServiceWithoutHeader) -> Facts:
    """The row of a service that added no Received field."""
    cells = {
        "number": wording.NO_HOP,
        "service": wording.service_without_header(service),
        "server": service.server or wording.UNKNOWN,
    }
    return dict.fromkeys(("time", "delay", "color", "holder", "sender", "protocol", "product"), "") | cells | _NO_HEADER


_NO_HEADER: Facts = {"has_header": False, "negative": False, "border": ""}


def _explained(hop: Hop) -> Facts:
    """The explanation of a hop's label, with its header field."""
    label, field = hop.label, hop.stamp.field
    return {
        "title": f"Hop {hop.number}: {wording.service(label)}",
        "field": f"{field.name}: {' '.join(field.body.split())}",
        "evidence": label.evidence or ("nothing in the Received field or its neighbours identifies the service",),
        "alternatives": [
            f"{alternative.service}: {wording.percent(alternative.probability)}" for alternative in label.alternatives
        ],
    }


def _known(text: str) -> str:
    """The text, or empty if it is unknown, so that the page has no line for it."""
    return "" if text == wording.UNKNOWN else text
