"""A real JupyterLab with one notebook, as a browser finds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from ports import free_port
from waiting import wait_until

TOKEN = "abcdefghijklmnop"
_OWN = ("CONFIG", "DATA", "RUNTIME")


@contextmanager
def notebook(folder: Path, sources: Sequence[str], own: Path) -> Iterator[str]:
    """The address of a notebook in a folder.

    Args:
        folder: where the notebook is.
        sources: of its cells.
        own: an empty folder for Jupyter's own files, so that it sees none of the person's.
    """
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [],
         "execution_count": None}
        for n, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "look.ipynb").write_text(json.dumps(book))
    port = free_port()
    settings = own / "CONFIG" / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    news = "@jupyterlab/apputils-extension:announcements"  # would lie over the page
    settings.write_text(json.dumps({"disabledExtensions": {news: True}}))
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
         f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}",
         f"--IdentityProvider.token={TOKEN}"],
        env={**os.environ, **{f"JUPYTER_{x}_DIR": str(own / x) for x in _OWN}},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(f"{address}/api/status?token={TOKEN}"), process)
        yield f"{address}/lab/tree/look.ipynb?token={TOKEN}&reset"
    finally:
        process.terminate()
        process.wait()


def _answers(address: str) -> bool:
    with suppress(OSError):
        urllib.request.urlopen(address).close()
        return True
    return False


def run(page: Page, cell: int) -> None:
    """Run a cell, as a person does."""
    page.locator(".jp-Cell .cm-content").nth(cell).click()
    page.keyboard.press("Control+Enter")
