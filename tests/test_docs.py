"""What the pages say is run: every Python block, the command reference, every link."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
WITH_PYTHON = [page for page in PAGES if "```python" in page.read_text()]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.name)
def test_python_on_a_page_runs_twice(
    page: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = home / "photos"
    for kind, to in (("disc", "barn"), ("square", "house")):
        (photos / to).mkdir(parents=True)
        for path in (home / "shapes" / kind).iterdir():
            shutil.copy(path, photos / to / f"{path.stem}.jpg")
    shutil.copytree(photos / "house", home / "new_photos")
    monkeypatch.chdir(home)
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    for _ in range(2):  # a reader runs a page again, over what its first run left behind
        names: dict[str, object] = {"__name__": "page"}
        for block in blocks:
            exec(compile(block, str(page), "exec", dont_inherit=True), names)  # noqa: S102 - our own pages
        workspace = names.get("workspace")
        if workspace is not None:
            workspace.close()  # type: ignore[attr-defined]


def test_the_command_reference_is_what_help_says() -> None:
    made = script("make_cli_reference").reference()
    written = (ROOT / "docs" / "reference" / "cli.md").read_text()
    assert written == made, "run: python scripts/make_cli_reference.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


def test_every_rule_has_a_line_in_how_it_works() -> None:
    from likewise.registry import names

    page = (ROOT / "docs" / "how-it-works.md").read_text()
    for name in names("rules"):
        assert f"`{name}`" in page, name
