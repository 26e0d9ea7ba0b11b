"""``hopscope explain``: why a hop has its label; what a build, service, verdict, error or finding code is."""

import os
import re
from functools import partial
from typing import TYPE_CHECKING

import click

from hopscope.cli.options import Command, Output, organisation_option, without_messages
from hopscope.cli.outputs import write_texts
from hopscope.cli.reading import Reader, noted
from hopscope.cli.supplements import SuppliedFiles, supplement_options

if TYPE_CHECKING:
    from hopscope.analysis.analyze import Analysis
    from hopscope.config.settings import Organisation
    from hopscope.errors import SourceError
    from hopscope.model import Route

__all__ = ["explain"]

_MOST_COUNTED = 1000
"""A larger number of messages is not counted, as a dump may have millions."""
_QUOTED = re.compile(r"[^\w./\\:@%+=,-]")
"""A character that a shell may interpret."""


@click.command(
    cls=Command,
    epilog="""\
hopscope explain mail.eml --hop 2
hopscope explain "451 4.7.0 Temporary server error. Please try again later. PRX3\"""",
)
@click.argument("what", nargs=-1)
@click.option("--hop", "number", type=click.IntRange(min=1), metavar="N", help="Explain only hop N; 1 is the origin.")
@supplement_options()
@organisation_option
@without_messages(("table", "plain", "json"))
def explain(
    what: tuple[str, ...],
    output: Output,
    *,
    number: int | None,
    supplied: SuppliedFiles,
    organisation: "Organisation | None",
) -> int:
    """Explain a message, build, service, error or finding code.

    WHAT is one of:

    \b
    mail.eml                           a message: why each hop has its label
    15.1.2507.39                       an Exchange build
    Front End Transport                a service
    "451 4.7.0 Temporary ... PRX3"     an error text, alone or in a report
    5.7.1                              a status code: all its meanings
    SFV:SKN, SCL 5, compauth 601       a verdict of Exchange; SFV: all of its values
    HOP101                             a finding code

    For a message: its scenario and documented mail flow, and for each hop the header text, the evidence, and the
    alternatives with their probabilities. For one message of an mbox, archive or list, use its address, dump.mbox:17 or
    dump.mbox:<message-id>. A file without Received fields, such as an excerpt of a log, is read as an error text.
    - is standard input (the default). If a file named WHAT exists, it is read.

    Exit status: 0, or 2 if the message could not be read, it has no such hop, or WHAT is unknown.
    """  # noqa: D301 - click reads the backspace
    if len(what) > 1 and all(map(_exists, what)):
        raise click.UsageError(f"explain takes one message; got {len(what)} files")
    question = " ".join(what) if what else "-"
    if number is not None and not _exists(question):
        from hopscope.renderers import answers

        if answers.answer(question) is not None:
            raise click.UsageError(f"--hop is for messages, and {question!r} is not a message; leave it out")
    if number is not None or _exists(question):  # if there is no such file, reading it reports that
        return _message(Reader([question], supplied=supplied), question, number, organisation, output)
    return _knowledge(question, output)


def _exists(question: str) -> bool:
    """Whether it is an existing file, standard input, or an address in these."""
    if ":" in question:
        from hopscope.sources import container  # for addresses only: the import takes time

        question = container(question)
    return question == "-" or os.path.exists(question)  # noqa: PTH110 - any text


def _message(reader: Reader, file: str, number: int | None, organisation: "Organisation | None", output: Output) -> int:
    from hopscope.scale.reading import analyzed

    routes, errors, text = _read(reader, file)
    if len(routes) > 1:
        raise click.ClickException(_several(file, routes[0].source, len(routes)))
    if text is not None and number is None:
        return _error_text(text, errors[0], reader, output)
    for error in errors:
        reader.report(error)
    if not routes:
        return 2
    (route,) = routes
    if number is not None and number > len(route.hops):
        hops = f"use --hop 1 to {len(route.hops)}" if route.hops else "it has no Received field"
        raise click.UsageError(f"{file}: no hop {number}; {hops}")

    def explained(route: "Route") -> dict[Output, str]:
        analysis = analyzed(route, organisation, reader.supplements)
        return {file: _explained(analysis, number, file) for file in (output, *output.files)}

    for texts in reader.processed(noted([route]), explained):
        write_texts(output, texts.__getitem__, inputs=reader.inputs)
    return 2 if reader.failed else 0


def _explained(analysis: "Analysis", number: int | None, output: Output) -> str:
    """The explanation of a message, or of one hop."""
    from hopscope.renderers.message import explanation

    if output.format == "json":
        from hopscope.renderers.schema.explain import message_document
        from hopscope.renderers.text.json_values import indented

        return indented(message_document(analysis.route.source, analysis, number))
    if number is None:
        return explanation.message(analysis, _width(output))
    return explanation.hops(analysis, analysis.hops[number - 1 : number], _width(output))


def _width(output: Output) -> int | None:
    """Columns of a table; ``None`` for plain text, whose lines are not wrapped."""
    return output.style.width if output.format == "table" else None


def _read(reader: Reader, file: str) -> tuple[list["Route"], list["SourceError"], bytes | None]:
    """The messages of a file, up to one more than are counted; the errors; and the text of a file without messages."""
    from hopscope.errors import SourceError
    from hopscope.scale.isolation import isolated
    from hopscope.scale.reading import BULK, route_of

    routes: list[Route] = []
    errors: list[SourceError] = []
    text = None
    for message in reader.messages():
        route = isolated(message.source, partial(route_of, message, in_bulk=len(routes) >= BULK))
        if not isinstance(route, SourceError):
            routes.append(route)
            if len(routes) > _MOST_COUNTED:
                break
            continue
        errors.append(route)
        if not isinstance(message, SourceError) and message.source == file:
            text = message.data
    return routes, errors, text


def _several(file: str, first: str, count: int) -> str:
    """The error for a file with more than one message."""
    from hopscope.renderers.text.escape import visible

    name = "standard input" if file == "-" else file
    number = f"more than {_MOST_COUNTED:,}" if count > _MOST_COUNTED else str(count)
    address = f'"{first}"' if _QUOTED.search(first) else first
    return visible(f"{name} has {number} messages; explain one: hopscope explain {address}")


def _error_text(data: bytes, refusal: "SourceError", reader: Reader, output: Output) -> int:
    """Explain the errors in the text of a file that is not a message; ``refusal`` if none is known."""
    from hopscope.errors import SourceError
    from hopscope.renderers import answers
    from hopscope.renderers.answers import error

    explanations = error.errors_in(data)
    if not explanations:
        or_text = ", or an error text as an argument" if "no Received" in refusal.reason else ""
        reader.report(SourceError(refusal.source, refusal.reason, f"{refusal.advice}{or_text}"))
        return 2

    def explained(file: Output) -> str:
        if file.format != "json":
            return answers.text(error.explained(explanations), _width(file))
        from hopscope.renderers.schema.explain import errors_document
        from hopscope.renderers.text.json_values import indented

        return indented(errors_document(refusal.source, explanations))

    write_texts(output, explained, inputs=reader.inputs)
    return 0


def _knowledge(question: str, output: Output) -> int:
    from hopscope.classifier import builds
    from hopscope.cli import table_age
    from hopscope.renderers import answers
    from hopscope.renderers.answers import build

    answer = answers.answer(question)
    if answer is None:
        raise click.ClickException(_unknown(question))

    def explained(file: Output) -> str:
        if file.format != "json":
            return answers.text(answer, _width(file))
        from hopscope.renderers.schema.explain import answer_document
        from hopscope.renderers.text.json_values import indented

        return indented(answer_document(question))

    write_texts(output, explained)
    if answer.kind == "build" and build.is_newer(question) and builds.is_outdated():
        table_age.note()
    return 0


def _unknown(question: str) -> str:
    """The error for an unknown ``question``, with the advice, in one line."""
    from hopscope.renderers import answers

    if not question.strip():
        return f"nothing to explain; give a message, {answers.EXAMPLES}"
    reason = "no such file, build, service, verdict, error or finding code"
    return answers.unknown(question, reason, f"give a message, {answers.EXAMPLES}")
