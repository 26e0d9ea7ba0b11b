"""When a build of Exchange can have been in use: from its release to the end of support of its product."""

from datetime import date, timedelta
from functools import lru_cache

from hopscope.classifier import builds
from hopscope.data import table

__all__ = ["ONLINE", "earliest_use", "end_of_support", "is_newer"]

ONLINE = "Exchange Online"
"""The product with unpublished builds."""
_TRIAL = timedelta(days=90)
"""How long before its release a build may have run: chosen, not measured. Exchange 2013 was finished 53 days before its
release; none of 856 Received fields in the corpora is dated before the release."""


@lru_cache(maxsize=64)
def end_of_support(product: str) -> date | None:
    """The last day of extended support; ``None`` if the table has none."""
    return next(
        (date.fromisoformat(row["end"]) for row in table("exchange_support") if row["product"] == product), None
    )


@lru_cache(maxsize=1024)
def earliest_use(released: str) -> date:
    """The earliest day on which a build can have run, from its release day or month (``YYYY-MM[-DD]``)."""
    return date.fromisoformat(released if released.count("-") > 1 else f"{released}-01") - _TRIAL


@lru_cache(maxsize=4096)
def is_newer(build: str, product: str | None) -> bool:
    """Whether a build is newer than all known builds of its product."""
    release = builds.lookup_on(build, product if product == ONLINE else None)
    return release is not None and release.newer
