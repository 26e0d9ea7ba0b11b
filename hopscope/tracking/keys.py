"""The ids by which rows are found, and their hashes."""

from functools import lru_cache
from hashlib import blake2b

__all__ = ["hash_of", "hashes", "keys", "message_key", "network_key"]


def keys(message_id: str | None, network_message_id: str | None) -> list[str]:
    """The Message-ID first, which groups the rows of a message."""
    keys = [message_key(message_id)] if message_id else []
    if network_message_id:
        keys.append(network_key(network_message_id))
    return keys


def message_key(text: str) -> str:
    """A Message-ID, with or without angle brackets; case matters."""
    return "<" + text.strip().removeprefix("<").removesuffix(">")


def network_key(text: str) -> str:
    """A network message id, with or without hyphens and braces."""
    return text.strip().strip("{}").replace("-", "").lower()


@lru_cache(1 << 10)  # the rows of a message follow each other
def hashes(message_id: str, network_message_id: str) -> tuple[int, ...]:
    """The hashes of the ids of a row."""
    return tuple([hash_of(key) for key in keys(message_id, network_message_id)])


def hash_of(key: str) -> int:
    """The hash of a key, in 64 bits."""
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)
