"""Every projector, present and future: one point an image, alike ones near, the same every time."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from numpy.typing import NDArray

from likewise.errors import MissingExtraError
from likewise.maps.base import Projector, principal_axes, to_square
from likewise.registry import names, part

LIBRARIES = {"tsne": "openTSNE", "umap": "umap"}


def clumps(each: int = 30) -> NDArray[np.float32]:
    """Three clumps far from one another, as principal components."""
    rng = np.random.default_rng(0)
    centres = np.zeros((3, 5), np.float32)
    centres[1, 0] = centres[2, 1] = 10
    return (np.repeat(centres, each, axis=0) + rng.normal(0, 0.1, (3 * each, 5))).astype(np.float32)


def made(kind: str) -> Projector:
    library = LIBRARIES.get(kind)
    if library and importlib.util.find_spec(library) is None:
        pytest.skip(f"the extra '{kind}' is not installed")
    projector: Projector = part("project", kind)()
    return projector


@pytest.mark.filterwarnings("ignore")  # of numba's and scikit-learn's own
@pytest.mark.parametrize("kind", names("project"))
def test_clumps_stay_clumps(kind: str) -> None:
    told: list[tuple[int, int | None]] = []
    points = made(kind).place(clumps(), lambda done, total: told.append((done, total)))
    assert points.shape == (90, 2)
    assert points.dtype == np.float32
    owner = np.repeat(np.arange(3), 30)
    middles = np.stack([points[owner == one].mean(axis=0) for one in range(3)])
    nearest = np.linalg.norm(points[:, None] - middles[None], axis=2).argmin(axis=1)
    assert (nearest == owner).all()
    assert told
    assert all(done <= (total or 0) for done, total in told)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", names("project"))
@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_few_images_have_a_map_too(kind: str, count: int) -> None:
    points = made(kind).place(clumps()[:count, :1], lambda done, total: None)
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("kind", names("project"))
def test_the_time_that_it_takes_grows(kind: str) -> None:
    projector: Projector = part("project", kind)()
    assert 0 < projector.seconds(1_000) < projector.seconds(1_000_000)


@pytest.mark.parametrize("kind", sorted(LIBRARIES))
def test_a_missing_library_is_a_command_to_paste(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, LIBRARIES[kind], None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'likewise\[{kind}\]'"):
        part("project", kind)().place(clumps(), lambda done, total: None)


def test_axes_are_those_of_an_ellipse() -> None:
    rng = np.random.default_rng(1)
    turned = np.array([[3, 4], [-4, 3]], np.float32) / 5
    rows = (rng.normal(size=(4000, 2)) * [5, 1]).astype(np.float32) @ turned + [7, 7]
    mean, axes = principal_axes(rows.astype(np.float32))
    assert np.allclose(mean, 7, atol=0.3)
    assert abs(axes[0] @ turned[0]) == pytest.approx(1, abs=0.01)
    assert axes[0].max() > -axes[0].min()  # the sign is fixed


def test_one_stray_does_not_make_a_dot_of_the_rest() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(1000, 2)).astype(np.float32)
    points[0] = 1e6
    square = to_square(points)
    assert square[0].max() == 65535
    assert np.ptp(square[1:].astype(int), axis=0).min() > 5000


def test_all_in_one_place_is_the_middle() -> None:
    assert to_square(np.ones((3, 2), np.float32)).tolist() == [[32768, 32768]] * 3
    assert to_square(np.empty((0, 2), np.float32)).shape == (0, 2)
