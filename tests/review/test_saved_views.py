"""Saved views: what they keep, how they are found again, and what of them is gone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from priced_shapes import index_priced

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.indexing.index import index
from likewise.maintenance.shared_decisions import add_decisions
from likewise.review.saved_views import open_view, save_view
from likewise.search.facets.choice import Choice, seconds_of
from likewise.search.facets.view import View
from likewise.search.facets.view_counts import Gone
from likewise.workspace import Workspace
from likewise.workspace.views import Views

DISCS = View("discs", {"folder": Choice(("disc", "square"))}, "width >= 1", "unsure")


def test_a_view_is_found_again_after_a_restart(home: Path) -> None:
    path = home / "shapes.likewise"
    with Workspace(path) as workspace:
        saved = save_view(workspace, DISCS, who="ann")
        assert (saved.images, saved.counts) == (16, {"folder": (8, 8)})
    with Workspace(path) as workspace:
        assert workspace.views.all() == [saved]
        found = open_view(workspace, "discs", "ann")
        assert (found.saved, found.now.images, found.remarks) == (saved, 16, ())
        assert found.now.condition == "(width >= 1) AND (folder IN ('disc', 'square'))"
        rows = np.flatnonzero(workspace.collection.meeting(found.now.condition))
        kinds = {item.split("/")[0] for item in workspace.collection.at(rows)}
        assert kinds == {"disc", "square"}


def test_each_person_has_their_own_and_finds_others(workspace: Workspace) -> None:
    save_view(workspace, DISCS, who="ann")
    save_view(workspace, View("discs", where="width >= 2"), who="ben")
    save_view(workspace, View("wide", where="width >= 3"), who="ben")
    views = workspace.views
    assert [(view.name, view.who) for view in views.all()] == [
        ("discs", "ann"), ("discs", "ben"), ("wide", "ben"),
    ]  # fmt: skip
    assert views.get("discs", "ben").where == "width >= 2"
    assert views.get("wide", "ann").who == "ben"
    with pytest.raises(BadInputError, match="ann, ben have a view 'discs'"):
        views.get("discs", "cleo")
    with pytest.raises(NotFoundError, match="did you mean 'wide'"):
        views.get("wida", "ann")
    with pytest.raises(BadInputError, match="exists already"):
        save_view(workspace, DISCS, new=True, who="ann")
    assert save_view(workspace, DISCS.renamed("more"), new=True, who="ann").name == "more"


def test_a_view_is_renamed_and_removed(workspace: Workspace) -> None:
    saved = save_view(workspace, DISCS, who="ann")
    save_view(workspace, DISCS.renamed("taken"), who="ann")
    with pytest.raises(BadInputError, match="'taken' exists already"):
        workspace.views.rename(saved, "taken")
    with pytest.raises(BadInputError, match="cannot name a view"):
        workspace.views.rename(saved, "../x")
    renamed = workspace.views.rename(saved, "round")
    assert [view.name for view in workspace.views.all()] == ["round", "taken"]
    assert open_view(workspace, "round", "ann").now.images == 16
    workspace.views.remove(renamed)
    with pytest.raises(NotFoundError, match="no view 'round'"):
        workspace.views.get("round", "ann")
    assert save_view(workspace, DISCS.renamed("round"), new=True, who="ann").name == "round"


def test_what_is_gone_is_left_out_and_counted(home: Path) -> None:
    path = home / "shapes.likewise"
    with Workspace(path) as workspace:
        save_view(workspace, DISCS, who="ann")
        save_view(workspace, View("round", {"folder": Choice(("disc",))}), who="ann")
    (home / "shapes" / "disc").rename(home / "shapes" / "ring")
    index(home / "shapes", path)
    with Workspace(path) as workspace:
        found = open_view(workspace, "discs", "ann")
        assert found.now.gone == (Gone("folder", "disc", 8),)
        assert found.now.view.chosen == {"folder": Choice(("square",))}
        assert found.now.images == 8
        assert found.remarks == (
            "no image has this any more, so it is left out of 'discs': folder disc (8 images when "
            "it was saved); the view has 8 images now, and it had 16",
        )
        everything = open_view(workspace, "round", "ann")
        assert (everything.now.condition, everything.now.images) == ("", 24)
        assert everything.now.gone == (Gone("folder", "disc", 8),)


def test_a_facet_and_a_condition_that_are_gone(home: Path) -> None:
    chosen = {"metadata.articleType": Choice(("Shirts", "Watches"))}
    with (
        Workspace(index_priced(home)) as priced,
        Workspace(home / "shapes.likewise") as workspace,  # the same pictures without a table
    ):
        save_view(priced, View("cheap", chosen, where="price < 6"), who="ann")
        add_decisions(priced, workspace.decisions)
        found = open_view(workspace, "cheap", "ann")
        assert {(one.facet, one.value, one.images) for one in found.now.gone} == {
            ("where", "price < 6", 4),
            ("metadata.articleType", "Shirts", 8),
            ("metadata.articleType", "Watches", 8),
        }
        assert (found.now.images, found.now.condition) == (24, "")
        assert "articleType Shirts (8 images when it was saved)" in found.remarks[0]


def test_a_condition_that_no_image_meets_any_more(home: Path) -> None:
    path = home / "shapes.likewise"
    with Workspace(path) as workspace:
        save_view(workspace, View("round", where="folder = 'disc'"), who="ann")
    (home / "shapes" / "disc").rename(home / "shapes" / "ring")
    index(home / "shapes", path)
    with Workspace(path) as workspace:
        found = open_view(workspace, "round", "ann")
        assert (found.now.images, found.now.condition) == (0, "folder = 'disc'")
        assert found.remarks == ("no image is left in 'round'; it had 8",)


def test_a_facet_that_all_images_share_by_now_is_not_gone(home: Path) -> None:
    path = home / "shapes.likewise"
    with Workspace(path) as workspace:
        save_view(workspace, View("round", {"folder": Choice(("disc",))}), who="ann")
    for name in ("square", "stripes"):
        for picture in (home / "shapes" / name).iterdir():
            picture.rename(home / "shapes" / "disc" / f"{name}-{picture.name}")
    index(home / "shapes", path)
    with Workspace(path) as workspace:
        found = open_view(workspace, "round", "ann")
        assert (found.now.gone, found.now.condition) == ((), "folder IN ('disc')")
        assert found.now.images == 24


def test_a_view_follows_its_concept_and_says_that_it_is_gone(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="no concept 'disc'"):
        save_view(workspace, View("mine", concept="disc"), who="ann")
    change_basket(workspace, Concept("disc", ("disc/00.png",)), new=True)
    save_view(workspace, View("mine", concept="disc", words=("a ring",)), who="ann")
    workspace.concepts.rename("disc", "ring")
    found = open_view(workspace, "mine", "ann")
    assert (found.saved.concept, found.is_concept_gone) == ("ring", False)
    workspace.concepts.remove("ring")
    gone = open_view(workspace, "mine", "ann")
    assert gone.is_concept_gone
    assert gone.remarks == (
        "the concept 'ring' was removed; its words rank the images instead: a ring",
    )


def test_what_cannot_be_a_view_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInputError, match="no order"):
        View("x", order="best")
    with pytest.raises(BadInputError, match="no image has what is chosen of 'folder'"):
        save_view(workspace, View("x", {"folder": Choice(("nowhere",))}))
    with pytest.raises(BadInputError, match="no image has what is chosen of 'metadata.size'"):
        save_view(workspace, View("x", {"metadata.size": Choice(("large",))}))
    with pytest.raises(BadInputError, match="widht"):
        save_view(workspace, View("x", where="widht > 3"))
    for wrong in (3, {"name": "x", "chosen": []}, {"name": "x", "counts": {"folder": 3}}):
        with pytest.raises(BadInputError, match="this is not a view"):
            View.from_json(wrong)
    assert workspace.views.all() == []


def test_a_view_travels_as_json() -> None:
    times = Choice((), seconds_of("2020-07-31"), None)
    view = View("x", {"taken_at": times, "folder": Choice(("a", None))}, words=("a barn",))
    data = view.to_json()
    assert data["chosen"]["taken_at"] == {"low": "2020-07-31T00:00:00", "high": None}
    assert View.from_json(data) == view
    assert View.from_json({**data, "of_a_newer_version": 1}) == view


def test_views_come_along_to_another_database(workspace: Workspace, tmp_path: Path) -> None:
    save_view(workspace, DISCS, who="ann")
    with Workspace.create(tmp_path / "other.likewise", workspace.encoder) as other:
        Views(other.decisions).save(View("discs", where="width >= 9"), who="ann")
        Views(other.decisions).save(View("discs", where="width >= 9"), who="ben")
        save_view(workspace, DISCS.renamed("more"), who="ann")
        assert add_decisions(workspace, other.decisions, dry_run=True)[-2] == 1
        assert add_decisions(workspace, other.decisions)[-2] == 1
        assert add_decisions(workspace, other.decisions)[-2] == 0
        found = {(view.name, view.who): view.where for view in other.views.all()}
        assert found == {
            ("discs", "ann"): "width >= 9", ("discs", "ben"): "width >= 9",
            ("more", "ann"): "width >= 1",
        }  # fmt: skip
