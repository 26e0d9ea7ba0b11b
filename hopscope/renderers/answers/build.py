"""An Exchange build number -> product, release and date, what such a server writes, and the adjacent builds."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from hopscope.analysis.lifecycle import later_support, support
from hopscope.classifier import builds
from hopscope.classifier.builds import Neighbours, Release
from hopscope.data import table
from hopscope.model import Build
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "build_of", "is_newer", "names", "refusal", "sources"]

_LABELLED = r"(?:id|build|version) ++(?=[0-9]++\.[0-9]++\.)"
_DISPLAYED = r"[0-9]++\.[0-9]++ \(Build "
_ONLINE = "Exchange Online"
_RELEASE = re.compile(r"(?:at or after )?(\S++)")
"""A release, without the name of its security update."""
_FILTERED = "2010"
"""The generation whose build numbers Forefront Online Protection for Exchange also used."""
_FIRST_WITH_VIA = "15"
"""Major version of Exchange 2013, the first with services that ``via`` names."""
_FIRST_WITH_BUILDS = 8
"""Major version of Exchange 2007. Earlier Received fields name the Windows SMTP service and no Exchange build."""


def answer(what: str, today: date | None = None) -> Answer | None:
    """The facts on a build number; ``None`` if it is not an Exchange build."""
    build = build_of(what)
    if build is None or build.number is None:
        return None
    neighbours = _neighbours(build)
    listed = facts(
        [
            ("Product", build.product),
            ("Release", build.release),
            ("Date", _date(build)),
            ("Support", _support(build, today or datetime.now(UTC).date())),
            ("Newest build", _newest(build)),
            ("Build table", _status(build, neighbours)),
            ("Written as", _forms(build.number)),
            ("Via clause", _via(build)),
            ("TLS comment", _tls(build.number)),
            ("On other hosts", _elsewhere(build)),
            ("In use", _seen(build)),
            ("Next lower", _row(neighbours.previous) if neighbours.exact else None),
            ("Next higher", _row(neighbours.next)),
            ("See also", _pipeline(build)),
            ("Source", cited("; ".join(sources(build)))),
        ]
    )
    return Answer(kind="build", parts=(Part(heading=f"{build.number}: {_title(build)}", facts=listed),))


def is_newer(what: str) -> bool:
    """Whether ``what`` is a build that is newer than the table."""
    build = build_of(what)
    return build is not None and build.newer


def build_of(what: str) -> Build | None:
    """The build that ``what`` is, also the AdminDisplayVersion ``15.1 (Build 2507.6)``; ``None`` if it is not one."""
    if re.match(_DISPLAYED, what, re.IGNORECASE):
        return builds.lookup(f"Version {what}")
    label = re.match(_LABELLED, what, re.IGNORECASE)
    return builds.lookup(what[label.end() :] if label else what)


def names() -> Iterable[str]:
    """The builds of the table, without the Exchange Online series, which are not builds."""
    return (row["build"] for row in table("exchange_builds") if row["product"] != _ONLINE)


def refusal(what: str) -> str | None:
    """Why a number cannot be explained as a build; ``None`` if ``what`` is not a number."""
    if builds.short(what):
        return "not a build of Exchange or a version of the Windows SMTP service"
    if re.fullmatch(r"[0-9]++(?:\.[0-9]++)*+", what):
        return "not a build number (example: 15.1.2507.39)"
    return None


def _title(build: Build) -> str:
    return f"{build.product}, {build.release}" if build.release else build.product


def _date(build: Build) -> str | None:
    return f"{build.date} or later" if build.date and not _is_release(build) else build.date


def _is_release(build: Build) -> bool:
    return not (build.release or "").startswith("at or after")


def _status(build: Build, neighbours: Neighbours) -> str:
    as_of = f"as of {builds.as_of()}"
    if build.product == _ONLINE:
        position = "newer than every Exchange Online series" if build.newer else "one of the Exchange Online series"
        return f"{position} in the table, {as_of}; Exchange Online builds are not published"
    if build.exact:
        return f"exact match, {as_of}"
    if build.newer:
        return f"newer than every build of {build.product} in the table, {as_of}"
    if build.release is None:
        return f"older than every build of its series in the table, {as_of}"
    if _is_release(build):
        return f"not in the table, {as_of}; release identified by the first three numbers"
    return f"not in the table, {as_of}; nearest lower build: {_row(neighbours.previous)}"


def _support(build: Build, today: date) -> list[str]:
    """Whether the product and the release are supported; what has ended by today is in the past tense."""
    state = support(build)
    if state is None:
        return []
    if state.end is not None and state.end < max(today, state.as_of):
        later = later_support(build.product, today)
        extra = f"; {later}" if later else ""
        lines = [f"{build.product} has been out of support since {state.end}{extra}"]
    else:
        until = f"until {state.end}" if state.end else "no end date published"
        lines = [f"{build.product} is supported, {until} (as of {builds.as_of()})"]
    release = _RELEASE.match(build.release or "")
    if release and state.releases and release[1] not in state.releases and not build.newer:
        last = " and ".join(state.releases)
        lines.append(f"{release[1]} gets no security updates: the last ones of {build.product} are for {last}")
    return lines


def _newest(build: Build) -> str | None:
    """The newest build of the product in the table, and how many updates are newer than this build."""
    state = support(build)
    if state is None:
        return None
    count = state.newer_updates
    newer = (
        ""
        if count is None or build.newer
        else f"; {count or 'no'} update{'' if count == 1 else 's'} newer than this build"
    )
    return f"{_row(state.newest)}, as of {builds.as_of()}{newer}"


def _forms(number: str) -> str | None:
    padded = builds.padded(number)
    if padded is None or int(number.split(".", maxsplit=1)[0]) < _FIRST_WITH_BUILDS:
        return None
    return f"{number} in SMTP hops, {padded} in mapi hops"


def _via(build: Build) -> str | None:
    number = build.number or ""
    prints = builds.prints_via(number)
    if int(number.split(".")[0]) < _FIRST_WITH_BUILDS:
        return None
    if prints:
        return "`via Frontend Transport` and `via Mailbox Transport` name these services"
    if prints is None:
        return "unknown: this build may or may not name Front End Transport and Mailbox Transport"
    if number.split(".")[0] == _FIRST_WITH_VIA:
        return "none: services are inferred from the path"
    return "none: no Front End Transport and no Mailbox Transport in this generation"


def _tls(number: str) -> str | None:
    form = builds.tls_form(number)
    return f"{form} after `with Microsoft SMTP Server`" if form else None


def _elsewhere(build: Build) -> str | None:
    """The meaning of the same number on hosts of Microsoft's services."""
    hosts = table("online_hosts")
    if build.product == _ONLINE:
        return None
    if series := _series(build):
        domains = ", ".join(row["domain"] for row in hosts if row["product"] == _ONLINE)
        return f"an {_ONLINE} build on hosts of {domains}: {series} numbers were in use {_span(series)}"
    if builds.generation(build.product) == _FILTERED:
        return "; ".join(
            f"a build of {row['product']} on hosts of {row['domain']}" for row in hosts if row["product"] != _ONLINE
        )
    return None


def _seen(build: Build) -> str | None:
    """The period in which Exchange Online used the series."""
    series = _series(build) if build.product == _ONLINE else None
    return f"{series} numbers {_span(series)}" if series else None


def _series(build: Build) -> str | None:
    """The Exchange Online series of the build."""
    listed = (row["series"] for row in table("online_series"))
    return next((series for series in listed if (build.number or "").startswith(f"{series}.")), None)


def _span(series: str) -> str:
    row = next(row for row in table("online_series") if row["series"] == series)
    last = f"to {row['last']}" if row["last"] else "on"
    return f"from {row['first']} {last}" if row["first"] else last


def _row(row: Release | None) -> str | None:
    return f"{row.number}, {row.release} ({row.date})" if row else None


def _pipeline(build: Build) -> str | None:
    generation = builds.generation(build.product)
    return f"hopscope pipeline {generation}" if generation else None


def sources(build: Build) -> tuple[str, ...]:
    """The sources of the facts on a build: keys of ``data/SOURCES.md``."""
    neighbours = _neighbours(build)
    row, state = neighbours.exact or neighbours.previous or neighbours.next, support(build)
    of_build = (
        row.source
        if row
        else next(row["source"] for row in table("exchange_builds") if row["product"] == build.product)
    )
    of_support = state.source.split("; ") if row and state else []
    return tuple(dict.fromkeys([*of_build.split("; "), *of_support]))


def _neighbours(build: Build) -> Neighbours:
    """The adjacent builds; none of Exchange Online, whose builds are not published."""
    listed = build.number is not None and build.product != _ONLINE
    return builds.neighbours(build.number or "") if listed else Neighbours(None, None, None)
