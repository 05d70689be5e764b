"""``likewise concept weight``: how much a part of the basket counts, and its off switch."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from commands import Run

from likewise.core.rule import Rule
from likewise.core.rule_file import from_bytes


@pytest.fixture
def disc(run: Run) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png", "--like", "disc/01.png",
        "--unlike", "square/00.png", "--hint", "disc")  # fmt: skip


def learned(run: Run) -> Rule:
    assert run("learn", "disc", "--out", "disc.rule").code == 0
    return from_bytes(Path("disc.rule").read_bytes())


@pytest.mark.usefixtures("disc")
def test_a_word_switched_off_is_as_if_it_were_never_there(run: Run) -> None:
    everything = learned(run).toward
    told = run("concept", "weight", "disc", "disc", "0")
    assert told.out == "disc: disc is off; next: likewise learn disc\n"
    off = learned(run).toward
    assert not np.array_equal(off, everything)

    run("concept", "weight", "disc", "disc", "1")
    assert np.array_equal(learned(run).toward, everything)  # on again, nothing was lost
    run("concept", "drop", "disc", "disc")
    assert np.array_equal(learned(run).toward, off)


@pytest.mark.usefixtures("disc")
def test_an_example_switched_off_teaches_nothing(run: Run) -> None:
    assert learned(run).provenance["examples"] == ["disc/00.png", "disc/01.png"]
    told = run("concept", "weight", "disc", "disc/01.png", "0")
    assert told.code == 0, told.err
    assert learned(run).provenance["examples"] == ["disc/00.png"]


@pytest.mark.usefixtures("disc")
def test_weights_are_shown(run: Run) -> None:
    assert "counts" not in run("concept", "show", "disc").out
    run("concept", "weight", "disc", "disc/01.png", "2.5")
    run("concept", "weight", "disc", "square/00.png", "0")
    shown = run("concept", "show", "disc").out
    assert "examples\tdisc/00.png\n" in shown
    assert "examples\tdisc/01.png\tcounts 2.5\n" in shown
    assert "counter-examples\tsquare/00.png\tis off\n" in shown
    record = json.loads(run("concept", "weight", "disc", "square/00.png", "1", "--json").out)
    assert record["weights"] == {"disc/01.png": 2.5}


@pytest.mark.usefixtures("disc")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["dosc", "disc", "2"], 3, "dosc"),
        (["disc", "disc/07.png", "2"], 3, "'disc/07.png' is not in the basket of 'disc'"),
        (["disc", "disc", "heavy"], 2, "not a valid float"),
        (["disc", "disc", "nan"], 2, "give 0 (off) or more"),
        (["disc", "disc", "inf"], 2, "give 0 (off) or more"),
    ],
)
def test_what_cannot_be_weighed_is_said(
    run: Run, arguments: list[str], code: int, told: str
) -> None:
    ran = run("concept", "weight", *arguments)
    assert ran.code == code
    assert told in ran.err
    assert "counts" not in run("concept", "show", "disc").out


@pytest.mark.usefixtures("disc")
def test_a_weight_below_nothing_is_refused(run: Run) -> None:
    ran = run("concept", "weight", "disc", "disc", "--", "-1")
    assert ran.code == 2
    assert "give 0 (off) or more" in ran.err
