"""Summaries made of others."""

from collections.abc import Iterable

from hopscope.statistics.digest import Digest
from hopscope.statistics.summary import Summary

__all__ = ["merged", "summed"]


def summed(messages: Iterable[Digest]) -> Summary:
    """The summary of messages, added one by one."""
    result = Summary()
    for message in messages:
        result.add(message)
    return result


def merged(*parts: Summary) -> Summary:
    """Summaries as one."""
    result = Summary()
    for part in parts:
        result.merge(part)
    return result
