"""Delivery status -> a report with pseudonyms: ``multipart/report`` (RFC 6522) with the fields of RFC 3464.

The text of an error may name anybody, so it is replaced by the example of the same error in ``data/error_strings.tsv``.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from hopscope.classifier.error_rows import rows
from hopscope.classifier.error_strings import explain_reply
from hopscope.model import DateTime, DeliveryStatus, Explanation, HeaderField
from hopscope.parser.report_lines import LAST_ERROR
from hopscope.redaction import stamps
from hopscope.redaction.names import Aliases
from hopscope.redaction.text import Software, Text

__all__ = ["error", "report"]

_BOUNDARY = "redacted-report"


def report(statuses: Sequence[DeliveryStatus], block: str, aliases: Aliases) -> str:
    """A report with these statuses that returns a header block.

    Args:
        statuses: At least one; what they say about the reporting server is taken from the first that says it.
        block: The redacted header block of the message that the report is about.
        aliases: The pseudonyms.
    """
    date = next((_date(status.report_date, aliases) for status in statuses if status.report_date), None)
    header = [
        *([f"Date: {date}"] if date else []),
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{_BOUNDARY}"',
    ]
    groups = [_of_message(statuses, aliases), *(_of_recipient(status, aliases) for status in statuses)]
    parts = [
        (
            "message/delivery-status",
            "\n\n".join("\n".join(f"{name}: {' '.join(body.split())}" for name, body in group) for group in groups),
        ),
        ("text/rfc822-headers", block.rstrip("\n")),
    ]
    sections = "".join(f"--{_BOUNDARY}\nContent-Type: {kind}\n\n{content}\n\n" for kind, content in parts)
    return "\n".join((*header, "", sections)) + f"--{_BOUNDARY}--\n\n"


def _of_message(statuses: Sequence[DeliveryStatus], aliases: Aliases) -> Iterator[tuple[str, str]]:
    """The fields about the message (RFC 3464 section 2.2)."""
    server = next((status.reporting_mta for status in statuses if status.reporting_mta), None)
    yield "Reporting-MTA", f"dns; {Text(aliases).host(server) if server else ''}"
    arrival = next((status.arrival_date for status in statuses if status.arrival_date), None)
    if arrival:
        yield "Arrival-Date", _date(arrival, aliases)


def _of_recipient(status: DeliveryStatus, aliases: Aliases) -> Iterator[tuple[str, str]]:
    """The fields about one recipient (RFC 3464 section 2.3)."""
    yield "Final-Recipient", f"rfc822; {Text(aliases).words(status.recipient or '')}"
    yield "Action", status.action or ""
    yield "Status", status.status or ""
    if status.remote_mta:
        yield "Remote-MTA", f"dns; {Text(aliases).host(status.remote_mta)}"
    if status.diagnostic:
        errors = (error(text, aliases) for text in status.diagnostic.split(LAST_ERROR))
        yield "Diagnostic-Code", f"smtp; {LAST_ERROR.join(errors)}"
    for name, date in (("Last-Attempt-Date", status.last_attempt), ("Will-Retry-Until", status.will_retry_until)):
        if date:
            yield name, _date(date, aliases)


def _date(date: DateTime, aliases: Aliases) -> str:
    field = HeaderField(name="Date", body=f";{date.text}", line=1)
    return stamps.standard(date) or stamps.redacted(field, aliases)[1:].strip()


_NO_TEXT = "(text removed)"


def error(text: str, aliases: Aliases) -> str:
    """The same error with its codes, in the words of the table; if it quotes another one, the text without other words.

    The table has one example for an error that comes with several codes, such as 5.7.1 and 5.7.54. If a text without a
    code is recognised only by words that its example lacks, the example keeps its codes.
    """
    explanations, codes = explain_reply(text), _codes(text)
    meanings = [each.meaning for each in explanations]
    of_each = [_codes_of(each, text) if meanings[1:] else codes for each in explanations]
    shown = " ".join(map(_with_codes, explanations, of_each)) or " ".join((*codes, _NO_TEXT))
    examples = [shown] if codes else [shown, " ".join(map(_example, explanations))]
    for example in examples:
        if (not codes or _codes(example) == codes) and [each.meaning for each in explain_reply(example)] == meanings:
            return example
    words = Text(aliases, Software(_vocabulary().union(codes, re.findall(_SYSTEM_ERROR, shown))))
    return words.words(text, lambda token: words.word(token.rstrip(".")) + token[len(token.rstrip(".")) :])


_QUOTING = "said replied response returned"
"""Words before the reply of a server."""


@cache
def _vocabulary() -> frozenset[str]:
    """The words of all known errors, without hosts and addresses: ``rejected``, ``resolver.adr.ambiguous``."""
    texts = (_QUOTING, *(row.explanation.text for row in rows()))
    words = (word.strip("()[]{}<>'\",;:.!?#*").lower() for text in texts for word in text.split())
    kept = [word for word in words if re.fullmatch(r"[a-z'-]++|(?:[a-z]++\.)++[a-z]++", word)]
    return frozenset({*kept, *(part for word in kept if "." not in word for part in re.findall("[a-z]++", word))})


_SYSTEM_ERROR = r"\b10[0-9]{3}\b"
"""An error of Winsock."""
_CODE = r"(?<![\w.])(?<!\w#)[245](?:[0-9]{2}|\.[0-9]{1,3}\.[0-9]{1,3})(?![\w.])"
_CODES_OF_EXAMPLE = rf"^{_CODE}[ -](?:{_CODE} )?| \(#{_CODE}\)$"
"""``550 5.7.1`` at the start, or ``(#5.7.1)`` at the end."""
_QUOTED_REPLY = rf"[ '\"<(]++{_CODE}.*"
"""The reply of another server within an error, up to its end."""


def _codes(text: str) -> tuple[str, ...]:
    """The reply codes of a text, then its enhanced status codes, each once."""
    return tuple(sorted(dict.fromkeys(re.findall(_CODE, text)), key=lambda code: "." in code))


def _codes_of(explanation: Explanation, text: str) -> tuple[str, ...]:
    """The codes of one of several errors: those in its heading, which may lack the reply code, else before."""
    if codes := "|".join(map(re.escape, _codes(explanation.text))):
        match = re.search(rf"(?:{_CODE}[ -])?(?:{codes})(?![\w.])", text)
        return _codes(match[0]) if match else ()
    before = re.findall(rf"(?:{_CODE}[ -])?{_CODE}", text.partition(explanation.text)[0])
    return _codes(before[-1]) if before else ()


def _example(explanation: Explanation) -> str:
    """The example of an error; empty for an error that is not in the table."""
    return next((row.explanation.text for row in rows() if row.explanation.meaning == explanation.meaning), "")


def _with_codes(explanation: Explanation, codes: tuple[str, ...]) -> str:
    """The example of an error with these codes instead of its own, and without the reply that it quotes."""
    words = re.sub(_CODES_OF_EXAMPLE, "", _example(explanation)) or _NO_TEXT
    return " ".join((*codes, re.sub(_QUOTED_REPLY, "", words) if explanation.wrapper else words))
