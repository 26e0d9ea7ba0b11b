"""The names that people use for a service, such as ``FE`` or ``MSExchangeDelivery``.

Expected paths, filters and explanations share them. The table is read only for names that hopscope does not use itself.
"""

import re
from collections.abc import Iterator
from functools import cache

from hopscope.data import table
from hopscope.model import Service

__all__ = ["names", "normalized", "row_of", "service"]


def service(name: str) -> Service | None:
    """The service with this name, ignoring case, spaces, hyphens and the word "service"; ``None`` if there is none.

    A pattern with the wildcards ``*`` or ``?`` is not a name.
    """
    if not {"*", "?"}.isdisjoint(name):
        return None
    key = normalized(name)
    if key in _OWN:
        return _OWN[key]
    row = row_of(name)
    return _OWN.get(normalized(row["service"])) if row else None


def row_of(name: str) -> dict[str, str] | None:
    """The row of the table ``service_names`` with this name, which may be that of a component without a label."""
    return _rows().get(normalized(name))


def names() -> Iterator[str]:
    """All names, those that hopscope uses among them."""
    return (name for row in table("service_names") for name in _names(row))


def normalized(name: str) -> str:
    """``name`` in lower case, without spaces, hyphens and the word "service"."""
    return re.sub(r"[\W_]|service\Z", "", name.strip().lower())


def _names(row: dict[str, str]) -> list[str]:
    return [row["service"], *filter(None, row["names"].split("; "))]


@cache
def _rows() -> dict[str, dict[str, str]]:
    """Rows by normalized name; of two rows with the same name, the first."""
    return {normalized(name): row for row in reversed(table("service_names")) for name in _names(row)}


_OWN = {normalized(member): member for member in Service}
