"""Messages -> the selected messages, unparsed, with their sort keys."""

from collections.abc import Callable, Iterable
from heapq import nsmallest
from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.scale.filters import last_time
from hopscope.scale.reading import Result
from hopscope.scale.work import Chunk
from hopscope.sources.message import Message

if TYPE_CHECKING:
    from hopscope.config.settings import Organisation
    from hopscope.scale.filters import MessageFilter
    from hopscope.scale.supplements import Supplements

__all__ = ["ORDERS", "SelectedChunk", "SortedMessage", "first", "select"]


class SortedMessage(msgspec.Struct, frozen=True):
    """A selected message, unparsed: its analysis takes far more memory."""

    message: Message
    key: float = 0.0


class SelectedChunk(Result):
    """The selected messages of a chunk, and its read errors."""

    messages: list[SortedMessage] = msgspec.field(default_factory=list)


def select(  # noqa: PLR0913 - the options that select messages
    chunk: Chunk,
    *,
    filter_: "MessageFilter | None" = None,
    sort: str | None = None,
    top: int | None = None,
    organisation: "Organisation | None" = None,
    supplements: "Supplements | None" = None,
) -> SelectedChunk:
    """The selected messages of a chunk, in the order of the chunk or sorted.

    Args:
        chunk: The messages.
        filter_: Selects the messages.
        sort: The sort order, a key of ORDERS; ``None`` for the order of the chunk.
        top: Maximum number of messages; ``None`` for all.
        organisation: Identifies the reader's servers.
        supplements: The user's files about messages.
    """
    result = SelectedChunk()
    key = ORDERS[sort] if sort else _unsorted
    analyses = result.analyses(chunk, organisation, filter_, supplements)
    messages = (SortedMessage(message, key(analysis)) for message, analysis in analyses)
    result.messages = first(messages, top) if sort else list(messages)[:top]
    return result


def first(messages: Iterable[SortedMessage], top: int | None) -> list[SortedMessage]:
    """The first ``top`` messages by their keys, or all; equal ones in the order of the input."""
    if top is None:
        return sorted(messages, key=_key)
    return nsmallest(top, messages, key=_key)


def _key(message: SortedMessage) -> float:
    return message.key


_LAST = float("inf")


def _by_total(analysis: Analysis) -> float:
    total = analysis.route.total_delay
    return -total.total_seconds() if total is not None else _LAST


def _by_delay(analysis: Analysis) -> float:
    delays = [hop.delay.total_seconds() for hop in analysis.route.hops if hop.delay is not None]
    return -max(delays, default=-_LAST)


def _by_date(analysis: Analysis) -> float:
    last = last_time(analysis.route)
    return -last if last is not None else _LAST


def _unsorted(_: Analysis) -> float:
    return 0.0


ORDERS: dict[str, Callable[[Analysis], float]] = {"total": _by_total, "delay": _by_delay, "date": _by_date}
"""Sort keys by order: longest total delay, longest delay of a hop, or latest last hop first; unknown ones last."""
