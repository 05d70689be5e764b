"""A part of another package is known by its entry point's name, in every family."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from other_package import PARTS, install
from PIL import Image

from likewise import registry
from likewise.classify.base import train
from likewise.core.classifier_file import open_classifier, save_classifier
from likewise.core.evidence import Evidence
from likewise.core.references import References
from likewise.core.rule_file import open_rule, save_rule
from likewise.core.space import plain_space
from likewise.core.vectors import unit
from likewise.curate.base import Pool as Candidates
from likewise.curate.base import curate_all
from likewise.encoders.base import encode_images, open_encoder
from likewise.export.rule_formats.base import write_rule
from likewise.indexing.index import index
from likewise.propagate.base import propagate
from likewise.review.query_strategies.base import Pool, make_picker
from likewise.rules.base import hold_out, learn, make
from likewise.sources.base import open_source

ROWS = unit(np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32))
SPACE = plain_space("demo", 8)


@pytest.fixture(scope="module", autouse=True)
def their_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    site = install(tmp_path_factory.mktemp("theirs"))
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    registry._installed.cache_clear()
    yield
    sys.path.remove(str(site))
    for name in [name for name in sys.modules if name.partition(".")[0] == "their_package"]:
        del sys.modules[name]
    registry._installed.cache_clear()


def test_there_is_a_part_of_every_family() -> None:
    assert set(PARTS) == {*registry._FOLDERS, "encoders", "sources"}
    for family, name in PARTS.items():
        assert name in registry.names(family)
        kind = registry.part(family, name)
        assert kind.__module__ == "their_package.parts"
        made = kind("list.paths") if family == "sources" else kind()
        assert registry.name_of(family, made) == name


def test_a_rule_has_the_name_and_opens_again(tmp_path: Path) -> None:
    evidence = Evidence(SPACE, ROWS[:6], ROWS[6:12], ROWS[12:])
    rule = learn(evidence, "newest")
    assert rule.learner == "newest"
    again = open_rule(save_rule(rule, tmp_path / "barn.rule"))
    assert make(again.learner) == make("newest")
    assert np.array_equal(again.score(ROWS), rule.score(ROWS))
    assert write_rule(rule, tmp_path / "barn.words").read_text() == "newest: (1, 8)"


def test_no_learner_is_scored_on_background_that_it_learned_from() -> None:
    evidence = Evidence(SPACE, ROWS[:6], ROWS[6:12], ROWS[12:])
    seen: list[np.ndarray] = []
    their = registry.part("rules", "newest")

    class Watched(their):  # type: ignore[misc, valid-type]
        def learn(self, part: Evidence) -> object:
            seen.append(part.background.rows)
            return super().learn(part)

    held_out = hold_out(Watched(), evidence)
    assert held_out is not None
    assert len(seen) > 1
    for fold, background in enumerate(seen):
        expected = evidence.background.rows[np.arange(48) % len(seen) != fold]
        assert np.array_equal(background, expected)


def test_a_classifier_has_the_name_and_opens_again(tmp_path: Path) -> None:
    references = References(ROWS[:8], ["cat"] * 4 + ["dog"] * 4)
    classifier = train(references, "few_means")
    assert classifier.method == "few_means"
    again = open_classifier(save_classifier(classifier, tmp_path / "pets.classifier"))
    assert train(references, again.method).method == "few_means"
    assert np.array_equal(again.predict(ROWS), classifier.predict(ROWS))


def test_labels_that_spread_have_the_name() -> None:
    done = propagate(ROWS, [0, 1, *[-1] * 58], "nearest_label", min_confidence=0)
    assert done.method == "nearest_label"


def test_a_selection_has_the_name() -> None:
    selection = curate_all(Candidates(("a", "b", "c")), [("every_second", {})])
    assert (selection.method, selection.kept, selection.dropped) == (
        "every_second", ("a", "c"), ("b",),
    )  # fmt: skip


def test_pages_and_maps_are_made_by_the_name() -> None:
    pool = Pool(np.array([0.1, 0.9, 0.4]), np.eye(3, dtype=np.float32), threshold=0.5)
    assert make_picker("in_order").pick(pool, 2).tolist() == [1, 2]
    points = registry.build("project", "spiral", "map", {}).place(ROWS, lambda done, total: None)
    assert points.shape == (60, 2)


def test_images_are_listed_encoded_and_indexed_by_the_name(tmp_path: Path) -> None:
    for number, colour in enumerate(("red", "blue")):
        Image.new("RGB", (64, 48), colour).save(tmp_path / f"{number}.png")
    listed = tmp_path / "list.paths"
    listed.write_text("".join(f"{tmp_path}/{number}.png\n" for number in range(2)))
    assert len(list(open_source(str(listed), "path_list").items())) == 2
    encoder = open_encoder("mean_colour")
    assert encode_images(encoder, [Image.new("RGB", (9, 9), "red")]).shape == (1, 4)
    report = index(str(listed), tmp_path / "w.likewise", encoder="mean_colour", source="path_list")
    assert report.added == 2
