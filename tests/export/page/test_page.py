"""A page to look at: what is in its folder, and what a browser shows of it from the disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe
from hostile_names import HOSTILE, with_hostile_names
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from web_stage import until

from likewise.concepts.labelling import fill_basket
from likewise.errors import BadInputError
from likewise.export.page import write_page
from likewise.export.page.plan import plan_page
from likewise.maps.collection_map import compute_map
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

Open: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="module")
def written(_indexed_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 27 images, some with hostile names, with map, facets and a rule's ranking."""
    home = tmp_path_factory.mktemp("page")
    with Workspace(with_hostile_names(_indexed_once, home)) as workspace:
        fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"], new=True)
        rule, _ = learn_concept(workspace, "disc")
        compute_map(workspace, "pca")
        report = write_page(plan_page(workspace, home / "out", rule=rule))
    assert (report.images, report.map, report.rule) == (27, "pca", "disc")
    assert report.facets == ("folder",)
    return home / "out"


def test_the_folder_holds_the_page_its_small_pictures_and_how_it_was_made(written: Path) -> None:
    files = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    pictures = {f"images/{number:06d}.jpg" for number in range(1, 28)}
    assert files == {"index.html", "likewise.json", "sha256sums.txt", *pictures}
    for name in pictures:
        with Image.open(written / name) as picture:
            assert (picture.format, max(picture.size) <= 240) == ("JPEG", True)
            assert not picture.getexif()
    text = "".join((written / name).read_text() for name in ("index.html", "likewise.json"))
    assert str(written.parent) not in text
    assert not re.search(r"https?://", text)


def test_the_size_that_is_said_is_what_is_written(written: Path) -> None:
    with Workspace(written.parent / "shapes.likewise") as workspace:
        report = plan_page(workspace, written.parent / "new").report
        assert not (written.parent / "new").exists()
        write_page(plan_page(workspace, written.parent / "new"))
    made = [written.parent / "new" / "index.html", *(written.parent / "new" / "images").iterdir()]
    assert (len(made), sum(file.stat().st_size for file in made)) == (28, report.bytes)


def test_names_are_text_and_the_best_come_first(written: Path, new_page: Open) -> None:
    page = new_page((written / "index.html").as_uri())
    names = page.locator(".grid .name").all_text_contents()
    assert len(names) == 27
    assert set(HOSTILE) <= set(names)
    assert all(name.startswith("disc/") for name in names[:8])
    page.get_by_label("Order").select_option("worst")
    assert page.locator(".grid .name").all_text_contents() == names[::-1]
    picture = page.locator(".grid img").first
    picture.scroll_into_view_if_needed()
    until(page, "document.querySelector('.grid img').naturalWidth > 0")


def test_facets_filter_and_count(written: Path, new_page: Open) -> None:
    page = new_page((written / "index.html").as_uri())
    status = page.get_by_role("status")
    expect(status).to_have_text("27 of 27 images")
    page.get_by_label("disc", exact=False).first.check()
    expect(status).to_have_text("11 of 27 images")
    page.get_by_label("square").check()
    expect(status).to_have_text("19 of 27 images")
    page.get_by_label("only what the rule accepts").check()
    assert len(page.locator(".grid li").all()) < 19


def test_an_area_of_the_map_filters(written: Path, new_page: Open) -> None:
    page = new_page((written / "index.html").as_uri())
    frame = page.locator("canvas").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 10, frame["y"] + 10)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] - 2)
    page.mouse.up()
    status = page.get_by_role("status")
    expect(status).not_to_have_text("27 of 27 images")
    page.get_by_role("button", name="Show the whole map").click()
    expect(status).to_have_text("27 of 27 images")


def test_a_large_picture_opens_and_keys_move_on(written: Path, new_page: Open) -> None:
    page = new_page((written / "index.html").as_uri())
    page.locator(".grid button").first.click()
    file = page.locator("dialog dd").first
    expect(file).to_have_text(page.locator(".grid .name").first.text_content() or "")
    page.keyboard.press("ArrowRight")
    expect(file).to_have_text(page.locator(".grid .name").nth(1).text_content() or "")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()


def test_it_can_be_used_by_everyone(written: Path, new_page: Open) -> None:
    page = new_page((written / "index.html").as_uri())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_nothing_is_loaded_from_elsewhere(written: Path, browser: Browser) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((written / "index.html").as_uri())
    expect(page.get_by_role("status")).to_have_text("27 of 27 images")
    page.close()
    assert asked
    assert all(address.startswith(written.as_uri()) for address in asked)


def test_what_is_there_is_replaced_only_where_likewise_made_it(workspace: Workspace) -> None:
    to = workspace.path.parent / "out"
    assert write_page(plan_page(workspace, to, k=9)).written
    again = write_page(plan_page(workspace, to, k=9))
    assert (again.written, again.complete) == (False, True)
    with pytest.raises(BadInputError, match="--overwrite"):
        plan_page(workspace, to, k=5)
    assert write_page(plan_page(workspace, to, k=5, overwrite=True), overwrite=True).written
    assert len(list((to / "images").iterdir())) == 5  # nothing of the larger page stays
    (to / "mine.txt").write_text("mine")
    with pytest.raises(BadInputError, match="mine.txt"):
        plan_page(workspace, to, k=4, overwrite=True)
