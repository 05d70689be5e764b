"""Hundreds of odd, spoilt and hostile files: each gives what is expected, alone and in a run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from bad_images import Expected, encoded, make_corpus
from image_outcomes import complaint
from numpy.typing import NDArray
from odd_places import NOT_IN_A_RUN, make_places
from PIL import Image
from spoilt_images import spoilt

from likewise.core.vectors import Vectors
from likewise.images.decode import decode
from likewise.indexing.index import index
from likewise.workspace import Workspace


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Expected]]:
    """Every file, in three folders; and what must come of each, by path."""
    home = tmp_path_factory.mktemp("everything")
    expected = {f"odd/{name}": x for name, x in make_corpus(home / "odd").items()}
    expected |= {f"places/{name}": x for name, x in make_places(home / "places").items()}
    (home / "spoilt").mkdir()
    for name, data, outcome in spoilt():
        (home / "spoilt" / name).write_bytes(data)
        expected[f"spoilt/{name}"] = outcome
    return home, expected


def test_each_of_hundreds_of_files_gives_what_is_expected(
    everything: tuple[Path, dict[str, Expected]],
) -> None:
    home, expected = everything
    assert len(expected) > 350
    complaints = {name: complaint(home / name, outcome) for name, outcome in expected.items()}
    assert {name: said for name, said in complaints.items() if said} == {}


def test_a_picture_of_110_megapixels_is_read() -> None:
    across, down = 11_000, 10_000
    pixels = np.zeros((down, across), np.uint8)
    pixels[: down // 2] = 90
    decoded = decode(encoded(Image.fromarray(pixels), "JPEG", quality=50), shortest=64)
    assert (decoded.width, decoded.height) == (across, down)
    small = np.asarray(decoded.image)
    assert abs(int(small[0, 0, 0]) - 90) <= 2
    assert small[-1, -1, 0] <= 2


class Mean:
    """The mean colour, as an encoder."""

    name, dim, fingerprint, input_size, batch_size = "mean", 4, "mean-1", 2, 4

    def prepare(self, image: Image.Image) -> NDArray[np.float32]:
        return np.asarray(image.resize((1, 1)), dtype=np.float32)

    def encode(self, batch: NDArray[np.float32]) -> Vectors:
        rows = np.pad(batch.reshape(len(batch), 3), ((0, 0), (0, 1)), constant_values=50)
        unit: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return unit


def test_a_run_over_all_of_them_names_each_that_is_refused_and_takes_the_others(
    everything: tuple[Path, dict[str, Expected]], tmp_path: Path
) -> None:
    home, expected = everything
    report = index(home, tmp_path / "w.likewise", Mean())
    failed = {state.item: state.reason for state in report.failed}
    with Workspace(report.workspace) as place:
        taken = set(place.collection.ids())
    assert taken.isdisjoint(failed)
    wrong = {
        name: failed.get(name, "taken" if name in taken else "not mentioned")
        for name, outcome in expected.items()
        if not _as_expected(outcome, failed.get(name), name in taken)
        and name.partition("/")[2] not in NOT_IN_A_RUN
    }
    assert wrong == {}


def _as_expected(outcome: Expected, reason: str | None, taken: bool) -> bool:
    if reason is None:
        return taken and (outcome.reason is None or outcome.either)
    return outcome.reason is not None and re.search(outcome.reason, reason) is not None
