"""Mean colours: right, computed once, kept, and no harm when the file is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.images.thumbnails import ThumbnailPack, make_thumbnail
from likewise.server.mean_colours import UNKNOWN, MeanColours

PAINTS = {f"{i:02x}" * 32: (i * 40, 255 - i * 40, 90) for i in range(1, 6)}


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[ThumbnailPack]:
    with ThumbnailPack(tmp_path, write=True) as pack:
        for digest, paint in PAINTS.items():
            pack.add(digest, make_thumbnail(Image.new("RGB", (300, 200), paint)))
    with ThumbnailPack(tmp_path) as reader:
        yield reader


def test_a_painted_picture_has_the_colour_of_its_paint(pack: ThumbnailPack, tmp_path: Path) -> None:
    colours = MeanColours(pack, tmp_path / "colours")
    digests = [*PAINTS][::-1]
    assert colours.of(digests).tolist() == [list(UNKNOWN)] * 5
    assert colours.compute(digests) == 5
    np.testing.assert_allclose(colours.of(digests), [PAINTS[d] for d in digests], atol=3)
    assert colours.of([]).shape == (0, 3)


def test_the_mean_is_of_the_whole_picture(tmp_path: Path) -> None:
    image = Image.new("RGB", (200, 200))
    image.paste((200, 100, 0), (0, 0, 100, 200))
    with ThumbnailPack(tmp_path, write=True) as pack:
        pack.add("ab" * 32, make_thumbnail(image))
        colours = MeanColours(pack, tmp_path / "colours")
        colours.compute(["ab" * 32])
        np.testing.assert_allclose(colours.of(["ab" * 32])[0], [100, 50, 0], atol=3)


def test_a_colour_is_computed_once_also_after_a_restart(
    pack: ThumbnailPack, tmp_path: Path
) -> None:
    digests = [*PAINTS]
    first = MeanColours(pack, tmp_path / "colours")
    assert first.compute(digests[:3]) == 3
    assert first.compute(digests) == 2
    second = MeanColours(pack, tmp_path / "colours")
    assert second.compute([*digests, *digests]) == 0
    assert second.of(digests).tolist() == first.of(digests).tolist()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("colours.")]


def test_what_has_no_thumbnail_is_grey_and_tried_again(pack: ThumbnailPack, tmp_path: Path) -> None:
    colours = MeanColours(pack, tmp_path / "colours")
    assert colours.compute(["ff" * 32, *PAINTS]) == 5
    assert colours.of(["ff" * 32]).tolist() == [list(UNKNOWN)]
    with ThumbnailPack(tmp_path, write=True) as writer:
        writer.add("ff" * 32, make_thumbnail(Image.new("RGB", (9, 9), (0, 0, 255))))
    pack.refresh()
    assert colours.compute(["ff" * 32]) == 1


def test_it_stops_when_told(pack: ThumbnailPack, tmp_path: Path) -> None:
    colours = MeanColours(pack, tmp_path / "colours")
    asked = iter([False, False])
    assert colours.compute([*PAINTS], stop=lambda: next(asked, True)) == 2


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 22 + b"\0" * 11, b"\xff" * 40])
def test_a_damaged_file_costs_no_more_than_the_work(
    pack: ThumbnailPack, tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / "colours").write_bytes(damage)
    colours = MeanColours(pack, tmp_path / "colours")
    assert colours.compute([*PAINTS]) == 5
    np.testing.assert_allclose(colours.of([*PAINTS]), [*PAINTS.values()], atol=3)


def test_a_folder_that_cannot_be_written_costs_only_the_next_start(
    pack: ThumbnailPack, tmp_path: Path
) -> None:
    colours = MeanColours(pack, tmp_path / "absent" / "colours")
    assert colours.compute([*PAINTS]) == 5
