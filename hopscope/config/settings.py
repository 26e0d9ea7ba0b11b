"""The settings of checks as records: general ones, those of some paths, and which hold for one file."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fnmatch import translate
from functools import lru_cache
from typing import Any

import msgspec
from msgspec.structs import replace

from hopscope.model import Severity

__all__ = ["Limits", "Organisation", "PathRule", "PerPath", "Settings", "Tls", "matches"]

ALL_CODES = "HOP"
"""The prefix of every code."""


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """What tells which servers are your own; any of the three does."""

    domains: tuple[str, ...] = ()
    """Domains in lower case; the hosts in them and below are yours."""
    networks: tuple[str, ...] = ()
    """Networks of your servers, as CIDR."""
    servers: Mapping[str, str] = {}
    """Globs of host names, and the generation of Exchange that these servers are."""

    def __bool__(self) -> bool:
        return bool(self.domains or self.networks or self.servers)


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """The least TLS per kind of leg: ``TLS`` for any, or ``TLS1.2``; ``None`` where clear text will do."""

    internal: str | None = None
    """Between two of your servers."""
    inbound: str | None = None
    """From others to yours."""
    outbound: str | None = None
    """From yours to others."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set for all messages, and otherwise for some paths."""

    select: tuple[str, ...] = (ALL_CODES,)
    """Codes, or what codes start with. Of two that fit, the longer one counts."""
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = {}
    """Severities by codes, or what codes start with, instead of the rules' own."""
    max_total: timedelta | None = None
    max_hop: timedelta | None = None
    max_service: Mapping[str, timedelta] = {}
    """By the name of the service: how long it may have a message."""
    max_leg: Mapping[str, timedelta] = {}
    """By the names of two services, ``Front End Transport -> Transport``."""
    tls: Tls = Tls()
    tls_unknown: str = "ignore"
    """``error``: a leg whose TLS is unknown, where a least TLS is set, is a finding, too."""
    minimum_build: Mapping[str, str] = {}
    """By generation: the oldest build that your servers may have."""
    forbidden_hosts: tuple[str, ...] = ()
    """Globs of host names and addresses."""

    def selects(self, code: str) -> bool:
        """Whether findings of this code are wanted."""
        selected = _longest(self.select, code)
        return selected is not None and selected > (_longest(self.ignore, code) or 0)

    def severity_of(self, code: str, default: Severity) -> Severity:
        """The severity of a finding whose rule gave it ``own``."""
        fitting = [prefix for prefix in self.severity if code.startswith(prefix)]
        return self.severity[max(fitting, key=len)] if fitting else default


class PerPath(msgspec.Struct, frozen=True, kw_only=True):
    """What is set otherwise for the files that a glob fits."""

    glob: str
    values: Mapping[str, Any]
    """Fields of Limits by their names."""


class PathRule(msgspec.Struct, frozen=True, kw_only=True):
    """One ``[[path]]`` table: what the settings expect of some messages."""

    name: str
    when: str | None = None
    """A condition (see :mod:`hopscope.checks.condition`); without one, and without ``files``, every message."""
    files: str | None = None
    """A glob that the file of the message fits."""
    expect: str | None = None
    """A path (see :mod:`hopscope.analysis.path_pattern`)."""
    forbid: tuple[str, ...] = ()
    """``host:PATTERN``, ``service:PATTERN``, ``product:PATTERN``, ``software:PATTERN``, of any hop."""
    max_total: timedelta | None = None
    tls: Tls = Tls()
    severity: Severity = Severity.ERROR


class Settings(Limits, frozen=True, kw_only=True):
    """All settings."""

    fail_on: Severity = Severity.WARNING
    """The least severity that makes a check fail."""
    organisation: Organisation = Organisation()
    path: tuple[PathRule, ...] = ()
    per_path: tuple[PerPath, ...] = ()
    file: str | None = None
    """The file at hand, relative to the folder of the settings file where it is below it, with ``/``."""

    def for_file(self, file: str | None) -> "Settings":
        """The settings that hold for a file: of the per-path tables that fit, each changes those before.

        ``ignore`` and ``severity`` are added to, whatever else is replaced.
        """
        changed = replace(self, file=file)
        for table in self.per_path:
            if file is not None and matches(file, (table.glob,)):
                changed = replace(changed, **_added(changed, table.values))
        return changed


def _added(to: Settings, values: Mapping[str, Any]) -> dict[str, Any]:
    added = dict(values)
    if "ignore" in values:
        added["ignore"] = (*to.ignore, *values["ignore"])
    if "severity" in values:
        added["severity"] = {**to.severity, **values["severity"]}
    return added


def matches(text: str, globs: Sequence[str]) -> bool:
    """Whether a path or a host name fits one of the globs; letter case does not count.

    ``*`` stands for any characters, also ``/`` and dots. A glob without ``/`` may also fit the last part of a path.
    """
    name = text.rpartition("/")[2]
    return any(_pattern(glob).match(text if "/" in glob else name) is not None for glob in globs)


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob), re.IGNORECASE)


def _longest(prefixes: Sequence[str], code: str) -> int | None:
    """The length of the longest of the prefixes that the code starts with."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=None)
