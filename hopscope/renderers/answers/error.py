"""An error text -> the service at fault, its meaning, what to check, and the confidence."""

import re
from collections.abc import Iterable, Sequence

from hopscope.classifier.error_strings import examples, explain
from hopscope.model import Explanation
from hopscope.renderers.answers import Answer, Part, facts
from hopscope.renderers.answers.cited import cited

__all__ = ["answer", "confidence", "errors_in", "explained", "known_errors", "names", "refusal"]

_REPLY = r"[245][0-9]{2}(?:[ -]|$)|(?:smtp; ?)?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?:\s|$)"
"""The start of an SMTP reply: its reply code, or only the enhanced status code."""
_SOCKET_ERROR = r"^1[01][0-9]{3}$|\b(?:winsock|socket|wsa)\b.{0,40}?\b1[01][0-9]{3}\b"
_CONFIDENCE = {
    "practitioners": "reported by practitioners",
    "registered": "registered meaning of the code alone",
    "unknown": "no public source explains it",
}


def answer(what: str) -> Answer | None:
    """The explanation of every error in the text, in order of appearance; ``None`` if there is none."""
    explanations = explain(what)
    return explained(explanations) if explanations else None


def explained(explanations: Sequence[Explanation]) -> Answer:
    """Explanations as an answer."""
    return Answer(kind="error", parts=tuple(map(_part, explanations)))


def known_errors(text: str) -> tuple[Explanation, ...]:
    """The errors in any text, such as a log, where a number that looks like a status code is not sufficient.

    Empty if no error of the text is known, unless the text is one line that starts as an SMTP reply.
    """
    text = text.lstrip("\ufeff").strip()
    explanations = explain(text)
    is_reply = "\n" not in text and re.match(_REPLY, text, re.IGNORECASE)
    known = any(explanation.confidence != "registered" for explanation in explanations)
    return explanations if is_reply or known else ()


def errors_in(data: bytes) -> tuple[Explanation, ...]:
    """The errors in a text of any encoding, as :func:`known_errors` finds them."""
    from hopscope.parser.encoding import to_text, utf_16

    codec = utf_16(data)
    return known_errors(data.decode(codec, "replace") if codec else to_text(data))


def names() -> Iterable[str]:
    """An example of each error."""
    return examples()


def refusal(what: str) -> str | None:
    """Why an SMTP reply is not explained; ``None`` if the text is not one."""
    if re.match(_REPLY, what, re.IGNORECASE):
        return "looks like an SMTP reply, but this error is not in the table"
    if re.search(_SOCKET_ERROR, what, re.IGNORECASE):
        return "no known Winsock error"
    return None


def confidence(confidence: str, sources: Sequence[str]) -> str:
    """The confidence of an explanation in words: ``documented by Microsoft``."""
    if confidence != "documented":
        return _CONFIDENCE[confidence]
    source = sources[0]
    if source.startswith("RFC "):
        return f"documented in {source}"
    author = source.partition(":")[0]
    return f"documented by {author if '.' in author else author.split()[0]}"


def _part(explanation: Explanation) -> Part:
    listed = facts(
        [
            ("At fault", explanation.at_fault),
            ("Means", explanation.meaning),
            ("Check", explanation.checks),
            ("Confidence", confidence(explanation.confidence, explanation.sources)),
            ("Source", cited("; ".join(explanation.sources))),
        ]
    )
    words = explanation.text
    has_code = any(code in words for code in explanation.codes)
    return Part(
        heading=words if has_code else f"{words} ({', '.join(explanation.codes)})".removesuffix(" ()"), facts=listed
    )
