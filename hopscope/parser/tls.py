"""The TLS version and cipher of a session, as mail servers record them in a Received field."""

import re
from collections.abc import Iterable
from functools import lru_cache

from hopscope.model import Tls

__all__ = ["MARK", "is_phrase", "parse", "with_cipher"]

MARK = re.compile(r"TLS|SSL|cipher=|encrypted")
"""Matches every text about TLS; the patterns below are tried only if it matches."""

_VERSION = r"(?P<version>(?:TLS|SSL)-?v?[0-9._]*+)"
_SUITE = r"(?P<cipher>[A-Z0-9]++(?:[-_]++[A-Z0-9]++)++)"  # ECDHE-RSA-AES256-SHA, TLS_AES_256_GCM_SHA384
_BITS = r"(?P<bits>[0-9]{1,5}+)(?![0-9])(?:/[0-9]++)?+"  # effective and full key length
_QP = r"(?(qp)3D)"  # repeated if the first "=" is encoded
# Searched in this order in the comments, the protocol and the phrases of a Received field; compiled on first use.
_PATTERNS = (
    # Exchange 2016 CU3 and later: (version=TLS1_2, cipher=TLS_...)   Exclaimer: (tlsversion=TLS12, tlscipher=...)
    # Sendmail: (version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NO)
    # In quoted-printable each "=" is "=3D" (RFC 2045 section 6.7); no version starts with 3D.
    (
        rf"\b(?:tls)?+version=(?P<qp>3D)?+(?P<version>[^\s,=]*+)[, ]++(?:tls)?+cipher={_QP}(?P<cipher>[^\s,]*+)"
        rf"(?:[, ]++bits={_QP}{_BITS})?+"
    ),
    # Momentum: (cipher=ECDHE-RSA-AES256-GCM-SHA384 subject=...)
    r"\bcipher=(?P<cipher>[^\s,]++)",
    # Trustwave: (using TLS: TLSv1.2, AES256-SHA)   Courier and McAfee: (TLS: TLSv1/SSLv3,256bits,AES256-SHA)
    rf"\b(?:TLS|SSL): (?P<version>[^\s,]++),(?: ?+{_BITS}bits,)?+ ?+{_SUITE}",
    # Postfix: (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) ...)   Mimecast: (Using TLS)
    rf"^[Uu]sing (?P<version>(?:TLS|SSL)[^\s)]*+)(?: with cipher (?P<cipher>\S++)(?: \({_BITS} bits\))?+)?+",
    # MIMEDefang: (TLS bits=256 verify=OK)
    rf"^{_VERSION} bits={_BITS}",
    # Exim: (TLS1.3)  (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256)   OpenSMTPD: the same with :NO   mox: (TLS1.3 TLS_...)
    # Exchange 2007 to 2013: (TLS)   GroupWise: (TLS encrypted)   Cellopoint: (... with TLSv1.2 ECDHE-... 256/256)
    rf"(?:^|^Cipher |^tls_cipher | with ){_VERSION}(?:[: ]{_SUITE}(?:[: ]{_BITS})?+(?::[A-Z]++)?+)?+(?: encrypted)?+$",
    # Axigen: (ECDHE-RSA-AES128-GCM-SHA256 encrypted)   qmail: with ECDHE-RSA-AES256-GCM-SHA384 encrypted SMTP
    rf"^{_SUITE} encrypted\b",
    # IronPort and Mirapoint: with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384
    rf"^E?SMTPS?A?/TLS(?:/{_SUITE})?+$",
    # SMTPSVC: by mail.example over TLS secured channel with Microsoft SMTPSVC(10.0.14393.4169)
    # Symantec: by relay.example with ESMTP with STARTTLS (version=TLSv1.2, cipher=...)
    r"^(?:over TLS secured channel|with STARTTLS)$",
)
_MAX_BYTES = 32
"""Largest key in bytes. Exim before 4.80 with GnuTLS writes bytes in place of bits; no cipher has as few bits."""
# TLSv1, TLS-1.0, TLS1_2, TLSv1.3, TLS12, SSLv3, and SmarterMail's TLS\\Tls12
_NUMBER = r"(?i)(?:TLS\\)?+(TLS|SSL)-?v?([0-9])(?:[._]?([0-9]))?"


def is_phrase(text: str) -> bool:
    """Whether text outside comments and clauses consists only of a statement that TLS was used."""
    return re.match(_PATTERNS[-1], text) is not None


def parse(texts: Iterable[str], clause: str | None) -> Tls | None:
    """The TLS session that a Received field records, or ``None`` if it records none.

    Args:
        texts: Texts that may describe the session: comments, protocol and phrases of the field.
        clause: The tls clause: a cipher name (RFC 8314 section 4.3), or ``version=... cipher=...``.
    """
    described = next(
        (described for text in (*texts, clause or "") if MARK.search(text) and (described := _read(text))), None
    )
    return described if clause is None or "=" in clause else with_cipher(described, clause)


def with_cipher(described: Tls | None, cipher: str) -> Tls:
    """The TLS session with the cipher of a tls clause, and version and bits from another text."""
    return Tls(
        version=described.version if described else None, cipher=cipher, bits=described.bits if described else None
    )


@lru_cache(maxsize=1024)
def _read(text: str) -> Tls | None:
    if text == "TLS":  # Exchange 2007 to 2013; avoids compiling the patterns
        return Tls()
    match = next((match for pattern in _PATTERNS if (match := re.search(pattern, text))), None)
    if match is None:
        return None
    groups = match.groupdict()
    bits = groups.get("bits")
    return Tls(
        version=_version(groups.get("version") or ""),
        cipher=groups.get("cipher") or None,
        bits=_bits(int(bits)) if bits else None,
    )


def _bits(number: int) -> int:
    """The key length in bits, given in bits or bytes."""
    return 8 * number if number <= _MAX_BYTES else number


def _version(text: str) -> str | None:
    """``TLS1.2`` for ``TLS1_2``, ``TLSv1.2`` and ``TLS12``; other spellings unchanged; ``None`` without a number."""
    if match := re.fullmatch(_NUMBER, text):
        return f"{match[1].upper()}{match[2]}.{match[3] or 0}"
    return text if any(character.isdigit() for character in text) else None
