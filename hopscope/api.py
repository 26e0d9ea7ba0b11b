"""The functions of the library, apart from ``hopscope.render``: reading, analysis, checks, comparison, statistics.

The module is over 300 lines because of the documentation of its functions.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, NoReturn, overload

from hopscope.errors import NotMailError, OptionError, PartlyReadError, SourceError
from hopscope.model import Finding, Route

if TYPE_CHECKING:
    from email.message import Message as EmailMessage

    from hopscope.analysis.analyze import Analysis
    from hopscope.comparison import Comparison
    from hopscope.comparison.typical import Typical
    from hopscope.config.settings import Organisation, Settings
    from hopscope.redaction import Redacted
    from hopscope.renderers.answers import Answer
    from hopscope.sources.locations import LocationDatabases
    from hopscope.sources.message import Message
    from hopscope.statistics.before_after import Difference
    from hopscope.statistics.digest import Digest
    from hopscope.statistics.summary import Summary
    from hopscope.statistics.topology import Topology
    from hopscope.tracking.index import TrackingIndex

__all__ = [
    "analyze",
    "check",
    "compare",
    "explain",
    "findings",
    "messages",
    "open_locations",
    "open_tracking_logs",
    "read",
    "read_file",
    "read_settings",
    "redact",
    "summarize",
    "topology",
    "typical",
]

_KEY_BYTES = 32
_LEAST_KEY_BYTES = 16
_LONGEST_PATH = 1 << 12
"""Characters; a longer text is read as a message, as testing each of its colons for the end of a path takes time."""
_MOST_COUNTED = 1000
"""A larger number of messages is not counted, as a dump may have millions."""


def read(data: "bytes | str | EmailMessage", *, source: str = "-", in_bulk: bool = False) -> Route:
    """Read a message and label its hops.

    Args:
        data: A message, its header block, pasted header fields, or a message of Python's ``email`` package, parsed or
            built by a program. Any content is accepted, also damaged content; without a Received field the route has
            no hops. Of several messages, as in the content of an mbox file, only the first is read; ``messages`` and
            ``read_file`` read mbox files, archives and compressed files.
        source: The source of the message, kept in ``Route.source``.
        in_bulk: Whether many messages are read. It does not change the result: patterns that speed up reading take
            some milliseconds to compile.

    Returns:
        The labelled route, with the hops from the origin to the destination. Of a report on the delivery of a message,
        that of this message, with its delivery status.

    Raises:
        OptionError: ``data`` is the path of a file, which ``read_file`` reads.
        TypeError: ``data`` is of another type.
    """
    from hopscope.classifier import label
    from hopscope.parser import parse

    if isinstance(data, str):
        _refuse_path(data)
    elif not isinstance(data, bytes):
        data = _as_bytes(data)
    return label(parse(data, source=source, in_bulk=in_bulk))


def _refuse_path(text: str) -> None:
    """Raise OptionError if a text is the path of a file, or the address of a message in one, and not a message."""
    if len(text) > _LONGEST_PATH or "\n" in text or "\r" in text or ": " in text:
        return
    from hopscope.sources.address import container

    if os.path.exists(container(text)):  # noqa: PTH110 - any text; no error is raised for what no path can be
        raise OptionError(f"{text!r} is a path, not a message; use hopscope.read_file")


def _as_bytes(data: object) -> bytes:
    from email.message import Message as EmailMessage

    if isinstance(data, EmailMessage):
        from hopscope.sources.email_message import as_written

        return as_written(data)
    if isinstance(data, os.PathLike):
        raise OptionError(f"{os.fspath(data)!r} is a path, not a message; use hopscope.read_file")
    raise TypeError(f"read takes bytes, str or an EmailMessage, not {type(data).__name__}")


def read_file(path: "str | os.PathLike[str]") -> Route:
    """Read the message in a file and label its hops.

    Args:
        path: A file of any kind that hopscope reads (.eml, .msg, .emlx, a text with headers, a compressed one ...), or
            the address of a message in a file: ``dump.mbox:17``, ``dump.zip:inbox/17.eml``, ``dump.mbox:<id@host>``.

    Returns:
        The labelled route, as of ``read``; its ``source`` is the path or address.

    Raises:
        SourceError: There is no such file or message, it cannot be read, or it has several messages.
    """
    name = _path(path)
    if os.path.isdir(name):  # noqa: PTH112 - a text
        raise SourceError(name, "is a folder", "use hopscope.messages")
    first: Message | None = None
    number = 0
    for message in _mail([name]):
        if isinstance(message, SourceError):
            raise message
        first, number = first or message, number + 1
        if number > _MOST_COUNTED:
            break
    if first is None or number > 1:
        counted = f"more than {_MOST_COUNTED:,}" if number > _MOST_COUNTED else str(number)
        address = f", or read_file({first.source!r})" if first else ""
        raise SourceError(name, f"has {counted} messages", f"use hopscope.messages{address}")
    from hopscope.scale.reading import labelled

    return labelled(first)


def messages(
    *paths: "str | os.PathLike[str]",
    attached: bool = False,
    on_error: Callable[[SourceError], object] | None = None,
) -> Iterator[Route]:
    """Read the messages in files and folders, one at a time.

    Args:
        paths: Files (messages, mbox files, archives, lists such as JSON Lines and CSV), folders, Maildirs, or addresses
            of messages in these (``dump.mbox:17``). In folders and archives, files that are not mail are skipped.
        attached: Whether to read the messages attached to messages as well, each after the message that contains it.
        on_error: Receives each error of a source that cannot be read; reading then goes on with the next one. Without
            it, the error is raised.

    Returns:
        An iterator over the labelled routes, as of ``read``, in the order of the paths; files in folders are
        sorted by name. ``Route.source`` is the address of the message. A message without a Received field has no hops.

    Raises:
        SourceError: A source cannot be read, and ``on_error`` is ``None``. It is raised during the iteration.
        OptionError: There are no paths.
        TypeError: A path is not a text or ``os.PathLike``.
    """
    if not paths:
        raise OptionError("no paths; give files or folders, such as hopscope.messages('mail/')")
    return _routes([_path(path) for path in paths], attached=attached, report=on_error or _raise)


def _routes(paths: list[str], *, attached: bool, report: Callable[[SourceError], object]) -> Iterator[Route]:
    from hopscope.scale.isolation import processed
    from hopscope.scale.reading import BULK, labelled

    number = count()

    def route(message: "Message | SourceError") -> Route | SourceError:
        return message if isinstance(message, SourceError) else labelled(message, in_bulk=next(number) >= BULK)

    yield from processed(_mail(paths, attached=attached), route, report)


def _mail(paths: list[str], *, attached: bool = False) -> "Iterator[Message | SourceError]":
    """The messages at paths, without the errors for files in folders and archives that are not mail."""
    from hopscope import sources

    for message in sources.messages(paths, None, attached=attached):
        if not isinstance(message, NotMailError) or message.source in paths:
            yield message


def _raise(error: SourceError) -> NoReturn:
    raise error


def _path(path: object) -> str:
    if isinstance(path, str | os.PathLike) and isinstance(name := os.fspath(path), str):
        return f".{os.sep}-" if name == "-" else name  # only the command line has standard input under this name
    advice = "; read the content of a message with hopscope.read" if isinstance(path, bytes) else ""
    advice = "; use messages(*paths)" if isinstance(path, Iterable) and not advice else advice
    raise TypeError(f"a path is a str or os.PathLike[str], not {type(path).__name__}{advice}")


def open_tracking_logs(
    *paths: "str | os.PathLike[str]", on_error: Callable[[SourceError], object] | None = None
) -> "TrackingIndex":
    """Read message tracking logs and message traces, for ``analyze``.

    Each file is read once. What is kept is a temporary file with the positions of each message, so that logs may be
    larger than memory; the files must stay as they are until the index is closed.

    Args:
        paths: ``MSGTRK*.LOG`` files, folders of these, or CSV exports, of Exchange Server and Exchange Online.
        on_error: Receives each error of a file that cannot be read or is not a log, and a ``PartlyReadError`` for one
            of which a part was not read; reading then goes on with the next one. Without it, the error of a file is
            raised.

    Returns:
        An index, to be used in a ``with`` statement or closed, which removes the temporary file. It can be sent to
        other processes.

    Raises:
        SourceError: A file cannot be read or is not a log, and ``on_error`` is ``None``.
        OptionError: There are no paths.
        TypeError: A path is not a text or ``os.PathLike``.
    """
    if not paths:
        raise OptionError("no paths; give logs or folders, such as hopscope.open_tracking_logs('logs/')")
    from hopscope.tracking.index import open_index

    return open_index([_path(path) for path in paths], None, on_error or _raise_unless_partly_read)


def _raise_unless_partly_read(error: SourceError) -> None:
    if not isinstance(error, PartlyReadError):
        raise error


def open_locations(*paths: "str | os.PathLike[str]") -> "LocationDatabases":
    """Open your databases of countries and autonomous systems of IP addresses, for ``analyze``.

    Args:
        paths: Files in the MaxMind DB format (``.mmdb``): GeoLite2, GeoIP2, DB-IP or IPinfo. Of several that have a
            fact, the first one is used. Needs ``pip install 'hopscope[geo]'``.

    Returns:
        The databases, to be used in a ``with`` statement or closed. They can be sent to other processes.

    Raises:
        SourceError: A file cannot be read, is not a database, or ``maxminddb`` is not installed.
        OptionError: There are no paths.
        TypeError: A path is not a text or ``os.PathLike``.
    """
    if not paths:
        raise OptionError("no paths; give databases, such as hopscope.open_locations('GeoLite2-Country.mmdb')")
    from hopscope.sources.locations import LocationDatabases

    databases = LocationDatabases([_path(path) for path in paths])
    databases.open()
    return databases


def analyze(
    message: "Route | Analysis",
    *,
    organisation: "Organisation | None" = None,
    tracking: "TrackingIndex | None" = None,
    locations: "LocationDatabases | None" = None,
) -> "Analysis":
    """Analyze a message.

    Args:
        message: The route, or an analysis, to which what the other arguments give is added.
        organisation: Identifies your servers. Without it, the servers that the last hops attest are yours.
        tracking: Your tracking logs, from ``open_tracking_logs``: the events of the message are looked up.
        locations: Your databases, from ``open_locations``: the addresses in Received fields are looked up.

    Returns:
        Passages through Exchange, scenario, services without a Received field, who held the message, clocks and
        findings. Each part is computed on first use; what was looked up is kept, also when the files are closed.
    """
    from msgspec.structs import replace

    from hopscope.analysis.analyze import Analysis
    from hopscope.scale.reading import analyzed

    if organisation is None and tracking is None and locations is None and isinstance(message, Analysis):
        return message
    supplements = None
    if tracking is not None or locations is not None:
        from hopscope.scale.supplements import Supplements

        supplements = Supplements(tracking, locations)
    analysis = analyzed(_route(message, "analyze"), organisation, supplements)
    if not isinstance(message, Analysis):
        return analysis
    return replace(
        analysis,
        attested=analysis.attested if organisation else message.attested,
        in_networks=analysis.in_networks if organisation else message.in_networks,
        tracking_events=message.tracking_events if tracking is None else analysis.tracking_events,
        locations=message.locations if locations is None else analysis.locations,
    )


def _route(message: object, function: str) -> Route:
    from hopscope.analysis.analyze import Analysis

    if isinstance(message, Route):
        return message
    if isinstance(message, Analysis):
        return message.route
    advice = "; read it with hopscope.read, read_file or messages" if isinstance(message, _UNREAD) else ""
    raise TypeError(f"{function} takes a Route or an Analysis, not {type(message).__name__}{advice}")


_UNREAD = (str, bytes, os.PathLike)


def findings(message: "Route | Analysis") -> tuple[Finding, ...]:
    """The findings of a message, worst first: ``analyze(message).findings``."""
    return analyze(message).findings


def read_settings(path: "str | os.PathLike[str]") -> "Settings":
    """Read the settings of checks.

    Args:
        path: A ``hopscope.toml``, or a ``pyproject.toml`` with a table ``tool.hopscope``.

    Returns:
        The settings, as ``hopscope check --config`` uses them.

    Raises:
        SettingsError: The file cannot be read, or a key or value is invalid; the error names it.
    """
    from hopscope.checks.settings import completed, values_of
    from hopscope.config.file import named
    from hopscope.config.settings import Settings

    file = named(_path(path))
    return completed(Settings(**values_of(file)), file.file)


def check(message: "Analysis | Route", settings: "Settings | None" = None) -> tuple[Finding, ...]:
    """Check a message as ``hopscope check`` does.

    Args:
        message: The message. The settings of its file are those that per-path tables of the settings give for its
            ``source``.
        settings: The limits and expectations, from ``read_settings`` or ``Settings(...)``; by default, those
            without a settings file.

    Returns:
        The findings that the settings select, worst first. A ``line`` is that of the file, ``None`` if the file is
        not this message unmodified. The functions of ``hopscope.render`` accept the findings of one or several
        messages.

    Raises:
        SettingsError: Settings built in the program have an invalid condition or expected path, or limits for the
            organisation's servers without the organisation.
    """
    from hopscope.checks.result import CheckedFindings
    from hopscope.checks.settings import completed
    from hopscope.config.settings import Settings
    from hopscope.scale.checking import checked

    if settings is None:
        settings = Settings()
    elif not isinstance(settings, Settings):
        raise TypeError(f"check takes Settings, such as those of read_settings, not {type(settings).__name__}")
    return CheckedFindings(checked(analyze(message), completed(settings, "Settings")))


@overload
def compare(left: "Summary", right: "Summary") -> "Difference": ...
@overload
def compare(left: "Route | Analysis | Typical", right: "Route | Analysis | Typical | str") -> "Comparison": ...
def compare(
    left: "Route | Analysis | Typical | Summary", right: "Route | Analysis | Typical | Summary | str"
) -> "Comparison | Difference":
    """Compare two messages, a message with the documented mail flow of an Exchange generation, or two summaries.

    Args:
        left: A message, the most common path of several messages (``hopscope.typical``), or the summary of an earlier
            period (``summarize``).
        right: The same, or a generation: ``2007``, ``2010``, ``2013``, ``2016``, ``2019``, ``SE``, ``Online``.

    Returns:
        The comparison of two paths; of two summaries, the legs between services that are new, gone, slower or faster.

    Raises:
        OptionError: The generation is not one of these.
        TypeError: One of the two is a summary, and the other is not.
    """
    from hopscope import comparison as comparing
    from hopscope.comparison.typical import Typical
    from hopscope.statistics.summary import Summary

    if isinstance(left, Summary) and isinstance(right, Summary):
        from hopscope.statistics.before_after import before_after

        return before_after(left, right, ("before", "after"))
    if isinstance(left, Summary) or isinstance(right, Summary):
        raise TypeError("a summary is compared with another summary")
    first = left if isinstance(left, Typical) else _route(left, "compare")
    if isinstance(right, str):
        return comparing.compare_with_model(first, right)
    return comparing.compare(first, right if isinstance(right, Typical) else _route(right, "compare"))


def typical(messages: "Iterable[Route | Analysis]") -> "Typical | None":
    """The most common path of several messages, for ``compare``.

    Messages have the same path if they pass the same services in the same order, regardless of the servers. Only the
    first message of each path is kept in memory, and numbers for the others.

    Args:
        messages: Routes or analyses, such as those of ``messages``.

    Returns:
        The first message with this path, with median delays; ``None`` without messages.
    """
    from hopscope.comparison import typical as paths

    return paths.typical(_route(message, "typical") for message in messages)


def redact(message: "Route | Analysis", *, key: bytes | None = None) -> "Redacted":
    """Redact the header block of a message for sharing: pseudonyms replace names, addresses and ids.

    Args:
        message: The message.
        key: The key of the pseudonyms, at least 16 bytes: equal names have equal pseudonyms in all messages that are
            redacted with the same key. Keep it private, as anyone with it can test guesses. By default, a random key
            that is discarded.

    Returns:
        The redacted text, and how many header fields were removed.

    Raises:
        OptionError: The key is too short.
    """
    from hopscope.redaction import Aliases
    from hopscope.redaction import redact as redacted

    if not isinstance(key, bytes | None):
        raise TypeError(f"a key is bytes, not {type(key).__name__}")
    if key is not None and len(key) < _LEAST_KEY_BYTES:
        raise OptionError(f"key of {len(key)} bytes; use at least {_LEAST_KEY_BYTES}, such as os.urandom(32)")
    return redacted(_route(message, "redact"), Aliases(key or os.urandom(_KEY_BYTES)))


def explain(question: str) -> "Answer":
    """Explain an Exchange build, a service, an error text, a status code, a verdict or the code of a finding.

    Args:
        question: Such as ``15.1.2507.39``, ``Front End Transport``, ``451 4.7.0 ... PRX3``, ``5.7.1``, ``SFV:SKN`` or
            ``HOP101``.

    Raises:
        OptionError: It is none of these; the error has similar names.
    """
    from hopscope.renderers import answers

    if not isinstance(question, str):
        raise TypeError(f"explain takes a text, not {type(question).__name__}; give {answers.EXAMPLES}")
    if not question.strip():
        raise OptionError(f"nothing to explain; give {answers.EXAMPLES}")
    answer = answers.answer(question)
    if answer is None:
        reason = "no such build, service, verdict, error or finding code"
        raise OptionError(answers.unknown(question, reason, f"give {answers.EXAMPLES}"))
    return answer


def summarize(
    messages: "Iterable[Route | Analysis]", *, quick: bool = False, organisation: "Organisation | None" = None
) -> "Summary":
    """Summarize messages as ``hopscope stats`` does, one at a time and in bounded memory.

    Args:
        messages: Routes or analyses, such as those of ``messages``.
        quick: Whether to omit scenarios and findings, which take most of the time.
        organisation: Identifies your servers, as for ``analyze``.

    Returns:
        The summary. A message with nothing to analyze, not even without its path, counts as ``unreadable``. Errors that
        ``messages`` passes to ``on_error`` do not reach ``summarize``: add their number to ``Summary.unreadable``.

    Raises:
        TypeError: An item is neither a route nor an analysis.
    """
    from hopscope.scale.isolation import isolated
    from hopscope.statistics.summary import Summary

    if isinstance(messages, (Route, *_UNREAD)):
        advice = "[route]" if isinstance(messages, Route) else "hopscope.messages(path)"
        raise TypeError(f"summarize takes several messages, not {type(messages).__name__}; use {advice}")
    summary = Summary()
    for message in messages:
        route = _route(message, "summarize")
        values = isolated(route.source, partial(_digest, message, quick=quick, organisation=organisation))
        if isinstance(values, SourceError):
            summary.unreadable += 1
        else:
            summary.add(values)
    return summary


def _digest(message: "Route | Analysis", *, quick: bool, organisation: "Organisation | None") -> "Digest | SourceError":
    """The counted values of a message, or an error if it counts as unreadable."""
    from hopscope.scale.reading import is_readable
    from hopscope.statistics.digest import digest, route_digest

    route = _route(message, "summarize")
    if not is_readable(route):
        return SourceError(route.source, "no Received header fields found", "give the whole message")
    return route_digest(route) if quick else digest(analyze(message, organisation=organisation))


def topology(summary: "Summary", *, top: int = 40) -> "Topology":
    """The servers and services of a summary and the connections between them, as ``hopscope graph`` draws them.

    Args:
        summary: The summary; that of ``summarize(..., quick=True)`` suffices.
        top: Number of external systems with a node of their own, the busiest; the others are merged into one.

    Returns:
        The nodes, edges and observations.
    """
    from hopscope.statistics import topology as graphs
    from hopscope.statistics.summary import Summary

    if not isinstance(summary, Summary):
        raise TypeError(f"topology takes a Summary, not {type(summary).__name__}")
    return graphs.topology(summary.bounded(), top)
