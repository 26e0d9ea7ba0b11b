"""Shared by the tests of redaction: messages, facts that must be preserved, and names that must be removed."""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from hopscope.analysis.analyze import analyze
from hopscope.analysis.antispam import Antispam
from hopscope.api import read
from hopscope.classifier import servers
from hopscope.classifier.antispam import KEYS_OF_A_REPORT
from hopscope.data import table
from hopscope.model import Route
from hopscope.parser.grammar import address
from hopscope.redaction import Aliases, redact

ROOT = Path(__file__).parent.parent.parent
KEY = b"a key for tests, and for nothing else"


@cache
def messages() -> dict[str, str]:
    """The header blocks of the corpora and the samples."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples").glob("*.eml"))}
    for name in ("labelled", "other"):
        with gzip.open(ROOT / "tests" / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            found |= {f"{name} {row['case']}": row["headers"] for row in map(json.loads, lines)}
    return found


def redacted(text: str | bytes, key: bytes = KEY) -> str:
    """The message redacted with one key."""
    return redact(read(text), Aliases(key)).text


def _writer(antispam: Antispam, key: str) -> tuple[int | None, str | None] | None:
    """The hop and the trust of a value; those of undocumented values are removed with them."""
    verdict = antispam.chosen(key)
    return (verdict.hop, verdict.trust) if verdict else None


def preserved_facts(route: Route) -> dict[str, Any]:
    """Facts of a message that redaction must preserve; hosts in the with and via clauses are left out."""
    analysis = analyze(route)
    stamps = [hop.stamp for hop in route.hops]
    labels = [hop.label for hop in route.hops]
    dates = [stamp.date_time for stamp in stamps]
    domains = [
        (domain, domain.tcp_info) for stamp in stamps for domain in (stamp.from_domain, stamp.by_domain) if domain
    ]
    antispam = analysis.antispam
    return {
        "antispam": [
            (key, antispam.text(key), _writer(antispam, key))
            for key in KEYS_OF_A_REPORT
            if antispam and antispam.text(key)
        ],
        "labels": [(label.service, label.confidence, label.inferred, label.alternatives) for label in labels],
        "builds": [(label.product, label.release, label.generation, label.build) for label in labels],
        "software": [label.software for label in labels],
        "dates": [date and (date.value, date.value and date.value.utcoffset(), date.zone_known) for date in dates],
        "delays": [(hop.delay, hop.hops_covered) for hop in route.hops],
        "protocols": [stamp.with_ and HOST.sub("host", stamp.with_) for stamp in stamps],
        "via": [stamp.via and HOST.sub("host", stamp.via) for stamp in stamps],
        "tls": [stamp.tls for stamp in stamps],
        "auth": [stamp.auth and (stamp.auth.mechanism, stamp.auth.user is None) for stamp in stamps],
        "clauses": [(stamp.id is None, stamp.for_ is None, len(stamp.comments)) for stamp in stamps],
        "servers": [
            [text is None for text in (domain.domain, domain.helo, domain.ident, info.domain, info.address)]
            for domain, info in domains
        ],
        "from previous": [hop.from_previous for hop in route.hops],
        "passages": [(each.first, each.last, each.scenario, each.confidence) for each in analysis.passages],
        "services without header": [(each.after, each.name, each.certain) for each in analysis.services_without_header],
        "holders": [(wait.hop, wait.holder, wait.service) for wait in analysis.attributed_delays],
        "trust": analysis.trust,
        "findings": [(finding.code, finding.hop, finding.severity) for finding in analysis.findings],
        "times": [(each.name, each.time) for each in analysis.reference_times],
        "defects": [[defect.code for defect in stamp.defects] for stamp in stamps],
    }


HOST = re.compile(r"\S+\.\S+\.\S+")


WORD = re.compile(r"[^\s()<>\[\]{}\"',;:=@/|]+")


@cache
def reserved() -> frozenset[str]:
    """Words that are not secret."""
    words = {word for row in table("kept_words") if row["kind"] != "cipher parts" for word in row["words"].split()}
    words |= {word.lower() for row in table("software_names") for word in WORD.findall(row["text"])}
    tables = ("online_hosts", "mail_hosts", "provider_domains", "rented_hosts", "error_vendors")
    words |= {label for name in tables for row in table(name) for label in row["domain"].split(".")}
    return frozenset(
        words | {"example", "localhost", "localdomain", "prod", "outbound", "protection", "pps", "filterd"}
    )


@cache
def is_public(label: str) -> bool:
    """Whether a label is public: a kept word, a service, or a part of the name of a Microsoft server."""
    return (
        label in reserved()
        or servers.is_service_name(label)
        or servers.is_edge_name(label)
        or any(re.fullmatch(row["form"], label) for row in table("online_host_labels"))
    )


def originals(route: Route) -> set[str]:
    """Identifying text in lower case: labels of hosts, addresses, mailboxes, ids, words of the subject."""
    texts: list[str | None] = [route.message_id, route.header("Return-Path"), route.header("Delivered-To")]
    for hop in route.hops:
        stamp = hop.stamp
        texts += [stamp.for_, stamp.auth.user if stamp.auth else None]
        texts += [stamp.id] if not hop.label.build else []
        for domain in (stamp.from_domain, stamp.by_domain):
            if domain:
                texts += [domain.domain, domain.helo, domain.ident, domain.tcp_info.domain, domain.tcp_info.address]
        texts += re.findall(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+", stamp.field.body)
    words = {word.lower() for text in texts if text for word in (text.strip("<>[]"), *WORD.findall(text))}
    labels = {label for word in words if not address(word) for label in word.split(".")}
    subject = {word.lower() for word in WORD.findall(route.subject or "")}
    return {word for word in words | labels | subject if _is_secret(word)}


@cache
def _is_secret(word: str) -> bool:
    if found := address(word):
        return not found.startswith(("127.", "0.0.0.0", "255.")) and found not in {"::", "::1"}  # noqa: S104 - as text
    word = word.strip("=")
    if word in reserved() or not re.search(r"\w", word) or len(word) < 5 or word.isdigit():
        return False
    return not all(map(is_public, re.split(r"[.@ <>-]+", word)))


def leaks(secrets: set[str], text: str) -> set[str]:
    """The secrets in a text, as words or within them; short ones and addresses as words only."""
    lower = re.sub(r"\n(?=[ \t])", "", text.lower())
    words = set(WORD.findall(lower)) | {label for word in WORD.findall(lower) for label in word.split(".")}
    words |= set(re.findall(r"[0-9a-f:.%]+", lower))
    return {secret for secret in secrets if secret in words or (_is_long(secret) and secret in lower)}


def _is_long(secret: str) -> bool:
    return len(secret) > 6 and not address(secret)
