"""HTML: one self-contained page without scripts, with the timeline of each message."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.message import antispam, authentication, svg, wording
from hopscope.renderers.message.delivery import outcomes
from hopscope.renderers.message.hop_table import HEADINGS, HopTable, Row, hop_table, short_hop_table, short_names
from hopscope.renderers.message.summary import Summary, summary
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible
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
    route, shown = analysis.route, summary(analysis, style.tz)
    table = short_hop_table(analysis, style.tz, shown.day)
    return {
        "key": key,
        "title": wording.title(route),
        "heading": wording.heading(analysis),
        "source": route.source if route.source != "-" else "",
        "answer": table.answer,
        "outcomes": list(outcomes(analysis, style.tz)),
        "facts": list(_facts(analysis, shown)),
        "findings": [finding for finding in analysis.findings if finding.code not in _LISTED],
        "timeline": Markup(svg.inline(analysis, style.tz, key=key)),  # noqa: S704 - serialised, and so escaped, there
        "columns": _columns(table),
        "domains": table.domains,
        "rows": list(map(_row, table.rows, hop_table(analysis, style.tz).rows)),
        "authentication": authentication.rows(analysis, style.tz),
        "authentication_columns": authentication.HEADINGS,
        "antispam": list(antispam.paragraphs(analysis)),
        "tracking": _tracking(analysis, style),
        "notes": analysis.notes,
        "services_without_header": [
            wording.evidence(service, len(route.hops)) for service in analysis.services_without_header
        ],
        "deviations": [note for passage in analysis.passages for note in wording.passage(passage)],
        "repairs": [repair.message for repair in route.repairs],
        "defects": wording.defects(route),
    }


def _tracking(analysis: Analysis, style: Style) -> Facts | None:
    """The events of the tracking logs: headings, rows and lines; ``None`` without any."""
    if analysis.tracking is None:
        return None
    from hopscope.renderers.message import tracking
    from hopscope.renderers.tracking.wording import headings

    names = short_names(analysis).name
    return {
        "heading": tracking.heading(analysis),
        "headings": ("#", *headings(style.tz)),
        "rows": [
            {"cells": (row.hop, *row.cells), "meaning": row.meaning} for row in tracking.rows(analysis, names, style.tz)
        ],
        "lines": list(tracking.lines(analysis, names, style.tz)),
    }


def _columns(table: HopTable) -> dict[str, str]:
    """The columns with their headings; one on holders only if a delay is long enough to name one."""
    is_held = any(row.held_by for row in table.rows)
    headings = HEADINGS | {"time": f"Time {table.zone}".rstrip()}
    return {name: headings[name] for name in _COLUMNS if is_held or name != "held_by"}


_COLUMNS = ("number", "time", "delay", "held_by", "service", "server", "sender", "tls")
"""The columns of the table; the others are in the details of a hop."""
_DETAILS = ("time", "server", "sender", "protocol", "cipher", "build", "id")
_LONGEST_HOST = 40
"""Maximum characters of a host in a column; its details have the full name."""
_LONGEST_TITLE = 60
"""Columns of a title that a phone shows whole: a longer one is cut there, and is repeated below the answer."""
_LISTED = frozenset({"HOP301", "HOP302", "HOP461"})
"""The findings on repairs, defects and delivery, which the page lists separately."""


def _facts(analysis: Analysis, shown: Summary) -> Iterator[tuple[str, str]]:
    route, subject = analysis.route, wording.subject(analysis.route) or ""
    facts = (
        ("From", shown.sender),
        ("To", shown.recipients),
        ("Subject", subject if layout.width(subject) > _LONGEST_TITLE else ""),
        ("Date", shown.sent),
        ("Exchange", wording.generations(analysis)),
        ("Scenario", wording.scenarios(analysis)),
        ("Authentication", shown.authentication),
        ("Antispam", shown.antispam),
        ("Message-ID", route.message_id),
        ("Source", route.source),
    )
    yield from ((name, value) for name, value in facts if value and value != "-")


def _row(row: Row, full: Row) -> Facts:
    """The values of the columns, and the details of a hop: how it was received, and the explanation of its label."""
    facts: Facts = {name: getattr(row, name) for name in (*_COLUMNS, "border", "inferred", "hop", "emphasis")}
    facts |= {name: layout.shortened(visible(getattr(row, name)), _LONGEST_HOST) for name in ("server", "sender")}
    if row.hop is None:
        return facts | {"color": ""}
    label, field = row.hop.label, row.hop.stamp.field
    details = [(HEADINGS[name], value) for name in _DETAILS if (value := getattr(full, name)) != wording.UNKNOWN]
    return facts | {
        "color": layout.COLORS.get(label.service, ""),
        "details": [*details, *([("Location of the sending system", row.location)] if row.location else [])],
        "field": f"{field.name}: {' '.join(field.body.split())}",
        "evidence": label.evidence or ("nothing in the Received field or its neighbours identifies the service",),
        "alternatives": [
            f"{alternative.service}: {wording.percent(alternative.probability)}" for alternative in label.alternatives
        ],
    }
