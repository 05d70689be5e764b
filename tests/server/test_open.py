"""`likewise serve --open`: the browser gets the token, and the command line does not show it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from ports import free_port
from serve_process import TOKEN, serve_process
from waiting import LIMIT, wait_until
from web_stage import until


@pytest.fixture
def told(home: Path) -> tuple[Path, dict[str, str]]:
    """Where a browser of the test's writes its command line, and the environment that names it."""
    browser, told = home / "browser.sh", home / "told"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.part && mv {told}.part {told}\n')
    browser.chmod(0o700)
    return told, {"BROWSER": f"{browser} %s"}


def test_the_token_is_in_a_file_of_ones_own(
    home: Path, told: tuple[Path, dict[str, str]], new_page: Callable[..., Page]
) -> None:
    port = free_port()
    arguments = ("-w", str(home / "shapes.likewise"), "--open")
    with serve_process(port, *arguments, environment=told[1]) as process:
        wait_until(told[0].exists, process)
        (address,) = told[0].read_text().split()
        assert TOKEN not in address
        path = Path(address.removeprefix("file://"))
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        page = new_page(address)
        page.wait_for_url(lambda url: url.startswith("http:") and "token" not in url)
        until(page, "document.querySelectorAll('#grid').length === 1")
        process.terminate()
        process.wait(LIMIT)
        assert not path.exists()


def test_an_address_that_cannot_be_written_is_said_in_one_sentence(home: Path) -> None:
    command = [sys.executable, "-m", "likewise", "serve", "--port", "0"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*command, "-w", str(home / "shapes.likewise")],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    assert ended.returncode == 8
    assert "Traceback" not in ended.stderr
    assert "the address cannot be written to standard output" in ended.stderr
