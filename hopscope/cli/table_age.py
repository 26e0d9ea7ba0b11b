"""A note on stderr if a build is newer than a table of builds that is more than a year old."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import click

from hopscope.classifier import builds

__all__ = ["NEWER_BUILD", "note", "noted"]

NEWER_BUILD = "HOP203"
"""The finding of a build that is newer than the table."""

T = TypeVar("T")


def noted(items: Iterable[T], codes: Callable[[T], Iterable[str]]) -> Iterator[T]:
    """The items, then the note if any has the finding; ``codes`` is only called if the table is old."""
    outdated = _outdated()
    newer = False
    for item in items:
        newer = newer or (outdated and NEWER_BUILD in codes(item))
        yield item
    if newer:
        _print()


def note() -> None:
    """Print the note if the table is old, for a build that is newer."""
    if _outdated():
        _print()


def _outdated() -> bool:
    from datetime import UTC, datetime

    return builds.is_outdated(datetime.now(UTC).date())


def _print() -> None:
    click.echo(f"hopscope: the build table of this version is from {builds.as_of()}; update hopscope", err=True)
