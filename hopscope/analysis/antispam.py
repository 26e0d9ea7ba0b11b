"""Who wrote the antispam and organization headers of a message, and which of them count.

Exchange adds these fields at the end of the header, so that their position shows nothing. What shows the writer:

- **Organization headers** (X-MS-Exchange-Organization-, X-MS-Exchange-Forest-): by default the header firewall removes
  them when a message enters an organisation from outside, and when it leaves (Microsoft Docs: Header firewall). If the
  organisation that delivered the message is an Exchange one, they are therefore its own, unless two of one name
  disagree: then it did not remove one. If the last hop is of another system, anyone on the path may have written them.
- **X-Forefront-Antispam-Report** is of the Front End Transport of Exchange Online at which the message entered the
  tenant. It records the connecting address (CIP), which the Received field of that hop records, too: they are equal in
  4,958 of 5,014 messages of public mail archives. A message from a mailbox has 255.255.255.255. The sender may know
  both, and so with several reports of one hop, none is believed. Exchange Online renames the report of another
  tenant to X-Forefront-Antispam-Report-Untrusted when it strips the headers of that tenant (observed).
- **X-Microsoft-Antispam** is of the same server, if there is one of each (observed).
- Fields that contain the name of their server (X-CrossPremisesHeadersPromoted) name a hop. Whoever knows the name could
  have written it, and no documentation says that such fields are removed: the trust is unknown.
- The others are not attested by anything: the trust is unknown.

Without any hop of Exchange, anyone may have written them, so they are claims; so are those that only Exchange
Online writes, without any hop of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from hopscope.analysis.organisations import ONLINE, organisation_of
from hopscope.analysis.trust import Trust
from hopscope.classifier.antispam import Kind, antispam_values, described, kind_of
from hopscope.model import AntispamValue, HeaderField, Hop, Service
from hopscope.on_first_use import on_first_use

if TYPE_CHECKING:
    from hopscope.analysis.context import MessageContext

__all__ = ["Antispam", "Verdict", "antispam", "hybrid"]

_REPORT, _BULK = "x-forefront-antispam-report", "x-microsoft-antispam"
_FROM_MAILBOX = "255.255.255.255"
_SUBMISSIONS = frozenset({Service.MAPI_SUBMISSION, Service.HTTP_SUBMISSION})
_BY_TRUST = {Trust.ATTESTED: 0, Trust.LINKED: 1, None: 2, Trust.UNLINKED: 3}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A value of an antispam or organization header, and who wrote it."""

    value: AntispamValue
    hop: int | None = None
    """Number of the hop that wrote the field, or that the field names as its writer; ``None`` if unknown."""
    trust: Trust | None = None
    """How far the writer can be trusted; ``None`` if the writer is unknown."""


class Antispam(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The antispam and organization headers of a message."""

    verdicts: tuple[Verdict, ...]
    """All values, top to bottom."""

    @on_first_use
    def _by_key(self) -> Mapping[str, tuple[Verdict, ...]]:
        by_key: dict[str, list[Verdict]] = {}
        for verdict in sorted(self.verdicts, key=_preference):
            by_key.setdefault(verdict.value.key, []).append(verdict)
        return {key: tuple(listed) for key, listed in by_key.items()}

    def named(self, key: str) -> tuple[Verdict, ...]:
        """All values of a key, such as ``SCL``: the one that counts first."""
        return self._by_key.get(key, ())

    def chosen(self, key: str) -> Verdict | None:
        """The value of a key that counts: of the most trusted writer, or else of the more relevant field, the topmost.

        ``None`` if no field has it. What another tenant found counts only if nothing else does.
        """
        return next(iter(self.named(key)), None)

    def text(self, key: str) -> str | None:
        """The value of a key that counts, as written; ``None`` if no field has it."""
        verdict = self.chosen(key)
        return verdict.value.value if verdict else None

    def number(self, key: str) -> int | None:
        """The value of a key that counts as a number; ``None`` if no field has it, or it is not a small number."""
        text = self.text(key) or ""
        return int(text) if re.fullmatch("-?[0-9]{1,2}", text) else None

    def differs(self, verdict: Verdict) -> bool:
        """Whether a value differs from the one that counts; those of other tenants, and of one list, never do."""
        chosen = self.chosen(verdict.value.key)
        if chosen is None or _is_foreign(verdict):
            return False
        kind = kind_of(verdict.value.field.name.lower())
        is_of_list = kind is not None and kind.form == "list" and verdict.value.field is chosen.value.field
        return not is_of_list and verdict.value.value.lower() != chosen.value.value.lower()

    def others(self, key: str) -> tuple[Verdict, ...]:
        """The values of a key that differ from the one that counts, without those of other tenants."""
        return tuple(verdict for verdict in self.named(key) if self.differs(verdict))


def antispam(context: "MessageContext") -> Antispam | None:
    """The antispam and organization headers of a message with their writers; ``None`` if it has none.

    Microsoft's part of Authentication-Results is included: composite authentication, and the action after DMARC.
    """
    values = antispam_values(context.route)
    writers = _Writers(context, values) if values else None
    verdicts = [writers.verdict(value) for value in values] if writers else []
    verdicts += _of_authentication(context)
    return Antispam(verdicts=tuple(sorted(verdicts, key=_line))) if verdicts else None


def _line(verdict: Verdict) -> int:
    return verdict.value.field.line


def _of_authentication(context: "MessageContext") -> Iterator[Verdict]:
    """Composite authentication with its reason, and the action after DMARC, in fields without a name of the server."""
    for result in context.authentication:
        if result.is_of_arc or result.authserv_id is not None:
            continue
        pairs: list[tuple[str, str | None]] = []
        if result.method == "compauth":
            pairs = [("compauth", result.result), ("reason", result.reason)]
        elif result.method == "dmarc":
            pairs = [("action", dict(result.properties).get("action"))]
        writer = context.writers[result.field.line]
        for key, value in pairs:
            if value:
                yield Verdict(value=described(result.field, key, value), hop=writer.hop, trust=writer.trust)


def hybrid(antispam: Antispam) -> str | None:
    """Whether the organization headers crossed between the parts of a hybrid organisation, and what that means.

    ``None`` without evidence of a crossing. Sources: Microsoft Docs, "Set-InboundConnector" (CloudServicesMailEnabled)
    and "Transport routing in Exchange hybrid deployments"; public mail archives (observed).
    """
    sent_by, promoted_by = antispam.text("HeadersPreserved"), antispam.text("HeadersPromoted")
    removed_by = antispam.text("HeadersFilteredBySendConnector")
    sender, level = antispam.text("AuthAs"), antispam.text("SCL")
    if promoted_by:
        recorded = " and ".join(filter(None, (sender and f"AuthAs {sender}", level and f"SCL {level}")))
        return (
            f"{promoted_by} promoted the organization headers of the other part: the message is treated as it was "
            f"there{f' ({recorded})' if recorded else ''}."
        )
    if (sent_by or removed_by) and sender and sender.lower() == "anonymous":
        lost = f"the Send connector of {removed_by} removed some" if removed_by else f"only {sent_by} prepared them"
        return (
            f"No field shows that the organization headers crossed ({lost}), and AuthAs is Anonymous: the message is "
            "treated as one from outside, so antispam filtering, rules for external senders and external automatic "
            "replies apply, and an SCL of the other part is not trusted."
        )
    prepared = "prepared the organization headers for the other part; no field shows that they were promoted."
    return f"{sent_by} {prepared}" if sent_by else None  # a Send connector to the Internet removes them, too


def _kind(value: AntispamValue) -> Kind | None:
    return kind_of(value.field.name.lower())


def _is_foreign(verdict: Verdict) -> bool:
    kind = _kind(verdict.value)
    return kind is not None and kind.writer == "other"


def _preference(verdict: Verdict) -> tuple[bool, int, int, int]:
    kind = _kind(verdict.value)
    rank = kind.rank if kind else 0
    return _is_foreign(verdict), _BY_TRUST[verdict.trust], rank, verdict.value.field.line


_Writer = tuple[int | None, Trust | None]
_UNKNOWN: _Writer = (None, None)
_ANYBODY: _Writer = (None, Trust.UNLINKED)


class _Writers:
    """The writers of the fields of a message."""

    def __init__(self, context: "MessageContext", values: Iterable[AntispamValue]) -> None:
        self.hops = context.route.hops
        self.trust = context.trust
        self.has_online = any(hop.label.is_online for hop in self.hops)
        self.has_exchange = any(mark is not None for mark in context.marks)
        self.is_delivered_by_exchange = bool(self.hops) and context.marks[-1] is not None
        first = context.border.hop if context.border else 1
        self.entry = self.hops[first - 1] if self.hops else None
        self.by_name = _by_name(self.hops)
        self.by_peer = {_peer(hop): hop for hop in self.hops if hop.label.is_online}
        self.of_field = dict(self._of_fields(values))

    def verdict(self, value: AntispamValue) -> Verdict:
        """The value with the writer of its field; of AuthSource, the hop is that of the server that it names."""
        hop, trust = self.of_field[value.field]
        if value.key == "AuthSource" and hop is None:
            hop = self._named(value.value)
        return Verdict(value=value, hop=hop, trust=trust)

    def _of_fields(self, values: Iterable[AntispamValue]) -> Iterator[tuple[HeaderField, _Writer]]:
        fields: dict[HeaderField, list[AntispamValue]] = {}
        for value in values:
            fields.setdefault(value.field, []).append(value)
        named = {name: [field for field in fields if field.name.lower() == name] for name in (_REPORT, _BULK)}
        reports = self._reports({field: fields[field] for field in named[_REPORT]})
        repeated = _repeated(fields)
        for field, listed in fields.items():
            kind = _kind(listed[0])
            is_passed = self.has_online if kind and kind.writer in {"online", "tenant"} else self.has_exchange
            if not is_passed and kind is not None and kind.writer != "any":
                yield field, _ANYBODY if self.hops else _UNKNOWN
            elif field in reports:
                yield field, reports[field]
            elif field in named[_BULK] and len(named[_BULK]) == len(named[_REPORT]) == 1:
                yield field, reports[named[_REPORT][0]]
            elif kind is not None and kind.form == "server":
                yield field, (self._named(listed[0].value), None)
            elif kind is not None and kind.writer == "organisation" and self.is_delivered_by_exchange:
                yield field, (None, None if field.name.lower() in repeated else Trust.ATTESTED)
            else:
                yield field, _UNKNOWN

    def _reports(self, reports: Mapping[HeaderField, list[AntispamValue]]) -> dict[HeaderField, _Writer]:
        """The hop of each report, by the address that both record; unknown for several reports of one hop."""
        hops = {field: self._connected(values) for field, values in reports.items()}
        found = [hop.number for hop in hops.values() if hop]
        return {
            field: (hop.number, self.trust[hop.number - 1]) if hop and found.count(hop.number) == 1 else _UNKNOWN
            for field, hop in hops.items()
        }

    def _connected(self, values: Iterable[AntispamValue]) -> Hop | None:
        """The hop of Exchange Online that was connected to from the address of a report, the last of several."""
        address = next((value.value.lower() for value in values if value.key == "CIP"), None)
        if address is None:
            return None
        if address == _FROM_MAILBOX:
            entry = self.entry
            return entry if entry and entry.label.is_online and entry.label.service in _SUBMISSIONS else None
        return self.by_peer.get(address)

    def _named(self, server: str) -> int | None:
        """The last hop of a server by its name; one of the names may be the first label alone.

        A server of Exchange Online has several domains, but one first label.
        """
        name = server.lower()
        label = name.partition(".")[0]
        names = [name, label]
        if name == label:
            names = [name, f"{label}."]
        elif organisation_of(name) == ONLINE:
            names.append(f"{label}.{ONLINE}")
        return next((self.by_name[other] for other in names if other in self.by_name), None)


def _repeated(fields: Iterable[HeaderField]) -> set[str]:
    """The names of fields that disagree with others of their name; Exchange writes one of each."""
    bodies: dict[str, set[str]] = {}
    for field in fields:
        bodies.setdefault(field.name.lower(), set()).add(field.body.strip().lower())
    return {name for name, texts in bodies.items() if len(texts) > 1}


def _by_name(hops: Sequence[Hop]) -> dict[str, int]:
    """The last hop of each server: by its name, its first label with a dot, and, of Exchange Online, with that name."""
    by_name: dict[str, int] = {}
    for hop in hops:
        label, dot, _ = hop.server.partition(".")
        keys = [hop.server, f"{label}." if dot else "", f"{label}.{ONLINE}" if hop.label.is_online else ""]
        by_name |= {key: hop.number for key in keys if key}
    return by_name


def _peer(hop: Hop) -> str | None:
    """The address that a hop was connected to from, in lower case."""
    address = hop.stamp.from_domain.tcp_info.address if hop.stamp.from_domain else None
    return address.lower() if address else None
