"""All keys of the settings and the readers of their values."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from hopscope import data
from hopscope.config.settings import MinimumTls, Organisation, PathRule, PerPath, Settings
from hopscope.config.values import (
    InvalidValue,
    Reader,
    choice,
    cidr,
    codes,
    domain,
    duration,
    leg,
    listed,
    record,
    service,
    severities,
    table,
    text,
)
from hopscope.errors import SettingsError

__all__ = ["complete", "read"]


def _generation(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """An Exchange generation."""
    from hopscope.classifier import pipeline

    return str(choice(pipeline.generations(), "an Exchange generation")(value))


def _tls_version(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """A minimum TLS version; ``TLS`` means any version."""
    versions = [row["version"] for row in data.table("tls_versions") if row["version"].startswith("TLS")]
    return str(choice(["TLS", *versions], "a TLS version")(value))


def read(values: Mapping[str, Any], rule_codes: Collection[str], file: str) -> dict[str, Any]:
    """Convert the values of a settings file to fields of Settings by name.

    Args:
        values: The parsed TOML.
        rule_codes: All codes.
        file: Name of the file, for errors.

    Raises:
        SettingsError: A key is unknown or a value is invalid.
    """
    try:
        fields: dict[str, Any] = record(_keys(rule_codes), dict)(values)
    except InvalidValue as wrong:
        raise SettingsError(file, wrong.place.removeprefix("."), wrong.reason, wrong.advice) from None
    return fields


def complete(settings: Settings, file: str) -> Settings:
    """The settings, after checking that they are complete.

    Raises:
        SettingsError: They set limits for the organisation's servers, but do not identify these servers.
    """
    key = next((key for key in ("tls", "minimum_build") if _is_set(settings, key)), None)
    if key and not settings.organisation:
        reason = "needs to know which servers are yours"
        raise SettingsError(
            file, key, reason, "set organisation.domains, organisation.networks or organisation.servers"
        )
    return settings


def _is_set(settings: Settings, key: str) -> bool:
    default = getattr(_DEFAULTS, key)
    per_path = (table.values.get(key, default) for table in settings.per_path)
    per_rule = (rule.tls for rule in settings.path if key == "tls")
    return any(value != default for value in (getattr(settings, key), *per_path, *per_rule))


_DEFAULTS = Settings()


def _keys(rule_codes: Collection[str]) -> dict[str, Reader]:
    """Every top-level key."""
    limits = _limits(rule_codes)
    return {
        **limits,
        "fail_on": severities,
        "organisation": record(_ORGANISATION, Organisation),
        "path": listed(record(_PATH, PathRule, required=("name",))),
        "per_path": _per_path(limits),
    }


def _limits(rule_codes: Collection[str]) -> dict[str, Reader]:
    """The keys that a per-path table may also have."""
    code = codes(rule_codes)
    return {
        "select": listed(code),
        "ignore": listed(code),
        "severity": table(code, severities),
        "max_total": duration,
        "max_hop": duration,
        "max_service": table(service, duration),
        "max_leg": table(leg, duration),
        "tls": record(_TLS, MinimumTls),
        "tls_unknown": choice(("ignore", "error"), "ignore or error"),
        "minimum_build": table(_generation, _build),
        "forbidden_hosts": listed(text),
    }


_TLS: dict[str, Reader] = dict.fromkeys(MinimumTls.__struct_fields__, _tls_version)
_ORGANISATION: dict[str, Reader] = {
    "domains": listed(domain),
    "networks": listed(cidr),
    "servers": table(text, _generation),
}
_COMPARED = re.compile(r"(internal|inbound|outbound)\s*+>=\s*+(\S++)")


def _minimum_tls(value: Any) -> MinimumTls:  # noqa: ANN401 - any value of TOML
    """Minimum TLS version by kind of leg: a table, or ``internal >= TLS1.2 and inbound >= TLS``."""
    if not isinstance(value, str):
        minimum: MinimumTls = record(_TLS, MinimumTls)(value)
        return minimum
    versions: dict[str, str] = {}
    for part in re.split(r"\s++and\s++", text(value).strip()):
        match = _COMPARED.fullmatch(part)
        if match is None:
            raise InvalidValue(
                f"{part!r} is not a minimum TLS version", 'use a form such as "internal >= TLS1.2 and inbound >= TLS"'
            )
        versions[match[1]] = _tls_version(match[2])
    return MinimumTls(**versions)


_PATH: dict[str, Reader] = {
    "name": text,
    "when": text,
    "files": text,
    "expect": text,
    "forbid": listed(text, lone=True),
    "max_total": duration,
    "tls": _minimum_tls,
    "severity": severities,
}


def _per_path(limits: Mapping[str, Reader]) -> Reader:
    """A table of globs, each with a table of limits."""
    tables = table(text, record(limits, dict))

    def reader(value: Any) -> tuple[PerPath, ...]:  # noqa: ANN401 - any value of TOML
        return tuple(PerPath(glob=glob, values=values) for glob, values in tables(value).items())

    return reader


def _build(value: Any) -> str:  # noqa: ANN401 - any value of TOML
    """A build in its short form."""
    from hopscope.classifier import builds

    number = builds.short(text(value))
    if number is None:
        raise InvalidValue(f"{value!r} is not an Exchange build", 'use a form such as "15.1.2507.39"')
    return number
