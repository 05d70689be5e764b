from __future__ import annotations

import hashlib
import io
import os
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from bad_images import SIZE, Expected, chunk, encoded, make_corpus, picture, with_exif
from hypothesis import given
from hypothesis import strategies as st
from image_outcomes import complaint
from PIL import Image
from PIL.ExifTags import IFD, Base
from waiting import LIMIT

from likewise.errors import BadInputError
from likewise.images.decode import BadImageError, ImageFacts, Limits, decode, read_image, upright
from likewise.images.decode.exif import camera_facts, camera_name, iso_time
from likewise.images.decode.read import large_image_lock


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Expected]]:
    folder = tmp_path_factory.mktemp("corpus")
    return folder, make_corpus(folder)


def test_numbers_are_converted_strip_by_strip_as_if_at_once(
    corpus: tuple[Path, dict[str, Expected]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upright, "_STRIP_PIXELS", 5 * SIZE[0])  # 48 rows are no multiple of 5
    folder, expected = corpus
    names = [name for name in expected if name.startswith(("16-bit", "32-bit", "float"))]
    assert len(names) >= 7
    assert [complaint(folder / name, expected[name]) for name in names] == [None] * len(names)


@pytest.mark.parametrize("shortest", [None, 16])
def test_every_odd_or_bad_image_comes_out_as_it_must(
    corpus: tuple[Path, dict[str, Expected]], shortest: int | None
) -> None:
    folder, expected = corpus
    complaints = {name: complaint(folder / name, e, shortest) for name, e in expected.items()}
    assert {name: said for name, said in complaints.items() if said} == {}


def test_the_corpus_in_threads_gives_no_warning_and_leaves_the_filters_alone(
    corpus: tuple[Path, dict[str, Expected]],
) -> None:
    folder, expected = corpus
    before = list(warnings.filters)
    with ThreadPoolExecutor(4) as pool:
        complaints = list(
            pool.map(lambda pair: complaint(folder / pair[0], pair[1]), expected.items())
        )
    assert not any(complaints)
    assert list(warnings.filters) == before


def test_a_file_that_makes_pillow_warn_is_read_without_a_word() -> None:
    data = bytearray(encoded(picture(), "PNG"))
    late = data.index(b"IDAT") - 4
    data[late:late] = chunk(b"acTL", bytes(8))  # an animation of no frames
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="APNG"):
            Image.open(io.BytesIO(data))
        assert decode(bytes(data)).width == SIZE[0]


def test_a_bomb_of_900_megapixels_is_refused_from_its_header(
    corpus: tuple[Path, dict[str, Expected]],
) -> None:
    path = corpus[0] / "bomb-900-megapixels.png"
    assert path.stat().st_size < 120_000
    with pytest.raises(BadImageError, match="900 megapixels"):
        read_image(path)
    with pytest.raises(BadImageError, match="900 megapixels"):
        decode(path.read_bytes()[:64])  # the header alone says so: nothing else is read


def test_the_caps_are_the_callers() -> None:
    data = encoded(picture(), "PNG")
    assert decode(data, limits=Limits(max_megapixels=64 * 48 / 1e6)).width == 64
    with pytest.raises(BadImageError, match=r"above the cap of 0.003; raise it with --max-mega"):
        decode(data, limits=Limits(max_megapixels=0.003))
    with pytest.raises(BadInputError, match="max_megapixels is -1"):
        Limits(max_megapixels=-1)
    with pytest.raises(BadInputError, match="max_megabytes is nan"):
        Limits(max_megabytes=float("nan"))


def test_pillows_own_cap_does_not_come_before_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert decode(encoded(picture(), "PNG")).width == SIZE[0]


def test_a_file_above_the_cap_in_bytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "sparse.jpg"
    with path.open("wb") as file:
        file.truncate(600 * 2**20)
    with pytest.raises(
        BadImageError, match=r"^600 megabytes, above the cap of 512 for a file; raise"
    ):
        read_image(path)


def test_only_regular_files_are_read_and_a_fifo_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    cases: list[tuple[Path | str, str]] = [
        (tmp_path / "pipe.jpg", "^not a regular file$"),
        (tmp_path, r"^cannot be read \(Is a directory\)$|^not a regular file$"),
        (Path("/dev/zero"), "^not a regular file$"),
        (tmp_path / "gone.jpg", "^missing: the file is gone$"),
        ("a\0b", r"^cannot be read \(.*null.*\)$"),
        (tmp_path / ("n" * 300), r"^cannot be read \(File name too long\)$"),
    ]
    for path, reason in cases:
        with pytest.raises(BadImageError, match=reason):
            read_image(path)


def test_a_bad_image_is_a_bad_input_with_its_exit_code() -> None:
    with pytest.raises(BadInputError) as caught:
        decode(b"")
    assert caught.value.exit_code == BadInputError.exit_code


def test_the_digest_is_of_the_bytes_that_were_decoded(tmp_path: Path) -> None:
    data = encoded(picture(), "JPEG")
    (tmp_path / "a.jpg").write_bytes(data)
    assert read_image(tmp_path / "a.jpg").digest == hashlib.sha256(data).hexdigest()


def test_the_camera_and_the_time_are_kept_in_printable_characters() -> None:
    exif = with_exif(Make="Canon\0", Model="Canon EOS\n\x1b[31m 5D")
    exif.get_ifd(0x8769)[0x9003] = "2024:02:29 12:30:00"
    decoded = decode(encoded(picture(), "JPEG", exif=exif))
    assert (decoded.camera, decoded.taken_at) == ("Canon EOS [31m 5D", "2024-02-29T12:30:00")
    plain = decode(encoded(picture(), "JPEG"))
    assert (plain.camera, plain.taken_at, plain.format) == (None, None, "JPEG")


@given(st.text(), st.text())
def test_no_camera_name_has_anything_to_hide(make: str, model: str) -> None:
    name = camera_name(make, model)
    assert name is None or (name.isprintable() and 0 < len(name) <= 100)


@given(st.text() | st.binary() | st.none())
def test_what_is_no_time_is_none(text: object) -> None:
    assert iso_time(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024:02:29 12:30:00+02:00", "2024:02:29 12:30:00+0000", "2024:02:29 12:30:00Z",
        "2024-02-29T12:30:00", "2024-02-29 12:30:00", "2024:02:29 12:30:00.45",
        "2024/02/29 12:30:00", "2024: 2:29 12:30: 0", "2024:02:29 12:30:00\0",
    ],
)  # fmt: skip
def test_times_in_other_spellings(text: str) -> None:
    assert iso_time(text) == "2024-02-29T12:30:00"


@pytest.mark.parametrize("tag", [Base.DateTimeOriginal, Base.DateTimeDigitized, Base.DateTime])
def test_the_best_time_that_there_is(tag: Base) -> None:
    image = Image.new("RGB", (8, 8))
    exif = image.getexif()
    exif[Base.DateTime] = "2026:01:01 00:00:00"
    (exif if tag == Base.DateTime else exif.get_ifd(IFD.Exif))[tag] = "2024:02:29 12:30:00"
    assert camera_facts(image).taken_at == "2024-02-29T12:30:00"


def test_the_facts_can_do_without_the_picture() -> None:
    decoded = decode(encoded(picture(), "PNG"))
    facts = decoded.without_image()
    assert type(facts) is ImageFacts
    assert not hasattr(facts, "image")
    assert facts.digest == decoded.digest


def detailed(width: int, height: int) -> Image.Image:
    """A picture with detail at every scale, as photos have: noise whose power falls as 1/f^2."""
    rng = np.random.default_rng(3)
    x, y = np.fft.fftfreq(width)[: width // 2 + 1], np.fft.fftfreq(height)[:, None]
    frequency = np.maximum(np.hypot(x, y), 1 / width)
    planes = [
        np.fft.irfft2(
            np.fft.rfft2(rng.standard_normal((height, width))) / frequency, (height, width)
        )
        for _ in range(3)
    ]
    pixels = np.stack(planes, axis=-1)
    return Image.fromarray((pixels / pixels.std() * 50 + 128).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(1600, 1200), (803, 1197)])
def test_a_reduced_picture_is_close_to_the_full_one(kind: str, size: tuple[int, int]) -> None:
    data = encoded(detailed(*size), kind)
    full, reduced = decode(data), decode(data, shortest=100)
    assert full.image.size == (reduced.width, reduced.height) == size
    assert 200 <= min(reduced.image.size) <= 400
    small = (size[0] * 100 // min(size), size[1] * 100 // min(size))
    pair = [
        np.asarray(x.image.resize(small, Image.Resampling.BICUBIC), np.float64)
        for x in (full, reduced)
    ]
    assert np.abs(pair[0] - pair[1]).mean() < 1.5


@given(
    st.integers(1, 300), st.integers(1, 300), st.integers(1, 64), st.sampled_from(["JPEG", "PNG"])
)
def test_a_reduced_picture_keeps_its_shorter_side(
    width: int, height: int, shortest: int, kind: str
) -> None:
    decoded = decode(encoded(Image.new("RGB", (width, height)), kind), shortest)
    assert (decoded.width, decoded.height) == (width, height)
    assert min(decoded.image.size) >= min(2 * shortest, width, height)


def test_large_pictures_take_turns_and_small_ones_do_not_wait() -> None:
    large = encoded(Image.new("L", (6000, 6000)), "PNG", compress_level=1)
    small = encoded(picture(), "PNG")
    with ThreadPoolExecutor(2) as pool:
        with large_image_lock:
            waiting = pool.submit(decode, large, 256)
            assert pool.submit(decode, small).result(timeout=LIMIT).width == SIZE[0]
            time.sleep(0.3)
            assert not waiting.done()
        assert waiting.result(timeout=LIMIT).width == 6000


def test_a_camera_file_that_stops_before_its_end_marker_is_refused() -> None:
    data = encoded(detailed(320, 240), "JPEG")
    assert data.endswith(b"\xff\xd9")
    for cut in (1, 2, 20):
        with pytest.raises(BadImageError, match=r"^truncated file"):
            decode(data[:-cut])
        with pytest.raises(BadImageError, match=r"^truncated file"):
            decode(data[:-cut], shortest=20)


def test_heic_is_read_with_the_extra() -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="the extra 'heic' is not installed")
    registered = dict(Image.OPEN)
    stored = picture().transpose(Image.Transpose.ROTATE_90)
    buffer = io.BytesIO()
    file = pillow_heif.from_pillow(stored)
    file.save(buffer, quality=95, exif=with_exif(Orientation=6, Make="Apple").tobytes())
    decoded = decode(buffer.getvalue(), shortest=16)
    assert (decoded.format, decoded.width, decoded.height) == ("HEIF", *SIZE)
    assert decoded.camera == "Apple"
    assert np.asarray(decoded.image)[12, 16, 0] > 150
    assert dict(Image.OPEN) == registered
    with pytest.raises(BadImageError, match=r"truncated|broken HEI"):
        decode(buffer.getvalue()[:-200])
