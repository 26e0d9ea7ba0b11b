"""JSON: one object for a single message; for several, an object with all of them under ``messages``."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.message import SCHEMA, MessagesDocument, analysis_document
from hopscope.renderers.text.json_values import indented

__all__ = ["document", "message"]


def message(analysis: Analysis, style: Style, _number: int) -> str:
    """The document of a message."""
    return indented(analysis_document(analysis, style.tz))


def document(messages: Iterable[str]) -> Iterator[str]:
    """The documents, written while the messages are read, so that memory does not limit their number."""
    documents = iter(messages)
    first = next(documents, "")
    second = next(documents, "")
    if first and not second:
        yield first
        return
    head, tail = indented(MessagesDocument(schema=SCHEMA, messages=())).split("[]")
    yield f"{head}[\n"
    yield ",\n".join(text.rstrip("\n") for text in (first, second) if text)
    for text in documents:
        yield f",\n{text.rstrip(chr(10))}"
    yield f"\n  ]{tail}"
