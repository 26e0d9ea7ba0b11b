"""Writes small MaxMind DB files (https://maxmind.github.io/MaxMind-DB/), as no real one may be shipped."""

from collections.abc import Mapping
from ipaddress import IPv6Network, ip_network
from typing import TypeAlias

__all__ = ["MARKER", "database"]

Value: TypeAlias = "str | int | bool | Mapping[str, Value]"
MARKER = b"\xab\xcd\xefMaxMind.com"
"""Precedes the metadata."""
_SEPARATOR = bytes(16)
_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY, _BOOLEAN = 2, 5, 6, 7, 9, 11, 14
_MAX_SHORT, _FIRST_EXTENDED = 28, 8


def database(networks: Mapping[str, Mapping[str, Value]]) -> bytes:
    """A database of IPv6 form, in which IPv4 networks are below ``::/96``.

    Args:
        networks: The record of each network; they must not overlap.
    """
    data, nodes = bytearray(), [[None, None]]  # type: tuple[bytearray, list[list[int | None]]]
    offsets = {}
    for text, record in networks.items():
        offsets[text] = len(data)
        data += _encoded(record)
    for text, offset in offsets.items():
        _insert(nodes, _as_ipv6(text), -offset - 1)
    count = len(nodes)
    tree = b"".join(_record(child, count).to_bytes(3) for node in nodes for child in node)
    metadata = {
        "binary_format_major_version": _number(_UINT16, 2),
        "binary_format_minor_version": _number(_UINT16, 0),
        "build_epoch": _number(_UINT64, 1_700_000_000),
        "database_type": _encoded("Test"),
        "description": _control(_MAP, 0),
        "ip_version": _number(_UINT16, 6),
        "languages": _control(_ARRAY, 0),
        "node_count": _number(_UINT32, count),
        "record_size": _number(_UINT16, 24),
    }
    pairs = b"".join(_encoded(key) + value for key, value in metadata.items())
    return tree + _SEPARATOR + bytes(data) + MARKER + _control(_MAP, len(metadata)) + pairs


def _as_ipv6(text: str) -> IPv6Network:
    network = ip_network(text)
    if isinstance(network, IPv6Network):
        return network
    return IPv6Network((int(network.network_address), network.prefixlen + 96))


def _insert(nodes: list[list[int | None]], network: IPv6Network, leaf: int) -> None:
    """Add a network to the tree; children are numbers of nodes, or negative for a record."""
    node, bits = 0, int(network.network_address)
    for depth in range(network.prefixlen - 1):
        side = bits >> (127 - depth) & 1
        child = nodes[node][side]
        if child is None:
            child = nodes[node][side] = len(nodes)
            nodes.append([None, None])
        node = child
    nodes[node][bits >> (128 - network.prefixlen) & 1] = leaf


def _record(child: int | None, count: int) -> int:
    if child is None:
        return count  # no data
    return child if child >= 0 else count + len(_SEPARATOR) - child - 1


def _encoded(value: Value) -> bytes:
    if isinstance(value, str):
        text = value.encode()
        return _control(_TEXT, len(text)) + text
    if isinstance(value, bool):
        return _control(_BOOLEAN, int(value))
    if isinstance(value, int):
        return _number(_UINT32, value)
    return _control(_MAP, len(value)) + b"".join(_encoded(key) + _encoded(one) for key, one in value.items())


def _number(kind: int, value: int) -> bytes:
    size = (value.bit_length() + 7) // 8
    return _control(kind, size) + value.to_bytes(size)


def _control(kind: int, size: int) -> bytes:
    """The type and size before a value."""
    small, rest = (size, b"") if size <= _MAX_SHORT else (_MAX_SHORT + 1, bytes([size - _MAX_SHORT - 1]))
    if kind < _FIRST_EXTENDED:
        return bytes([kind << 5 | small]) + rest
    return bytes([small, kind - 7]) + rest
