"""Exchange build number -> product, release and date.

A server writes its build in the short form in SMTP hops (``15.0.1497.2``) and padded in mapi hops
(``15.00.1497.002``). Major, minor and build identify the release. The revision is a lower bound: an update replaces
single files, so two Received fields of one server often differ in it. The module is over 300 lines because the series
of Exchange Online, the names of releases and the features of builds depend on one table.

Source: Microsoft's "Exchange Server build numbers and release dates".
"""

import re
from bisect import bisect_right
from datetime import UTC, date, datetime
from functools import cache, lru_cache

import msgspec

from hopscope.data import lines, read_text, row, table
from hopscope.model import Build

__all__ = [
    "Neighbours",
    "Release",
    "as_of",
    "compiled",
    "generation",
    "is_online_host",
    "is_outdated",
    "lookup",
    "lookup_on",
    "neighbours",
    "newer_updates",
    "newest",
    "padded",
    "prints_via",
    "service_of",
    "short",
    "tls_form",
    "windows",
]

_BUILD = re.compile(
    r"([0-9]{1,5})\.([0-9]{1,5})\.([0-9]{1,5})(?:\.([0-9]{1,5}))?+"
    r"|Version ([0-9]{1,5})\.([0-9]{1,5}) \(Build ([0-9]{1,5})\.([0-9]{1,5})\)"
)
_SHORT = re.compile(r"(?:[1-9][0-9]{0,4}|0)(?:\.(?:[1-9][0-9]{0,4}|0)){2,3}")
_REVISED = 4
"""Number of components of a complete build."""
_SERIES = 2
"""Number of components with which the table lists a complete series of Exchange Online."""
_ONLINE = "Exchange Online"
_ONLINE_MAJOR, _ONLINE_MINOR = 15, 20
"""Series from 15.20 on are only used by Exchange Online; its hosts also used numbers of Exchange 2010 to 2016."""
_FIRST_OF_SMTP = 8
"""Exchange 2007: the first version with its own transport, and with these forms of Received field."""
_YEAR = 366
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_AS_OF = r"As of ([0-9]{1,2} \w+ [0-9]{4})"

_Key = tuple[int, ...]


class Release(msgspec.Struct, frozen=True):
    """A row of the table of builds."""

    key: _Key
    product: str
    release: str | None
    date: str | None
    source: str

    @property
    def number(self) -> str:
        """The build in its short form, with as many components as the table lists."""
        return ".".join(map(str, self.key))


class _Change(msgspec.Struct, frozen=True):
    """A row of the table of build features."""

    old: str
    last_with_old: _Key
    new: str
    first_with_new: _Key


class Neighbours(msgspec.Struct, frozen=True):
    """The builds of the same product next to a number."""

    exact: Release | None
    """The row with exactly this number."""
    previous: Release | None
    """The row before it; for a number that is not listed, the nearest lower one."""
    next: Release | None


def short(text: str) -> str | None:
    """The build in its short form (``15.00.0466.010`` -> ``15.0.466.10``), or ``None`` if ``text`` is not a build.

    A build is three or four decimal numbers of at most five digits. ``Version 15.1 (Build 2507.6)``, the form of
    AdminDisplayVersion, is also accepted.
    """
    if _SHORT.fullmatch(text):
        return text
    match = _BUILD.fullmatch(text.strip())
    return ".".join(str(int(number)) for number in match.groups() if number) if match else None


def padded(text: str) -> str | None:
    """The build as mapi hops write it (``15.0.466.13`` -> ``15.00.0466.013``); ``None`` without a revision."""
    number = short(text)
    if number is None or number.count(".") != _REVISED - 1:
        return None
    major, minor, build, revision = number.split(".")
    return f"{major}.{minor:0>2}.{build:0>4}.{revision:0>3}"


def lookup(number: str, host: str | None = None) -> Build | None:
    """The build that ``number`` identifies on ``host``; ``None`` if it is not an Exchange build.

    A number that is not in the table counts as the release with the same major, minor and build, or else as "at or
    after" the nearest lower one. Exchange Online, and Forefront Online Protection for Exchange before it, also used the
    numbers of Exchange 2010, 2013 and 2016; on their hosts the host decides.

    Args:
        number: The build in any of its forms.
        host: The name after ``by``.
    """
    return lookup_on(number, service_of(host))


@lru_cache(maxsize=2048)
def lookup_on(number: str, service: str | None) -> Build | None:
    """The build that a number identifies on a host of ``service``, one of Microsoft's own; ``None`` for other hosts."""
    text = short(number)
    if text is None:
        return None
    if service:
        return Build(number=text, product=service, newer=service == _ONLINE and _is_new_series(_key(text)))
    return _on_premises(text)


def is_online_host(host: str) -> bool:
    """Whether ``host`` belongs to Exchange Online, or to Forefront Online Protection for Exchange before it."""
    return service_of(host) is not None


@cache
def generation(product: str) -> str | None:
    """The generation of the transport pipeline (``2007`` ... ``2019``, ``SE``, ``Online``), or ``None``."""
    name = product.rpartition(" ")[2]
    generations = {value for service in table("pipeline_services") for value in service["generation"].split()}
    return name if name in generations else None


def prints_via(number: str | None, product: str | None = None) -> bool | None:
    """Whether the build names Front End Transport and Mailbox Transport in a via clause.

    ``None`` if unknown: on Exchange 2013 between the Preview and SP1, and for a number that is not a build. All
    frontends of Exchange Online were observed to write it, regardless of their number.
    """
    if number and product == _ONLINE:
        return True
    text = short(number) if number else None
    form = _form("via", _key(text)) if text else None
    return form == "yes" if form else None


def tls_form(number: str) -> str | None:
    """The form in which the build records TLS after ``with Microsoft SMTP Server``; ``None`` if unknown."""
    text = short(number)
    key = _key(text) if text else ()
    return _form("tls", key) if key and key[0] >= _FIRST_OF_SMTP else None


def _form(feature: str, key: _Key) -> str | None:
    """The form in which a build writes a feature; ``None`` if unknown, as for major versions not yet observed."""
    change = _changes()[feature]
    if key[0] > change.first_with_new[0]:
        return None
    if key[:3] <= change.last_with_old:
        return change.old
    return change.new if key[:3] >= change.first_with_new else None


@cache
def _changes() -> dict[str, _Change]:
    return {
        change["feature"]: _Change(
            change["old"], _key(change["last_with_old"]), change["new"], _key(change["first_with_new"])
        )
        for change in table("build_features")
    }


def neighbours(number: str) -> Neighbours:
    """The rows of the table at and next to ``number``, of its product; all ``None`` if it is not a build."""
    build = lookup(number)
    if build is None or build.number is None:
        return Neighbours(None, None, None)
    key = _key(build.number)
    rows = _rows(build.product)
    index = bisect_right(rows, key, key=lambda row: row.key)
    exact = rows[index - 1] if index and rows[index - 1].key == key[: len(rows[index - 1].key)] else None
    lower_index = index - 2 if exact else index - 1
    return Neighbours(
        exact, rows[lower_index] if lower_index >= 0 else None, rows[index] if index < len(rows) else None
    )


@cache
def as_of() -> str:
    """The date of the table of builds: ``19 August 2026``."""
    match = re.search(_AS_OF, read_text("exchange_builds.tsv"))
    assert match  # noqa: S101 - a test checks the table
    return match[1]


def compiled() -> date:
    """The date of the table of builds."""
    day, month, year = as_of().split()
    return date(int(year), _MONTHS.index(month[:3]) // 3 + 1, int(day))  # strptime takes 9 ms to import


def is_outdated(today: date | None = None) -> bool:
    """Whether the table of builds is more than a year old, and so lacks several updates of each supported version."""
    return ((today or datetime.now(UTC).date()) - compiled()).days > _YEAR


def newest(product: str) -> Release | None:
    """The latest build of a product, of several the highest; ``None`` if the table has none.

    An update after a service pack can have a lower number: 6.5.7654.4 of 2008, after Exchange 2003 SP2, 6.5.7683.
    """
    return max(_rows(product), key=lambda row: (row.date or "", row.key), default=None)


def newer_updates(build: Build) -> int | None:
    """How many updates of its product are dated after a build; of one that is not listed, after the nearest lower one.

    ``None`` if the date is unknown. The builds of one day are one update, such as a security update for two CUs.
    """
    if build.date is None:
        return None
    return len({row.date for row in _rows(build.product) if row.date and row.date > build.date})


def windows(number: str) -> str | None:
    """The Windows that a version of its SMTP service belongs to (``6.0.3790.4675`` -> ``Windows Server 2003``)."""
    version = ".".join(number.strip().split(".", 3)[:3])
    return _windows().get(version)


def _key(number: str) -> _Key:
    return tuple(map(int, number.split(".")))


def _on_premises(number: str) -> Build | None:
    """The build for a number on a host that is not one of Microsoft's own services."""
    key = _key(number)
    lower, higher = _neighbours(key)
    if (lower and len(lower.key) == _SERIES) or (key[0] == _ONLINE_MAJOR and key[1] >= _ONLINE_MINOR):
        return Build(number=number, product=_ONLINE, newer=_is_new_series(key))
    if lower and lower.key == key[: len(lower.key)]:
        return _build(number, lower, exact=True)
    if higher and higher.key[:3] == key[:3] and not (lower and lower.key[:3] == key[:3]):
        return _build(number, higher)  # a lower revision than the release has
    if lower:
        return _at_or_after(number, lower, newer=key > _newest(lower.product))
    return Build(number=number, product=higher.product) if higher else None


def _neighbours(key: _Key) -> tuple[Release | None, Release | None]:
    """The row at or below ``key`` and the row above it, each only if its major and minor numbers are the same."""
    rows = lines(_TABLE)
    above = bisect_right(rows, key, lo=1, key=_key_of)
    lower = _release(rows[above - 1]) if above > 1 else None
    higher = _release(rows[above]) if above < len(rows) else None
    series = key[:_SERIES]
    return (
        lower if lower and lower.key[:_SERIES] == series else None,
        higher if higher and higher.key[:_SERIES] == series else None,
    )


def _build(number: str, row: Release, *, exact: bool = False) -> Build:
    return Build(number=number, product=row.product, release=row.release, date=row.date, exact=exact)


def _at_or_after(number: str, row: Release, *, newer: bool) -> Build:
    release = f"at or after {row.release}"
    return Build(number=number, product=row.product, release=release, date=row.date, newer=newer)


_TABLE = "exchange_builds"
"""Ascending, so that a number is found by bisection."""


@lru_cache(maxsize=1024)
def _key_of(line: str) -> _Key:
    """The build at the start of a line of the table."""
    return _key(line.partition("\t")[0])


@lru_cache(maxsize=1024)
def _release(line: str) -> Release:
    """A line of the table as a row."""
    values = row(_TABLE, line)
    return Release(
        _key(values["build"]), values["product"], values["release"] or None, values["date"] or None, values["source"]
    )


@cache
def _rows(product: str) -> tuple[Release, ...]:
    """The rows of a product, in the order of the table."""
    return tuple(release for line in lines(_TABLE)[1:] if (release := _release(line)).product == product)


@cache
def _newest(product: str) -> _Key:
    """The highest build of a product."""
    return _key_of(next(line for line in reversed(lines(_TABLE)) if f"\t{product}\t" in line))


def _is_new_series(key: _Key) -> bool:
    return key[:_SERIES] > _newest(_ONLINE)


def service_of(host: str | None) -> str | None:
    """The product that the host's domain identifies; ``None`` for hosts of other organisations."""
    name = (host or "").lower().rstrip(".")
    domains = _domains()
    if not name.endswith(tuple(domains)):  # fast exit for most hosts: a dump may have a new one in every message
        return None
    labels = name.rsplit(".", 3)
    return domains.get(".".join(labels[-2:])) or domains.get(".".join(labels[-3:]))


@cache
def _domains() -> dict[str, str]:
    return {host["domain"]: host["product"] for host in table("online_hosts")}


@cache
def _windows() -> dict[str, str]:
    return {version["version"]: version["windows"] for version in table("windows_smtp")}
