"""`likewise quickstart`: a folder, or the built-in images, straight into the web app."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from commands import Run
from playwright.sync_api import Page, expect
from shapes import draw_shapes
from waiting import LIMIT, wait_until

from likewise.server.serving import DEFAULT_PORT


@contextmanager
def quickstart(
    cwd: Path, *arguments: str, **settings: Any
) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The command at work, and the document that it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "likewise", "quickstart", "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        **settings,
    )
    assert process.stdout is not None
    text = ""
    try:
        while not text.endswith("\n}\n"):
            line = process.stdout.readline()
            assert line, process.communicate()[1]
            text += line
        yield json.loads(text), process
    finally:
        process.kill()
        process.communicate()


def state(facts: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{facts['port']}/api/state",
        headers={"authorization": f"Bearer {facts['token']}"},
    )
    with urllib.request.urlopen(request, timeout=LIMIT) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def test_a_folder_is_indexed_and_served_and_the_second_time_at_once(tmp_path: Path) -> None:
    draw_shapes(tmp_path / "shapes")
    with quickstart(tmp_path, "shapes", "--no-browser", "--port", "0") as (facts, _):
        assert facts["index"]["added"] == 24
        assert facts["address"].endswith(facts["token"])
        assert state(facts)["workspace"]["items"] == 24
    with quickstart(tmp_path, "shapes", "--no-browser", "--port", "0") as (facts, process):
        assert (facts["index"]["added"], facts["index"]["unchanged"]) == (0, 24)
        process.terminate()
        _, notes = process.communicate(timeout=LIMIT)
    assert "1 of 2: index shapes" in notes
    assert "likewise serve --open --workspace shapes.likewise" in notes


@pytest.mark.slow
def test_without_a_folder_the_built_in_images_are_on_the_first_page(
    tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    with quickstart(tmp_path, "--no-browser", "--port", "0") as (facts, _):
        assert facts["index"]["added"] == 1797
        page = new_page(facts["address"])
        expect(page.locator("#grid img").first).to_be_visible()


def test_the_browser_is_started_and_another_port_taken_where_the_usual_one_is(
    home: Path,
) -> None:
    browser, opened = home / "browser.sh", home / "opened"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}.part; mv {opened}.part {opened}\n')
    browser.chmod(0o700)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        is_taken_here = True
        try:
            taken.bind(("127.0.0.1", DEFAULT_PORT))
            taken.listen()
        except OSError:
            is_taken_here = False  # but by somebody else, who may end at any time
        environment = {**os.environ, "BROWSER": f"{browser} %s"}
        with quickstart(home, "shapes", env=environment) as (facts, process):
            assert facts["port"] != DEFAULT_PORT or not is_taken_here
            wait_until(opened.exists, process)
            assert opened.read_text().startswith("file://")


def test_a_folder_without_images_is_one_sentence_and_leaves_nothing(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("quickstart", "empty", "--no-browser")
    assert ran.code == 2, ran.err
    assert not (tmp_path / "empty.likewise").exists()
    assert run("quickstart", "nowhere", "--no-browser").code == 3
    ran = run("quickstart", "", "--no-browser")
    assert (ran.code, "empty string" in ran.err) == (2, True)


def test_where_no_image_can_be_read_nothing_is_served(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jpg").write_bytes(b"no image")
    ran = run("quickstart", "bad", "--no-browser")
    assert ran.code == 1
    assert "no image could be read" in ran.err
    assert "2 of 2" not in ran.err
