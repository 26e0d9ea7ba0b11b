"""Authentication-Results (RFC 8601), ARC (RFC 8617), Received-SPF (RFC 7208) and DKIM (RFC 6376), as written.

Nothing is verified: a result is what a server claims to have found, and a signature is what a signer claims.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice

from hopscope.model import AuthenticationResult, HeaderField, Route, Signature
from hopscope.parser.grammar import address

__all__ = ["ARC_FIELDS", "arc_instances", "authentication_results", "signature", "signatures"]

_RESULT_FIELDS = ("authentication-results", "arc-authentication-results", "received-spf")
_SIGNATURE_FIELDS = ("dkim-signature", "arc-seal", "arc-message-signature")
_ARC_NAMES = ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results")
ARC_FIELDS = frozenset(name.lower() for name in _ARC_NAMES)
"""The fields of an ARC set (RFC 8617 section 4.1), in lower case."""

_MOST_FIELDS = 64
"""Maximum fields of each name that are read; an ARC chain has at most 50 sets (RFC 8617 section 4.2.1)."""
_MOST_RESULTS = 64
"""Maximum results of a field."""
_MOST_PROPERTIES = 24
"""Maximum properties of a result."""
_LONGEST = 16_384
"""Maximum characters of a field that are read."""
_LONGEST_VALUE = 1_000
"""Maximum characters of a value."""

_PIECE = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^"();\\]++|\\.|["();\\]', re.DOTALL)
"""Escaped characters are pieces of their own, or each escaped quotation mark would start a search for its end."""
_NAME = r"[A-Za-z][\w-]*+(?:\s*+\.\s*+[\w.-]++)?+"
"""White space may stand at the dot between the type of a property and its name (RFC 8601 section 2.2)."""
_VALUE = r'((?:"(?:[^"\\]++|\\.)*+"|[^\s"])++)'
"""A word or quoted string, or an address with a quoted local part: `"a b"@shop.example`."""
_RESULT = re.compile(r"\s*+([A-Za-z][\w-]*+)\s*+(?:/\s*+[0-9]++\s*+)?+=\s*+([A-Za-z][\w-]*+)")
_PROPERTY = re.compile(rf"(?<!\S)({_NAME})\s*+=(?:{_VALUE}|\s++(?!{_NAME}\s*+=){_VALUE})?", re.DOTALL)
_INSTANCE = re.compile(r"\s*+[iI]\s*+=\s*+(?:([0-9]{1,4}+)\s*+\Z)?")
"""The first part of ARC-Authentication-Results; a number that is not valid is unknown."""
_FIRST_INSTANCE = re.compile(r"\s*+i\s*+=\s*+([0-9]{1,4}+)\s*+;")
_SPF_RESULT = re.compile(r"(?i)\s*+(pass|fail|softfail|neutral|none|temperror|permerror|error|unknown)\b")
_OF_SPF = frozenset({"receiver", "client-ip", "envelope-from", "helo", "identity", "mechanism", "problem"})
"""The keys of RFC 7208 section 9.1; the others are extensions, such as ``x-record-text``."""
_CHECKER = re.compile(r"\s*+([A-Za-z0-9](?:[A-Za-z0-9-]|\.(?=[A-Za-z0-9])){0,253}+):\s")
"""The start of the comment in Received-SPF, which names the server that checked (RFC 7208 section 9.1)."""
_ADDRESSES = ("smtp.client-ip", "smtp.remote-ip", "client-ip", "policy.iprev")
"""The properties that name the address of the client."""
_NEXT_RESULT = re.compile(r"(?<=\s)(?=(?:arc|dkim|dmarc|spf)\s*+=)", re.IGNORECASE)
"""Some servers, such as Zoho's, leave out a semicolon between results."""
_TERMS = re.compile(r"[\s=;()\"\[\],]++")
_TAG = re.compile(r"(?:\A|;)\s*+([A-Za-z]\w*+)\s*+=([^;]*+)")


def authentication_results(route: Route) -> tuple[AuthenticationResult, ...]:
    """The results in Authentication-Results, ARC-Authentication-Results and Received-SPF fields, top to bottom."""
    fields = _fields(route, _RESULT_FIELDS)
    return tuple(result for field in fields for result in islice(_of_field(field), _MOST_RESULTS))


def signatures(route: Route) -> tuple[Signature, ...]:
    """The DKIM-Signature, ARC-Seal and ARC-Message-Signature fields, top to bottom."""
    return tuple(map(signature, _fields(route, _SIGNATURE_FIELDS)))


def arc_instances(route: Route) -> dict[str, Counter[int]]:
    """How many fields of an ARC set there are of each instance, by the name of the field."""
    bodies = {name: [field.body[:_LONGEST] for field in _fields(route, (name.lower(),))] for name in _ARC_NAMES}
    tags = {name: list(map(_instance_tag, bodies)) for name, bodies in bodies.items()}
    return {name: Counter(int(tag) for tag in found if _matching(r"[0-9]{1,4}", tag)) for name, found in tags.items()}


def _instance_tag(body: str) -> str:
    """The tag ``i``, which is the first in usual fields: to look for it in the others takes longer."""
    match = _FIRST_INSTANCE.match(body)
    return match[1] if match else _tags(body).get("i", "")


def _fields(route: Route, names: Iterable[str]) -> list[HeaderField]:
    fields = (field for name in names if name in route.names for field in route.named(name)[:_MOST_FIELDS])
    return sorted(fields, key=lambda field: field.line)


def _of_field(field: HeaderField) -> Iterator[AuthenticationResult]:
    """The results of a field. Exchange Online writes no authserv-id: its field starts with a result."""
    statements = _statements(field.body[:_LONGEST])
    if field.name.lower() == "received-spf":
        yield from _of_received_spf(field, statements)
        return
    instance = None
    if field.name.lower() == "arc-authentication-results" and (match := _INSTANCE.match(statements[0][0])):
        instance, statements = int(match[1]) if match[1] else None, statements[1:]
    authserv_id = None
    if statements and not _RESULT.match(statements[0][0]):
        authserv_id, statements = _first_word(statements[0][0]), statements[1:]
    for text, comment in _separated(statements):
        if match := _RESULT.match(text):
            method, properties = match[1].lower(), _properties(text[match.end() :])
            yield AuthenticationResult(
                method=method,
                result=match[2].lower(),
                reason=next((value for name, value in properties if name == "reason"), None),
                properties=tuple(pair for pair in properties if pair[0] != "reason"),
                authserv_id=authserv_id,
                instance=instance,
                client_address=_client_address(method, properties, comment),
                field=field,
            )


def _statements(body: str) -> list[tuple[str, str]]:
    """The parts between semicolons, each without its comments, which nest, and with their text."""
    statements, text, comment, depth = [], list[str](), list[str](), 0
    for piece in _PIECE.findall(body):
        if piece in {"(", ")"}:
            depth = max(depth + (1 if piece == "(" else -1), 0)
            (comment if depth else text).append(" ")
        elif depth:
            comment.append(piece)
        elif piece == ";":
            statements.append(("".join(text), "".join(comment)))
            text, comment = [], []
        else:
            text.append(piece)
    return [*statements, ("".join(text), "".join(comment))]


def _separated(statements: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The statements, each with one result."""
    for statement, comment in statements:
        parts = [statement] if '"' in statement else _NEXT_RESULT.split(statement)  # a sender may have quoted the name
        yield from ((part, comment) for part in parts)


def _first_word(text: str) -> str | None:
    """The authserv-id, a word or a quoted string; a version may follow."""
    match = re.match(rf"\s*+{_VALUE}", text, re.DOTALL)
    return _unquoted(match[1]) if match else None


def _properties(text: str) -> list[tuple[str, str]]:
    """Names in lower case, and their values without quotes; of one that occurs twice, the first value."""
    values = dict[str, str]()
    for match in islice(_PROPERTY.finditer(text), _MOST_PROPERTIES):
        name = "".join(match[1].lower().split())
        values.setdefault(name, _unquoted(match[2] or match[3] or ""))
    return list(values.items())


def _unquoted(value: str) -> str:
    """The content of a quoted string; a word, or an address with a quoted local part, as written."""
    if value.startswith('"') and (quoted := re.fullmatch(r'"((?:[^"\\]++|\\.)*+)"', value, re.DOTALL)):
        value = re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL)
    return value[:_LONGEST_VALUE]


def _of_received_spf(field: HeaderField, statements: list[tuple[str, str]]) -> Iterator[AuthenticationResult]:
    if match := _SPF_RESULT.match(statements[0][0]):
        first, comment = statements[0]
        text = "\n".join((first[match.end() :], *(text for text, _ in statements[1:])))
        properties = [pair for pair in _properties(text) if pair[0] in _OF_SPF]
        receiver = next((value.strip("<>") for name, value in properties if name == "receiver"), "")
        checker = _CHECKER.match(comment)
        yield AuthenticationResult(
            method="spf",
            result=match[1].lower(),
            properties=tuple(properties),
            authserv_id=receiver if receiver.lower() not in {"", "unknown"} else checker[1] if checker else None,
            client_address=_client_address("spf", properties, comment),
            field=field,
        )


def _client_address(method: str, properties: list[tuple[str, str]], comment: str) -> str | None:
    """The address of the client: from a property, or of SPF from the comment if it has one only."""
    found = [address(value) for name, value in properties if name in _ADDRESSES]
    if method == "spf" and not any(found):
        found = [address(term) for term in _TERMS.split(comment)]
    known = {literal for literal in found if literal}
    return known.pop() if len(known) == 1 else None


def signature(field: HeaderField) -> Signature:
    """The tags of a DKIM-Signature or ARC field."""
    tags = _tags(field.body[:_LONGEST])
    is_arc = field.name.lower() in ARC_FIELDS
    cv = (tags.get("cv") or "").lower()
    return Signature(
        field=field,
        domain=_matching(r"[^\s@\"'<>()]{1,255}", tags.get("d")),
        selector=_matching(r"[^\s@\"'<>()]{1,255}", tags.get("s")),
        algorithm=_matching(r"[A-Za-z0-9-]{1,40}", tags.get("a")),
        signed_at=_time(tags.get("t")),
        expires_at=_time(tags.get("x")),
        instance=int(tags["i"]) if is_arc and _matching(r"[0-9]{1,4}", tags.get("i")) else None,
        chain_validation=cv if is_arc and cv in {"none", "fail", "pass"} else None,
    )


def _tags(body: str) -> dict[str, str]:
    """The tags of a signature without white space (RFC 6376 section 3.2); those that occur twice are left out."""
    tags, repeated = dict[str, str](), set[str]()
    for match in _TAG.finditer(body):
        repeated.update({match[1]} & tags.keys())
        tags[match[1]] = re.sub(r"\s++", "", match[2][:_LONGEST_VALUE])
    return {name: value for name, value in tags.items() if name not in repeated}


def _matching(pattern: str, value: str | None) -> str | None:
    return value if value is not None and re.fullmatch(pattern, value, re.ASCII) else None


def _time(value: str | None) -> datetime | None:
    """A number of seconds since 1970, as an aware time; ``None`` if it is none, or in no zone before the year 10000."""
    if _matching(r"0|[1-9][0-9]{0,11}", value) is None:
        return None
    seconds = int(value or "")
    return datetime.fromtimestamp(seconds, UTC) if seconds < _LATEST.timestamp() else None


_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
