"""Writes small compound files, the container of .msg files ([MS-CFB], version 3), for the tests only."""

import struct

__all__ = ["Tree", "compound", "item"]

Tree = dict[str, "bytes | Tree"]

SECTOR, SMALL, CUTOFF = 512, 64, 4096
END, FREE, FAT_SECTOR, NO_ENTRY = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5


def padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)


def chain(start: int, count: int) -> list[int]:
    """The part of an allocation table with one chain of consecutive sectors."""
    return [*range(start + 1, start + count), END] if count else []


class Writer:
    def __init__(self) -> None:
        self.data = b""
        self.fat: list[int] = []
        self.small = b""
        self.small_fat: list[int] = []
        self.entries: list[bytes] = []

    def store(self, data: bytes) -> int:
        """Store data in new sectors; return the first one."""
        if not data:
            return END
        start = len(self.fat)
        self.data += padded(data, SECTOR)
        self.fat += chain(start, len(padded(data, SECTOR)) // SECTOR)
        return start

    def stream(self, data: bytes) -> int:
        if not data or len(data) >= CUTOFF:
            return self.store(data)
        start = len(self.small_fat)
        self.small += padded(data, SMALL)
        self.small_fat += chain(start, len(padded(data, SMALL)) // SMALL)
        return start

    @staticmethod
    def entry(name: str, kind: int, neighbours: tuple[int, int], start: int = 0, size: int = 0) -> bytes:
        """A directory entry; its links are the right sibling and the child."""
        text = name.encode("utf-16-le") + b"\0\0"
        fields = struct.pack("<64sHBB3L", text, len(text), kind, 1, NO_ENTRY, *neighbours)
        return fields + bytes(36) + struct.pack("<LQ", start, size)

    def folder(self, tree: Tree) -> int:
        """Entries of a folder, each the right sibling of the previous one; return the first one."""
        if not tree:
            return NO_ENTRY
        names = sorted(tree, key=lambda name: (len(name), name.upper()))
        places = range(len(self.entries), len(self.entries) + len(names))
        self.entries += [b""] * len(names)
        for place, name, right in zip(places, names, [*places[1:], NO_ENTRY], strict=True):
            content = tree[name]
            if isinstance(content, bytes):
                entry = self.entry(name, STREAM, (right, NO_ENTRY), self.stream(content), len(content))
            else:
                entry = self.entry(name, STORAGE, (right, self.folder(content)))
            self.entries[place] = entry
        return places[0]


def compound(tree: Tree) -> bytes:
    """A compound file with these streams (bytes) and storages (trees)."""
    writer = Writer()
    writer.entries.append(b"")
    child = writer.folder(tree)
    small = writer.store(writer.small)
    writer.entries[0] = writer.entry("Root Entry", ROOT, (NO_ENTRY, child), small, len(writer.small))
    small_fat = struct.pack(f"<{len(writer.small_fat)}L", *writer.small_fat)
    small_fat += b"\xff" * (-len(small_fat) % SECTOR)
    first_small_fat = writer.store(small_fat)
    directory = writer.store(b"".join(writer.entries))
    count = 1
    while len(writer.fat) + count > count * SECTOR // 4:
        count += 1
    places = range(len(writer.fat), len(writer.fat) + count)
    fat = [*writer.fat, *[FAT_SECTOR] * count]
    fat += [FREE] * (count * SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16x5H6x8L",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, count, directory, 0, CUTOFF, first_small_fat, len(small_fat) // SECTOR, END),
    )
    header += struct.pack("<110L", 0, *places, *[FREE] * (109 - count))
    return header + writer.data + struct.pack(f"<{len(fat)}L", *fat)


def item(headers: str | bytes | None, attached: "list[Tree] | None" = None) -> Tree:
    """The tree of an Outlook item ([MS-OXMSG]) with these Internet headers and attached items."""
    tree: Tree = {"__properties_version1.0": bytes(32), "__substg1.0_0037001F": "Subject".encode("utf-16-le")}
    if isinstance(headers, str):
        tree["__substg1.0_007D001F"] = headers.encode("utf-16-le")
    elif headers is not None:
        tree["__substg1.0_007D001E"] = headers
    for number, inner in enumerate(attached or ()):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8),
            "__substg1.0_3701000D": inner,
        }
    return tree
