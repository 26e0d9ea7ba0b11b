"""hopscope: trace a message hop by hop, with the Exchange service that handled it and where the delay is.

    >>> import hopscope
    >>> analysis = hopscope.analyze(hopscope.read_file("samples/exchange-2013-internal.eml"))
    >>> for hop in analysis.hops:
    ...     print(hop.number, hop.service, hop.server, hop.delay, hop.held_by)
    >>> print(hopscope.render.table(analysis))

Functions:

    read(data)               bytes, text or EmailMessage: a message, its header block or a paste -> labelled Route
    read_file(path)          the message in a file -> Route
    messages(*paths)         the messages in files, folders, mbox files, archives and lists -> Routes, one at a time
    analyze(message)         passages, scenario, services without a Received field, who held it, findings -> Analysis
    open_tracking_logs(*paths)  message tracking logs and message traces -> TrackingIndex, for analyze
    open_locations(*paths)   databases of countries and networks (.mmdb) -> LocationDatabases, for analyze
    findings(message)        delays, misconfiguration and other observations -> Findings
    check(message, settings) findings as ``hopscope check`` reports them -> Findings
    read_settings(path)      a hopscope.toml -> Settings
    compare(a, b)            two messages, one and a generation ("2013"), or two summaries -> Comparison, Difference
    typical(messages)        the most common path of several messages -> Typical
    redact(message)          the header block with pseudonyms, for sharing -> Redacted
    explain(question)        a build, service, error text, status code or finding code -> Answer
    summarize(messages)      statistics of many messages -> Summary; dumps, loads: as text, Summary.merge
    topology(summary)        servers, services and the connections between them -> Topology
    render                   results as text: table, plain, json, jsonl, csv, markdown, html, svg, sarif, junit ...
    spark                    summaries and hops of data frames of Apache Spark

A message is a Route or an Analysis. The records are in ``hopscope.model``, the exceptions in ``hopscope.errors``. The
names in ``__all__`` are public.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hopscope import errors, model, render, spark
    from hopscope.analysis.analyze import Analysis
    from hopscope.api import (
        analyze,
        check,
        compare,
        explain,
        findings,
        messages,
        open_locations,
        open_tracking_logs,
        read,
        read_file,
        read_settings,
        redact,
        summarize,
        topology,
        typical,
    )
    from hopscope.comparison import Comparison
    from hopscope.comparison.typical import Typical
    from hopscope.config.settings import MinimumTls, Organisation, PathRule, PerPath, Settings
    from hopscope.errors import (
        HopscopeError,
        NotMailError,
        OptionError,
        PartlyReadError,
        SettingsError,
        SourceError,
    )
    from hopscope.model import (
        DeliveryAction,
        DeliveryStatus,
        Finding,
        Hop,
        Label,
        Location,
        Passage,
        Route,
        Scenario,
        Service,
        ServiceWithoutHeader,
        Severity,
        Stage,
        Stamp,
        TrackingEvent,
    )
    from hopscope.redaction import Redacted
    from hopscope.renderers.answers import Answer
    from hopscope.sources.locations import LocationDatabases
    from hopscope.statistics.before_after import Difference
    from hopscope.statistics.saved import dumps, loads
    from hopscope.statistics.summary import Summary
    from hopscope.statistics.topology import Topology
    from hopscope.tracking.index import TrackingIndex

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Answer",
    "Comparison",
    "DeliveryAction",
    "DeliveryStatus",
    "Difference",
    "Finding",
    "Hop",
    "HopscopeError",
    "Label",
    "Location",
    "LocationDatabases",
    "MinimumTls",
    "NotMailError",
    "OptionError",
    "Organisation",
    "PartlyReadError",
    "Passage",
    "PathRule",
    "PerPath",
    "Redacted",
    "Route",
    "Scenario",
    "Service",
    "ServiceWithoutHeader",
    "Settings",
    "SettingsError",
    "Severity",
    "SourceError",
    "Stage",
    "Stamp",
    "Summary",
    "Topology",
    "TrackingEvent",
    "TrackingIndex",
    "Typical",
    "__version__",
    "analyze",
    "check",
    "compare",
    "dumps",
    "errors",
    "explain",
    "findings",
    "loads",
    "messages",
    "model",
    "open_locations",
    "open_tracking_logs",
    "read",
    "read_file",
    "read_settings",
    "redact",
    "render",
    "spark",
    "summarize",
    "topology",
    "typical",
]

_MODULES = frozenset({"errors", "model", "render", "spark"})
_HOMES = {
    "Analysis": "hopscope.analysis.analyze",
    "Answer": "hopscope.renderers.answers",
    "Comparison": "hopscope.comparison",
    "DeliveryAction": "hopscope.model",
    "DeliveryStatus": "hopscope.model",
    "Difference": "hopscope.statistics.before_after",
    "Finding": "hopscope.model",
    "Hop": "hopscope.model",
    "HopscopeError": "hopscope.errors",
    "Label": "hopscope.model",
    "Location": "hopscope.model",
    "LocationDatabases": "hopscope.sources.locations",
    "MinimumTls": "hopscope.config.settings",
    "NotMailError": "hopscope.errors",
    "OptionError": "hopscope.errors",
    "Organisation": "hopscope.config.settings",
    "PartlyReadError": "hopscope.errors",
    "Passage": "hopscope.model",
    "PathRule": "hopscope.config.settings",
    "PerPath": "hopscope.config.settings",
    "Redacted": "hopscope.redaction",
    "Route": "hopscope.model",
    "Scenario": "hopscope.model",
    "Service": "hopscope.model",
    "ServiceWithoutHeader": "hopscope.model",
    "Settings": "hopscope.config.settings",
    "SettingsError": "hopscope.errors",
    "Severity": "hopscope.model",
    "SourceError": "hopscope.errors",
    "Stage": "hopscope.model",
    "Stamp": "hopscope.model",
    "Summary": "hopscope.statistics.summary",
    "Topology": "hopscope.statistics.topology",
    "TrackingEvent": "hopscope.model",
    "TrackingIndex": "hopscope.tracking.index",
    "Typical": "hopscope.comparison.typical",
    "analyze": "hopscope.api",
    "check": "hopscope.api",
    "compare": "hopscope.api",
    "dumps": "hopscope.statistics.saved",
    "explain": "hopscope.api",
    "findings": "hopscope.api",
    "loads": "hopscope.statistics.saved",
    "messages": "hopscope.api",
    "open_locations": "hopscope.api",
    "open_tracking_logs": "hopscope.api",
    "read": "hopscope.api",
    "read_file": "hopscope.api",
    "read_settings": "hopscope.api",
    "redact": "hopscope.api",
    "summarize": "hopscope.api",
    "topology": "hopscope.api",
    "typical": "hopscope.api",
}
"""The modules of the names that are imported on first use."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public object
    """Import a public name on first use (PEP 562), so that ``import hopscope`` itself is fast.

    It is kept in the module, where documentation tools search for it.
    """
    if name in _MODULES:
        return import_module(f"hopscope.{name}")
    if name in _HOMES:
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
