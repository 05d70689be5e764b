"""The built-in images, and that writing them again mends what is missing."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from likewise.simulate.digits import write_digits


def test_what_is_whole_is_left_and_the_rest_is_written(tmp_path: Path) -> None:
    assert write_digits(tmp_path) == 1797
    files = sorted(tmp_path.rglob("*.png"))
    assert len(files) == 1797
    assert {file.parent.name for file in files} == set("0123456789")
    whole, cut, gone, mine = *files[:3], tmp_path / "3" / "mine.png"
    pixels = Image.open(cut).tobytes()
    before = whole.stat().st_mtime_ns
    cut.write_bytes(cut.read_bytes()[:20])
    gone.unlink()
    mine.write_bytes(b"mine")
    write_digits(tmp_path)
    assert whole.stat().st_mtime_ns == before
    assert Image.open(cut).tobytes() == pixels
    assert gone.is_file()
    assert mine.read_bytes() == b"mine"
