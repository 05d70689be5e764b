"""What the scripts share that take pictures for the documentation."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import click
from web_stage import chromium

_ROOT = Path(__file__).parents[2]


def picture_options(about: str | None, target: Path) -> argparse.ArgumentParser:
    """The options of such a script; its docstring describes it, and it may add its own."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    usual = Path(os.environ.get("LIKEWISE_TEST_DATA", _ROOT / ".." / "shared" / "data"))
    parser.add_argument("--photos", type=Path, default=usual / "caltech101")
    parser.add_argument("--to", type=Path, default=target)
    return parser


def browser_for(photos: Path) -> str | None:
    """A Chromium; None, which is printed, where there is none or no photos are there."""
    path = chromium()
    if path is None or not photos.is_dir():
        click.echo(f"needs a Chromium, and photos at {photos}; see --photos")
        return None
    return path
