"""The picture of an exported page, for the documentation; made so that it stays true.

Indexes some photos, teaches a concept, computes the map, writes a page with
`likewise.export.page`, and takes a picture of it in a real browser.
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

from likewise import Workspace, fill_basket, index, learn_concept  # noqa: E402
from likewise.export.page import write_page  # noqa: E402
from likewise.export.page.plan import plan_page  # noqa: E402
from likewise.maps.collection_map import compute_map  # noqa: E402

CONCEPT = "ferry"
FOLDERS = ("ferry", "ketch", "schooner", "helicopter", "airplanes", "lobster", "crayfish", "lamp")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and take its picture."""
    parser = picture_options(__doc__, ROOT / "docs" / "images" / "export-page.webp")
    options = parser.parse_args(arguments)
    path = browser_for(options.photos)
    if path is None:
        return 1
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        home = Path(folder)
        for name in FOLDERS:
            if (options.photos / name).is_dir():
                shutil.copytree(options.photos / name, home / "boats" / name)
        some = sorted((home / "boats" / CONCEPT).iterdir())[:4]
        with Workspace(index(home / "boats", home / "boats.likewise").workspace) as workspace:
            fill_basket(workspace, CONCEPT, like=[f"{CONCEPT}/{x.name}" for x in some], new=True)
            rule, _ = learn_concept(workspace, CONCEPT)
            compute_map(workspace, "pca")
            report = write_page(plan_page(workspace, home / "page", rule=rule))
        click.echo(f"{report.images} images, {report.bytes / 1e6:.1f} MB")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            shown = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            shown.goto((home / "page" / "index.html").as_uri())
            shown.wait_for_load_state("networkidle")
            shown.wait_for_timeout(500)
            picture = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
            picture.save(options.to, quality=82, method=6)
            browser.close()
    click.echo(options.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
