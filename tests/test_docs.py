"""What the pages say is run: every Python block, the command reference, every link."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FIRST_PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("privacy", "install", "clip", "moving", "team", "glossary")),
    *(f"docs/{name}.md" for name in ("find", "make-a-dataset", "deploy", "dataframes")),
    *(f"docs/from/{name}.md" for name in ("fiftyone", "lightlystudio", "frigate")),
    "docs/migrating.md",
    "docs/troubleshooting.md",
)
"""Pages whose every sentence is short; of the other pages the first screen is."""
OF_THE_FIRST_COMMIT = {
    "The main job", "Search", "Indexing at scale", "Words and one example", "Encoders", "Rules",
    "The review loop", "The web app", "Sources", "Tiny training sets", "Label propagation",
    "Fine-tuning",
}  # fmt: skip
"""Parts of the benchmarks whose figures are of the commit that the page names for all others."""

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


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return set(map(script("site_hooks").slug, re.findall(r"^#+ (.+)$", text, re.MULTILINE)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?[^)]*\)", text):
        if not link.startswith("http"):
            target = page.parent / link if link else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), f"{link}#{anchor}"


def test_every_rule_has_a_line_in_how_it_works() -> None:
    from likewise.registry import names

    page = (ROOT / "docs" / "how-it-works.md").read_text()
    for name in names("rules"):
        assert f"`{name}`" in page, name


def test_the_privacy_page_names_every_command() -> None:
    from likewise.cli import commands

    quoted = re.findall(r"`([^`]+)`", (ROOT / "docs" / "privacy.md").read_text())
    words = {word for text in quoted for word in text.split()}
    assert set(commands.list_commands(click.Context(commands))) <= words


def test_the_glossary_begins_with_at_most_15_terms() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text().partition("\n## ")[0]
    assert 10 <= len(re.findall(r"^\| (?!term )[a-z]+ \| ", page, re.MULTILINE)) <= 15


def sentences(text: str) -> Iterator[str]:
    """Sentences of a page; code, pictures and targets of links are left out."""
    for pattern in (r"```.*?```", r"!\[.*?\]\(.*?\)", r"(?<=\])\([^)]*\)"):
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    for block in re.split(r"\n\n|\n\* |\||\n#+ ", text):
        yield from re.split(r"(?<=[.!?:;])\s", block.replace("\n", " "))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_sentences_of_first_screens_are_short(page: Path) -> None:
    """No sentence of what a newcomer reads first has more than 30 words."""
    text, name = page.read_text(), page.relative_to(ROOT).as_posix()
    if name not in FIRST_PAGES:
        text = text.partition("\n## ")[0]
    long = [sentence for sentence in sentences(text) if len(sentence.split()) > 30]
    assert not long


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_use_the_words_of_the_field(page: Path) -> None:
    words = script("docs_words")
    if page.relative_to(ROOT).as_posix() not in words.GENERATED:
        found = list(words.found_in(page.read_text()))
        assert not found, "see: python scripts/docs_words.py"


def test_every_page_is_in_the_menu_of_the_site() -> None:
    menu = (ROOT / "mkdocs.yml").read_text()
    listed = re.findall(r"- ([\w/-]+\.md)$", menu, re.MULTILINE)
    hooks = script("site_hooks")
    expected = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    expected |= set(hooks.OUTSIDE.values()) | {path for path, _ in hooks.python_pages()}
    expected |= {f"examples/{path.stem}.md" for path in (ROOT / "examples").glob("*.ipynb")}
    assert sorted(listed) == sorted(expected)


def test_the_python_reference_has_every_public_name() -> None:
    import likewise

    named = [name for names in script("site_hooks").GROUPS.values() for name in names.split()]
    assert sorted([*named, "__version__"]) == sorted(likewise.__all__)


def test_every_part_of_the_benchmarks_has_a_commit() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    head = page.partition("\n## ")[0]
    parts = set(re.findall(r"^## (.+)$", page, re.MULTILINE))
    named = set(re.findall(r"^\| .*\[(.+?)\]\(#.+ \| .*\b[0-9a-f]{7}\b", head, re.MULTILINE))
    assert named <= parts
    assert parts - named <= OF_THE_FIRST_COMMIT, "name the commit that its figures are of"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tests_and_benchmarks_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"(?:tests|benchmarks|scripts)/[\w/]+\.py", page.read_text())
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "add").iterdir()), ids=lambda page: page.stem
)
def test_a_part_is_saved_where_it_is_looked_for(page: Path) -> None:
    """The folder that a page names is one in which parts are found by their file's name."""
    from likewise.registry import _FOLDERS

    (folder,) = set(re.findall(r"`src/likewise/([\w/]+)/\w+\.py`", page.read_text()))
    module = folder.replace("/", ".")
    assert module in {*_FOLDERS.values(), "encoders", "sources"}
    assert (ROOT / "src" / "likewise" / folder).is_dir()
