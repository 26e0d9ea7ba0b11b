"""The JSON records of statistics and of their comparison.

The fields of a row record are in the order of the table columns, so that a record is created from the cells of a row.

The module is over 300 lines because every field of every table is declared and described here.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

__all__ = ["ROWS", "ChangeRow", "DifferenceDocument", "Stats", "StatsDocument"]

Count = Annotated[int, Meta(ge=0)]
ServerCount = Annotated[Count | None, Meta(description="Null if only grouped servers or builds have it.")]
Seconds = float | None
CorrectedSeconds = Annotated[
    Seconds,
    Meta(description="Corrected for clock skew; null unless the two clocks certainly differ, or messages show it."),
]
ExactSeconds = Annotated[Seconds, Meta(description="Exact, and not from a sketch.")]
HeldSeconds = Annotated[Seconds, Meta(description="Its longest delay, without known clock skew; null if unknown.")]
NoTlsCount = Annotated[Count, Meta(description="Hops that record no TLS, without those of not_smtp.")]
NotSmtpCount = Annotated[Count, Meta(description="Hops other than SMTP sessions, such as `with mapi`.")]
LegCount = Annotated[Count, Meta(description="Number of pairs of servers.")]
LostSeconds = Annotated[
    Seconds, Meta(description="The part of each delay above 1 s, summed; delays are corrected for clock skew.")
]
TotalSeconds = Annotated[Seconds, Meta(description="From the first hop to the last one; negative: clock skew.")]
RawSeconds = Annotated[
    Seconds, Meta(description="As recorded; null unless delays of the leg are corrected for clock skew.")
]
Share = Annotated[float, Meta(ge=0, le=1)] | None
Date = Annotated[str | None, Meta(extra_json_schema={"format": "date"})]
Stamp = Annotated[
    str | None, Meta(description="Last hop of a message, in UTC.", extra_json_schema={"format": "date-time"})
]
Texts = list[str]


class LegRow(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Messages from one service of a server to the next."""

    from_: str | None
    to: str | None
    hops: Count
    delays: Count
    p50_seconds: Seconds
    p90_seconds: Seconds
    p99_seconds: Seconds
    max_seconds: Seconds
    total_seconds: Seconds
    negative_delays: Count
    tls_unknown: NoTlsCount
    tls: Texts
    corrected_p50_seconds: CorrectedSeconds
    corrected_p90_seconds: CorrectedSeconds
    corrected_p99_seconds: CorrectedSeconds
    corrected_max_seconds: CorrectedSeconds
    corrected_total_seconds: CorrectedSeconds
    lost_seconds: LostSeconds
    not_smtp: NotSmtpCount


class LegKindRow(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The legs between two services, all servers together."""

    from_: str | None
    to: str | None
    legs: LegCount
    hops: Count
    delays: Count
    p50_seconds: Seconds
    p90_seconds: Seconds
    p99_seconds: Seconds
    max_seconds: Seconds
    total_seconds: Seconds
    negative_delays: Count
    corrected_p50_seconds: CorrectedSeconds
    corrected_p90_seconds: CorrectedSeconds
    corrected_p99_seconds: CorrectedSeconds
    corrected_max_seconds: CorrectedSeconds
    corrected_total_seconds: CorrectedSeconds
    lost_seconds: LostSeconds


class NegativeLegRow(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A leg with negative delays: the clocks of the two servers differ."""

    from_: str | None
    to: str | None
    hops: Count
    negative_delays: Count
    min_seconds: ExactSeconds


class ServerRow(msgspec.Struct, frozen=True):
    """A server that added Received fields."""

    host: str | None
    hops: Count
    services: Texts
    builds: Texts


class ServiceRow(msgspec.Struct, frozen=True):
    """Number of hops of a service."""

    service: str | None
    hops: Count
    share: Share


class ProductRow(msgspec.Struct, frozen=True):
    """A product and build, and the number of servers with it."""

    product: str | None
    build: str | None
    hops: Count
    servers: ServerCount


class TlsRow(msgspec.Struct, frozen=True):
    """Number of hops with one TLS version and cipher."""

    tls: Annotated[str | None, Meta(description="`not recorded`; `not SMTP` without an SMTP session.")]
    hops: Count
    share: Share


class ScenarioRow(msgspec.Struct, frozen=True):
    """Number of messages of one scenario."""

    scenario: str | None
    messages: Count
    share: Share


class FindingRow(msgspec.Struct, frozen=True):
    """The findings of one code and severity."""

    code: str | None
    severity: str | None
    findings: Count
    messages: Count
    examples: Texts


class StatusRow(msgspec.Struct, frozen=True):
    """The recipients in reports with one status code and action (RFC 3464)."""

    status: str | None
    action: str | None
    recipients: Count


class AuthenticationRow(msgspec.Struct, frozen=True):
    """The messages with a result of one method in Authentication-Results or Received-SPF; nothing is verified."""

    method: Annotated[str, Meta(description="As registered at IANA, or compauth; other for all others.")]
    result: Annotated[str, Meta(description="As registered for the method; other for all others.")]
    written_by: Annotated[
        Literal["attested", "not attested", "unknown"],
        Meta(description="Attested if the organisation that delivered the message wrote it."),
    ]
    messages: Count


class DayRow(msgspec.Struct, frozen=True):
    """A day in UTC."""

    day: Date
    messages: Count
    p50_seconds: TotalSeconds
    p90_seconds: TotalSeconds
    p99_seconds: TotalSeconds
    max_seconds: TotalSeconds


class HourRow(msgspec.Struct, frozen=True):
    """An hour of the week in UTC."""

    hour: str | None
    messages: Count
    p50_seconds: TotalSeconds
    p90_seconds: TotalSeconds
    p99_seconds: TotalSeconds
    max_seconds: TotalSeconds


class SlowMessageRow(msgspec.Struct, frozen=True):
    """One of the messages with the longest total delay."""

    total_seconds: ExactSeconds
    source: str | None
    message_id: str | None
    held_by: Annotated[str | None, Meta(description="The holder during that delay; null if unknown.")]
    held_seconds: HeldSeconds


class ClockRow(msgspec.Struct, frozen=True):
    """Skew of a server's clock relative to a reference server."""

    host: str | None
    clock: str | None
    skew_seconds: Seconds
    uncertainty_seconds: Seconds
    reference: str | None
    delays: Count
    note: str | None


class CorrectedLegRow(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The delays of a leg, as recorded and corrected for clock skew."""

    from_: str | None
    to: str | None
    delays: Count
    p50_seconds: Seconds
    p90_seconds: Seconds
    max_seconds: Seconds
    corrected_p50_seconds: Seconds
    corrected_p90_seconds: Seconds
    corrected_max_seconds: Seconds
    uncertainty_seconds: Seconds


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Statistics of a mailbox or dump, without the tables."""

    schema: Literal["hopscope-stats/2"]
    filters: Annotated[Texts, Meta(description="The filters applied, in words.")]
    messages: Count
    unreadable: Annotated[Count, Meta(description="Inputs that could not be read or had nothing to analyze.")]
    analyzed: Annotated[Count, Meta(description="Messages whose scenario and findings were analyzed.")]
    hops: Count
    undated_hops: Count
    first: Stamp
    last: Stamp
    total_p50_seconds: Annotated[Seconds, Meta(description="From the first to the last dated hop of a message.")]
    total_p90_seconds: Seconds
    total_p99_seconds: Seconds
    total_max_seconds: Seconds
    quantile_error: Annotated[float, Meta(description="Maximum relative error of a quantile.")]
    grouped: Annotated[
        Texts,
        Meta(
            description="Kinds of names (such as servers) of which there are too many: those above a limit are counted "
            "together. Which ones does not depend on traffic. Counts are exact, or lower bounds if a summary that "
            "another version of hopscope saved was merged."
        ),
    ]


class StatsDocument(Stats, frozen=True, kw_only=True):
    """Statistics of a mailbox or dump. Unknown values are null, as is a table that was not requested."""

    scenarios: list[ScenarioRow] | UnsetType | None = UNSET
    findings: list[FindingRow] | UnsetType | None = UNSET
    statuses: list[StatusRow] | UnsetType | None = UNSET
    authentication: list[AuthenticationRow] | UnsetType | None = UNSET
    services: list[ServiceRow] | UnsetType | None = UNSET
    legs: list[LegRow] | UnsetType | None = UNSET
    negative_legs: list[NegativeLegRow] | UnsetType | None = UNSET
    clocks: list[ClockRow] | UnsetType | None = UNSET
    tls: list[TlsRow] | UnsetType | None = UNSET
    products: list[ProductRow] | UnsetType | None = UNSET
    servers: list[ServerRow] | UnsetType | None = UNSET
    hours: list[HourRow] | UnsetType | None = UNSET
    slowest: list[SlowMessageRow] | UnsetType | None = UNSET
    days: list[DayRow] | UnsetType | None = UNSET
    corrected_legs: list[CorrectedLegRow] | UnsetType | None = UNSET
    leg_kinds: list[LegKindRow] | UnsetType | None = UNSET


ROWS: dict[str, type[msgspec.Struct]] = {
    "scenarios": ScenarioRow,
    "findings": FindingRow,
    "statuses": StatusRow,
    "authentication": AuthenticationRow,
    "services": ServiceRow,
    "legs": LegRow,
    "leg_kinds": LegKindRow,
    "negative_legs": NegativeLegRow,
    "clocks": ClockRow,
    "tls": TlsRow,
    "products": ProductRow,
    "servers": ServerRow,
    "hours": HourRow,
    "slowest": SlowMessageRow,
    "days": DayRow,
    "corrected_legs": CorrectedLegRow,
}
"""The record of a row, by the key of its table."""


class ChangeRow(msgspec.Struct, frozen=True):
    """The hops between two services, before and after; delays between clocks that certainly differ are corrected."""

    leg: str
    before_hops: Count
    after_hops: Count
    before_p50_seconds: Seconds
    after_p50_seconds: Seconds
    before_p90_seconds: Seconds
    after_p90_seconds: Seconds
    verdict: str
    before_raw_p90_seconds: RawSeconds
    after_raw_p90_seconds: RawSeconds


class DifferenceDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The comparison of two sets of messages."""

    schema: Literal["hopscope-difference/2"]
    same: bool
    before_source: str
    after_source: str
    before_messages: Count
    after_messages: Count
    legs: list[ChangeRow]
