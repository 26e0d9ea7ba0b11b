"""The Python side of the page: what it shows for the text that was pasted, or the files that were chosen.

The page runs this module in a worker of the browser, where there are neither processes nor threads; only what a first
answer needs is imported when the module is. Results are what the command line prints, byte for byte:

    up to MAX_SHOWN messages     hopscope show -f html|json|markdown, hopscope redact
    more                         hopscope report, hopscope stats -f json|markdown
    two sides                    hopscope compare -f html|json|markdown
    a text without messages      hopscope explain

Unreadable input is an error in the result. An exception is a defect of hopscope, and one that a single message causes
is an error in the result as well.

The module is over 300 lines because all operations share the reader and the last result.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from io import BytesIO
from itertools import count, islice
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import asdict, replace

from hopscope.analysis.analyze import Analysis
from hopscope.classifier import builds
from hopscope.errors import NotMailError, SourceError
from hopscope.model import Route
from hopscope.parser.encoding import to_bytes
from hopscope.renderers import Style, renderer
from hopscope.renderers.text.escape import visible
from hopscope.scale import isolation
from hopscope.scale.error_lines import ErrorLines, outdated_builds, skipped
from hopscope.scale.reading import analyzed, has_newer_build, route_of
from hopscope.scale.work import Progress
from hopscope.sources import Message, Meter, messages

if TYPE_CHECKING:
    from hopscope.comparison import Comparison
    from hopscope.comparison.typical import Typical
    from hopscope.renderers.answers import Answer, Fact
    from hopscope.scale.reporting import Sample
    from hopscope.statistics.summary import Summary

__all__ = ["MAX_SHOWN", "Engine", "Input", "Result", "mounted"]

MAX_SHOWN = 20
"""Maximum messages that are shown one by one; more are shown as a report."""
_DETAILS = 100
"""The worst messages that a report shows in detail, as by default on the command line."""
_EXAMPLE = (
    "Received: from a.example by b.example with Microsoft SMTP Server id 15.2.1544.4; 1 Jan 2026 00:00:00 +0000\n"
)
_FORMATS = ("json", "markdown")
"""The formats of every result with a document."""
_KEY_BYTES = 32
_COMMAND = "hopscope "
"""The start of a line that is a command, which the page cannot run."""
_ADVICE = {
    "check the path and the file": "choose the file again, as it may have changed",
    "give the whole message or its Internet headers": "use the whole message, its Internet headers, or an error text",
    "use hopscope stats, graph or compare": "give the messages that it was made from",
    "name the files explicitly": "choose the files themselves",
    "unpack it and name the files explicitly": "unpack it and choose the files",
    "report this line, with the message as `hopscope redact` writes it; -vv prints the traceback": (
        "report this line, with the redacted headers of the message"
    ),
}
"""Advice that names commands, options or arguments -> that for the page."""

T = TypeVar("T", bound=isolation.Sourced)
R = TypeVar("R")
Report = Callable[[int, float | None], None]
"""Receives the number of messages read so far, and the share of the input from 0 to 1 or ``None``."""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read: a text or files; a text if it has both."""

    paths: tuple[str, ...] = ()
    """Files and folders, relative to ``folder``, as :func:`mounted` lists them."""
    folder: str | None = None
    """The folder in which the files are stored; ``None`` is the current folder."""
    text: str | None = None
    name: str = "Pasted text"
    """What errors, and comparisons, call the text."""

    def arguments(self) -> tuple[str, ...]:
        """The paths as the command line has them: ``-`` is the text, and a file of that name ``./-``."""
        if self.text is not None:
            return ("-",)
        return tuple("./-" if path == "-" else path for path in self.paths)

    def opened(self) -> BytesIO | None:
        """The text as standard input, from its start; the folder of the files becomes the current one."""
        if self.folder is not None:
            os.chdir(self.folder)
        return None if self.text is None else BytesIO(to_bytes(self.text))


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    kind: str
    """``messages``, ``report``, ``comparison``, ``explanation`` or ``nothing``."""
    count: int = 0
    """Number of messages."""
    title: str = ""
    html: str = ""
    """The document, as the command line writes it; empty for an explanation."""
    parts: tuple[dict[str, Any], ...] = ()
    """The parts of an explanation: ``{heading, facts: [{label, lines}]}``."""
    suggestions: tuple[str, ...] = ()
    """Known questions that are similar to one without an answer."""
    formats: tuple[str, ...] = ()
    """The formats of :meth:`Engine.text`."""
    errors: tuple[str, ...] = ()
    """Input that could not be read: one sentence for each."""
    notes: tuple[str, ...] = ()


class _Analyzed(msgspec.Struct, frozen=True):
    """A message that is shown."""

    analysis: Analysis

    @property
    def source(self) -> str:
        """The name of its source."""
        return self.analysis.route.source


class _Last(msgspec.Struct, frozen=True, kw_only=True):
    """The last result, for its other formats; at most one of the three is set."""

    style: Style = Style()
    shown: tuple[_Analyzed, ...] = ()
    summary: "Summary | None" = None
    comparison: "Comparison | None" = None


class Engine:
    """Answers the requests of the page; it keeps the last result."""

    def __init__(self) -> None:
        self._last = _Last()

    def respond(self, request: str, progress: Report | None = None) -> str:
        """The answer to a request, both as JSON.

        Args:
            request: An object with ``op``, which is one of::

                analyze  left: {text} or {paths, folder}; utc; attached
                compare  left; right: {text}, {paths, folder} or {generation}
                text     format: json, markdown or redacted
                explain  question
                mounted  names
                prepare

                The answers are the results of the methods of these names, and of :func:`mounted`.
            progress: See ``Report``.

        Raises:
            ValueError: There is no such operation, or :meth:`text` raises it.
        """
        values = json.loads(request)
        match values["op"]:
            case "analyze":
                options = {name: bool(values.get(name)) for name in ("utc", "attached")}
                answer = self.analyze(_input(values["left"]), **options, progress=progress)
            case "compare":
                left, right = _input(values["left"], "message"), values["right"]
                other = right.get("generation") or _input(right, "other message")
                answer = self.compare(left, other, progress=progress)
            case "text":
                answer = self.text(values["format"])
            case "explain":
                answer = self.explain(values["question"])
            case "mounted":
                answer = mounted(values["names"])
            case "prepare":
                answer = self.prepare()
            case operation:
                raise ValueError(f"unknown operation {operation!r}")
        return json.dumps(answer)

    def prepare(self) -> dict[str, Any]:
        """Import what the first answer needs, so that it is as fast as later ones; the last result is kept."""
        Engine().analyze(Input(text=_EXAMPLE))
        return {}

    def analyze(
        self, source: Input, *, utc: bool = False, attached: bool = False, progress: Report | None = None
    ) -> dict[str, Any]:
        """The messages of an input; or a report on many; or the explanation of a text that has none.

        Args:
            source: The text or files.
            utc: Whether all times of messages are in UTC and not as recorded. A report is always in UTC.
            attached: Whether to read attached messages, and the path of a delivery report itself.
            progress: See ``Report``.

        Returns:
            The keys of ``Result``.
        """
        self._last = _Last()
        reader = _Reader(progress, attached=attached)
        routes = list(islice(reader.routes(source), MAX_SHOWN + 1))
        if len(routes) > MAX_SHOWN:
            return self._report(source, _Reader(progress, attached=attached))
        if not routes:
            return _without_messages(source, reader)
        return self._messages(reader, routes, Style(tz=UTC if utc else None))

    def _messages(self, reader: "_Reader", routes: Iterable[Route], style: Style) -> dict[str, Any]:
        """The messages one by one."""
        items = (_Analyzed(analyzed(route, None)) for route in routes)
        pairs = list(reader.rendered("html", items, style))
        if not pairs:
            return reader.result(kind="nothing", title="No message could be analyzed")
        title = str(pairs[0][1]["title"]) if len(pairs) == 1 else f"{len(pairs)} messages"
        self._last = _Last(style=style, shown=tuple(item for item, _ in pairs))
        return reader.result(
            *reader.unread(self._last.shown),
            kind="messages",
            count=len(pairs),
            title=visible(title),
            html="".join(renderer("html").document(facts for _, facts in pairs)),
            formats=(*_FORMATS, "redacted"),
        )

    def _report(self, source: Input, reader: "_Reader") -> dict[str, Any]:
        """A report, read from the start of the input: a large one does not fit into memory."""
        from hopscope.scale.reporting import report

        total, title = reader.sample(source), "Mail flow report"
        note = f"More than {MAX_SHOWN} messages are shown as a report, without redacted headers."
        html = "".join(report(total, reader.processed, title=title))
        self._last = _Last(summary=total.summary)
        messages = total.summary.messages
        return reader.result(note, kind="report", count=messages, title=title, html=html, formats=_FORMATS)

    def compare(self, left: Input, right: Input | str, *, progress: Report | None = None) -> dict[str, Any]:
        """Two paths side by side; of several messages, the most common path.

        Args:
            left: The text or files of a side.
            right: The same, or an Exchange generation: ``2007``, ``2010``, ``2013``, ``2016``, ``2019``, ``SE``,
                ``Online``.
            progress: See ``Report``.

        Returns:
            The keys of ``Result``.

        Raises:
            OptionError: The generation is not one of these.
        """
        from hopscope import api
        from hopscope.renderers import comparison as formats

        self._last = _Last()
        reader = _Reader(progress)
        first, second = reader.side(left), right if isinstance(right, str) else reader.side(right)
        if first is None or second is None:
            sides = [side for side, path in (("message", first), ("other message", second)) if path is None]
            return reader.result(kind="nothing", title=f"No headers found for the {' and the '.join(sides)}")

        def compared() -> "tuple[Comparison, str]":
            comparison = api.compare(first, second)
            return comparison, formats.renderer("html").comparison(comparison, Style())

        result = isolation.isolated("comparison", compared)
        if isinstance(result, SourceError):
            reader.report(result)
            return reader.result(kind="nothing", title="These paths could not be compared")
        comparison, html = result
        self._last = _Last(comparison=comparison)
        return reader.result(
            kind="comparison",
            count=reader.count,
            title="Comparison of two paths",
            html=html,
            formats=_FORMATS,
        )

    def text(self, format_: str) -> dict[str, Any]:
        """The last result in another format: ``{format, text, errors}``.

        Args:
            format_: One of the ``formats`` of the result. ``redacted`` has new pseudonyms each time.

        Raises:
            ValueError: The last result does not have this format.
        """
        last, reader = self._last, _Reader()
        if last.shown and format_ == "redacted":
            text = "".join(_redacted(last.shown, reader))
        elif last.shown and format_ in _FORMATS:
            parts = (part for _, part in reader.rendered(format_, last.shown, last.style))
            text = "".join(renderer(format_).document(parts))
        elif last.summary is not None and format_ in _FORMATS:
            from hopscope.renderers import stats

            text = stats.render(format_, stats.Content(summary=last.summary))
        elif last.comparison is not None and format_ in _FORMATS:
            from hopscope.renderers import comparison

            text = comparison.renderer(format_).comparison(last.comparison, last.style)
        else:
            raise ValueError(f"the last result is not available as {format_}")
        return {"format": format_, "text": text, "errors": reader.errors()}

    def explain(self, question: str) -> dict[str, Any]:
        """The explanation of a build, a service, an error text or a finding code.

        Returns:
            The keys of ``Result``.
        """
        from hopscope.renderers import answers

        if not question.strip():
            return _explanation(None, errors=(f"Nothing to explain; try {answers.EXAMPLES}",))
        answer = answers.answer(question)
        if answer is None:
            reason = "no such build, service, verdict, error or finding code"
            error = answers.unknown(question, reason, f"try {answers.EXAMPLES}")
            return _explanation(None, errors=(error,), suggestions=tuple(answers.near(question)))
        return _explanation(answer, question, notes=_build_notes(answer, question))


class _Progress(Progress):
    """Passes the progress of a run on to the page."""

    def __init__(self, report: Report | None) -> None:
        super().__init__()
        self._report = report
        self.messages = 0

    def done(self, messages: int) -> None:
        self.messages += messages
        self.show(self.meter.share())

    def show(self, share: float | None) -> None:
        """Report the number of messages, and the share of the input that was read."""
        if self._report:
            self._report(self.messages, share)


class _Reader:
    """Reads inputs; collects what could not be read.

    Args:
        progress: See ``Report``.
        attached: Whether to read attached messages.
    """

    def __init__(self, progress: Report | None = None, *, attached: bool = False) -> None:
        self._attached = attached
        self.text: bytes | None = None
        """The text of an input that is not a message."""
        self._source = Input()
        self._progress = _Progress(progress)
        self._counts = ErrorLines()
        self._lines: list[str] = []
        self._skipped: list[str] = []
        self._has_newer_build = False

    @property
    def count(self) -> int:
        """Number of messages that were read."""
        return self._progress.messages

    def routes(self, source: Input) -> Iterator[Route]:
        """The labelled routes of the messages; unreadable input is reported."""
        self._source, self._progress.meter, is_outdated = source, Meter(), builds.is_outdated()
        meter = self._progress.meter
        items = messages(source.arguments(), source.opened(), attached=self._attached, meter=meter)
        for route in self.processed(items, self._route):
            self._has_newer_build |= is_outdated and has_newer_build(route)
            self._progress.done(1)
            yield route

    def _route(self, message: Message | SourceError) -> Route | SourceError:
        route = route_of(message)
        is_input = (message.source,) == self._source.arguments()
        if is_input and isinstance(message, Message) and isinstance(route, SourceError):
            self.text = message.data
        return route

    def sample(self, source: Input) -> "Sample":
        """The statistics of all messages, and those that a report shows in detail."""
        from hopscope.scale.reporting import Sample, sample

        self._source, total = source, Sample()
        arguments, stdin, attached = source.arguments(), source.opened(), self._attached
        for part in sample(arguments, stdin, details=_DETAILS, attached=attached, progress=self._progress):
            total = part  # each part is the same accumulated sample
            for error in (*total.errors, *total.skipped):
                self.report(error)
            self._has_newer_build |= total.newer_build
        self._progress.show(None)  # the page of the report takes as long as reading a thousand messages
        return total

    def side(self, source: Input) -> "Typical | None":
        """The most common path, as a side of a comparison; ``None`` if there is no message."""
        from hopscope.comparison.typical import Typical, side, typical

        if source.text is not None:
            title = source.name
        else:
            arguments = source.arguments()
            title = arguments[0] if len(arguments) == 1 else f"{len(arguments)} files"
        path = isolation.isolated(title, lambda: typical(self.routes(source)))
        if isinstance(path, SourceError):
            self.report(path)
        if not isinstance(path, Typical):
            return None
        if source.text is not None:
            path = replace(path, route=replace(path.route, source=title))
        return side(path, title)

    def processed(self, items: Iterable[T], process: Callable[[T], R | SourceError], /) -> Iterator[R]:
        """The result of processing each message; one for which it fails is reported and skipped."""
        return isolation.processed(items, process, self.report)

    def rendered(self, format_: str, items: Iterable[_Analyzed], style: Style) -> Iterator[tuple[_Analyzed, Any]]:
        """Each message with its part of the document in a format."""
        rendered, number = renderer(format_), count(1)
        return self.processed(items, lambda item: (item, rendered.message(item.analysis, style, next(number))))

    def report(self, error: SourceError) -> None:
        """Collect an error; a file in a folder or archive that is not mail is a note."""
        if isinstance(error, NotMailError) and error.source not in self._source.arguments():
            self._skipped.append(error.source)
            return
        source = error.source
        if self._source.text is not None and (source == "-" or source.startswith("-:")):
            source = self._source.name + source[1:]
        shown = SourceError(source, error.reason, _ADVICE.get(error.advice, error.advice))
        if self._counts.count(shown):
            self._lines.append(self._counts.line(shown))

    def errors(self) -> tuple[str, ...]:
        """The errors as sentences."""
        return (*self._lines, *self._counts.further(None))

    def unread(self, shown: Iterable[_Analyzed]) -> Iterator[str]:
        """The note on how to read what HOP303 reports, as its checks are commands."""
        codes = {finding.code for item in shown for finding in item.analysis.findings}
        if "HOP303" in codes and not self._attached:
            yield "To read attached messages, or the path of an NDR itself (HOP303), select Attached messages."

    def notes(self) -> Iterator[str]:
        """The notes as sentences."""
        if self._skipped:
            yield _sentence(skipped(visible(self._skipped[0]), len(self._skipped)))
        if self._has_newer_build:
            yield _sentence(outdated_builds())

    def result(self, *notes: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of a result
        """A result with the errors, and with the notes of the reader after others."""
        return asdict(Result(**facts, errors=self.errors(), notes=(*notes, *self.notes())))


def mounted(names: Sequence[str]) -> dict[str, list[str]]:
    """The files and arguments for the files that were chosen: ``{files, paths}``.

    Args:
        names: The name of each file, or its path in the folder that was dropped: ``inbox/1.eml``.

    Returns:
        ``files`` has a relative path for each file, under which it is to be stored: no two are equal, and none is
        outside the current folder. ``paths`` are the ``paths`` of an ``Input``: a folder is an argument, so that its
        files are read as on the command line.
    """
    files: list[str] = []
    taken: dict[str, bool] = {}  # each path in use, and whether it is a folder
    for name in names:
        first, *inner = _safe_parts(name)
        path, numbers = "/".join((first, *inner)), count(2)
        while path in taken or any(taken.get(folder) is False for folder in _folders(path)):
            path = "/".join((_numbered(first, next(numbers)), *inner))
        files.append(path)
        taken |= {**dict.fromkeys(_folders(path), True), path: False}
    return {"files": files, "paths": [*dict.fromkeys(path.partition("/")[0] for path in files)]}


def _safe_parts(path: str) -> list[str]:
    """The names in a relative path, without characters that no file system has."""
    text = "".join(
        "\ufffd" if character == "\0" or "\ud800" <= character <= "\udfff" else character for character in path
    )
    return [part for part in text.split("/") if part not in {"", ".", ".."}] or ["file"]


def _folders(path: str) -> list[str]:
    """The folders that contain a file: ``a`` and ``a/b`` of ``a/b/1.eml``."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _numbered(name: str, number: int) -> str:
    """``mail (2).eml``, as browsers name a second file."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"


def _input(value: Mapping[str, Any], name: str = "Pasted text") -> Input:
    """An input of a request."""
    paths, folder, text = tuple(value.get("paths", ())), value.get("folder"), value.get("text")
    return Input(paths=paths, folder=folder, text=text, name=name)


def _without_messages(source: Input, reader: _Reader) -> dict[str, Any]:
    """The explanation of a text without messages: a question in one line, or the known errors in any text."""
    from hopscope.renderers import answers
    from hopscope.renderers.answers import error

    text = (source.text or "").strip()
    question = text if "\n" not in text else ""
    answer = answers.answer(question) if question else None
    if answer is not None:
        return _explanation(answer, question, notes=_build_notes(answer, question))
    if explanations := error.errors_in(reader.text or b""):
        return _explanation(error.explained(explanations), "Known errors in this text")
    suggestions = tuple(answers.near(question)) if len(question) <= _MAX_QUESTION else ()
    return reader.result(kind="nothing", title="No message found", suggestions=suggestions)


_MAX_QUESTION = 60
"""Maximum characters of a line that may be the name of a service, or an error text with a typing error."""


def _explanation(answer: "Answer | None", question: str = "", **facts: Any) -> dict[str, Any]:  # noqa: ANN401
    """The result of a question."""
    if answer is None:
        return asdict(Result(kind="nothing", title="No explanation found", **facts))
    parts = tuple(
        {"heading": visible(part.heading), "facts": [fact for fact in map(_fact, part.facts) if fact["lines"]]}
        for part in answer.parts
    )
    return asdict(Result(kind="explanation", title=visible(question.strip()), parts=parts, **facts))


def _fact(fact: "Fact") -> dict[str, Any]:
    """A fact without lines that are commands."""
    return {"label": fact.label, "lines": [visible(line) for line in fact.lines if not line.startswith(_COMMAND)]}


def _build_notes(answer: "Answer", question: str) -> tuple[str, ...]:
    """The note on a build that is newer than an outdated table of builds."""
    from hopscope.renderers.answers import build

    is_newer = answer.kind == "build" and build.is_newer(question) and builds.is_outdated()
    return (_sentence(outdated_builds()),) if is_newer else ()


def _redacted(shown: Iterable[_Analyzed], reader: _Reader) -> Iterator[str]:
    """The redacted headers of messages, as ``hopscope redact`` writes them."""
    from hopscope.redaction import Aliases, document, redact

    aliases = Aliases(os.urandom(_KEY_BYTES))
    return document(reader.processed(shown, lambda item: redact(item.analysis.route, aliases)))


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."
