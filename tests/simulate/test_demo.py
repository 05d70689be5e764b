"""The demonstration, on digits and on class folders, and what it promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from likewise.errors import BadInputError, NotFoundError
from likewise.simulate.demo import Demo


@pytest.mark.slow
def test_digits(tmp_path: Path) -> None:
    said: list[str] = []
    demo = Demo(tmp_path / "demo", said.append)
    demo.run(pages=3)
    assert demo.figures["to_index"] + demo.figures["held_out"] == 1797
    found = [page["found"] for page in demo.figures["pages"]]
    assert found == sorted(found)
    assert found[-1] >= 35  # of 60 looked at and five given; chance would find 11
    assert demo.figures["new_images"]["average_precision"] > 0.4
    assert (tmp_path / "demo" / "3.rule").is_file()
    assert (tmp_path / "demo" / "pages.png").is_file()
    assert said[-1].startswith("  likewise index")


def test_class_folders_are_only_linked(home: Path) -> None:
    demo = Demo(home / "demo", lambda line: None)
    with pytest.raises(BadInputError, match="needs 10"):
        demo.run(home / "shapes", "disc")
    with pytest.raises(NotFoundError, match="no folder 'cube'"):
        demo.run(home / "shapes", "cube")
    links = list((home / "demo").rglob("*.png"))
    assert links
    assert all(path.is_symlink() for path in links)


def test_a_folder_of_somebody_elses_is_left_alone(home: Path) -> None:
    with pytest.raises(BadInputError, match="not made by likewise demo"):
        Demo(home / "shapes", lambda line: None).run()
    assert (home / "shapes" / "disc" / "00.png").is_file()
