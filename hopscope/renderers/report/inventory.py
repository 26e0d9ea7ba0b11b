"""Builds per server and TLS per leg."""

from collections import Counter
from collections.abc import Iterator

from hopscope.analysis.lifecycle import ONLINE
from hopscope.classifier import builds
from hopscope.data import table
from hopscope.model import Service
from hopscope.renderers.report import times
from hopscope.renderers.report.legs import name
from hopscope.renderers.text import rounded
from hopscope.renderers.text.page import Facts
from hopscope.statistics.summary import OTHERS, Leg, LegKey, Server, Summary, name_order, version_and_cipher

__all__ = ["servers", "tls"]

_SERVERS = 30
"""Number of Exchange servers shown; the others are in a collapsed group."""
_GROUP_ROWS = 100
"""Maximum number of rows in a group."""
_BUILDS = 4
"""Maximum number of builds per server."""
_VERSIONS = 40
_LEGS = 100
_NOT_EXCHANGE = frozenset({Service.OTHER_MTA, Service.UNKNOWN, None})


def servers(summary: Summary) -> Facts:
    """The Exchange servers, then other systems, each group with the busiest first."""
    ranked = sorted(summary.servers.items(), key=lambda item: (-item[1].count, name_order(item[0])))
    exchange = [item for item in ranked if _is_exchange(item[1])]
    foreign = [item for item in ranked if not _is_exchange(item[1])]
    online = _builds_of_online(summary)
    groups = (
        ("Exchange", exchange[:_SERVERS], _EXCHANGE_CAPTION),
        ("Other Exchange servers", exchange[_SERVERS:], _EXCHANGE_CAPTION),
        ("Other systems", foreign, _OTHER_CAPTION),
    )
    return {"groups": [_group(title, members, caption, online) for title, members, caption in groups if members]}


def _builds_of_online(summary: Summary) -> dict[str, int]:
    """The hops of each build of Exchange Online: its servers are one, and have more builds than a server may name."""
    return {label: count for label, count in summary.products.items() if label.partition("\t")[0] == ONLINE}


_EXCHANGE_CAPTION = "Exchange servers, busiest first; Exchange Online in one row."
_OTHER_CAPTION = (
    "Other mail systems, busiest first, in one row per domain unless it is the domain of the Exchange servers."
)


def _group(title: str, members: list[tuple[str | None, Server]], caption: str, online: dict[str, int]) -> Facts:
    rows = [
        _server(host, server, online if host == ONLINE else server.builds) for host, server in members[:_GROUP_ROWS]
    ]
    return {
        "title": title,
        "caption": caption,
        "count": rounded.count(len(members)),
        "rows": rows,
        "more": rounded.more(len(members) - _GROUP_ROWS, "servers"),
    }


def _is_exchange(server: Server) -> bool:
    return any(service not in _NOT_EXCHANGE for service in server.services)


def _server(host: str | None, server: Server, counts: dict[str, int]) -> Facts:
    ranked = sorted(counts.items(), key=lambda item: (item[0] == OTHERS, -item[1], item[0]))
    hops = rounded.counted(sum(count for _, count in ranked[_BUILDS:]), "hop")
    more = rounded.more(len(ranked) - _BUILDS, "builds")
    return {
        "host": "(others)" if host == OTHERS else host or "no name",
        "count": rounded.count(server.count),
        "services": [name(service, None) for service in _most_first(server.services)],
        "builds": [{"text": _build(build), "count": rounded.count(count)} for build, count in ranked[:_BUILDS]],
        "more": f"{more}: {hops}" if more else "",
    }


def _most_first(counts: dict[str, int]) -> list[str]:
    return [label for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _build(label: str) -> str:
    if label == OTHERS:
        return "all other builds"
    product, _, number = label.partition("\t")
    build = builds.lookup(number) if number else None
    release = f" {build.release}" if build and build.release and build.product == product else ""
    return f"{product}{release} ({number})" if product and number else product or number or "unknown"


def tls(summary: Summary) -> Facts:
    """Versions and ciphers over all legs, and the legs that use deprecated ones."""
    day = rounded.day(times.usual_days(summary)[1])[:7] if summary.days else ""
    uses: Counter[str] = Counter()
    legs: Counter[str] = Counter()
    for leg in summary.legs.values():
        uses.update(leg.tls)
        legs.update(leg.tls.keys())
    ranked = sorted(uses.items(), key=lambda item: (-item[1], item[0]))
    verdicts = {protocol: _verdict(protocol, day) for protocol in uses}
    old = list(_old_legs(summary.legs, verdicts))
    return {
        "rows": [_protocol(protocol, uses, legs, verdicts, summary.hops) for protocol, _ in ranked[:_VERSIONS]],
        "more": rounded.more(len(ranked) - _VERSIONS, "kinds of TLS"),
        "old": [row for _, row in old[:_LEGS]],
        "more_old": rounded.more(len(old) - _LEGS, "legs"),
        "day": day,
    }


def _protocol(protocol: str, uses: Counter[str], legs: Counter[str], verdicts: dict[str, str], hops: int) -> Facts:
    version, cipher = version_and_cipher(protocol)
    return {
        "version": "(others)" if protocol == OTHERS else version or "not recorded",
        "cipher": cipher or "–",
        "count": rounded.count(uses[protocol]),
        "share": rounded.share(uses[protocol], hops),
        "legs": rounded.count(legs[protocol]),
        "verdict": verdicts[protocol],
    }


def _verdict(protocol: str, day: str) -> str:
    """The latest advice against a version or cipher before ``day``; empty if there is none."""
    version, cipher = version_and_cipher(protocol)
    words = set(cipher.upper().replace("-", "_").split("_"))
    rows = [
        row
        for row in table("tls_advice")
        if row["since"][:7] < day and (row["word"] == version if row["what"] == "version" else row["word"] in words)
    ]
    latest = {row["name"]: row for row in rows}
    return "; ".join(
        f"{row['name']} {row['verdict']} since {row['since'][:7]} ({row['source']})" for row in latest.values()
    )


def _old_legs(legs: dict[LegKey, Leg], verdicts: dict[str, str]) -> Iterator[tuple[int, Facts]]:
    """The legs that use deprecated versions or ciphers, the most frequent first."""
    outdated = []
    for key, leg in legs.items():
        uses = {protocol: count for protocol, count in leg.tls.items() if verdicts[protocol]}
        if uses:
            outdated.append((sum(uses.values()), key, leg, uses))
    outdated.sort(key=lambda entry: (-entry[0], tuple(map(name_order, entry[1]))))
    for count, key, leg, uses in outdated:
        yield (
            count,
            {
                "origin": name(key.from_service, key.from_host),
                "target": name(key.to_service, key.to_host),
                "count": rounded.count(count),
                "share": rounded.share(count, leg.count),
                "kinds": _most_first(uses),
            },
        )
