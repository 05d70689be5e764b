"""Frames of videos."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from source_makers import picture, write_video, written

from likewise.errors import BadInputError, MissingExtraError
from likewise.images.decode import BadImageError, Limits
from likewise.sources.base import Item, Refused, open_source, recognised
from likewise.sources.video import Video


def grey(level: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (level, level, level)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four seconds and a bit, ten frames each: the nth second is of the grey 50 n."""
    write_video(tmp_path / "clips" / "a.mp4", [grey(50 * (n // 10)) for n in range(43)])
    return tmp_path / "clips" / "a.mp4"


def level(source: Video, item: Item) -> float:
    with Image.open(io.BytesIO(source.read(item, Limits()))) as frame:
        assert frame.size == (64, 48)
        return float(np.asarray(frame).mean())


@pytest.mark.parametrize(("every", "count"), [(1.0, 5), (0.5, 9), (2.0, 3), (10.0, 1)])
def test_a_frame_every_so_many_seconds(clip: Path, every: float, count: int) -> None:
    assert recognised(str(clip)) == "video"
    source = Video(str(clip), every=every)
    items = [entry for entry in source.items() if isinstance(entry, Item)]
    assert [item.metadata["time"] for item in items] == [every * n for n in range(count)]
    assert items[0].id == "a.mp4#0"
    for item in items:
        assert level(source, item) == pytest.approx(50 * int(item.metadata["time"]), abs=6)


def test_frames_in_any_order_are_the_same(clip: Path) -> None:
    source = Video(str(clip), every=0.5)
    items = [entry for entry in source.items() if isinstance(entry, Item)]
    one_by_one = {item.id: source.read(item, Limits()) for item in items}
    for number in np.random.default_rng(0).permutation(len(items)).tolist():
        fresh = Video(str(clip), every=0.5)
        assert source.read(items[number], Limits()) == one_by_one[items[number].id]
        assert fresh.read(items[number], Limits()) == one_by_one[items[number].id]


def test_a_folder_of_videos_and_what_is_none(clip: Path) -> None:
    folder = clip.parent
    written(folder, {"b/c.MP4": clip.read_bytes(), "broken.mp4": b"no video", "notes.txt": b"x"})
    assert recognised(str(folder)) == "video"
    source = Video(str(folder), every=4.0)
    found = list(source.items())
    assert [x.id for x in found if isinstance(x, Item)] == [
        "a.mp4#0", "a.mp4#4", "b/c.MP4#0", "b/c.MP4#4",
    ]  # fmt: skip
    (refused,) = [x for x in found if isinstance(x, Refused)]
    assert (refused.id, source.skipped) == ("broken.mp4", 1)
    assert "cannot be opened as a video" in refused.reason
    written(folder, {"image.png": picture(1)})
    assert recognised(str(folder)) == "folder"


def test_a_damaged_video_costs_its_frames(clip: Path) -> None:
    source = Video(str(clip))
    items = [entry for entry in source.items() if isinstance(entry, Item)]
    data = bytearray(clip.read_bytes())
    for place in range(200, len(data) // 2):
        data[place] ^= 0x5A
    stamp = clip.stat().st_mtime_ns
    clip.write_bytes(data)
    with pytest.raises(BadImageError, match="changed"):
        source.read(items[0], Limits())
    os.utime(clip, ns=(stamp, stamp))
    for item in items:  # an image or a reason, whatever the decoder makes of it
        with suppress(BadImageError):
            level(Video(str(clip)), item)


def test_caps_and_options(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Video(str(clip))
    item = next(entry for entry in source.items() if isinstance(entry, Item))
    with pytest.raises(BadImageError, match="megapixels.*--max-megapixels"):
        source.read(item, Limits(max_megapixels=0.001))
    with pytest.raises(BadInputError, match="every is 0"):
        Video(str(clip), every=0)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'likewise\[video\]'"):
        Video(str(clip))


def test_an_option_of_videos_names_their_kind(tmp_path: Path) -> None:
    """A folder of videos is recognised as a folder of images, which has no such option."""
    written(tmp_path, {"a.png": picture(1)})
    with pytest.raises(BadInputError, match="--source video"):
        open_source(tmp_path, options={"every": 5})
    with pytest.raises(BadInputError, match="has no option 'evry'; its options: none"):
        open_source(tmp_path, options={"evry": 5})
