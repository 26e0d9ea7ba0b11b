"""The events of tracking logs as plain text: aligned columns without truncation."""

from datetime import tzinfo

from hopscope.analysis.tracking.trail import Trail
from hopscope.renderers import Style
from hopscope.renderers.text import layout
from hopscope.renderers.text.escape import visible
from hopscope.renderers.text.rounded import count
from hopscope.renderers.tracking import wording
from hopscope.renderers.tracking.wording import MessageList

__all__ = ["messages", "trail"]

_RIGHT = frozenset({1})


def trail(trail: Trail, style: Style) -> str:
    """The answer, the outcome by recipient, the events, and the clocks."""
    names = str
    facts = (
        ("Subject", trail.subject),
        ("From", trail.sender),
        ("Message-ID", trail.message_id),
        ("Network-Message-ID", ", ".join(trail.network_message_ids)),
    )
    lines = [f"{label}: {visible(value)}\n" for label, value in facts if value]
    lines.append(f"{visible(wording.answer(trail, style.tz))}\n")
    lines += (f"- {visible(line)}\n" for line in wording.outcomes(trail.outcomes, trail.ordered, names, style.tz))
    rows = [row.cells for row in wording.rows(trail.ordered.events, names, style.tz)]
    lines += ["\n", layout.columns([wording.headings(style.tz), *rows], right=_RIGHT)]
    if notes := [f"- {visible(note)}\n" for note in wording.clocks(trail.ordered, names)]:
        lines += ["\n", *notes]
    return "".join(lines)


def messages(messages: MessageList, style: Style) -> str:
    """A line per message, the slowest first, and how many there are."""
    rows = [HEADINGS, *(cells(outline, style.tz) for outline in messages.messages)]
    return f"{layout.columns(rows, right=frozenset({1, 2}))}{more(messages)}"


HEADINGS = ("First event", "Total", "Events", "Last event", "Message-ID", "Subject")


def cells(outline: wording.Outline, tz: tzinfo | None) -> tuple[str, ...]:
    """The values of a message, in the order of ``HEADINGS``."""
    return (
        wording.time(outline.first_time, tz),
        wording.delay(outline.total),
        str(outline.events),
        outline.last_event,
        outline.message_id or outline.network_message_id or wording.UNKNOWN,
        outline.subject or "",
    )


def more(messages: MessageList) -> str:
    """How many messages are not listed."""
    hidden = messages.total - len(messages.messages)
    return f"{count(hidden)} more: --top 0 lists all\n" if hidden > 0 else ""
