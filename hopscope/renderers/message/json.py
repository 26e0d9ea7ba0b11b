"""JSON: one object for a single message; for several, an object with all of them under ``messages``."""

from collections.abc import Iterable, Iterator

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.message import SCHEMA, MessagesDocument, analysis_document
from hopscope.renderers.text.json_values import indented

__all__ = ["messages"]


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """The documents, written while the messages are read, so that memory does not limit their number."""
    documents = (indented(analysis_document(analysis, style.tz)) for analysis in analyses)
    first = next(documents, "")
    second = next(documents, "")
    if first and not second:
        yield first
        return
    head, tail = indented(MessagesDocument(schema=SCHEMA, messages=())).split("[]")
    yield f"{head}[\n"
    yield ",\n".join(document.rstrip("\n") for document in (first, second) if document)
    for document in documents:
        yield f",\n{document.rstrip(chr(10))}"
    yield f"\n  ]{tail}"
