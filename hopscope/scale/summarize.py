"""Messages -> their summary."""

import msgspec

from hopscope.analysis.analyze import analyze
from hopscope.analysis.digest import digest, route_digest
from hopscope.analysis.glance import glance
from hopscope.analysis.summary import Summary
from hopscope.errors import SourceError
from hopscope.scale.reading import route_of
from hopscope.scale.run import Found
from hopscope.sources import Message

__all__ = ["Tally", "summarize"]


class Tally(msgspec.Struct):
    """The summary of a chunk, and what could not be read of it."""

    summary: Summary
    errors: list[SourceError]


def summarize(found: Found, *, quick: bool = False) -> Tally:
    """The summary of a chunk of messages; ``quick`` leaves out scenarios and findings."""
    tally = Tally(Summary(), [])
    for message in found:
        if quick and isinstance(message, Message) and (seen := glance(message.data, message.source)):
            tally.summary.add(seen)
            continue
        route = message if isinstance(message, SourceError) else route_of(message)
        if isinstance(route, SourceError):
            tally.summary.unread += 1
            tally.errors.append(route)
        else:
            tally.summary.add(route_digest(route) if quick else digest(analyze(route)))
    return tally
