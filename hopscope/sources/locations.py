"""Countries and autonomous systems of IP addresses, from the user's own databases in the MaxMind DB format.

GeoLite2 and GeoIP2 (https://dev.maxmind.com/geoip/docs/databases), DB-IP (https://db-ip.com/db/format) and IPinfo
(https://ipinfo.io/developers/ipinfo-lite-database) name the same facts differently. No database is shipped, and none is
downloaded. Requires ``maxminddb``.
"""
# ruff: noqa: PTH123
# open as in the other sources: importing pathlib takes 3 ms at start-up

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from hopscope.classifier.servers import is_private
from hopscope.errors import SourceError, missing, reason_of
from hopscope.model import Location

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from maxminddb import Reader

__all__ = ["LocationDatabases"]

_REMEMBERED = 1 << 12
"""Addresses whose locations are remembered."""
_COUNTRIES = (("country", "iso_code"), ("country_code",), ("country",))
"""GeoLite2, GeoIP2 and DB-IP; IPinfo Lite, whose ``country`` is a name; the older databases of IPinfo."""
_NUMBERS = (("autonomous_system_number",), ("traits", "autonomous_system_number"), ("asn",))
"""GeoLite2 and DB-IP ASN; GeoIP2 Enterprise and DB-IP ISP; IPinfo, as ``AS64500``."""
_ORGANISATIONS = (("autonomous_system_organization",), ("traits", "autonomous_system_organization"), ("as_name",))
_COUNTRY = re.compile("[A-Z]{2}")
_NUMBER = re.compile("(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_LONGEST_NAME = 200
_MAX_NUMBER = (1 << 32) - 1


class LocationDatabases:
    """Looks up addresses in several databases, of which the first one that has a fact is used.

    A copy in another process, made by pickling, opens the files on first use.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self._readers: list[Reader] = []
        self._remembered = lru_cache(_REMEMBERED)(self._location)

    def __reduce__(self) -> tuple[type["LocationDatabases"], tuple[tuple[str, ...]]]:
        return type(self), (self.paths,)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Open the databases, which is otherwise done on first use.

        Raises:
            SourceError: There is no such file, it is not a database, or ``maxminddb`` is not installed.
        """
        for path in self.paths[len(self._readers) :]:
            self._readers.append(_opened(path))

    def close(self) -> None:
        """Close the databases."""
        for reader in self._readers:
            reader.close()
        self._readers.clear()

    def location(self, address: str) -> Location | None:
        """The location of an address; ``None`` if it is not public, is not an address, or is in no database.

        Raises:
            SourceError: The files could not be opened in this process.
        """
        return self._remembered(address)

    def _location(self, address: str) -> Location | None:
        from ipaddress import ip_address

        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return None
        mapped = getattr(parsed, "ipv4_mapped", None)
        if is_private(str(mapped or parsed)):
            return None
        self.open()
        country: str | None = None
        system: tuple[int | None, str | None] = (None, None)
        for record in self._records(mapped or parsed):
            country = country or _country(record)
            system = system if any(system) else (_number(record), _organisation(record))
        if country is None and not any(system):
            return None
        return Location(country=country, as_number=system[0], as_organisation=system[1])

    def _records(self, address: "IPv4Address | IPv6Address") -> "Iterator[Mapping[str, Any]]":
        """The records of an address; a damaged database may raise anything, and has none."""
        for reader in self._readers:
            with suppress(Exception):
                record = reader.get(address)
                if isinstance(record, Mapping):
                    yield record


def _opened(path: str) -> "Reader":
    try:
        from maxminddb import MODE_MMAP, open_database
    except ImportError:
        raise SourceError(path, *missing("reading a location database", "maxminddb", "geo")) from None
    try:
        with open(path, "rb") as file:
            is_compressed = file.read(len(_GZIP)) == _GZIP
        if not is_compressed:
            return open_database(path, MODE_MMAP)  # in Python: defects of the C extension could end the process
    except OSError as error:
        raise SourceError(path, reason_of(error), _ADVICE) from None
    except Exception:  # noqa: BLE001 - a damaged database may raise anything
        raise SourceError(path, "not a database in the MaxMind DB format, or a damaged one", _ADVICE) from None
    raise SourceError(path, "a compressed database", "unpack it with gunzip first")


_ADVICE = "give a .mmdb file, such as GeoLite2-Country.mmdb"
_GZIP = b"\x1f\x8b"


def _country(record: Mapping[str, Any]) -> str | None:
    values = (_value(record, keys) for keys in _COUNTRIES)
    return next((value for value in values if isinstance(value, str) and _COUNTRY.fullmatch(value)), None)


def _number(record: Mapping[str, Any]) -> int | None:
    for value in (_value(record, keys) for keys in _NUMBERS):
        match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        number = int(match[1]) if match else value
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number <= _MAX_NUMBER:
            return number
    return None


def _organisation(record: Mapping[str, Any]) -> str | None:
    values = (_value(record, keys) for keys in _ORGANISATIONS)
    return next((value[:_LONGEST_NAME] for value in values if isinstance(value, str) and value), None)


def _value(record: Mapping[str, Any], keys: tuple[str, ...]) -> object:
    value: object = record
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
