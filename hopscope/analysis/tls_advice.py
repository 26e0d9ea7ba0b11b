"""Published advice against TLS versions and ciphers, from the table ``tls_advice``."""

import re
from functools import lru_cache

from hopscope.data import table

__all__ = ["Advice", "against_cipher", "against_version"]

Advice = tuple[dict[str, str], ...]
"""Rows of the table, in chronological order."""
_LONGEST = 255
"""No cipher suite has a longer name; such names may be forged and are not cached."""


def against_version(version: str) -> Advice:
    """The advice against a version such as ``TLS1.0``, of any date."""
    return _against("version", version) if len(version) <= _LONGEST else ()


def against_cipher(cipher: str) -> Advice:
    """The advice against a word of a cipher suite: ``TLS_RSA_WITH_RC4_128_SHA``, ``DES-CBC3-SHA``."""
    return (_against if len(cipher) <= _LONGEST else _against.__wrapped__)("cipher", cipher)


@lru_cache(maxsize=1024)
def _against(what: str, text: str) -> Advice:
    words = {text} if what == "version" else set(re.split("[-_]", text.upper()))
    return tuple(row for row in table("tls_advice") if row["what"] == what and row["word"] in words)
