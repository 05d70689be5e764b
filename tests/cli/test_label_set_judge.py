"""A judge of a label set is asked from the command line, and nothing is sent before a yes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from commands import Run
from stand_in_model import stand_in

YES = '{"answer": "yes", "reason": "it is round"}'
JUDGE = ("labels", "sets", "judge", "shapes")


@pytest.fixture
def shapes(run: Run, home: Path) -> None:
    """The set "shapes" with two images of two of its classes."""
    assert run("labels", "sets", "create", "shapes", "disc", "square", "stripes").code == 0
    for name in ("disc", "square"):
        label = ("labels", "sets", "label", "shapes", name, f"{name}/00.png", f"{name}/01.png")
        assert run(*label).code == 0


def test_it_asks_before_it_sends(run: Run, shapes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in(lambda text, image: YES) as model:
        where = ("--judge", model.url, "--model", "stand-in", "-k", "5")
        assert "either --judge" in run(*JUDGE).err  # no address, no judge
        assert "--model" in run(*JUDGE, "--judge", model.url).err
        assert "NOT_THERE" in run(*JUDGE, *where, "--key-from", "NOT_THERE").err
        monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
        refused = run(*JUDGE, *where)
        assert (refused.code, "Send 5 images" in refused.err) == (130, True)
        assert "would send 5 images" in run(*JUDGE, *where, "--dry-run").err
        assert model.asked == []
        monkeypatch.setenv("STAND_IN_KEY", "s3cret")
        sent = run(*JUDGE, *where, "--key-from", "STAND_IN_KEY", "--yes", "--json")
        assert sent.code == 0, sent.err
        assert {one["authorization"] for one in model.headers} == {"Bearer s3cret"}
    assert json.loads(sent.out)["verdicts"] == {"yes": 5, "no": 0, "unsure": 0}
    assert "s3cret" not in sent.out + sent.err
    (audit,) = json.loads(run("labels", "sets", "audit", "shapes", "--json").out)
    assert (audit["answered"], audit["complete"], len(audit["images"])) == (0, False, 5)
    queue = run("labels", "sets", "next", "shapes", "--queue", "judged", "--json")
    assert {x["id"] for x in json.loads(queue.out)} == {x["item"] for x in audit["images"]}
    refused = run("labels", "sets", "learn", "shapes", "--judged")
    assert (refused.code, "0 of the 5 images of its audit" in refused.err) == (2, True)


def test_a_judge_that_is_not_there_is_one_sentence(run: Run, shapes: None) -> None:
    with stand_in(lambda text, image: YES) as model:
        url = model.url
    gone = run(*JUDGE, "--judge", url, "--model", "stand-in", "-k", "3", "--yes")
    assert gone.code == 8
    assert "does not answer" in gone.err
    assert "nothing was recorded" in gone.err
    assert "Traceback" not in gone.err


def test_a_table_of_another_classifier_is_a_judge(run: Run, shapes: None, home: Path) -> None:
    table = home / "other.csv"
    table.write_text(
        "id,label\ndisc/05.png,disc\nsquare/05.png,disc\nstripes/05.png,none of these\n"
    )
    assert run(*JUDGE, "--table", table, "--dry-run").code == 0
    assert run("labels", "sets", "audit", "shapes", "--json").out.strip() == "[]"
    recorded = run(*JUDGE, "--table", table)
    assert recorded.code == 0, recorded.err
    assert recorded.out.splitlines()[:2] == ["yes\t2", "no\t3"]
    for name in ("disc", "square", "stripes"):
        assert run("labels", "sets", "label", "shapes", name, f"{name}/05.png").code == 0
    shown = run("labels", "sets", "audit", "shapes")
    assert "5 of 5 answered\twrong 40 %" in shown.out
    assert "learn --judged" in shown.err.replace("shapes ", "")
