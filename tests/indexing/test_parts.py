"""Items that are a part of an image: decoded, encoded, indexed, moved to another encoder."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_images import with_exif
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from likewise.core.box import Box
from likewise.core.vectors import Vectors
from likewise.curate.remove import remove_files
from likewise.encoders._encode_files import Encoded, encode_files
from likewise.encoders.base import open_encoder
from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, Decoded, decode, decode_parts
from likewise.images.thumbnails import ThumbnailPack
from likewise.indexing.batch_writer import BatchWriter
from likewise.indexing.diff import Diff
from likewise.indexing.reindexing import reindex
from likewise.sources.base import Item, Source
from likewise.workspace import Workspace


def chequered(width: int, height: int) -> Image.Image:
    """A picture in which no two pixels are the same."""
    y, x = np.mgrid[:height, :width]
    rows = np.stack([x % 256, y % 256, (x // 256 + 16 * (y // 256)) * 8], axis=2)
    return Image.fromarray(rows.astype(np.uint8))


def png(image: Image.Image, orientation: int = 1) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=with_exif(Orientation=orientation))
    return buffer.getvalue()


@given(st.integers(1, 8), st.integers(0, 30), st.integers(0, 20), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_part_is_cut_out_of_the_upright_picture(
    orientation: int, x: int, y: int, side: int
) -> None:
    data = png(chequered(47, 33), orientation)
    whole = decode(data)
    part = decode(data, box=Box(x, y, side, side / 2))
    right, bottom = min(x + side, whole.width), min(-(-(2 * y + side) // 2), whole.height)
    wanted = whole.image.crop((x, y, right, bottom))
    assert (part.width, part.height) == part.image.size == wanted.size
    assert part.image.tobytes() == wanted.tobytes()
    assert part.digest != whole.digest
    assert (part.format, part.taken_at) == (whole.format, whole.taken_at)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_small_part_of_a_large_jpeg_keeps_its_pixels(orientation: int) -> None:
    buffer = io.BytesIO()
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (30, 40, 3), dtype=np.uint8))
    coarse.resize((2000, 1500), Image.Resampling.BICUBIC).save(
        buffer, "JPEG", quality=92, exif=with_exif(Orientation=orientation)
    )
    boxes = [None, Box(300, 200, 400, 700), Box(0, 0, 1200, 1200), Box(5000, 0, 10, 10)]
    full = decode(buffer.getvalue()).image
    whole, small, large, outside = decode_parts(buffer.getvalue(), boxes, shortest=64)
    for part, edges in ((small, (300, 200, 700, 900)), (large, (0, 0, 1200, 1200))):
        assert isinstance(part, Decoded)
        assert min(part.image.size) == 128  # twice the shortest that was asked for
        assert (part.width, part.height) == (edges[2] - edges[0], edges[3] - edges[1])
        plain = np.asarray(full.crop(edges).resize(part.image.size, Image.Resampling.BICUBIC))
        apart = np.abs(np.asarray(part.image).astype(int) - plain)
        assert apart.mean() < 1.5
    assert isinstance(whole, Decoded)
    assert min(whole.image.size) == 128
    assert isinstance(outside, BadImageError)
    assert "no pixel of a picture of" in str(outside)


def test_a_box_needs_a_parent() -> None:
    with pytest.raises(BadInputError, match=r"'a#1' has a box and no parent"):
        Item("a#1", "/a.png", 1, 1, box=Box(0, 0, 4, 4))


def items_of(file: Path, boxes: list[Box]) -> list[Item]:
    """An image and its parts, as a source yields them."""
    facts = file.stat()
    name, where = file.name, (str(file), facts.st_size, facts.st_mtime_ns)
    parts = [Item(f"{name}#{n}", *where, parent=name, box=box) for n, box in enumerate(boxes, 1)]
    return [Item(name, *where), *parts]


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_file_is_decoded_once_for_all_its_parts(
    tmp_path: Path, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Corner:
        """The colour of the left top pixel."""

        name, dim, fingerprint, input_size = "corner", 3, "corner-1", 30

        def __init__(self) -> None:
            self.batch_size = batch_size

        def prepare(self, image: Image.Image) -> Vectors:
            return np.asarray(np.asarray(image, np.float32)[0, 0] + 1)

        def encode(self, batch: Vectors) -> Vectors:
            return batch

    decoded: list[int] = []

    def counting(data: bytes, boxes: Sequence[Box | None], *rest: Any) -> object:
        decoded.append(len(boxes))
        return decode_parts(data, boxes, *rest)

    monkeypatch.setattr("likewise.encoders._encode_files.decode_parts_confined", counting)
    wanted = []
    for name in ("a.png", "b.png"):
        chequered(60, 50).save(tmp_path / name)
        wanted += items_of(tmp_path / name, [Box(n, 2 * n, 10, 10) for n in range(1, 20)])
        wanted.append(Item(f"{name}#out", wanted[-1].uri, 1, 1, parent=name, box=Box(99, 0, 1, 1)))
    answers = list(encode_files(wanted, Corner(), workers=2))
    assert [item.id for item, _ in answers] == [item.id for item in wanted]
    assert decoded == [21, 21]
    for item, answer in answers:
        if item.id.endswith("#out"):
            assert isinstance(answer, BadImageError)
            continue
        x, y = (0, 0) if item.box is None else item.box[:2]
        row = np.array([x + 1, y + 1, 1])
        assert isinstance(answer, Encoded)
        assert answer.vector is not None
        assert np.allclose(answer.vector, row / np.linalg.norm(row), atol=1e-6)


@dataclass
class Drawer(Source):
    """A source of pictures and the same boxes on each."""

    root: str
    boxes: list[Box]

    @property
    def base(self) -> str:
        return f"{self.root}/"

    def items(self) -> Iterator[Item]:
        for file in sorted(Path(self.root).glob("*.png")):
            yield from items_of(file, self.boxes)


def taken_in(path: Path, source: Drawer) -> tuple[int, int, int, int]:
    """Bring a workspace up to date: added, changed, moved and unchanged."""
    encoder = open_encoder("efficientnet_lite0")
    with (
        Workspace.create(path, encoder) as place,
        closing(ThumbnailPack(path / "thumbnails", write=True)) as pack,
        ExitStack() as stack,
    ):
        place.sources.put("", source.root)
        census = stack.enter_context(Diff(place, "", source))
        batches = BatchWriter(place, census, pack)
        work = census.work(retry_failed=False)
        has = pack.__contains__
        for item, one in encode_files(
            work, encoder, has_vector=batches.has_vector, has_thumbnail=has
        ):
            assert isinstance(one, Encoded)
            batches.take(item, one)
        batches.write()
        place.states.update(census.gone(), cleared=census.over())
        moved = census.seen_items.moved_count
        return batches.added - moved, batches.changed, moved, census.unchanged


@pytest.fixture
def drawer(tmp_path: Path) -> Drawer:
    (tmp_path / "drawn").mkdir()
    chequered(300, 200).save(tmp_path / "drawn" / "a.png")
    return Drawer(str(tmp_path / "drawn"), [Box(0, 0, 100, 90), Box(150, 60.5, 120, 100)])


def test_parts_are_items_that_know_their_image(drawer: Drawer, tmp_path: Path) -> None:
    path = tmp_path / "x.likewise"
    assert taken_in(path, drawer) == (3, 0, 0, 0)
    with Workspace(path) as place, place.thumbnails() as thumbnails:
        collection = place.collection
        assert collection.ids() == ("a.png", "a.png#1", "a.png#2")
        originals = collection.originals(collection.ids())
        assert [original.item.box for original in originals] == [None, *drawer.boxes]
        assert [original.item.parent for original in originals] == [None, "a.png", "a.png"]
        assert {original.uri for original in originals} == {str(tmp_path / "drawn" / "a.png")}
        assert [original.path is None for original in originals] == [False, True, True]
        assert all(original.there for original in originals)
        cut = Image.open(io.BytesIO(originals[2].read()))
        assert cut.tobytes() == chequered(300, 200).crop((150, 60, 270, 161)).tobytes()
        facts = collection.facts(collection.ids(), ["parent_id", "width", "height", "digest"])
        assert [row["parent_id"] for row in facts] == [None, "a.png", "a.png"]
        assert [(row["width"], row["height"]) for row in facts] == [
            (300, 200), (100, 90), (120, 101),
        ]  # fmt: skip
        pictures = [thumbnails.get(row["digest"]) for row in facts]
        sizes = [Image.open(io.BytesIO(picture or b"")).size for picture in pictures]
        assert sizes == [(240, 160), (100, 90), (120, 101)]
        assert len(collection.store.positions_where("parent_id = 'a.png'")) == 2
        with pytest.raises(BadInputError, match=r"'a.png#1' is no file of its own"):
            remove_files(place, ["a.png#1"], tmp_path / "gone.csv")
    assert (tmp_path / "drawn" / "a.png").exists()


def test_parts_follow_their_boxes_and_their_file(drawer: Drawer, tmp_path: Path) -> None:
    path = tmp_path / "x.likewise"
    taken_in(path, drawer)
    assert taken_in(path, drawer) == (0, 0, 0, 3)
    drawer.boxes[0] = Box(0, 0, 110, 90)
    assert taken_in(path, drawer) == (0, 1, 0, 2)
    with Workspace(path) as place:
        assert place.collection.original("a.png#1").item.box == drawer.boxes[0]
        before = place.collection.vectors(["a.png#1", "a.png#2"])
    (tmp_path / "drawn" / "a.png").rename(tmp_path / "drawn" / "b.png")
    assert taken_in(path, drawer) == (0, 0, 3, 0)  # moved: nothing is encoded again
    with Workspace(path) as place:
        assert (place.collection.vectors(["b.png#1", "b.png#2"]) == before).all()
        assert set(place.states.all("missing")) == {"a.png", "a.png#1", "a.png#2"}


def test_parts_are_encoded_as_parts_by_another_encoder(drawer: Drawer, tmp_path: Path) -> None:
    class Mean:
        """The mean colour, with names as an encoder has."""

        name, dim, fingerprint, input_size = "mean", 3, "mean-1", 8

        def prepare(self, image: Image.Image) -> Vectors:
            return np.asarray(np.asarray(image, np.float32).mean(axis=(0, 1)) + 1)

        def encode(self, batch: Vectors) -> Vectors:
            return batch

    path = tmp_path / "x.likewise"
    taken_in(path, drawer)
    reindex(path, Mean(), switch=False)
    with Workspace(path) as place, place.with_encoder(Mean()) as other:
        assert other.collection.ids() == ("a.png", "a.png#1", "a.png#2")
        originals = other.collection.originals(other.collection.ids())
        assert [original.item.box for original in originals] == [None, *drawer.boxes]
        found = other.collection.vectors(["a.png#1"])[0]
        wanted = np.asarray(chequered(300, 200).crop((0, 0, 100, 90)), np.float32).mean((0, 1)) + 1
        assert np.allclose(found, wanted / np.linalg.norm(wanted), atol=2e-3)
