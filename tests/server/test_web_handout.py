"""A page that was handed out, answered in a real browser from its file, and taken in again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile_names import HOSTILE, with_hostile_names
from playwright.sync_api import Browser, Page, expect
from web_app import Open

from likewise.concepts.label_files import read_labels
from likewise.concepts.labelling import change_basket, fill_basket, import_labels
from likewise.core.concept import Concept
from likewise.errors import BadInputError
from likewise.review.handout import write_handout
from likewise.review.page_builder import Batch
from likewise.review.session import Session
from likewise.workspace import Workspace
from likewise.workspace.label import Label

HandedOut: TypeAlias = tuple[Path, list[str]]


@pytest.fixture(scope="module")
def handed_out(_indexed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> HandedOut:
    """A page of ten images, some with hostile names; and the ids on it, in order."""
    home = tmp_path_factory.mktemp("handout")
    ids = [*HOSTILE, *(f"disc/{n:02d}.png" for n in range(1, 8))]
    with Workspace(with_hostile_names(_indexed_once, home)) as place:
        basket = Concept("disc", ("disc/00.png",), ("square/00.png",), ("ball",))
        change_basket(place, basket, new=True)
        with Session(place, "disc") as session:
            first = session.next_batch(1)
            batch = Batch(tuple(ids), np.ones(10, np.float32), None, "mixed", first.rule)
            made = write_handout(session, batch, home / "disc.html")
    assert (made.images, made.left_out) == (10, ())
    return made.file, ids


def shown(page: Page) -> str:
    text: str = page.evaluate("document.querySelector('.name').textContent")
    return text


def answered(page: Page) -> str:
    text: str = page.evaluate("document.querySelector('.count span').textContent")
    return text


def saved_answers(page: Page, to: Path) -> dict[str, Any]:
    with page.expect_download() as download:
        page.get_by_role("button", name="Save answers").click()
    assert download.value.suggested_filename == "disc-answers.json"
    download.value.save_as(to)
    answers: dict[str, Any] = json.loads(to.read_text())
    return answers


def test_answers_by_key_stay_and_come_back(handed_out: HandedOut, new_page: Open) -> None:
    file, ids = handed_out
    home = file.parent
    page = new_page(file.as_uri())
    for item, key in zip(ids, ["y", "n", "Space", "p", "x", "1"], strict=False):
        assert shown(page) == item  # hostile names are text
        page.keyboard.press(key)
    assert answered(page) == "6 of 10 answered"
    page.keyboard.press("u")
    assert (shown(page), answered(page)) == (ids[5], "5 of 10 answered")
    page.keyboard.press("Home")
    page.keyboard.press("n")  # another word about the first
    page.keyboard.press("Control+z")
    page.reload()
    assert (shown(page), answered(page)) == (ids[5], "5 of 10 answered")
    assert page.locator("[onerror], body script").count() == 0
    page.get_by_role("button", name="Save answers").click()
    expect(page.get_by_role("alert")).to_contain_text("Type your name first")
    page.get_by_label("Your name").fill("Dr. Ana")
    answers = saved_answers(page, home / "back.json")
    said = {label["item"]: label["verdict"] for label in answers["labels"]}
    assert said == dict(zip(ids, ["yes", "no", "unsure", "yes", "no"], strict=False))
    with Workspace(home / "shapes.likewise") as place:
        for new, known in ((5, 0), (0, 5)):
            labels = [x for x in read_labels(home / "back.json") if isinstance(x, Label)]
            taken = import_labels(place, labels)
            assert (taken.new, taken.known, taken.absent) == (new, known, 0)
        log = place.labels.current("disc")
        assert {item: label.verdict for item, label in log.items()} == said
        assert {(label.who, label.source) for label in log.values()} == {("Dr. Ana", "handout")}
    page.keyboard.press("Home")
    page.get_by_role("button", name="No", exact=True).click()  # a changed mind is a newer answer
    saved_answers(page, home / "again.json")
    with Workspace(home / "shapes.likewise") as place:
        labels = [x for x in read_labels(home / "again.json") if isinstance(x, Label)]
        assert import_labels(place, labels).new == 1
        assert place.labels.current("disc")[ids[0]].verdict == "no"


def test_buttons_and_touch_do_the_same(handed_out: HandedOut, new_page: Open) -> None:
    file, ids = handed_out
    page = new_page(file.as_uri(), viewport={"width": 390, "height": 780}, has_touch=True)
    page.get_by_role("button", name="Yes").tap()
    page.get_by_role("button", name="Not sure").tap()
    assert (shown(page), answered(page)) == (ids[2], "2 of 10 answered")
    assert page.evaluate("scrollY") < 100  # the picture stays in view
    page.get_by_role("button", name="Image 9").tap()
    assert shown(page) == ids[8]
    page.get_by_role("button", name="Undo").tap()
    assert (shown(page), answered(page)) == (ids[1], "1 of 10 answered")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_accessible(handed_out: HandedOut, new_page: Open, scheme: str) -> None:
    page = new_page(handed_out[0].as_uri(), color_scheme=scheme)
    for key in ("y", "n", "Space"):
        page.keyboard.press(key)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("Tab")  # the keys of a button that has the focus are its own
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Space")
    assert answered(page) == "2 of 10 answered"


def test_loads_nothing_and_runs_nothing_else(handed_out: HandedOut, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto(handed_out[0].as_uri())
    assert set(asked) <= {"file", "data"}
    refused = page.evaluate(
        """async () => {
            const refused = [];
            addEventListener('securitypolicyviolation', (event) => {
                refused.push(event.effectiveDirective);
            });
            const script = document.createElement('script');
            script.textContent = 'window.taken = true';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/x.png';
            document.body.append(image);
            await fetch('http://127.0.0.1:9/').catch(() => {});
            await new Promise((done) => setTimeout(done, 100));
            return refused.sort();
        }"""
    )
    assert refused == ["connect-src", "img-src", "script-src-elem"]
    assert page.evaluate("window.taken") is None
    page.close()


def test_a_browser_that_keeps_nothing_says_so(handed_out: HandedOut, browser: Browser) -> None:
    page = browser.new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw 1; } });")
    page.goto(handed_out[0].as_uri())
    page.keyboard.press("y")
    expect(page.get_by_role("status")).to_contain_text("keeps nothing of this page")
    page.close()


def test_what_cannot_be_handed_out(workspace: Workspace, home: Path) -> None:
    fill_basket(workspace, "disc", like=["disc/00.png"], new=True)
    with Session(workspace, "disc") as session:
        batch = session.next_batch(3)
        with pytest.raises(BadInputError, match=r"name it 'page\.txt\.html'"):
            write_handout(session, batch, home / "page.txt")
        (home / "page.html").write_text("years of work")
        with pytest.raises(BadInputError, match="--overwrite"):
            write_handout(session, batch, home / "page.html")
        gone = batch.ids[0]
        (home / "shapes" / gone).unlink()
        made = write_handout(session, batch, home / "page.html", overwrite=True)
        assert (made.images, made.left_out) == (2, (gone,))
        (home / "shapes" / batch.ids[1]).write_bytes(b"no image")
        (home / "shapes" / batch.ids[2]).write_bytes(b"no image")
        with pytest.raises(BadInputError, match="no image to answer"):
            write_handout(session, batch, home / "none.html")
