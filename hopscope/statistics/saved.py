"""A summary as a document that can be kept, loaded and merged later."""

from typing import Final, Literal

import msgspec

from hopscope.errors import OptionError
from hopscope.statistics.sketch import Sketch
from hopscope.statistics.summary import FindingCount, Leg, LegKey, Period, Server, Slow, Summary, name_order

__all__ = ["SCHEMA", "document", "load"]

SCHEMA: Final = "hopscope-summary/2"
"""Version of the document: raised when a key changes its meaning or goes away, not when one is added."""


class _Server(msgspec.Struct, frozen=True, kw_only=True):
    """The services and builds under one server name."""

    host: str | None
    seen: Server


class _Leg(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of one leg."""

    key: LegKey
    seen: Leg


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    """A whole summary; dictionaries whose keys are no text are lists here."""

    schema: Literal["hopscope-summary/2"]
    messages: int
    unreadable: int
    analyzed: int
    hops: int
    undated: int
    first: float | None
    last: float | None
    total: Sketch
    services: dict[str, int]
    servers: list[_Server]
    legs: list[_Leg]
    scenarios: dict[str, int]
    findings: dict[str, FindingCount]
    days: dict[int, Period]
    hours: dict[int, Period]
    slowest: list[Slow]
    grouped: list[str]


_SAME = tuple(name for name in _Saved.__struct_fields__ if name not in {"schema", "servers", "legs"})
_DECODER = msgspec.json.Decoder(_Saved)
_OTHERS = {
    "hopscope-stats/1": "this summary was saved by an earlier version of hopscope and can no longer be read",
    "hopscope-stats/2": "this is the JSON output of `hopscope stats` and not a summary",
}
"""Why documents of other versions are refused, by their key ``schema``."""


def document(summary: Summary) -> bytes:
    """The document, in JSON; equal summaries give the same bytes."""
    saved = _Saved(
        schema=SCHEMA,
        servers=[_Server(host=host, seen=summary.servers[host]) for host in sorted(summary.servers, key=name_order)],
        legs=[_Leg(key=key, seen=summary.legs[key]) for key in sorted(summary.legs, key=lambda key: key.order)],
        **{name: getattr(summary, name) for name in _SAME},
    )
    return msgspec.json.encode(_canonical(msgspec.to_builtins(saved)))


def _canonical(value: object) -> object:
    r"""The same with keys in order, and what is no character written as ``\udcff``."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {_canonical(key): _canonical(value[key]) for key in sorted(value)}
    return [_canonical(item) for item in value] if isinstance(value, list | tuple) else value


def load(data: bytes) -> Summary:
    """The summary that a document holds.

    Raises:
        OptionError: It is not a summary, or one of another version.
    """
    if (version := _version(data)) in _OTHERS:
        raise OptionError(_OTHERS[version])
    try:
        saved = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise OptionError(f"not a summary saved by hopscope ({error})") from error
    return Summary(
        servers={server.host: server.seen for server in saved.servers},
        legs={leg.key: leg.seen for leg in saved.legs},
        **{name: getattr(saved, name) for name in _SAME},
    )


class _AnyDocument(msgspec.Struct):
    """A document of any version."""

    schema: str = ""


def _version(data: bytes) -> str:
    try:
        return msgspec.json.decode(data, type=_AnyDocument).schema
    except (msgspec.DecodeError, UnicodeError):
        return ""
