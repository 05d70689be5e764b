"""What `likewise learn` says of a rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Run
from shapes import draw_shapes

from likewise.review.session import Session
from likewise.workspace import Workspace


@pytest.fixture
def taught(run: Run, home: Path) -> Run:
    """A concept with answers, in a collection large enough to be a crowd."""
    draw_shapes(home / "shapes", each=16)
    assert run("index", "shapes").code == 0
    run("concept", "create", "disc", "--like", "disc/00.png")
    (home / "yes.txt").write_text("\n".join(f"disc/{n:02d}.png" for n in range(1, 7)))
    (home / "no.txt").write_text("\n".join(f"square/{n:02d}.png" for n in range(6)))
    run("concept", "label", "disc", "--yes", "yes.txt", "--no", "no.txt")
    return run


def test_the_precision_to_expect_is_told_with_an_interval(taught: Run) -> None:
    said = taught("learn", "disc")
    assert said.code == 0, said.err
    (line,) = (each for each in said.out.splitlines() if each.startswith("precision:"))
    assert " to " in line
    assert line.endswith("95 % interval")
    promise = json.loads(taught("learn", "disc", "--json").out)["provenance"]["promise"]
    assert promise["low"] <= promise["precision"] <= promise["high"]


def test_too_few_answers_promise_nothing(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    said = run("learn", "disc")
    assert "precision: not known yet: 5 answers of yes and 5 of no tell it" in said.out
    assert "too few labels to say" in said.err


def test_json_is_short_unless_details_are_asked_for(taught: Run) -> None:
    short = taught("learn", "disc", "--json").out
    full = taught("learn", "disc", "--json", "--details").out
    assert len(short.splitlines()) < 100 < len(full.splitlines())
    facts = json.loads(short)["provenance"]
    assert set(facts["validation"]) == {"chosen", "because"}
    assert set(facts) <= set(json.loads(full)["provenance"])


def test_info_says_what_a_rule_file_holds(taught: Run, home: Path) -> None:
    assert taught("learn", "disc", "--out", "disc.rule").code == 0
    told = taught("info", "disc.rule")
    assert told.code == 0, told.err
    assert told.out == taught("info", "--rule", "disc.rule").out
    facts = json.loads(taught("info", "disc.rule", "--json").out)
    assert facts["concept"] == "disc"
    assert isinstance(facts["threshold"], float)
    assert taught("info", "shapes.likewise").out == taught("info").out
    ran = taught("classify", "shapes/disc", "--classifier", "disc.rule")
    assert (ran.code, "is a rule file, not a classifier file; give it to --rule" in ran.err) == (
        4,
        True,
    )


def test_an_aim_holds_until_it_is_changed(taught: Run, home: Path) -> None:
    def aim_of(*arguments: str) -> str:
        ran = taught("learn", "disc", "--json", *arguments)
        assert ran.code == 0, ran.err
        return str(json.loads(ran.out)["provenance"]["threshold"])

    assert "F1" in aim_of()
    assert "0.99" in aim_of("--precision", ".99")
    assert "0.99" in aim_of()  # a later learning follows the aim
    assert json.loads(taught("concept", "show", "disc", "--json").out)["precision"] == 0.99

    with Workspace(home / "shapes.likewise") as workspace, Session(workspace, "disc") as session:
        session.answer({"disc/09.png": "yes"})
        assert "0.99" in session.rule.provenance["threshold"]
        session.save_rule()
    wrote = taught("export", "disc", "--to", "ds", "--json")
    rule = json.loads(wrote.out)["rule"]
    assert "0.99" in rule["threshold_from"]
    assert rule["version"] >= 4
    text = taught("classify", "shapes/disc", "--rule", "disc").err
    assert f"rule {rule['version']} of 'disc': threshold {rule['threshold']:.4f}" in text

    assert "F1" in aim_of("--best-f1")
    assert "precision" not in json.loads(taught("concept", "show", "disc", "--json").out)
    assert taught("learn", "disc", "--best-f1", "--precision", ".9").code == 2


def test_a_provisional_threshold_is_said_with_what_to_do(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png")
    assert run("learn", "disc").code == 0
    for command in (
        ("export", "disc", "--to", "out"),
        ("rule", "export", "disc", "--to", "disc.sql"),
        ("classify", "shapes", "--rule", "disc"),
    ):
        err = run(*command).err
        assert "warning: this threshold is provisional" in err
        assert "likewise review disc" in err


def test_says_how_much_the_neighbour_graph_counts_or_that_there_is_none(taught: Run) -> None:
    said = taught("learn", "disc")
    assert "with the neighbour graph, weight " in said.out.splitlines()[0]
    assert "without a neighbour graph" not in said.err
    chosen = json.loads(taught("learn", "disc", "--json").out)["provenance"]["validation"]["chosen"]
    assert f"weight {chosen['options']['weight']:.2f}" in said.out

    taught("index", "shapes", "--workspace", "plain.likewise", "--no-graph")
    taught("concept", "create", "disc", "--like", "disc/00.png", "-w", "plain.likewise")
    plain = taught("learn", "disc", "-w", "plain.likewise")
    assert "neighbour graph" not in plain.out
    assert "learned without a neighbour graph (none; to make it: likewise index" in plain.err
