"""The settings of checks as records: general ones, per-path ones, and the effective settings of one file."""

import re
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import timedelta
from fnmatch import translate
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import FieldInfo, fields, force_setattr, replace

from hopscope.errors import SettingsError
from hopscope.model import Severity

__all__ = ["Limits", "MinimumTls", "Organisation", "PathRule", "PerPath", "Settings", "matches"]

Code = Annotated[str, msgspec.Meta(pattern=r"^H(O(P[0-9]*)?)?$")]
"""The code of a finding, or a prefix of codes; that of every code is ``HOP``."""
TlsVersion = Annotated[str, msgspec.Meta(pattern=r"^TLS(1\.[0-9])?$")]
"""``TLS`` for any version, or one such as ``TLS1.2``."""


class _Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A record of settings, whose types are checked: a program that gives a text for a tuple would check nothing."""

    def __post_init__(self) -> None:
        for field in _fields(type(self)):
            given = getattr(self, field.name)
            if given is field.default:
                continue
            try:
                value = msgspec.convert(given, field.type)
            except msgspec.ValidationError as error:
                name = type(self).__name__
                raise SettingsError(name, field.name, str(error), f"see help(hopscope.{name})") from None
            force_setattr(self, field.name, value)


@lru_cache
def _fields(record: type[_Settings]) -> tuple[FieldInfo, ...]:
    return fields(record)


class Organisation(_Settings, frozen=True, kw_only=True):
    """Identifies the organisation's servers; a server belongs to it if any of the three applies."""

    domains: tuple[str, ...] = ()
    """Domains in lower case; hosts in them and in their subdomains are the organisation's."""
    networks: tuple[str, ...] = ()
    """Networks of the organisation's servers, as CIDR."""
    servers: Mapping[str, str] = {}
    """Exchange generation by glob of host names."""

    def __bool__(self) -> bool:
        return bool(self.domains or self.networks or self.servers)


class MinimumTls(_Settings, frozen=True, kw_only=True):
    """Minimum TLS version by kind of leg: ``TLS`` for any, or ``TLS1.2``; ``None`` allows no TLS."""

    internal: TlsVersion | None = None
    """Between two servers of the organisation."""
    inbound: TlsVersion | None = None
    """From an external server to one of the organisation."""
    outbound: TlsVersion | None = None
    """From a server of the organisation to an external one."""


class Limits(_Settings, frozen=True, kw_only=True):
    """Settings that apply to all messages and can be overridden per path."""

    select: tuple[Code, ...] = ("HOP",)
    """Codes or prefixes of codes. The longest match wins."""
    ignore: tuple[Code, ...] = ()
    """Codes or prefixes of codes that are not reported. The longest match wins."""
    severity: Mapping[Code, Severity] = {}
    """Severity by code or prefix of codes; overrides that of the rule."""
    max_total: timedelta | None = None
    """Maximum total delay of a message; ``None`` for no limit."""
    max_hop: timedelta | None = None
    """Maximum delay of a hop; ``None`` for no limit."""
    max_service: Mapping[str, timedelta] = {}
    """Maximum delay by name of the service."""
    max_leg: Mapping[str, timedelta] = {}
    """Maximum delay by leg, ``Front End Transport -> Transport``."""
    tls: MinimumTls = MinimumTls()
    """Minimum TLS versions."""
    tls_unknown: Literal["ignore", "error"] = "ignore"
    """``error``: unknown TLS is a finding on legs with a minimum TLS version."""
    minimum_build: Mapping[str, str] = {}
    """Minimum build of the organisation's servers, by generation."""
    forbidden_hosts: tuple[str, ...] = ()
    """Globs of host names and addresses."""

    def selects(self, code: str) -> bool:
        """Whether findings with this code are reported."""
        selected = _longest(self.select, code)
        return selected is not None and selected > (_longest(self.ignore, code) or 0)

    def severity_of(self, code: str, default: Severity) -> Severity:
        """The severity of findings with this code; ``default`` is that of the rule."""
        fitting = [prefix for prefix in self.severity if code.startswith(prefix)]
        return self.severity[max(fitting, key=len)] if fitting else default


class PerPath(_Settings, frozen=True, kw_only=True):
    """Overrides for the files that match a glob."""

    glob: str
    """Matches the path of a file."""
    values: Mapping[str, Any]
    """Fields of Limits by name."""


class PathRule(_Settings, frozen=True, kw_only=True):
    """One ``[[path]]`` table: the expectations for some messages."""

    name: str
    """The name, with which its findings start."""
    when: str | None = None
    """A condition (see docs/check.md); without one, and without ``files``, every message."""
    files: str | None = None
    """A glob for the file of the message."""
    expect: str | None = None
    """A path (see docs/check.md)."""
    forbid: tuple[str, ...] = ()
    """``host:PATTERN``, ``service:PATTERN``, ``product:PATTERN``, ``software:PATTERN``, of any hop."""
    max_total: timedelta | None = None
    """Maximum total delay of the message; ``None`` for no limit."""
    tls: MinimumTls = MinimumTls()
    """Minimum TLS versions."""
    severity: Severity = Severity.ERROR
    """Severity of its findings."""


class Settings(Limits, frozen=True, kw_only=True):
    """The settings of checks: those of a ``hopscope.toml``, or built in a program. See docs/check.md for the keys.

    A value of a wrong type is a SettingsError, also in the other records.
    """

    fail_on: Severity = Severity.WARNING
    """Minimum severity that fails."""
    organisation: Organisation = Organisation()
    """Identifies your servers."""
    path: tuple[PathRule, ...] = ()
    """Expectations for some messages."""
    per_path: tuple[PerPath, ...] = ()
    """Overrides for some files."""
    file: str | None = None
    """The current file, with ``/``; relative to ``folder`` if it is below that folder. Set by ``for_file``."""
    folder: str = "."
    """The folder that globs of files are relative to: that of the settings file."""

    def for_file(self, file: str | None) -> "Settings":
        """The effective settings of a file: matching per-path tables apply in order, later ones override earlier ones.

        ``ignore`` and ``severity`` are extended; all other keys are replaced.
        """
        changed = copy(self)  # replace would check all types again, for each message
        force_setattr(changed, "file", file)
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
    """Whether a path or a host name matches one of the globs, ignoring case.

    ``*`` matches any characters including ``/`` and dots. A glob without ``/`` also matches the last part of a path.
    """
    name = text.rpartition("/")[2]
    return any(_pattern(glob).match(text if "/" in glob else name) is not None for glob in globs)


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob), re.IGNORECASE)


def _longest(prefixes: Sequence[str], code: str) -> int | None:
    """Length of the longest matching prefix; ``None`` without a match."""
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=None)
