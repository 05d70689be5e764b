"""Who is labelled wrong, and who hurts."""

from __future__ import annotations

import numpy as np
import pytest
from class_worlds import class_world
from worlds import at

from likewise.classify.base import divisions, hold_out, make, train
from likewise.classify.leave_one_out import leave_one_out
from likewise.classify.suspects import contradictions, suspects
from likewise.core.references import References


@pytest.mark.parametrize("seed", range(4))
def test_planted_wrong_labels_are_the_top_suspects(seed: int) -> None:
    world = class_world(classes=6, each=10, noise=0.8, wrong=6, seed=seed)
    named = train(world.references, "class_means").provenance["validation"]["suspects"]
    top = [suspect["id"] for suspect in named[:12]]
    assert sum(item.startswith("wrong-") for item in top) >= 5


def test_a_suspect_says_what_it_looks_like_and_by_how_much() -> None:
    arc = References(
        at(0, 2, 4, 91, 90, 92, 94), ["a"] * 4 + ["b"] * 3, mean=np.zeros(2, np.float32)
    )
    method = make("class_means")
    found = suspects(arc, hold_out(method, arc, divisions(arc)))
    assert [(one.id, one.label, one.looks_like) for one in found] == [("4", "a", "b")]
    assert found[0].by == pytest.approx(1, abs=0.1)


def test_the_worst_comes_first() -> None:
    arc = References(
        at(0, 2, 4, 60, 88, 90, 92, 94), ["a"] * 5 + ["b"] * 3, mean=np.zeros(2, np.float32)
    )
    found = suspects(arc, hold_out(make("class_means"), arc, divisions(arc)))
    assert [one.id for one in found] == ["5", "4"]
    assert found[0].by > found[1].by > 0


def test_one_that_could_not_be_held_out_is_not_suspected() -> None:
    few = References(np.eye(3, dtype=np.float32), ("a", "b", "c"))
    assert suspects(few, hold_out(make("class_means"), few, divisions(few))) == []


def test_clean_classes_have_no_suspect() -> None:
    world = class_world(noise=0.2)
    assert train(world.references, "class_means").provenance["validation"]["suspects"] == []


def test_contradictions_are_copies_under_two_names() -> None:
    x = np.eye(3, dtype=np.float32)
    few = References(x[[0, 1, 0, 2, 2]], ("a", "b", "b", "c", "c"), tuple("vwxyz"))
    assert contradictions(few) == [["v", "x"]]


def test_a_reference_amid_another_class_hurts_and_the_gain_is_counted() -> None:
    """45 degrees is said to be a; without it 44 and 46 are b when they are held out."""
    a, b = (0, 4, 8, 12, 45), (44, 46, 80, 84, 88)
    arc = References(at(*a, *b), ["a"] * 5 + ["b"] * 5, mean=np.zeros(2, np.float32))
    effects = leave_one_out(make("all_references"), arc, slope=15.0)
    assert (effects[0].id, effects[0].label) == ("5", "a")
    assert effects[0].gain > 0 > effects[-1].gain
    gains = [effect.gain for effect in effects]
    assert gains == sorted(gains, reverse=True)
    together = divisions(arc, most=5, fits=5)[0]
    freed = [place for place in (5, 6) if together[place] != together[4]]
    assert effects[0].righted == len(freed)


def test_only_those_asked_for_are_left_out() -> None:
    world = class_world(classes=3, each=4)
    steps: list[tuple[int, int | None]] = []
    effects = leave_one_out(
        make("class_means"),
        world.references,
        10.0,
        only=["right-0", "right-5"],
        progress=lambda done, total: steps.append((done, total)),
    )
    assert {effect.id for effect in effects} == {"right-0", "right-5"}
    assert steps[-1][0] == steps[-1][1] == 8  # two, in four folds


def test_a_classs_only_image_is_not_left_out() -> None:
    x = np.eye(4, dtype=np.float32)
    few = References(x, ("a", "a", "b", "c"))
    assert {effect.gain for effect in leave_one_out(make("class_means"), few, 10.0)} == {0.0}
