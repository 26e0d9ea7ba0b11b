"""The JSON records of ``hopscope explain``."""

from collections.abc import Sequence
from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.lifecycle import later_support, support
from hopscope.classifier import builds, pipeline, service_names
from hopscope.classifier.antispam import rows_of
from hopscope.model import Build, Explanation
from hopscope.renderers.answers import build as build_answers
from hopscope.renderers.answers import finding, kinds, verdict, windows
from hopscope.renderers.schema.message import (
    SCHEMA,
    ExplanationDocument,
    MessageDocument,
    Version,
    analysis_document,
    explanation_document,
)
from hopscope.renderers.schema.pipeline import NodeDocument, node_document
from hopscope.renderers.schema.rules import RuleDocument, rule_document

__all__ = ["ExplainDocument", "answer_document", "errors_document", "message_document"]

Kind = Literal["message", "build", "windows", "service", "error", "finding", "verdict"]


class BuildDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An Exchange build; whether it is supported, as of the date of the build table."""

    build: Annotated[str, Meta(description="In its short form.")]
    product: str
    release: Annotated[
        str | None,
        Meta(description="Such as CU23 Apr24HU; 'at or after CU23' if the build is not in the table."),
    ]
    release_date: Annotated[
        str | None,
        Meta(description="YYYY-MM-DD or YYYY-MM; the earliest possible date if the build is not in the table."),
    ]
    exact: Annotated[bool, Meta(description="Whether the build is in the table.")]
    newer_than_table: Annotated[bool, Meta(description="Whether it is newer than every build of its product.")]
    table_date: Annotated[str, Meta(description="Date of the build table; later changes are unknown.")]
    supported: Annotated[
        bool | None,
        Meta(description="Whether product and release were supported on table_date; null if unknown."),
    ]
    support_end: Annotated[
        str | None, Meta(description="Last day of extended support of the product; null if unknown or not published.")
    ]
    support_later: Annotated[str | None, Meta(description="Support available after that day, as of table_date.")]
    updated_releases: Annotated[
        tuple[str, ...],
        Meta(description="Releases with the last security updates of the product; empty if unknown."),
    ]
    newest_build: Annotated[str | None, Meta(description="The highest build of the product in the table.")]
    newest_release: str | None
    newest_release_date: str | None
    newer_updates: Annotated[
        int | None, Meta(description="Updates of the product dated after this build; null if unknown.")
    ]
    sources: tuple[str, ...]


class WindowsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the Windows SMTP service."""

    version: str
    windows: Annotated[str, Meta(description="The Windows version that contains it.")]
    sources: tuple[str, ...]


class GenerationDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A service in one Exchange generation."""

    generation: str
    service: NodeDocument


class ServiceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A service."""

    name: str
    description: str
    generations: Annotated[tuple[GenerationDocument, ...], Meta(description="Those that have the service.")]
    sources: tuple[str, ...]


class VerdictDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an antispam or organization header."""

    key: str
    value: Annotated[str, Meta(description="Of a key alone, as documented, such as 5-6.")]
    label: Annotated[str | None, Meta(description="Its meaning in a few words; null if unknown or not needed.")]
    meaning: Annotated[str | None, Meta(description="Null if it is not documented.")]
    sources: tuple[str, ...]


class ExplainDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The explanation of a message, build, service, verdict, error or finding code.

    The key named as its kind is not null; a status code that is also a version has the key of the version too.
    """

    schema: Version
    question: Annotated[str, Meta(description="What was explained, as written; the file of an error text.")]
    kind: Kind
    hop: Annotated[int | None, Meta(description="The hop of --hop; null for all.")]
    message: Annotated[
        MessageDocument | None,
        Meta(description="The message; each hop has its evidence, and the alternatives with their probabilities."),
    ]
    build: BuildDocument | None
    windows: WindowsDocument | None
    service: ServiceDocument | None
    error: Annotated[
        tuple[ExplanationDocument, ...] | None,
        Meta(description="Each error of the text in order of appearance, or each meaning of a status code."),
    ]
    finding: RuleDocument | None
    verdict: Annotated[
        tuple[VerdictDocument, ...] | None,
        Meta(
            description="Each value of an antispam header in the question, in order; all values if it is a key alone."
        ),
    ]


def message_document(question: str, analysis: Analysis, hop: int | None) -> ExplainDocument:
    """The record of a message; of one hop only if ``hop`` is set."""
    document = analysis_document(analysis)
    if hop is not None:
        document = msgspec.structs.replace(document, hops=document.hops[hop - 1 : hop])
    return _document(question, "message", message=document, hop=hop)


def errors_document(question: str, explanations: Sequence[Explanation]) -> ExplainDocument:
    """The record of the errors in a text."""
    return _document(question, "error", error=tuple(map(explanation_document, explanations)))


def answer_document(question: str) -> ExplainDocument:
    """The record of a build, service, error or finding code, one that ``answers.answer`` answers."""
    from hopscope.classifier.error_strings import explain

    what = question.strip()
    names = kinds(what)
    return _document(
        question,
        cast("Kind", names[0]),
        build=_build(what) if "build" in names else None,
        windows=_windows(what) if "windows" in names else None,
        service=_service(what) if "service" in names else None,
        error=tuple(map(explanation_document, explain(what))) if "error" in names else None,
        finding=_finding(what) if "finding" in names else None,
        verdict=_verdicts(what) if "verdict" in names else None,
    )


def _document(question: str, kind: Kind, **values: object) -> ExplainDocument:
    empty = dict.fromkeys(("hop", "message", "build", "windows", "service", "error", "finding", "verdict"))
    return ExplainDocument(schema=SCHEMA, question=question, kind=kind, **(empty | values))


def _build(what: str) -> BuildDocument | None:
    build = build_answers.build_of(what)
    if build is None or build.number is None:
        return None
    state = support(build)
    newest = state.newest if state else None
    return BuildDocument(
        build=build.number,
        product=build.product,
        release=build.release,
        release_date=build.date,
        exact=build.exact,
        newer_than_table=build.newer,
        table_date=builds.compiled().isoformat(),
        supported=state.supported if state else None,
        support_end=state.end.isoformat() if state and state.end else None,
        support_later=later_support(build.product, state.as_of) if state else None,
        updated_releases=state.releases if state else (),
        newest_build=newest.number if newest else None,
        newest_release=newest.release if newest else None,
        newest_release_date=newest.date if newest else None,
        newer_updates=_newer_updates(build),
        sources=build_answers.sources(build),
    )


def _newer_updates(build: Build) -> int | None:
    state = support(build)
    return None if state is None or build.newer else state.newer_updates


def _windows(what: str) -> WindowsDocument | None:
    row = windows.row(what)
    if row is None:
        return None
    return WindowsDocument(
        version=windows.version(what), windows=row["windows"], sources=tuple(row["source"].split("; "))
    )


def _service(what: str) -> ServiceDocument | None:
    row = service_names.row_of(what)
    if row is None:
        return None
    generations = (
        GenerationDocument(generation=generation, service=node_document(node))
        for generation in pipeline.generations()
        for node in pipeline.services(generation)
        if node.name == row["service"]
    )
    return ServiceDocument(
        name=row["service"],
        description=row["what"],
        generations=tuple(generations),
        sources=tuple(row["source"].split("; ")),
    )


def _finding(what: str) -> RuleDocument | None:
    rule = finding.rule(what)
    return rule_document(rule) if rule else None


def _verdicts(what: str) -> tuple[VerdictDocument, ...]:
    if found := verdict.values(what):
        return tuple(
            VerdictDocument(
                key=value.key, value=value.value, label=value.label, meaning=value.meaning, sources=value.sources
            )
            for value in found
        )
    return tuple(
        VerdictDocument(
            key=row["key"],
            value=row["value"],
            label=row["label"],
            meaning=row["meaning"],
            sources=tuple(row["source"].split("; ")),
        )
        for row in rows_of(what.strip(": ="))[1:]
    )
