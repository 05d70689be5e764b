"""Files of the page: kept for good under today's digest, asked for each time anywhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page
from starlette.testclient import TestClient
from web_app import ready

from likewise.server import page_files
from likewise.server.app import make_app
from likewise.server.app_state import AppState
from likewise.server.page_files import STATIC, files_digest


@pytest.fixture
def client(app_state: AppState) -> TestClient:
    return TestClient(make_app(app_state))


def test_every_file_of_the_page_is_kept_for_good(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["cache-control"] == "no-cache"
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == len(set(links)) > 50
    for link in links:
        assert link.startswith(f"/static/{files_digest()}/")
        kept = client.get(link).headers["cache-control"]
        assert "immutable" in kept
        assert "private" in kept


def test_other_addresses_are_asked_for_each_time(client: TestClient) -> None:
    """A page from before an upgrade finds the files of today, and does not keep them."""
    wanted = (STATIC / "app.js").read_bytes()
    for address in ("/static/app.js", "/static/0123456789abcdef/app.js"):
        answer = client.get(address)
        assert answer.content == wanted
        assert answer.headers["cache-control"] == "private, no-cache"
        again = client.get(address, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
    for address in ("nothing.js", f"{files_digest()}/nothing.js", f"{files_digest()}/../app.py"):
        assert client.get(f"/static/{address}").status_code == 404


def test_another_file_is_another_digest(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_digest()
    for file in STATIC.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(page_files, "STATIC", tmp_path)
    assert files_digest() == before
    with (tmp_path / "theme.js").open("a") as theme:
        theme.write("// one more line\n")
    assert files_digest() != before
    assert f"/static/{files_digest()}/theme.js" in client.get("/").text


def test_a_page_that_is_opened_again_asks_for_no_file(review: Page) -> None:
    asked_for = """performance.getEntriesByType('resource')
        .filter((one) => one.name.includes('/static/'))
        .map((one) => [one.name, one.transferSize])"""
    review.reload()
    ready(review)
    files = review.evaluate(asked_for)
    assert len(files) > 50
    assert [name for name, size in files if size] == []
