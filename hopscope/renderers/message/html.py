"""HTML: one page that needs nothing from outside itself and runs nothing, with the timeline of each message in it."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from hopscope.analysis.analyze import Analysis
from hopscope.comparison import Comparison, Row, Step
from hopscope.model import Hop, Service, Stage, Unstamped
from hopscope.renderers import Style
from hopscope.renderers.message import labels, svg
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Facts", "comparison", "message", "messages", "page"]

Facts = dict[str, object]
"""What a template is told."""


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """One page with all messages, and with a table of contents where they are several."""
    facts = [message(analysis, style, f"m{number}") for number, analysis in enumerate(analyses, 1)]
    title = str(facts[0]["title"]) if len(facts) == 1 else f"{len(facts)} messages"
    yield page("messages.html", title=title, messages=facts)


def comparison(comparison: Comparison, style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """A page with the two sides as columns, and the verdict."""
    sides = (comparison.left, comparison.right)
    return page(
        "comparison.html",
        title="Two ways compared",
        verdict=labels.verdict(comparison),
        sides=[{"title": labels.title(side), "total": labels.total(side.total_delay)} for side in sides],
        rows=list(map(_row, comparison.rows)),
        changes=comparison.changes,
    )


def page(
    template: str, sheet: str = "page.css", script: str | None = None, *, more_css: str = "", **facts: object
) -> str:
    """The page in ASCII, so that no encoding of the output can make markup of a character.

    Args:
        template: What it is made of.
        sheet: Its style sheet, in ASCII; that of a timeline stands before it.
        script: Its script, in ASCII, where it has one.
        more_css: Style of pictures in it, in ASCII.
        facts: What the template is told.
    """
    from markupsafe import Markup

    environment = _environment()
    css = f"\n{svg.CSS}{more_css}{environment.get_template(sheet).render()}\n"
    code = f"\n{environment.get_template(script).render()}\n" if script else ""
    allowed = f"style-src {_hash(css)}{f'; script-src {_hash(code)}' if script else ''}"
    own = {name: Markup(text) for name, text in (("css", css), ("script", code), ("allowed", allowed))}  # noqa: S704 - all are ours
    page = environment.get_template(template).render(own, **facts)
    return f"{page.encode('ascii', 'xmlcharrefreplace').decode()}\n"


def _hash(text: str) -> str:
    """What the policy calls a style sheet or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> "Environment":
    """Templates whose every value is made harmless, and escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("hopscope.renderers", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )


def _harmless(value: object) -> object:
    """Text of strangers made visible; ours, which is marked as such, stays as it is."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def message(analysis: Analysis, style: Style, key: str) -> Facts:
    """All that the page tells of a message."""
    from markupsafe import Markup

    route, holders = analysis.route, labels.holders(analysis)
    return {
        "key": key,
        "title": route.subject or route.message_id or route.source,
        "heading": labels.heading(analysis),
        "facts": list(_facts(analysis)),
        "findings": [each for each in analysis.findings if each.code not in _LISTED],
        "timeline": Markup(svg.inline(analysis, style.tz, key=key)),  # noqa: S704 - serialised, and so escaped, there
        "rows": [
            _hop(x, holders.get(x.number, ""), style) if isinstance(x, Hop) else _unstamped(x)
            for x in labels.way(analysis)
        ],
        "remarks": analysis.remarks,
        "unstamped": [labels.evidence(each, len(route.hops)) for each in analysis.unstamped],
        "departures": [note for each in analysis.passages for note in labels.passage(each)],
        "repairs": [each.message for each in route.repairs],
        "defects": labels.defects(route),
        "hops": list(map(_explained, route.hops)),
    }


_LISTED = frozenset({"HOP301", "HOP302"})
"""The findings that say that something was repaired or is defective: the page lists what."""


def _facts(analysis: Analysis) -> Iterator[tuple[str, str]]:
    route = analysis.route
    found = (
        ("Way", labels.heading(analysis)),
        ("Scenario", labels.scenarios(analysis)),
        ("Message-ID", route.message_id),
        ("Source", route.source),
    )
    yield from ((name, value) for name, value in found if value and value != "-")


def _hop(hop: Hop, holder: str, style: Style) -> Facts:
    sender, server = labels.route_of(hop)
    return {
        "stamped": True,
        "number": hop.number,
        "time": labels.time(hop, style.tz),
        "delay": labels.delay(hop),
        "negative": hop.delay is not None and hop.delay < timedelta(0),
        "service": labels.service(hop.label),
        "color": layout.COLORS.get(hop.label.service, ""),
        "holder": holder,
        "sender": sender,
        "server": server,
        "protocol": labels.protocol(hop),
        "product": _known(labels.product(hop.label)),
    }


def _unstamped(service: Unstamped) -> Facts:
    """The row of a service that left no stamp."""
    known = {
        "number": labels.NO_HOP,
        "service": labels.unstamped(service),
        "server": service.server or labels.UNKNOWN,
    }
    return dict.fromkeys(("time", "delay", "color", "holder", "sender", "protocol", "product"), "") | known | _NO_STAMP


_NO_STAMP: Facts = {"stamped": False, "negative": False}


def _explained(hop: Hop) -> Facts:
    """Why a hop has its label, with its header field."""
    label, field = hop.label, hop.stamp.field
    return {
        "title": f"Hop {hop.number}: {labels.service(label)}",
        "field": f"{field.name}: {' '.join(field.body.split())}",
        "evidence": label.evidence or ("nothing in the stamp or around it tells",),
        "alternatives": [f"{each.service}: {labels.percent(each.probability)}" for each in label.alternatives],
    }


def _row(row: Row) -> Facts:
    services = {step.service if step else None for step in (row.left, row.right)}
    return {
        "stage": str(row.stage),
        "differs": len(services) > 1,
        "steps": [_step(row.left, row.left_reason), _step(row.right, row.right_reason)],
    }


def _step(step: Step | None, reason: str | None) -> Facts:
    if step is None:
        return {"text": labels.absent(reason), "color": "soft", "product": ""}
    return {
        "text": labels.step(step),
        "color": "" if step.stage is Stage.OUTSIDE else layout.COLORS.get(Service(step.service), ""),
        "product": _known(labels.product(step.hop.label)) if step.hop else "",
    }


def _known(text: str) -> str:
    """Nothing for what is unknown, where the page has no line for it then."""
    return "" if text == labels.UNKNOWN else text
