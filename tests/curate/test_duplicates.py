"""Copies: by digest, by vector, by pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFont
from pools import circle, clumps, names
from scenes import scene as picture
from worlds import at

from likewise.core.vectors import Scores, unit
from likewise.curate.base import Pool, curate
from likewise.curate.methods._details import same_in_detail
from likewise.curate.methods._duplicate_pairs import components, near_pairs
from likewise.curate.methods._sketches import compare_sketches
from likewise.errors import BadInputError
from likewise.images.picture_facts import picture_facts, square_thumbnail


def test_same_file_keeps_the_labelled_one() -> None:
    pool = Pool(
        ("a", "b", "c", "d"), labels=("", "cat", "dog", ""), facts={"digest": ("1", "1", "1", "")}
    )
    chosen = curate(pool, "exact_duplicates")
    assert chosen.kept == ("b", "d")
    assert dict(zip(chosen.dropped, chosen.reasons, strict=True)) == {
        "a": "same file",
        "c": "same file, labelled dog and cat",
    }
    assert chosen.because == ("b", "b")


def test_the_best_copy_is_kept() -> None:
    pool = Pool(
        ("a", "b", "c", "d"),
        at(0, 1, 2, 60),
        facts={"width": (10, 30, 30, 9), "height": (10,) * 4, "sharpness": (9, 1, 2, 1)},
    )
    chosen = curate(pool, "near_duplicates", threshold=0.99)
    assert chosen.kept == ("c", "d")
    assert set(chosen.because) == {"c"}


def test_chains_do_not_glue() -> None:
    chosen = curate(circle(0, 10, 20, 30, 40), "near_duplicates", threshold=0.98)
    assert chosen.kept == ("a", "c", "e")
    assert dict(zip(chosen.dropped, chosen.because, strict=True)) == {"b": "a", "d": "c"}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 0.99))
def test_no_two_that_stay_are_near_and_all_that_go_are(seed: int, threshold: float) -> None:
    rows = clumps((70, 3, 1, 40), 6, noise=0.4, seed=seed)  # more copies than a list has room for
    pool = Pool(names(len(rows)), rows)
    chosen = curate(pool, "near_duplicates", threshold=threshold)
    kept = rows[[pool.index_of[item] for item in chosen.kept]]
    likeness = kept @ kept.T
    np.fill_diagonal(likeness, -1)
    assert likeness.max() < threshold + 1e-5
    assert set(chosen.because) <= set(chosen.kept)
    for item, of in zip(chosen.dropped, chosen.because, strict=True):
        assert rows[pool.index_of[item]] @ rows[pool.index_of[of]] > threshold - 1e-5


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_components_are_those_of_all_pairs(seed: int) -> None:
    from scipy.sparse.csgraph import connected_components

    rows = clumps((90, 2, 30), 6, noise=0.5, seed=seed)
    pool = Pool(names(len(rows)), rows)
    found = components(pool, near_pairs(pool, 0.9, True), True)
    true = connected_components(rows @ rows.T >= 0.9, directed=False)[1]
    assert len(set(zip(found.tolist(), true.tolist(), strict=True))) == len(set(true.tolist()))
    assert len(set(found.tolist())) == len(set(true.tolist()))


@pytest.mark.parametrize("threshold", [0, 1.5, -1])
def test_a_threshold_that_is_none(threshold: float) -> None:
    with pytest.raises(BadInputError, match="threshold"):
        curate(circle(0, 1), "near_duplicates", threshold=threshold)


def recompressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return Image.open(io.BytesIO(buffer.getvalue())).convert("RGB")


COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "resized": lambda image: image.resize((130, 100)),
    "recompressed": recompressed,
    "trimmed": lambda image: image.crop((16, 12, 304, 228)),
    "trimmed on one side": lambda image: image.crop((90, 0, 310, 240)),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "brightened": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
}


def sketches(*images: Image.Image) -> NDArray[np.uint8]:
    return np.stack([picture_facts(image).sketch for image in images])


def squeezed(image: Image.Image) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    thumbnail = image.copy()
    thumbnail.thumbnail((240, 240))
    thumbnail.save(buffer, "JPEG", quality=80)
    return square_thumbnail(buffer.getvalue())


def same_picture(
    images: Sequence[Image.Image],
    one: NDArray[np.intp],
    other: NDArray[np.intp],
    mirrored: bool = True,
) -> Scores:
    """By sketch, and where that is alike by details."""
    ones = np.ones(len(one), np.float32)
    broad = compare_sketches(sketches(*images), one, other, ones, mirrored)
    details = np.stack([squeezed(image) for image in images])
    fine = same_in_detail(lambda rows: details[rows], one, other, broad)
    return np.where(broad.scores < 0.75, broad.scores, fine)


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_is_known_by_its_pixels(kind: str) -> None:
    images = [image for seed in range(12) for image in (picture(seed), COPIES[kind](picture(seed)))]
    one = np.arange(0, 24, 2)
    assert same_picture(images, one, one + 1).min() >= 0.9
    assert same_picture(images, one, np.roll(one, 2) + 1).max() < 0.8


def test_a_mirror_image_may_be_another_picture() -> None:
    both = [picture(1), COPIES["mirrored"](picture(1))]
    assert same_picture(both, np.array([0]), np.array([1]), mirrored=False)[0] < 0.8


def test_grey_pictures_are_not_called_copies() -> None:
    blank = np.full((2, 32, 32), 90, np.uint8)
    ones = np.ones(1, np.float32)
    assert compare_sketches(blank, np.array([0]), np.array([1]), ones).scores[0] == 0


def shirt(colour: tuple[int, int, int]) -> Image.Image:
    image = Image.new("RGB", (300, 400), (255, 255, 255))
    outline = ((60, 60), (240, 60), (290, 160), (235, 170), (235, 360), (65, 360), (65, 170))
    ImageDraw.Draw(image).polygon((*outline, (10, 160)), fill=colour, outline=(20, 20, 20))
    return image


def form(entry: str) -> Image.Image:
    """One layout, one of its ten fields filled in."""
    image = Image.new("RGB", (600, 800), (250, 250, 245))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, 580, 780), outline=(0, 0, 0), width=4)
    for row in range(10):
        pen.line((40, 130 + 60 * row, 560, 130 + 60 * row), (0, 0, 0), 2)
        pen.text((50, 90 + 60 * row), f"Field {row}", (0, 0, 0), ImageFont.load_default(26))
    pen.text((230, 330), entry, (20, 30, 120), ImageFont.load_default(40))
    return image


def page(seed: int) -> Image.Image:
    """Lines of boxes as long as words are."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (600, 800), (255, 255, 255))
    pen = ImageDraw.Draw(image)
    for top in range(40, 760, 30):
        left = 40
        while left < 520:
            width = int(random.integers(15, 90))
            pen.rectangle((left, top, left + width, top + 14), fill=(30, 30, 30))
            left += width + 12
    return image


LOOK_ALIKES = {
    "colours of a shirt": [shirt((200, 30, 30)), shirt((30, 60, 200)), shirt((30, 140, 40))],
    "dark and light": [shirt((30, 30, 30)), shirt((225, 225, 225)), shirt((128, 128, 128))],
    "entries of a form": [form("Anna Berg, 12"), form("Otto Vogel, 7"), form("")],
    "pages of text": [page(1), page(2), page(3)],
}


@pytest.mark.parametrize("kind", LOOK_ALIKES)
def test_what_differs_in_colour_or_in_detail_is_no_copy(kind: str) -> None:
    images = LOOK_ALIKES[kind]
    one, other = np.array([0, 0, 1]), np.array([1, 2, 2])
    assert same_picture(images, one, other).max() < 0.89
    copies = [recompressed(image) for image in images]
    copies += [image.resize((image.width // 2, image.height // 2)) for image in images]
    copies += [ImageEnhance.Brightness(image).enhance(0.8) for image in images]
    pairs = np.tile(np.arange(3), 3), np.arange(3, 12)
    assert same_picture([*images, *copies], *pairs).min() >= 0.9


def trimmed(image: Image.Image, share: float) -> Image.Image:
    """Less by that share of each side, unevenly."""
    across, down = round(share * image.width), round(share * image.height)
    left, top = round(0.3 * across), round(0.7 * down)
    return image.crop((left, top, image.width - across + left, image.height - down + top))


def printed_page(seed: int) -> Image.Image:
    """Lines of words that no other seed has."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (600, 800), (255, 255, 255))
    for top in range(40, 750, 26):
        letters = random.choice(list("abcdefghijklmnoprstuvw     "), 52)
        font = ImageFont.load_default(19)
        ImageDraw.Draw(image).text((40, top), "".join(letters.tolist()), (20, 20, 20), font)
    return image


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_trimmed_page_of_text_is_laid_on_its_own_lines(share: float) -> None:
    pages = [printed_page(seed) for seed in range(4)] + [shirt((30, 140, 40))]
    images = [*pages, *(recompressed(trimmed(image, share)) for image in pages)]
    pairs = np.arange(5), np.arange(5, 10)
    assert same_picture(images, *pairs).min() >= 0.9
    assert same_picture(images, np.arange(3), np.arange(6, 9)).max() < 0.89


def test_copies_of_a_copy_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.curate.methods._duplicate_pairs._WORTH_A_SKETCH", 2.0)
    images = [picture(1), COPIES["resized"](picture(1)), COPIES["brightened"](picture(1))]
    found = {str(number): squeezed(image) for number, image in enumerate(images)}
    pool = Pool(
        tuple(found),
        at(0, 60, 120),  # the outer two are no neighbours
        sketches=sketches(*images),
        pictures=lambda ids: np.stack([found[item] for item in ids]),
    )
    pairs = near_pairs(pool, None, True)
    ends = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    assert {tuple(sorted(pair)) for pair in ends} == {(0, 1), (1, 2), (0, 2)}


def test_white_balance_and_grey_are_no_other_picture() -> None:
    image = picture(3)
    warmer = np.clip(np.asarray(image) * np.array([1.08, 1.0, 0.92]), 0, 255).astype(np.uint8)
    images = [image, Image.fromarray(warmer), image.convert("L").convert("RGB")]
    assert same_picture(images, np.array([0, 0]), np.array([1, 2])).min() >= 0.9


def test_copies_that_the_vectors_do_not_name_are_found_by_sketch() -> None:
    images = [picture(1), COPIES["resized"](picture(1)), *(picture(seed) for seed in range(2, 30))]
    rows = np.eye(30, dtype=np.float32)  # the copies are as far apart as any two
    found = {str(number): squeezed(image) for number, image in enumerate(images)}
    pool = Pool(
        tuple(found),
        rows,
        sketches=sketches(*images),
        pictures=lambda ids: np.stack([found[item] for item in ids]),
    )
    chosen = curate(pool, "near_duplicates")
    assert (chosen.dropped, chosen.because) == (("1",), ("0",))


def test_pixels_decide_where_there_are_sketches() -> None:
    images = [picture(1), COPIES["resized"](picture(1)), picture(2)]
    rows = at(0, 20, 10)  # by vector the look-alike is nearer than the copy
    chosen = curate(Pool(("a", "b", "c"), rows, sketches=sketches(*images)), "near_duplicates")
    assert chosen.kept == ("a", "c")
    assert chosen.because == ("a",)


def test_faces_cut_out_of_photos_are_found(shared_data: Path) -> None:
    """Caltech's Faces_easy are the photos of Faces, cut down to the head."""
    photos = shared_data / "caltech101"
    shared = sorted(
        {path.name for path in (photos / "Faces").iterdir()}
        & {path.name for path in (photos / "Faces_easy").iterdir()}
    )
    images = [
        Image.open(photos / kind / name).convert("RGB")
        for name in shared
        for kind in ("Faces", "Faces_easy")
    ]
    one = np.arange(0, len(images), 2)
    assert same_picture(images, one, one + 1).min() >= 0.9
    assert same_picture(images, one, np.roll(one, 1) + 1).max() < 0.9


def test_a_lonely_suggestion_is_the_usual_one() -> None:
    pool = Pool(names(30), unit(np.eye(30, dtype=np.float32) + 0.01))
    assert "threshold 0.95" in curate(pool, "near_duplicates").notes[0]


def test_two_heaps_that_touch_are_one_group() -> None:
    """Lists of 20 neighbours are full of a heap's own; what joins the heaps must be looked for."""
    tiny = np.linspace(0, 0.01, 60)
    pool = Pool(names(120), at(*tiny, *(5 + tiny)))
    threshold = float(np.cos(np.deg2rad(6)))
    pairs = near_pairs(pool, threshold, True)
    assert len(pairs.full) == 120
    assert len(set(components(pool, pairs, True).tolist())) == 1
    chosen = curate(pool, "near_duplicates", threshold=threshold)
    assert len(chosen.kept) == 1
    assert len(curate(pool, "near_duplicates", threshold=float(np.cos(np.deg2rad(3)))).kept) == 2
