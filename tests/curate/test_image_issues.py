from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from likewise.curate.base import Pool, curate
from likewise.errors import NotFoundError
from likewise.images.picture_facts import MEASURED, picture_facts


def scene() -> Image.Image:
    random = np.random.default_rng(0)
    grey = random.integers(0, 256, (30, 40, 3)).astype(np.uint8)
    return Image.fromarray(grey).resize((240, 180), Image.Resampling.NEAREST)


def test_each_issue_is_told_from_pictures() -> None:
    images = {
        "good": scene(),
        "dark": scene().point(lambda value: value // 5),
        "bright": scene().point(lambda value: 245 + value // 30),
        "blurred": scene().filter(ImageFilter.GaussianBlur(12)),
        "empty": Image.new("RGB", (240, 180), (120, 130, 140)),
        "narrow": scene().resize((600, 60)),
    }
    facts = {name: picture_facts(image) for name, image in images.items()}
    pool = Pool(
        tuple(images),
        facts={
            **{key: [getattr(f, key) for f in facts.values()] for key in MEASURED},
            "width": [image.width for image in images.values()],
            "height": [image.height for image in images.values()],
        },
    )
    chosen = curate(pool, "image_issues")
    reasons = dict(zip(chosen.dropped, chosen.reasons, strict=True))
    assert chosen.kept == ("good",)
    assert reasons["dark"].startswith("dark")
    assert "bright" in reasons["bright"]
    assert reasons["blurred"] == "blurred"
    assert "low information" in reasons["empty"]
    assert reasons["narrow"] == "odd form"
    assert chosen.scores.min() > 1


def test_odd_and_tiny_sizes() -> None:
    pool = Pool(("a", "b", "c", "d"), facts={"width": (100, 110, 5000, 10), "height": (100,) * 4})
    reasons = dict(
        zip(*(lambda s: (s.dropped, s.reasons))(curate(pool, "image_issues")), strict=True)
    )
    assert "odd form" in reasons["c"]
    assert "tiny" in reasons["d"]


def test_what_was_not_measured_is_not_judged() -> None:
    pool = Pool(("a", "b"), facts={"entropy": (None, 1.0)})
    assert curate(pool, "image_issues").kept == ("a",)
    with pytest.raises(NotFoundError, match="measure"):
        curate(Pool(("a",)), "image_issues")
