"""hopscope: trace a message hop by hop, with the Exchange service that handled it and where the delay is.

    >>> import hopscope
    >>> route = hopscope.read(pathlib.Path("mail.eml").read_bytes())
    >>> [(hop.number, hop.label.service, hop.delay) for hop in route.hops]
    >>> print(hopscope.render.table(route))

Public names:

    read(data)               bytes or text of a message, its header block or a paste -> labelled Route
    compare(a, b)            two routes, or a route and the path of a generation ("2013") -> Comparison
    analyze(route)           passages, scenarios, services without a Received field, findings -> Analysis
    typical(routes)          the most common path of several routes -> Typical
    findings(route)          delays, misconfiguration and other observations -> Findings
    render                   table, plain, json, jsonl, csv, markdown, svg, html: results as text
    Route, Hop, Stamp ...    the records, in hopscope.model
    HopscopeError ...        the exceptions, in hopscope.errors
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hopscope import render
    from hopscope.analysis.analyze import Analysis, analyze
    from hopscope.analysis.diagnosis import findings
    from hopscope.api import compare, read
    from hopscope.comparison import Comparison
    from hopscope.comparison.typical import Typical, typical
    from hopscope.errors import HopscopeError, OptionError, SourceError
    from hopscope.model import (
        Finding,
        Hop,
        Label,
        Passage,
        Route,
        Scenario,
        Service,
        ServiceWithoutHeader,
        Stage,
        Stamp,
    )

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Comparison",
    "Finding",
    "Hop",
    "HopscopeError",
    "Label",
    "OptionError",
    "Passage",
    "Route",
    "Scenario",
    "Service",
    "ServiceWithoutHeader",
    "SourceError",
    "Stage",
    "Stamp",
    "Typical",
    "__version__",
    "analyze",
    "compare",
    "findings",
    "read",
    "render",
    "typical",
]

_HOMES = {
    "Analysis": "hopscope.analysis.analyze",
    "Comparison": "hopscope.comparison",
    "Finding": "hopscope.model",
    "Hop": "hopscope.model",
    "HopscopeError": "hopscope.errors",
    "Label": "hopscope.model",
    "OptionError": "hopscope.errors",
    "Passage": "hopscope.model",
    "Route": "hopscope.model",
    "Scenario": "hopscope.model",
    "Service": "hopscope.model",
    "SourceError": "hopscope.errors",
    "Stage": "hopscope.model",
    "Stamp": "hopscope.model",
    "Typical": "hopscope.comparison.typical",
    "ServiceWithoutHeader": "hopscope.model",
    "analyze": "hopscope.analysis.analyze",
    "compare": "hopscope.api",
    "findings": "hopscope.analysis.diagnosis",
    "read": "hopscope.api",
    "typical": "hopscope.comparison.typical",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public object
    """Import a public name on first use (PEP 562), so that ``import hopscope`` itself is fast."""
    if name == "render":
        return import_module("hopscope.render")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
