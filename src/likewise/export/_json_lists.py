"""A JSON document with lists that are longer than fits in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def write_json(path: Path, plain: Mapping[str, Any], **lists: Iterable[Any]) -> None:
    """Write an object: its plain entries, then lists that are gone through one after the other."""
    with path.open("w", encoding="utf-8") as file:
        file.write("{")
        for number, (name, value) in enumerate(plain.items()):
            file.write(f"{',' if number else ''}\n{_text(name)}: {_text(value)}")
        for number, (name, items) in enumerate(lists.items()):
            file.write(f"{',' if number or plain else ''}\n{_text(name)}: ")
            _write_list(file.write, items)
        file.write("\n}\n")


def write_json_list(path: Path, items: Iterable[Any]) -> None:
    """Write a list, an item a line."""
    with path.open("w", encoding="utf-8") as file:
        _write_list(file.write, items)
        file.write("\n")


def _write_list(write: Any, items: Iterable[Any]) -> None:
    write("[")
    for number, item in enumerate(items):
        write(f"{',' if number else ''}\n{_text(item)}")
    write("\n]")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
