"""The options that select messages, shared by all commands that read a dump, and the notes on what they selected.

The module is over 300 lines because an option, its values and its words in notes and errors belong together.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hopscope.renderers.text.escape import visible

if TYPE_CHECKING:
    from hopscope.model import Scenario, Service
    from hopscope.scale.filters import MessageFilter, NamePattern, Selected

__all__ = ["NAMES", "described", "filter_options", "missing_names", "notes", "selected_only"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

NAMES = ("message_ids", "slower_than", "findings", "services", "hosts", "scenarios", "since", "until")
"""The names of the options in a command; those of ``MessageFilter``."""
_WILDCARDS = frozenset("*?")


class _Duration(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """A duration as in the settings: ``90s``, ``5m``, ``1h 30m``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """The duration."""
        from hopscope.config.values import InvalidValue, duration

        if isinstance(value, timedelta):
            return value
        try:
            return duration(value)
        except InvalidValue as wrong:
            self.fail(f"{wrong.reason}; {wrong.advice}", param, ctx)


class _Services(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """The services of a name, or those whose name matches a pattern."""

    name = "service"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple["Service", ...]:  # noqa: ANN401
        """The services, at least one."""
        from hopscope.classifier import service_names
        from hopscope.model import Service

        if isinstance(value, tuple):
            return value
        member = service_names.service(value)
        services = (member,) if member else tuple(_matching(value, Service))
        if not services:
            names = filter(service_names.service, (*service_names.names(), *Service))
            self.fail(_unknown(value, "a service", names, Service), param, ctx)
        return services


class _Scenarios(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """The scenarios that start with a text, or else contain it, or match a pattern."""

    name = "scenario"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple["Scenario", ...]:  # noqa: ANN401
        """The scenarios, at least one."""
        from hopscope.model import Scenario

        if isinstance(value, tuple):
            return value
        text = "" if _WILDCARDS & {*value} else _words(value)
        containing = [member for member in Scenario if text and text in _words(member)]
        starting = [member for member in containing if _words(member).startswith(text)]
        scenarios = tuple(starting or containing or _matching(value, Scenario))
        if not scenarios:
            groups = (str(member).partition(" ")[0].rstrip(",") for member in Scenario)
            self.fail(_unknown(value, "a scenario", (*groups, *Scenario), Scenario), param, ctx)
        return scenarios


class _Findings(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """Codes of findings, or prefixes of codes such as ``HOP1`` or ``HOP1*``, separated by commas."""

    name = "codes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ANN401
        """The prefixes, in upper case."""
        from hopscope.analysis.diagnosis import RULES
        from hopscope.checks.catalogue import codes

        if isinstance(value, tuple):
            return value
        rules = [rule.code for rule in RULES]
        parts = (part.strip().upper() for part in value.split(","))
        prefixes = tuple("HOP" if part in {"ALL", "*"} else part.removesuffix("*") for part in parts if part)
        for prefix in prefixes or ("",):
            if prefix and any(code.startswith(prefix) for code in rules):
                continue
            if prefix and any(code.startswith(prefix) for code in codes()):
                self.fail(f"{prefix} is a check of the settings; use hopscope check --select {prefix}", param, ctx)
            self.fail(_unknown(prefix, "a finding code or a prefix of one", rules, ()), param, ctx)
        return prefixes


class _Hosts(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """Names or addresses of servers, with wildcards, separated by commas."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ANN401
        """The patterns in lower case; addresses without brackets."""
        if isinstance(value, tuple):
            return value
        texts = (part.strip().lower().strip(".") for part in str(value).split(","))
        patterns = tuple(_host_pattern(text) for text in texts if text)
        if not patterns:
            self.fail("a name is needed; use the name or address of a server", param, ctx)
        return patterns


def _host_pattern(text: str) -> str:
    from hopscope.statistics.name_patterns import host_forms

    return text if _WILDCARDS & {*text} else next(iter(host_forms(text)), text)


class _MessageId(click.ParamType):  # type: ignore[type-arg] # generic since click 8.5
    """A Message-ID, with or without angle brackets, with wildcards."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """The pattern in lower case, without angle brackets."""
        from hopscope.scale.filters import bare_id

        text = bare_id(str(value))
        if not text:
            self.fail("a Message-ID is needed; use the text between < and >", param, ctx)
        return text


_OPTIONS = (
    click.option(
        "--message-id",
        "message_ids",
        multiple=True,
        type=_MessageId(),
        metavar="ID",
        help="With this Message-ID (wildcards: *, ?).",
    ),
    click.option(
        "--slower-than", type=_Duration(), metavar="TIME", help="With a longer total delay, such as 5m or 1h 30m."
    ),
    click.option(
        "--finding",
        "findings",
        multiple=True,
        type=_Findings(),
        metavar="CODES",
        help="With one of these findings: codes or prefixes, such as HOP110,HOP2.",
    ),
    click.option(
        "--service",
        "services",
        multiple=True,
        type=_Services(),
        metavar="NAME",
        help="Handled by this service, such as fe, hub or 'Mailbox Transport'.",
    ),
    click.option(
        "--host",
        "hosts",
        multiple=True,
        type=_Hosts(),
        metavar="NAMES",
        help="Received by or from one of these servers: names, short names, domains or addresses, separated by commas "
        "(wildcards: *, ?).",
    ),
    click.option(
        "--scenario",
        "scenarios",
        multiple=True,
        type=_Scenarios(),
        metavar="NAME",
        help="Of this scenario or group, such as inbound or hybrid.",
    ),
    click.option(
        "--since",
        metavar="TIME",
        help="Last hop at or after TIME, such as 7d, yesterday or '2024-06-03 14:00' (in UTC, or in the zone of --tz).",
    ),
    click.option("--until", metavar="TIME", help="Last hop before TIME."),
)


def filter_options(command: _Command) -> _Command:
    """The options that select messages, given to the command as one ``MessageFilter``, or ``None``: ``filter_``."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any argument of the command
        values = {name: kwargs.pop(name) for name in NAMES}
        filter_ = (
            _filter(values, datetime.now(UTC)) if any(value not in (None, ()) for value in values.values()) else None
        )
        return command(*args, filter_=filter_, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def _filter(values: dict[str, Any], now: datetime) -> "MessageFilter":
    from hopscope.scale.filters import MessageFilter

    zone = click.get_current_context().params.get("tz") or UTC
    since, until = (_time(f"--{name}", values[name], now, zone) for name in ("since", "until"))
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since is not earlier than --until; no message can match both")
    return MessageFilter(
        message_ids=_distinct(values["message_ids"]),
        hosts=_distinct(host for hosts in values["hosts"] for host in hosts),
        services=_distinct(service for services in values["services"] for service in services),
        scenarios=_distinct(scenario for scenarios in values["scenarios"] for scenario in scenarios),
        findings=_distinct(code for codes in values["findings"] for code in codes),
        slower_than=values["slower_than"],
        since=since,
        until=until,
    )


def _time(option: str, text: str | None, now: datetime, zone: tzinfo) -> float | None:
    if text is None:
        return None
    from hopscope.cli.times import point_in_time

    try:
        return point_in_time(text, now, zone).timestamp()
    except ValueError as error:
        raise click.BadParameter(str(error), ctx=click.get_current_context(), param_hint=f"'{option}'") from None


_T = TypeVar("_T")


def _distinct(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


_Member = TypeVar("_Member", bound=str)


def _matching(pattern: str, members: Iterable[_Member]) -> Iterator[_Member]:
    """The members that match a pattern, if it has wildcards."""
    from fnmatch import fnmatchcase

    if _WILDCARDS & {*pattern}:
        yield from (member for member in members if fnmatchcase(member.lower(), pattern.lower()))


def _words(text: str) -> str:
    """The words of a text in lower case, without punctuation."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


def _unknown(value: str, what: str, names: Iterable[str], valid: Iterable[str]) -> str:
    """The error for an unknown name, with the nearest one, or else the valid ones."""
    from hopscope.config.near import suggested

    listed = "; ".join(valid)
    advice = suggested(value, names) or (f"valid: {listed}" if listed else "see hopscope rules")
    return f"{value!r} is not {what}; {advice}"


def described(filter_: "MessageFilter") -> str:
    """The conditions of a filter, separated by commas: ``host ex16-01, slower than 5 min``."""
    from hopscope.analysis.phrases import duration

    parts = [
        *_alternatives("Message-ID", filter_.message_ids),
        *([f"slower than {duration(filter_.slower_than)}"] if filter_.slower_than is not None else ()),
        *_alternatives("finding", filter_.findings),
        *_alternatives("service", filter_.services),
        *_alternatives("host", filter_.hosts),
        *_alternatives("scenario", filter_.scenarios),
        *([f"since {_minute(filter_.since)}"] if filter_.since is not None else ()),
        *([f"before {_minute(filter_.until)}"] if filter_.until is not None else ()),
    ]
    return ", ".join(parts)


def selected_only(filter_: "MessageFilter", selected: "Selected | None") -> str:
    """The sentence for outputs that cover the selected messages only."""
    counts = f" ({selected.selected:,} of {selected.read:,})" if selected else ""
    return f"Selected messages: {described(filter_)}{counts}."


def _alternatives(noun: str, values: Sequence[str]) -> Iterator[str]:
    if values:
        yield f"{noun} {' or '.join(values)}"


def _minute(seconds: float) -> str:
    time = datetime.fromtimestamp(seconds, UTC)
    return f"{time:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + " UTC"


def missing_names(filter_: "MessageFilter", selected: "Selected", noun: str = "message") -> Iterator[str]:
    """An error for each name that occurs in no message (``noun``), with the nearest names that do."""
    for pattern in filter_.names:
        if pattern not in selected.occurring:
            yield f"no {noun} matches {_option(pattern)}{_suggestion(selected, pattern)}"


def _option(pattern: "NamePattern") -> str:
    return visible(f"{pattern.option} {pattern.text}")


def _suggestion(selected: "Selected", pattern: "NamePattern") -> str:
    names = list(dict.fromkeys(name for _, name in selected.nearest.get(pattern, ())))
    return f"; nearest: {', '.join(map(visible, names))}" if names else ""


def _nearest(filter_: "MessageFilter", selected: "Selected") -> Iterator[str]:
    """What the messages have, for each condition that none of them meets."""
    from hopscope.analysis.phrases import duration

    first, last, slowest = selected.first, selected.last, selected.slowest
    if filter_.since is not None and last is not None and last < filter_.since:
        yield f"latest message: {_minute(last)}"
    if filter_.until is not None and first is not None and first >= filter_.until:
        yield f"earliest message: {_minute(first)}"
    if filter_.slower_than is not None and slowest is not None and slowest <= filter_.slower_than:
        yield f"longest total delay: {duration(slowest)}"
    if selected.services and selected.services.isdisjoint(filter_.services):
        yield f"services in these messages: {', '.join(sorted(selected.services))}"


def notes(filter_: "MessageFilter", selected: "Selected", *, counted: bool) -> Iterator[str]:
    """Notes on what was selected; ``counted`` if the output of the command has no count itself."""
    if not selected.selected:
        nearest = "".join(f"; {text}" for text in _nearest(filter_, selected))
        yield f"no message selected: {visible(described(filter_))} ({selected.read:,} read){nearest}"
    elif counted:
        yield f"{selected.selected:,} of {selected.read:,} messages selected"
    if selected.undated:
        noun = (
            "1 message without a date was"
            if selected.undated == 1
            else f"{selected.undated:,} messages without a date were"
        )
        yield f"{noun} left out by --since or --until"
