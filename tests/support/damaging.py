"""Spoiled database files."""

from __future__ import annotations

from pathlib import Path

PAGE = 4096
_LEAF_OF_A_TABLE = 13


def label_pages(path: Path) -> list[int]:
    """Numbers, from 0, of the pages of a closed database that hold rows of labels."""
    content = path.read_bytes()
    return [
        start // PAGE
        for start in range(PAGE, len(content), PAGE)
        if content[start] == _LEAF_OF_A_TABLE and content.count(b"barn", start, start + PAGE) > 3
    ]


def spoil(path: Path, *pages: int) -> None:
    """Fill pages with zeros."""
    content = bytearray(path.read_bytes())
    for page in pages:
        content[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    path.write_bytes(bytes(content))
