"""Authentication-Results (RFC 8601), Received-SPF (RFC 7208 section 9.1) -> results as recorded, not verified."""

import re
from collections.abc import Iterator

from hopscope.model import AuthenticationResult, Route

__all__ = ["authentication_results"]

_PIECE = r'"(?:[^"\\]++|\\.)*+"|[^"();]++|["();]'
_RESULT = r"\s*+([A-Za-z][\w-]*+)\s*+(?:/\s*+[0-9]++\s*+)?+=\s*+([A-Za-z]\w*+)"
_SPF_RESULT = r"(?i)\s*+(pass|fail|softfail|neutral|none|temperror|permerror|error|unknown)\b"
_SPF_RECEIVER = r"(?i)\breceiver=\"?+([^\s;\"()]++)"


def authentication_results(route: Route) -> tuple[AuthenticationResult, ...]:
    """The results in the topmost Authentication-Results field, the one added last; without one, of Received-SPF.

    Fields below may have come with the message: any server can write them.
    """
    if "authentication-results" in route.names:
        return tuple(_results(route.header("authentication-results") or ""))
    if "received-spf" in route.names:
        return tuple(_of_received_spf(route.header("received-spf") or ""))
    return ()


def _results(body: str) -> Iterator[AuthenticationResult]:
    """The results of a field. Exchange Online writes no authserv-id: its field starts with a result."""
    first, *others = _without_comments(body).split("\0")
    is_result = re.match(_RESULT, first) is not None
    authserv_id = None if is_result else next(iter(first.split()), None)
    for part in (first, *others) if is_result else others:
        if match := re.match(_RESULT, part):
            yield AuthenticationResult(method=match[1].lower(), result=match[2].lower(), authserv_id=authserv_id)


def _without_comments(body: str) -> str:
    """The field without comments, which nest, and with NUL for each semicolon outside a quoted string."""
    pieces, depth = [], 0
    for piece in re.findall(_PIECE, body.replace("\0", ""), re.DOTALL):
        if piece in {"(", ")"}:
            depth = max(depth + (1 if piece == "(" else -1), 0)
        elif not depth:
            pieces.append("\0" if piece == ";" else piece)
    return "".join(pieces)


def _of_received_spf(body: str) -> Iterator[AuthenticationResult]:
    if match := re.match(_SPF_RESULT, body):
        receiver = re.search(_SPF_RECEIVER, body)
        yield AuthenticationResult(method="spf", result=match[1].lower(), authserv_id=receiver[1] if receiver else None)
