"""Which rule decided: version, aim and threshold, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Run


@pytest.fixture
def taught(run: Run, home: Path) -> Run:
    run("concept", "create", "disc", "--like", "disc/00.png")
    (home / "yes.txt").write_text("".join(f"disc/0{n}.png\n" for n in range(1, 6)))
    (home / "no.txt").write_text("".join(f"stripes/0{n}.png\n" for n in range(6)))
    run("concept", "label", "disc", "--yes", "yes.txt", "--no", "no.txt")
    assert run("learn", "disc", "--precision", ".9").code == 0
    return run


def test_each_line_of_json_names_the_rule(taught: Run) -> None:
    lines = taught("classify", "shapes/disc", "--rule", "disc", "--json").out.splitlines()
    assert len(lines) == 8
    rules = [json.loads(line)["rule"] for line in lines]
    assert all(rule == rules[0] for rule in rules)
    rule = rules[0]
    assert (rule["version"], rule["concept"], rule["aim"]) == (1, "disc", 0.9)
    assert rule["provisional"] is not rule["calibrated"]
    said = taught("classify", "shapes/disc", "--rule", "disc").err
    assert f"rule 1 of 'disc': threshold {rule['threshold']:.4f}" in said
    assert ("provisional" in said) == rule["provisional"]


def test_the_threshold_of_a_probability_is_the_one_that_is_named(taught: Run) -> None:
    plain = json.loads(taught("export", "disc", "--to", "a", "--dry-run", "--json").out)["rule"]
    assert not plain["provisional"], "the shapes must be enough for probabilities"
    asked = ("--min-probability", ".99")
    export = taught("export", "disc", "--to", "a", "--dry-run", "--json", *asked)
    line = taught("classify", "shapes/disc/00.png", "--rule", "disc", "--json", *asked).out
    for rule in (json.loads(export.out)["rule"], json.loads(line)["rule"]):
        assert rule["threshold"] > plain["threshold"]
        assert rule["threshold_from"] == "a probability of 0.99 or more, as asked"
    said = json.loads(line)
    assert said["yes"] == (said["score"] >= said["rule"]["threshold"])


def test_an_export_with_a_provisional_threshold_warns(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    assert run("learn", "disc").code == 0
    ran = run("export", "disc", "--to", "out")
    assert ran.code == 0
    assert "warning: this threshold is provisional" in ran.err
    assert "likewise review disc" in ran.err
    assert json.loads(run("export", "disc", "--to", "out", "--json").out)["rule"]["provisional"]
