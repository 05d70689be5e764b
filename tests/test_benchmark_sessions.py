"""What `learning.py` and `rivals.py` compute besides running sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from likewise.core.vectors import unit
from likewise.rules.calibration import expected_calibration_error
from likewise.rules.retrieval import average_precision

_BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture(autouse=True)
def _beside_the_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_BENCHMARKS))


def test_the_measures_are_the_librarys() -> None:
    from _learning_side import average_precision as precision
    from _learning_side import calibration_error

    random = np.random.default_rng(0)
    scores = random.integers(0, 20, 200).astype(np.float32)
    truth = random.random(200) < 0.3
    chances = random.random(200).astype(np.float32)
    assert precision(scores, truth) == average_precision(scores, truth)
    assert calibration_error(chances, truth) == pytest.approx(
        expected_calibration_error(chances, truth), abs=1e-6
    )


def test_queries_are_drawn_from_the_classes_and_merged_twice_never() -> None:
    from _learning_queries import queries

    random = np.random.default_rng(0)
    labels = np.array([f"class {n % 9}" for n in range(180)] + ["none"] * 20 + ["few"] * 3)
    vectors = unit(random.standard_normal((len(labels), 6)).astype(np.float32))
    chosen = queries(labels, vectors, ["none"], most_classes=4, mixtures=6, draws=2)
    again = queries(labels, vectors, ["none"], most_classes=4, mixtures=6, draws=2)
    assert chosen == again
    concepts = {query.classes for query in chosen}
    assert len(chosen) == 2 * len(concepts) == 20
    assert sum(len(classes) == 1 for classes in concepts) == 4
    assert all(len(classes) < 9 and "none" not in classes for classes in concepts)
    assert not any("few" in classes for classes in concepts)


def test_an_interval_holds_the_mean_and_is_of_no_width_where_nothing_differs() -> None:
    from _learning_figures import difference

    cell = difference([0.1, 0.2, 0.4, 0.1])
    assert cell.low < cell.value < cell.high
    assert str(difference([0.0, 0.0])) == "0.000"


def test_every_rival_ranks_the_images_of_a_plain_concept_first() -> None:
    from _rivals import RIVALS, Images, Known

    random = np.random.default_rng(0)
    centres = unit(random.standard_normal((4, 24)).astype(np.float32))
    classes = np.arange(120) % 4
    rows = centres[classes] + 0.1 * random.standard_normal((120, 24)).astype(np.float32)
    images = Images(unit(rows - rows.mean(axis=0)))
    order = random.permutation(120)
    yes, no = order[classes[order] == 0][:5], order[classes[order] != 0]
    for answered in (np.empty(0, np.intp), no[:10]):
        known = Known(images, yes, answered, np.random.default_rng(0))
        for name, rival in RIVALS.items():
            assert average_precision(rival(known), classes == 0) > 0.9, name


def test_the_slope_of_seesaws_loss_is_that_of_its_value() -> None:
    from _rivals import seesaw_loss

    random = np.random.default_rng(0)
    rows = unit(random.standard_normal((8, 5)).astype(np.float32))
    smoothness = np.eye(5) + 0.2 * np.ones((5, 5))
    loss = seesaw_loss(rows, np.where(np.arange(8) < 3, 1.0, -1.0), rows[0], smoothness)
    for _ in range(3):
        point = random.standard_normal(5)
        steps = 1e-5 * np.eye(5)
        measured = [(loss(point + step)[0] - loss(point - step)[0]) / 2e-5 for step in steps]
        assert loss(point)[1] == pytest.approx(measured, abs=1e-5)
