"""How words and examples of a concept count together is remembered with it."""

from __future__ import annotations

import json

from commands import Run

from likewise.core.concept import Concept


def test_a_concept_remembers_the_product(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png", "--hint", "ball")
    before = json.loads(run("concept", "show", "disc", "--json").out)
    assert "combine" not in before  # what older versions wrote, and its digest, are as they were
    done = run("concept", "combine", "disc", "product")
    assert "words and examples count by product; next: likewise learn disc" in done.out
    assert json.loads(run("concept", "show", "disc", "--json").out)["combine"] == "product"
    run("learn", "disc")
    assert "product" in run("report", "disc").out
    run("concept", "add", "disc", "--like", "disc/01.png")
    run("concept", "drop", "disc", "disc/01.png")
    assert json.loads(run("concept", "show", "disc", "--json").out)["combine"] == "product"
    run("concept", "combine", "disc", "sum")
    after = json.loads(run("concept", "show", "disc", "--json").out)
    assert {**after, "rules": []} == before
    assert run("concept", "combine", "disc", "both").code == 2


def test_it_travels_as_json() -> None:
    concept = Concept("disc", ("a",), hints=("ball",), combine="product")
    assert Concept.from_json(concept.to_json()) == concept
    assert concept.digest != Concept("disc", ("a",), hints=("ball",)).digest
