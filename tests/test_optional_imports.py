"""A plain `make test` collects every module, so none may import torch's libraries at its top."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parent.parent
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
_EXTRAS = _PROJECT["optional-dependencies"]
_AFTER_A_SKIP = re.compile(
    r"^(need\(|pytest\.importorskip|\w+ = pytest\.importorskip)", re.MULTILINE
)
_FOLLOWING = {"fsspec", "protobuf"}  # with what brings s3fs and onnx
_MODULES = {"open-clip-torch": "open_clip", "opentsne": "openTSNE", "umap-learn": "umap"}


def optional(*installed: str) -> set[str]:
    """Modules of every extra that neither a plain installation nor the named extras bring."""

    def names(texts: list[str]) -> set[str]:
        return {canonicalize_name(Requirement(text).name) for text in texts}

    brought = names(_PROJECT["dependencies"]).union(*(names(_EXTRAS[name]) for name in installed))
    absent = set().union(*map(names, _EXTRAS.values())) - brought - _FOLLOWING
    return {_MODULES.get(name, name.replace("-", "_")) for name in absent}


def imported_at_the_top(path: Path) -> set[str]:
    """First names of what a module imports when it is imported itself."""
    names: set[str] = set()
    waiting: list[ast.stmt] = list(ast.parse(path.read_text()).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
            waiting += node.body + node.orelse
    return names


@pytest.mark.parametrize(
    ("folder", "extras"), [("src", ()), ("tests", ("test",))], ids=["src", "tests"]
)
def test_no_module_imports_at_its_top_what_make_test_does_not_install(
    folder: str, extras: tuple[str, ...]
) -> None:
    absent = optional(*extras)
    assert "torch" in absent
    for path in sorted((_ROOT / folder).rglob("*.py")):
        if path.name.startswith("test_") and _AFTER_A_SKIP.search(path.read_text()):
            continue
        found = imported_at_the_top(path) & absent
        assert not found, f"{path.relative_to(_ROOT)} imports {', '.join(found)} at its top"
