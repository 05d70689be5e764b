"""A JSON document with parts that are longer than fits in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any


def write_json(path: Path, plain: Mapping[str, Any], **lists: Iterable[Any]) -> None:
    """Write an object: its plain entries, then lists, gone through one after the other.

    A list of pairs of name and value is written as an object.
    """
    with path.open("w", encoding="utf-8") as file:
        entries = [f"{_text(name)}: {_text(value)}" for name, value in plain.items()]
        file.write("{\n" + ",\n".join(entries))
        for name, items in lists.items():
            file.write(f",\n{_text(name)}: ")
            _write_items(file.write, items)
        file.write("\n}\n")


def write_json_list(path: Path, items: Iterable[Any]) -> None:
    """Write a list, an item a line."""
    with path.open("w", encoding="utf-8") as file:
        _write_items(file.write, items)
        file.write("\n")


def _write_items(write: Callable[[str], object], items: Iterable[Any]) -> None:
    brackets = ""
    for item in items:
        pair = isinstance(item, tuple)
        if brackets:
            write(",\n")
        else:
            brackets = "{}" if pair else "[]"
            write(f"{brackets[0]}\n")
        write(f"{_text(item[0])}: {_text(item[1])}" if pair else _text(item))
    write(f"\n{brackets[1]}" if brackets else "[]")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
