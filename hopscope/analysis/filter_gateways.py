"""Mail filters deployed as gateways, from the table ``filter_gateways``."""

from functools import lru_cache

from hopscope.data import table
from hopscope.model import Label

__all__ = ["maker"]

_LONGEST = 64
"""No name in the table is longer, so the remainder of a name need not be cached."""


def maker(label: Label) -> str | None:
    """The vendor of the filter gateway that added the field; ``None`` if it is not one."""
    return _maker(label.software[:_LONGEST]) if label.software else None


@lru_cache(maxsize=1024)
def _maker(software: str) -> str | None:
    return next((row["maker"] for row in table("filter_gateways") if software.startswith(row["software"])), None)
