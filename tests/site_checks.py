"""What must hold of the built site. `make site` builds it and runs this; `make test` does not."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(os.environ.get("LIKEWISE_SITE", "site")).resolve()
PAGES = sorted(SITE.rglob("*.html"))
IDS = [str(page.relative_to(SITE)) for page in PAGES]
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Reader(HTMLParser):
    """Anchors, links, and the text outside of code of one page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.text: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self._silent += tag in {"pre", "code", "script", "style"}
        self.anchors |= {str(named[key]) for key in ("id", "name") if named.get(key)}
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))
        address = named.get(LOADING.get(tag, ""))
        if address and named.get("rel") != "canonical":
            self.loaded.append(address)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"pre", "code", "script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text.append(data)


@cache
def read(page: Path) -> Reader:
    return Reader(page.read_text())


def test_there_is_a_site() -> None:
    assert len(PAGES) > 50, f"no site in {SITE}; run: make site"


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_and_anchors_lead_somewhere(page: Path) -> None:
    for link in [*read(page).links, *read(page).loaded]:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc or page.name == "404.html":
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        target = target / "index.html" if target.is_dir() else target
        assert target.exists(), link
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in read(target).anchors, link


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_a_page_loads_nothing_from_elsewhere(page: Path) -> None:
    assert not [x for x in read(page).loaded if urlsplit(x).netloc]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_no_markdown_is_left_in_a_page(page: Path) -> None:
    """Lists, tables, links and code that a code host shows are shown by the site as well."""
    text = "\n".join(read(page).text)
    assert not re.findall(r"^\s*(?:\* \S.*|\|.*\||#{2,} .*|:{3} .*)$|```|\]\(", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_a_page_names_its_markdown(page: Path) -> None:
    if page.name != "404.html":
        (name,) = re.findall(r'type="text/markdown" href="([^"]+)"', page.read_text())
        twin = (page.parent / name).read_text()
        assert twin.startswith("# ")
        assert "\n::: " not in twin


def test_llms_txt_lists_the_markdown_of_every_page() -> None:
    listed = re.findall(r"^- \[.+\]\((.+)\)$", (SITE / "llms.txt").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed)) == len(PAGES) - 1
    assert all((SITE / path).exists() for path in listed)


def test_the_search_finds_pages_and_python_names() -> None:
    found = json.loads((SITE / "search" / "search_index.json").read_text())["docs"]
    titles = {re.sub(r"<.*?>", "", entry["title"]) for entry in found}
    assert {"Curation", "likewise search"} <= titles
    assert any("open_rule" in title for title in titles)


def test_every_public_name_is_in_the_reference() -> None:
    text = (Path(__file__).parent.parent / "src" / "likewise" / "__init__.py").read_text()
    public = set(re.findall(r'^    "(\w+)": "[\w.]+",$', text, re.MULTILINE))
    anchors: set[str] = set()
    for page in (SITE / "reference" / "python").glob("*.html"):
        anchors |= read(page).anchors
    assert public <= {anchor.rpartition(".")[2] for anchor in anchors}
