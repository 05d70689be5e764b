"""The house has floors, and imports only go down."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "likewise"

FLOORS = [
    {
        "errors",
        "escaping",
        "addresses",
        "vectors",
        "registry",
        "kmeans",
        "sub_clusters",
        "box",
        "csv_cells",
        "closing",
        "threads",
    }
    | {"addresses", "linear_fit", "albums", "html_view", "frames", "progress", "name_forms"}
    | {"output_files"}
    | {"isolation", "telemetry"},
    {"space", "concept", "evidence", "ranking", "rule", "rule_file", "selection", "classifier"}
    | {"references", "classifier_file", "learned_file", "projection", "projection_file"}
    | {"network_file"},
    {"decode", "thumbnails", "picture_facts", "pipeline", "sources", "encoders", "stores"}
    | {"vector_files"},
    {"encoding", "scan", "patches", "mirrors", "onnx_graph"},
    {"evaluate", "rules", "cells", "neighbours", "classify", "propagate", "curate", "pick"}
    | {"project", "metric_learning", "estimators"},
    {"collection"},
    {"workspace"},
    {"pictures"},
    {"indexing", "importing", "finding", "scoring", "learning", "export", "doctor", "backups"}
    | {"sharing", "rule_formats", "distribute", "recall"},
    {"explain", "basket", "replaying"},
    {"label_files", "labelling", "given_labels", "exporting", "watching", "mapping", "reindexing"}
    | {"class_labels", "label_rows", "fewshot", "curating", "propagating", "publishing"},
    {"finetune"},
    {"review"},
    {"demo"},
    {"cli", "server", "notebook", "__main__"},
]
"""From the ground up. Parts of one floor may use one another; the root package is above all."""

FAMILIES = {
    "sources", "encoders", "stores", "rules", "classify", "propagate", "curate", "pick", "export",
    "project", "mirrors", "rule_formats",
}  # fmt: skip
"""Members of one family know only their base and its private modules."""


def floor_of(module: str) -> int:
    name = module.split(".")[1]
    return next(number for number, floor in enumerate(FLOORS) if name in floor)


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            if node.module == "likewise":
                found.update(f"likewise.{alias.name}" for alias in node.names)
            else:
                found.add(node.module)
    return {name for name in found if name.startswith("likewise.")}


def modules() -> list[tuple[str, Path]]:
    paths = sorted(SOURCE.rglob("*.py"))
    names = [".".join(("likewise", *p.relative_to(SOURCE).with_suffix("").parts)) for p in paths]
    return [
        (name.removesuffix(".__init__"), path)
        for name, path in zip(names, paths, strict=True)
        if path != SOURCE / "__init__.py"
    ]


@pytest.mark.parametrize(("name", "path"), modules(), ids=[name for name, _ in modules()])
def test_imports_point_down(name: str, path: Path) -> None:
    for imported in imports_of(path):
        if imported.startswith("likewise.__"):
            continue
        assert floor_of(imported) <= floor_of(name), f"{name} reaches up to {imported}"


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_members_of_a_family_do_not_know_one_another(family: str) -> None:
    for name, path in modules():
        parts = name.split(".")
        if parts[1] != family or len(parts) < 3:
            continue
        for imported in imports_of(path):
            other = imported.split(".")
            if other[1] == family and len(other) > 2 and other[2] != parts[2]:
                assert other[2] == "base" or other[2].startswith("_"), f"{name} knows {imported}"


def test_every_room_has_a_floor() -> None:
    rooms = {name.split(".")[1] for name, _ in modules()}
    assert rooms <= set().union(*FLOORS)
