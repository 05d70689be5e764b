"""The picture of a page that was handed out, for the documentation; made so that it stays true.

Indexes some photos, teaches a concept, writes a page with `likewise.review.handout`, answers a few
images of it in a real browser, and takes a picture.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))  # the browser is the tests' own
from doc_pictures import browser_for, picture_options  # noqa: E402
from web_stage import FLAGS  # noqa: E402

from likewise import Session, Workspace, fill_basket, index  # noqa: E402
from likewise.review.handout import write_handout  # noqa: E402

CONCEPT = "helicopter"
FOLDERS = ("helicopter", "butterfly", "ferry", "chair", "lamp")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and take its picture."""
    parser = picture_options(__doc__, ROOT / "docs" / "images" / "handout.png")
    options = parser.parse_args(arguments)
    path = browser_for(options.photos)
    if path is None:
        return 1
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        home = Path(folder)
        for name in FOLDERS:
            shutil.copytree(options.photos / name, home / "photos" / name)
        some = sorted((home / "photos" / CONCEPT).iterdir())[:3]
        with Workspace(index(home / "photos", home / "photos.likewise").workspace) as place:
            examples = [f"{CONCEPT}/{image.name}" for image in some]
            fill_basket(place, CONCEPT, like=examples, new=True)
            with Session(place, CONCEPT, page_size=60) as session:
                page = write_handout(session, session.next_batch(), home / "page.html").file
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            shown = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            shown.goto(page.as_uri())
            for _ in range(7):
                name = shown.evaluate("document.querySelector('.name').textContent")
                shown.keyboard.press("y" if name.startswith(CONCEPT) else "n")
            shown.keyboard.press("ArrowLeft")
            shown.wait_for_timeout(300)
            picture = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
            picture.quantize(256).save(options.to, optimize=True)
            browser.close()
    click.echo(options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
