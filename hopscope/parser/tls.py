"""The TLS of a session, as the mail systems print it."""

import re
from collections.abc import Iterable

from hopscope.model import Tls

__all__ = ["parse"]

_BITS = r"(?P<bits>[0-9]{1,5}+)"
# Tried in this order on every comment of a stamp; each with a stamp that prints it.
_PATTERNS = (
    # Exchange 2016 CU3 and later, Google: (version=TLS1_2, cipher=TLS_...)
    # Sendmail: (version=TLSv1.2 cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 verify=NO)
    re.compile(rf"(?:tls)?+version=(?P<version>[^\s,]*+),?+ *+(?:tls)?+cipher=(?P<cipher>[^\s,]*+)(?:,?+ bits={_BITS})?+"),
    # Postfix: (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) ...   Mimecast: (Using TLS)
    re.compile(
        rf"using (?P<version>(?:TLS|SSL)[^\s)]*+)(?: with cipher (?P<cipher>\S++)(?: \({_BITS}(?:/[0-9]++)?+ bits\))?+)?+",
        re.IGNORECASE,
    ),
    # MIMEDefang: (TLS bits=256 verify=OK)
    re.compile(rf"(?P<version>TLS) bits={_BITS}"),
    # Momentum: (cipher=ECDHE-RSA-AES256-GCM-SHA384 subject=...)
    re.compile(r"cipher=(?P<cipher>[^\s,]++)"),
    # Exim: (TLS1.3)  (TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384:256)   Exchange 2007 to 2013: (TLS)
    re.compile(
        rf"(?:Cipher )?+(?P<version>(?:TLS|SSL)-?v?[0-9._]*+)(?:[: -](?P<cipher>[A-Z][\w-]++)(?::{_BITS})?+)?+$",
        re.IGNORECASE,
    ),
)
# IronPort and Mirapoint: with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384
_IN_PROTOCOL = re.compile(r"E?SMTPS?A?/TLS(?:/(?P<cipher>\S++))?+", re.IGNORECASE)
# Exchange, with the comment cut off: with Microsoft SMTP Server (TLS; <date>
# SMTPSVC: by mail.example over TLS secured channel with Microsoft SMTPSVC(10.0.14393.4169)
_LOOSE = re.compile(r"(?:^|[ (])TLS(?= |$)")
_VERSION = re.compile(r"(TLS|SSL)-?v?([0-9])(?:[._]?([0-9]))?", re.IGNORECASE)


def parse(comments: Iterable[str], protocol: str | None, clause: str | None, additional: str) -> Tls | None:
    """TLS that a stamp names, or ``None`` where it says nothing of TLS.

    Args:
        comments: All comments of the stamp.
        protocol: Its with clause.
        clause: Its tls clause (RFC 8314), a cipher name.
        additional: Text of the stamp that belongs to no clause.
    """
    found = _from_comments(comments)
    if clause:
        return Tls(version=found.version if found else None, cipher=clause, bits=found.bits if found else None)
    if found is None and protocol and (match := _IN_PROTOCOL.fullmatch(protocol)):
        return Tls(cipher=match["cipher"])
    if found is None and _LOOSE.search(additional):
        return Tls()
    return found


def _from_comments(comments: Iterable[str]) -> Tls | None:
    for comment in comments:
        if "TLS" not in comment and "SSL" not in comment and "cipher=" not in comment:
            continue
        if match := next((m for pattern in _PATTERNS if (m := pattern.match(comment))), None):
            found = match.groupdict()
            bits = found.get("bits")
            return Tls(
                version=version(found.get("version") or ""),
                cipher=found.get("cipher") or None,
                bits=int(bits) if bits else None,
            )
    return None


def version(text: str) -> str | None:
    """``TLS1_2``, ``TLSv1.2`` and ``TLS1.2`` as ``TLS1.2``; another spelling as it is; no number: ``None``."""
    if match := _VERSION.fullmatch(text):
        return f"{match[1].upper()}{match[2]}.{match[3] or 0}"
    return text if any(character.isdigit() for character in text) else None
