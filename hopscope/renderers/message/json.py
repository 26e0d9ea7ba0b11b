"""JSON: one object for one message; for several, an object with all of them under ``routes``."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.analyze import Analysis
from hopscope.renderers import Style
from hopscope.renderers.schema.message import SCHEMA, analysis_document
from hopscope.renderers.text.escape import json_document

if TYPE_CHECKING:
    from hopscope.comparison import Comparison

__all__ = ["comparison", "messages"]


def messages(analyses: Iterable[Analysis], style: Style) -> Iterator[str]:
    """The documents; written as they come, so that any number fits into memory."""
    documents = (_encoded(analysis_document(analysis, style.tz)) for analysis in analyses)
    first = next(documents, None)
    second = next(documents, None)
    if first is not None and second is None:
        yield f"{first}\n"
        return
    yield f'{{\n  "schema": "{SCHEMA}",\n  "routes": [\n'
    yield ",\n".join(one for one in (first, second) if one is not None)
    for document in documents:
        yield f",\n{document}"
    yield "\n  ]\n}\n"


def comparison(comparison: "Comparison", style: Style) -> str:  # noqa: ARG001 - the same door for every renderer
    """The comparison as one object."""
    from hopscope.renderers.schema.comparison import comparison_document

    return f"{_encoded(comparison_document(comparison))}\n"


def _encoded(document: msgspec.Struct) -> str:
    return json_document(msgspec.json.format(msgspec.json.encode(document), indent=2))
