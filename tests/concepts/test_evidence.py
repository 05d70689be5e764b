from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.concepts.evidence import evidence_for, find_images, verdicts
from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.indexing.index import index
from likewise.workspace import Workspace
from likewise.workspace.labels import Label


def test_basket_and_answers_become_rows_in_order(workspace: Workspace) -> None:
    concept = Concept("disc", examples=("disc/00.png",), counter_examples=("square/00.png",))
    workspace.concepts.save(concept)
    record_labels(workspace, "disc", [("disc/01.png", "yes"), ("stripes/00.png", "no")])
    evidence = evidence_for(workspace, concept)
    assert evidence.positives.ids == ("disc/00.png", "disc/01.png")
    assert evidence.negatives.ids == ("square/00.png", "stripes/00.png")
    np.testing.assert_array_equal(
        evidence.positives.rows, workspace.collection.vectors(evidence.positives.ids)
    )
    assert len(evidence.background) == 24 - 4  # what was judged is no background
    assert evidence.collection_size == 24


def test_an_answer_overrules_the_basket(workspace: Workspace) -> None:
    concept = Concept("disc", examples=("disc/00.png", "square/00.png"))
    workspace.concepts.save(concept)
    record_labels(workspace, "disc", [("square/00.png", "no")])
    assert verdicts(workspace, concept) == {"disc/00.png": "yes", "square/00.png": "no"}


def test_what_nobody_can_tell_is_on_neither_side(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc", examples=("disc/00.png",)))
    record_labels(workspace, "disc", [("disc/01.png", "unsure")])
    evidence = evidence_for(workspace, workspace.concepts.get("disc"))
    assert evidence.positives.ids == ("disc/00.png",)
    assert evidence.negatives.ids == ()
    assert len(evidence.background) == 22


def test_an_answer_follows_its_picture_when_the_file_moves(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        place.concepts.save(Concept("disc", examples=("disc/05.png",)))
        record_labels(place, "disc", [("disc/00.png", "yes"), ("square/00.png", "no")])
    (home / "shapes" / "disc" / "00.png").rename(home / "shapes" / "moved.png")
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        found = verdicts(place, place.concepts.get("disc"))
    assert found == {"disc/05.png": "yes", "moved.png": "yes", "square/00.png": "no"}


def test_the_last_answer_counts_when_a_file_moves_away_and_back(home: Path) -> None:
    shapes, away = home / "shapes", home / "shapes" / "away.png"
    here = shapes / "disc" / "01.png"
    with Workspace(home / "shapes.likewise") as workspace:
        concept = Concept("disc", examples=("disc/00.png",))
        workspace.concepts.save(concept)
        record_labels(workspace, "disc", [("disc/01.png", "yes")])
        here.rename(away)
        index(shapes, workspace.path)
        workspace.collection.refresh()
        record_labels(workspace, "disc", [("away.png", "no")])
        away.rename(here)
        index(shapes, workspace.path)
        workspace.collection.refresh()
        assert verdicts(workspace, concept)["disc/01.png"] == "no"


def test_an_answer_stays_with_its_picture_when_another_of_the_name_is_answered(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        place.concepts.save(Concept("disc"))
        record_labels(place, "disc", [("disc/00.png", "yes")])
    (home / "shapes" / "disc" / "00.png").rename(home / "shapes" / "moved.png")
    Image.new("RGB", (90, 90), (9, 99, 9)).save(home / "shapes" / "disc" / "00.png")
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        record_labels(place, "disc", [("disc/00.png", "no")])
        found = verdicts(place, place.concepts.get("disc"))
    assert found == {"moved.png": "yes", "disc/00.png": "no"}


def test_an_answer_does_not_pass_to_another_picture_of_the_name(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        place.concepts.save(Concept("disc", examples=("disc/05.png",)))
        record_labels(place, "disc", [("disc/00.png", "yes")])
    shutil.copy(home / "shapes" / "square" / "01.png", home / "shapes" / "disc" / "00.png")
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        assert verdicts(place, place.concepts.get("disc")) == {"disc/05.png": "yes"}


def test_a_label_stays_where_its_picture_is_though_a_copy_changes(home: Path) -> None:
    for name in ("a.png", "b.png", "c.png"):
        shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / name)
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        place.concepts.save(Concept("disc", examples=("disc/05.png",)))
        record_labels(place, "disc", [("b.png", "yes"), ("c.png", "no")])
    shutil.copy(home / "shapes" / "square" / "01.png", home / "shapes" / "c.png")
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        assert verdicts(place, place.concepts.get("disc"))["b.png"] == "yes"


def test_answers_about_what_is_gone_do_no_harm(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as place:
        place.concepts.save(Concept("disc", examples=("disc/05.png",)))
        record_labels(place, "disc", [("disc/00.png", "yes"), ("square/00.png", "no")])
        place.labels.record([Label("disc", "never/was.png", "yes")])
    (home / "shapes" / "square" / "00.png").unlink()
    index(home / "shapes", home / "shapes.likewise")
    with Workspace(home / "shapes.likewise") as place:
        record_labels(place, "disc", [("square/00.png", "no")])  # from a page opened before
        known = verdicts(place, place.concepts.get("disc"))
        assert known == {"disc/05.png": "yes", "disc/00.png": "yes", "square/00.png": "no"}
        assert evidence_for(place, place.concepts.get("disc")).negatives.ids == ("square/00.png",)
        assert len(place.labels.history("disc")) == 4


def test_a_switched_off_part_is_as_if_it_were_not_there(workspace: Workspace) -> None:
    whole = Concept("disc", ("disc/00.png", "disc/01.png"), weights={"disc/01.png": 0.0})
    assert evidence_for(workspace, whole).positives.ids == ("disc/00.png",)


def test_ids_and_paths_mean_the_same_item(home: Path, workspace: Workspace) -> None:
    path = home / "shapes" / "disc" / "00.png"
    found = find_images(workspace, ["disc/00.png", path])
    assert found.ids == ("disc/00.png",)
    assert not found.outside


def test_an_outside_image_is_encoded_and_kept(home: Path, workspace: Workspace) -> None:
    Image.new("RGB", (64, 64), (200, 30, 30)).save(home / "red.png")
    concept, _ = fill_basket(workspace, "red", like=[str(home / "red.png")], new=True)
    (home / "red.png").unlink()
    evidence = evidence_for(workspace, concept)
    assert evidence.positives.rows.shape == (1, 1280)
    assert find_images(workspace, concept.examples).ids == concept.examples
    assert concept.examples[0].startswith("exemplar:")


def test_a_name_of_nothing_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match=r"'nowhere\.jpg' is neither an item of .* nor"):
        find_images(workspace, ["nowhere.jpg"])


def test_both_sides_of_a_basket_are_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInputError, match="both an example and a counter-example"):
        fill_basket(workspace, "x", like=["disc/00.png"], unlike=["disc/00.png"], new=True)
    assert workspace.concepts.names() == []


def test_one_wrong_id_records_nothing(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc"))
    with pytest.raises(NotFoundError, match=r"1 of 2 ids .* 'x\.png'; nothing was recorded"):
        record_labels(workspace, "disc", [("disc/00.png", "yes"), ("x.png", "no")])
    assert workspace.labels.count() == 0


def test_two_verdicts_for_one_id_are_refused(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc"))
    with pytest.raises(BadInputError, match="given as yes and as no"):
        record_labels(workspace, "disc", [("disc/00.png", "yes"), ("disc/00.png", "no")])


def test_a_wide_word_becomes_a_row_for_each_meaning(workspace: Workspace) -> None:
    light = Concept("beast", hints=("barn", "cat"), weights={"cat": 0.5})
    evidence = evidence_for(workspace, light)
    assert evidence.hints.ids[:2] == ("barn", "cat")
    assert set(evidence.hints.ids[1:]) == {"cat"}
    assert len(evidence.hints) == len(evidence.hints.ids) > 3
    assert evidence.hints.weights is not None
    assert evidence.hints.weights[0] == 1
    assert evidence.hints.weights[1:].max() == 0.5
