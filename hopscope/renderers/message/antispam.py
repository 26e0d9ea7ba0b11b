"""Antispam and organization headers as text: a line for the summary of a message, and paragraphs with every value."""

from collections.abc import Iterable, Iterator, Sequence

from hopscope.analysis.analyze import Analysis
from hopscope.analysis.antispam import Antispam, Verdict, hybrid
from hopscope.analysis.rules.finding import listed
from hopscope.analysis.trust import Trust
from hopscope.classifier.antispam import KEYS_OF_A_REPORT, kind_of
from hopscope.model import AntispamValue, HeaderField
from hopscope.renderers.message.wording import location, writer

__all__ = ["line", "paragraphs"]

_SHOWN = ("SCL", "CAT", "SFV", "BCL", "PCL", "SFTY", "IPV")
"""The keys in the summary, the most useful first."""
_ORDINARY = {("CAT", "none"), ("BCL", "0"), ("IPV", "nli")}
"""Values that are not in the summary: nothing was found."""
_LONGEST = 88
"""Maximum characters of the line, so that it fits 100 columns with its label."""
_OF_A_REPORT = frozenset(KEYS_OF_A_REPORT) | {"CustomSpam", "SID", "compauth", "reason", "action"}
_GROUPED = "CrossPremises-"
"""The start of keys that share a meaning."""


def line(analysis: Analysis) -> str:
    """``SCL 5 (spam), CAT SPOOF (spoofing), SFV SPM (spam), BCL 7 (bulk, some complaints)``; empty without verdicts.

    ``(not attested)`` at its end if any server on the path, or the sender, may have written one of them.
    """
    antispam = analysis.antispam
    if antispam is None:
        return ""
    chosen = [verdict for key in _SHOWN if (verdict := antispam.chosen(key)) and not _is_ordinary(verdict.value)]
    mark = " (not attested)" if any(verdict.trust is Trust.UNLINKED for verdict in chosen) else ""
    shown: list[str] = []
    for position, verdict in enumerate(chosen):
        text, more = _short(antispam, verdict), f" and {len(chosen) - position} more"
        is_last = position == len(chosen) - 1
        if len(", ".join([*shown, text])) + len("" if is_last else more) + len(mark) > _LONGEST:
            return f"{', '.join(shown)}{more}{mark}" if shown else f"{text[:_LONGEST]}...{mark}"
        shown.append(text)
    return f"{', '.join(shown)}{mark}" if shown else ""


def _is_ordinary(value: AntispamValue) -> bool:
    return (value.key, value.value.lower()) in _ORDINARY


def _short(antispam: Antispam, verdict: Verdict) -> str:
    """``SCL -1 (filtering skipped; another field: 5)``."""
    value = verdict.value
    others = list(dict.fromkeys(other.value.value for other in antispam.others(value.key)))
    another = f"another field: {listed(others, most=1)}" if others else ""
    label = value.label or (None if value.meaning else "not documented")
    notes = "; ".join(filter(None, (label, another)))
    return f"{value.key} {value.value} ({notes})" if notes else f"{value.key} {value.value}"


def paragraphs(analysis: Analysis) -> Iterator[tuple[str, list[str]]]:
    """The verdicts, then the other headers: a heading, and a line for each value with its meaning and its field."""
    antispam = analysis.antispam
    if antispam is None:
        return
    verdicts = [verdict for verdict in antispam.verdicts if _is_verdict(verdict.value)]
    others = [verdict for verdict in antispam.verdicts if not _is_verdict(verdict.value)]
    if verdicts:
        yield "Antispam verdicts", list(_lines(analysis, antispam, sorted(verdicts, key=_position)))
    if others:
        yield "Organization and tenant headers", list(_lines(analysis, antispam, others))
    if sentence := hybrid(antispam):
        yield "Hybrid mail flow", [sentence]


def _is_verdict(value: AntispamValue) -> bool:
    kind = kind_of(value.field.name.lower())
    return value.key in _OF_A_REPORT or (kind is not None and kind.form == "pairs")


def _position(verdict: Verdict) -> int:
    key = verdict.value.key
    return KEYS_OF_A_REPORT.index(key) if key in KEYS_OF_A_REPORT else len(KEYS_OF_A_REPORT)


def _lines(analysis: Analysis, antispam: Antispam, verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A line for each value, which names all fields that have it; of values without a meaning, one for each field."""
    documented: dict[tuple[str, str], list[Verdict]] = {}
    unknown: dict[HeaderField, list[Verdict]] = {}
    for verdict in verdicts:
        value = verdict.value
        if value.meaning is None:
            unknown.setdefault(value.field, []).append(verdict)
        elif value.key.startswith(_GROUPED):
            documented.setdefault((_GROUPED, ""), []).append(verdict)
        else:
            documented.setdefault((value.key, value.value.lower()), []).append(verdict)
    yield from (_line(analysis, antispam, alike) for alike in documented.values())
    yield from (f"Not documented: {_texts(alike)} ({_writer(alike[0])})" for alike in unknown.values())


def _line(analysis: Analysis, antispam: Antispam, alike: Sequence[Verdict]) -> str:
    """``SCL 5, spam: Marked as spam; ... (X-Forefront-Antispam-Report, line 9, hop 1, attested)``."""
    value, chosen = alike[0].value, antispam.chosen(alike[0].value.key)
    label = f", {value.label}" if value.label and value.label.lower() != value.value.lower() else ""
    if value.key == "CIP" and (located := location(analysis, value.value)):
        label = f" ({located})"
    differs = any(map(antispam.differs, alike))
    counted = f"; {chosen.value.key} {chosen.value.value} counts" if differs and chosen else ""
    writers = "; ".join(dict.fromkeys(map(_writer, alike)))
    return f"{_texts(alike)}{label}: {value.meaning} ({writers}{counted})"


def _texts(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(dict.fromkeys(f"{verdict.value.key} {verdict.value.value}".rstrip() for verdict in verdicts))


def _writer(verdict: Verdict) -> str:
    """``X-Forefront-Antispam-Report, line 9, hop 1, attested``: the field, and who wrote it."""
    field = verdict.value.field
    return f"{field.name}, line {field.line}, {writer(verdict.hop, verdict.trust)}"
