"""When a build of Exchange can have been in use: from its release to the end of support; whether it is supported."""

from datetime import date, timedelta
from functools import lru_cache

import msgspec

from hopscope.classifier import builds
from hopscope.classifier.builds import Release
from hopscope.data import table
from hopscope.model import Build

__all__ = ["ONLINE", "Support", "earliest_use", "end_of_support", "is_newer", "later_support", "support"]

ONLINE = "Exchange Online"
"""The product with unpublished builds."""
_TRIAL = timedelta(days=90)
"""How long before its release a build may have run: chosen, not measured. Exchange 2013 was finished 53 days before its
release; none of 856 Received fields in the corpora is dated before the release."""


@lru_cache(maxsize=64)
def end_of_support(product: str) -> date | None:
    """The last day of extended support; ``None`` if the table has none."""
    row = _row(product)
    return date.fromisoformat(row["end"]) if row and row["end"] else None


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a build is supported, as of the date of the table of builds."""

    as_of: date
    """The date of the table; later changes are unknown."""
    end: date | None
    """The last day of extended support of the product; ``None`` if none is published."""
    releases: tuple[str, ...]
    """The releases, such as ``CU23``, that receive the security updates of the product, or received the last ones."""
    supported: bool | None
    """Whether the product and the release are supported; ``None`` if the release is unknown."""
    newest: Release
    """The highest build of the product."""
    newer_updates: int | None
    """Updates of the product that are dated after the build; ``None`` if the date of the build is unknown."""
    source: str


def support(build: Build) -> Support | None:
    """Whether a build is supported; ``None`` for a product that is not in the table of support."""
    row, newest = _row(build.product), builds.newest(build.product)
    if row is None or newest is None:
        return None
    end, releases = end_of_support(build.product), tuple(row["releases"].split())
    release = (build.release or "").removeprefix("at or after ").partition(" ")[0]
    as_of = builds.compiled()
    in_service = (not releases or release in releases) if release else None
    return Support(
        as_of=as_of,
        end=end,
        releases=releases,
        supported=False if end is not None and end < as_of else True if build.newer else in_service,
        newest=newest,
        newer_updates=builds.newer_updates(build),
        source=row["source"],
    )


def later_support(product: str, day: date) -> str | None:
    """Support after that of the product, with its last month, in the past tense if it ended before the day."""
    row = _row(product)
    if row is None or not row["later"]:
        return None
    verb = "ended in" if f"{day:%Y-%m}" > row["later_end"] else "until"
    return f"{row['later']} {verb} {row['later_end']}"


def _row(product: str) -> dict[str, str] | None:
    return next((row for row in table("exchange_support") if row["product"] == product), None)


@lru_cache(maxsize=1024)
def earliest_use(released: str) -> date:
    """The earliest day on which a build can have run, from its release day or month (``YYYY-MM[-DD]``)."""
    return date.fromisoformat(released if released.count("-") > 1 else f"{released}-01") - _TRIAL


@lru_cache(maxsize=4096)
def is_newer(build: str, product: str | None) -> bool:
    """Whether a build is newer than all known builds of its product."""
    release = builds.lookup_on(build, product if product == ONLINE else None)
    return release is not None and release.newer
