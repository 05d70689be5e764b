"""The layout of the source tree: floors, no circle of folders, files of a readable size."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "likewise"

FLOORS = [
    {"core", "errors", "numeric", "registry"},
    {"encoders", "images", "sources"},
    {"distribute", "search", "workspace"},
    {"apply", "classify", "concepts", "curate", "export", "indexing", "maps", "propagate"}
    | {"review", "rules"},
    {"finetune", "label_sets", "maintenance", "simulate"},
    {"__main__", "cli", "estimators", "notebook", "server", "start"},
]
"""From the bottom up. Folders of one floor may import one another, but never in a circle."""

MOST_FOLDERS = 32
MOST_LINES = 350

ARRAYS_ONLY = ("core", "errors", "numeric", "registry", "review.query_strategies")
"""What a file under `methods/` or `numeric/` may import besides its own family."""


@cache
def modules() -> dict[str, Path]:
    """Every module by its dotted name without "likewise.", packages by the name of the folder."""
    paths = sorted(SOURCE.rglob("*.py"))
    names = (".".join(path.relative_to(SOURCE).with_suffix("").parts) for path in paths)
    return {
        name.removesuffix(".__init__"): path
        for name, path in zip(names, paths, strict=True)
        if name != "__init__"
    }


@cache
def imports_of(name: str) -> frozenset[str]:
    """The modules of the project that a module imports, inside functions as well."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(modules()[name].read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                known = full.removeprefix("likewise.") in modules()
                found.add(full if known else node.module)
    return frozenset(x.removeprefix("likewise.") for x in found if x.startswith("likewise."))


def folder_of(name: str) -> str:
    return name.split(".")[0]


def floor_of(name: str) -> int:
    return next(number for number, floor in enumerate(FLOORS) if folder_of(name) in floor)


def arrows() -> Iterator[tuple[str, str]]:
    """Pairs of a module and one that it imports from another folder."""
    for name in modules():
        for imported in imports_of(name):
            if imported and folder_of(imported) != folder_of(name):
                yield name, imported


def test_every_folder_has_one_floor() -> None:
    named = [folder for floor in FLOORS for folder in floor]
    assert len(named) == len(set(named))
    assert {folder_of(name) for name in modules()} == set(named)
    assert len(named) <= MOST_FOLDERS


def test_imports_point_down() -> None:
    up = [f"{a} -> {b}" for a, b in arrows() if floor_of(b) > floor_of(a)]
    assert not up


def test_no_folders_import_each_other_in_a_circle() -> None:
    below: dict[str, set[str]] = {}
    for name, imported in arrows():
        below.setdefault(folder_of(name), set()).add(folder_of(imported))
    while leaves := [x for x in below if not below[x] & below.keys()]:
        for leaf in leaves:
            del below[leaf]
    assert not below, f"these folders form a circle: {sorted(below)}"


def is_arithmetic(name: str) -> bool:
    return bool({"methods", "numeric", "query_strategies"} & {*name.split(".")})


@pytest.mark.parametrize("name", [x for x in modules() if is_arithmetic(x)])
def test_methods_are_arithmetic_on_arrays(name: str) -> None:
    """Neither a method nor what it imports of its own family knows a disk, an image or a store."""
    family, seen, queue = folder_of(name), set[str](), [name]
    while queue:
        module = queue.pop()
        if module in seen:
            continue
        seen.add(module)
        for imported in imports_of(module) - {module}:
            if folder_of(imported) == family:
                queue.append(imported)
            else:
                assert imported.startswith(ARRAYS_ONLY), f"{name}: {module} imports {imported}"


@pytest.mark.parametrize("name", [x for x in modules() if ".methods." in x])
def test_methods_of_a_family_do_not_import_one_another(name: str) -> None:
    folder, _, own = name.rpartition(".")
    for imported in imports_of(name):
        other, _, part = imported.rpartition(".")
        assert other != folder or part in (own, "base") or part.startswith("_"), imported


@pytest.mark.parametrize("name", list(modules()))
def test_files_are_of_a_readable_size(name: str) -> None:
    assert len(modules()[name].read_text().splitlines()) <= MOST_LINES


def test_the_picture_in_the_docs_is_of_this_tree() -> None:
    """Draw it anew with: python scripts/draw_house.py."""
    script = SOURCE.parents[1] / "scripts" / "draw_house.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0
