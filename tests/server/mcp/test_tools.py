"""What the tools answer, and what they leave as it was."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from likewise.concepts.labelling import record_labels
from likewise.review.proposals import accept_proposals, select_proposals
from likewise.server.mcp.calls import run_tool
from likewise.server.mcp.tool import Shared
from likewise.server.mcp.tools import TOOLS
from likewise.workspace import Workspace

Tools = Callable[..., dict[str, Any]]
Refused = Callable[..., str]


def test_there_are_14_tools_and_none_deletes() -> None:
    assert [tool.name for tool in TOOLS] == [
        "workspaces", "info", "search", "concept_show", "concept_create", "concept_add", "learn",
        "status", "next_page", "propose", "classify", "curate", "export", "job",
    ]  # fmt: skip
    assert not any(tool.route[0] == "DELETE" for tool in TOOLS)
    changing = {tool.name for tool in TOOLS if not tool.reads_only}
    assert changing == {"concept_create", "concept_add", "learn", "propose", "export"}


def test_what_there_is(tool: Tools) -> None:
    (only,) = tool("workspaces")["workspaces"]
    assert (only["name"], only["images"], only["your_role"]) == ("shapes", 24, "owner")
    info = tool("info")
    assert info["items"] == 24
    assert "width" in info["columns"]
    assert {"near_duplicates", "split"} <= set(info["curators"])
    assert "folder" in info["formats"]


def test_a_search_is_a_page_to_look_at(shared: Shared) -> None:
    result = run_tool(shared, "search", {"like": ["disc/00.png"], "k": 7})
    facts = json.loads(result.text)
    assert facts["columns"][:3] == ["number", "id", "score"]
    assert [row[0] for row in facts["images"]] == [1, 2, 3, 4, 5, 6, 7]
    assert facts["images"][0][1].startswith("disc/")
    assert result.picture is not None
    with Image.open(io.BytesIO(result.picture)) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width == 5 * 168 + 8
        assert sheet.height == 2 * 184 + 8


def test_the_main_job_with_a_person_who_accepts(taught: Tools, home: Path, shared: Shared) -> None:
    page = taught("next_page", concept="disc", count=12, order="most_alike")
    ids = {number: item for number, item, *_ in page["images"]}
    right = [number for number, item in ids.items() if item.startswith("disc/")]
    made = taught("propose", concept="disc", page=page["page"], answers=" ".join(map(str, right)))
    assert made["counts"] == {"yes": len(right), "no": 12 - len(right)}
    following = taught("next_page", concept="disc", count=12)
    assert not {row[1] for row in following["images"]} & set(ids.values())
    assert following["proposed"] == 12
    before = taught("status", concept="disc")
    assert before["proposed"] == 12
    assert before["status"]["found"].startswith("2 by people")
    with Workspace(home / "shapes.likewise") as workspace:
        accept_proposals(workspace, "disc", select_proposals(workspace, "disc"), "ann")
    learned = taught("learn", concept="disc")
    assert (learned["calibrated"], learned["proposed"]) == (True, 0)
    after = taught("status", concept="disc")
    assert after["status"]["found"].startswith(f"{2 + len(right)} by people")
    planned = taught("export", concept="disc", to="out")
    assert not (home / "out").exists()
    written = taught("export", concept="disc", to="out", confirm=planned["confirm"])
    assert (written["state"], written["written"]) == ("done", True)
    assert written["counts"] == planned["counts"]
    assert len(list((home / "out").rglob("*.png"))) == planned["images"]


def test_the_dry_run_is_to_be_agreed_to_as_it_stands(
    taught: Tools, refused: Refused, home: Path
) -> None:
    planned = taught("export", concept="disc", to="out")
    wrong = refused("export", concept="disc", to="out", confirm="guessed")
    assert "'guessed' is no token of the last 15 minutes" in wrong
    other = refused("export", concept="disc", to="elsewhere", confirm=planned["confirm"])
    assert "has changed since its dry run; nothing was written" in other
    again = refused("export", concept="disc", to="out", confirm=planned["confirm"])
    assert "is no token" in again  # it is used up
    planned = taught("export", concept="disc", to="out")
    with Workspace(home / "shapes.likewise") as workspace:
        record_labels(workspace, "disc", [("disc/02.png", "yes")])
    later = refused("export", concept="disc", to="out", confirm=planned["confirm"])
    assert "what it rests on has changed" in later
    assert not (home / "out").exists()


def test_nothing_is_replaced(taught: Tools, refused: Refused, home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "notes.txt").write_text("keep")
    assert "was not made by likewise" in refused("export", concept="disc", to="mine")
    planned = taught("export", concept="disc", to="out")
    taught("export", concept="disc", to="out", confirm=planned["confirm"])
    assert "holds an earlier export" in refused("export", concept="disc", to="out")
    inside = refused("export", concept="disc", to="shapes.likewise/out")
    assert "whose files likewise keeps for itself" in inside


def test_nothing_that_was_there_is_gone_after_every_tool(taught: Tools, home: Path) -> None:
    page = taught("next_page", concept="disc", count=4)["page"]
    taught("propose", concept="disc", page=page, answers="all")
    before, files = tables(home), {p: p.read_bytes() for p in (home / "shapes").rglob("*.png")}
    page = taught("next_page", concept="disc", count=4)["page"]
    taught("workspaces")
    taught("info")
    taught("search", words=["zebra"], concept=None)
    taught("concept_show", concept="disc")
    taught("concept_create", concept="square", like=["square/00.png"])
    taught("concept_add", concept="disc", unlike=["square/01.png"])
    taught("propose", concept="disc", page=page, answers="1 ?2")
    taught("learn", concept="disc")
    taught("status", concept="disc")
    taught("classify", concept="disc", paths=["shapes"])
    taught("curate", curator="near_duplicates", labels="none")
    token = taught("export", concept="disc", to="out")["confirm"]
    job = taught("export", concept="disc", to="out", confirm=token)["id"]
    assert taught("job", job=job)["state"] == "done"
    after = tables(home)
    for name, rows in before.items():
        assert rows <= after[name], f"rows of {name} are gone or changed"
    assert after["labels"] == before["labels"]  # an agent gives no answers
    assert all(path.read_bytes() == data for path, data in files.items())


def tables(home: Path) -> dict[str, set[tuple[Any, ...]]]:
    """Every row of what people and agents decided."""
    names = ("labels", "concepts", "rounds", "machine_labels", "round_undos", "rules", "audits")
    with sqlite3.connect(home / "shapes.likewise" / "workspace.sqlite") as connection:
        return {name: set(connection.execute(f"SELECT * FROM {name}")) for name in names}


def test_files_are_scored(taught: Tools, home: Path) -> None:
    taught("learn", concept="disc")
    (home / "new").mkdir()
    for name in ("disc/07.png", "square/07.png"):
        source = home / "shapes" / name
        (home / "new" / name.replace("/", "-")).write_bytes(source.read_bytes())
    (home / "new" / "bad.png").write_bytes(b"no picture")
    facts = taught("classify", concept="disc", paths=["new"], k=1)
    assert (facts["images"], facts["unreadable"]) == (3, 1)
    assert [row[0] for row in facts["best"]["images"]] == ["disc-07.png"]
    single = taught("classify", concept="disc", paths=["new/square-07.png"])
    assert single["images"] == 1


def test_a_curator_shows_pairs_and_keeps_nothing(shared: Shared, home: Path) -> None:
    arguments = {"curator": "near_duplicates", "labels": "none"}
    result = run_tool(shared, "curate", arguments)
    facts = json.loads(result.text)
    assert facts["kept"] + facts["dropped"] == 24
    assert facts["dropped"] > 0
    assert len(facts["drops"]) <= 10
    assert result.picture is not None
    with Workspace(home / "shapes.likewise") as workspace:
        assert workspace.machine_labels.rounds() == []


def test_a_concept_is_shown_and_only_added_to(taught: Tools) -> None:
    added = taught("concept_add", concept="disc", unlike=["square/00.png"], words=["zebra"])
    assert added["counter_examples"] == ["square/00.png"]
    shown = taught("concept_show", concept="disc")
    assert shown["examples"] == ["disc/00.png", "disc/01.png"]
    assert shown["hints"] == ["zebra"]
    assert shown["remarks"]
    assert (shown["answers"], shown["rules"], shown["proposed"]) == ({}, 0, 0)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("delete", {}, "there is no tool 'delete'; there are: workspaces, info"),
        ("info", {"workspace": "other"}, "there is no workspace 'other'; those under the roots"),
        ("info", {"colour": "red"}, "colour: Extra inputs are not permitted; info takes these"),
        ("search", {}, "there is nothing to look for; give words"),
        ("search", {"like": ["/etc/passwd"]}, "there is no item '/etc/passwd'"),
        ("search", {"words": ["zebra"], "k": 1000}, "k: Input should be less than or equal to 100"),
        ("search", {"words": ["qqxx"]}, "qqxx"),
        ("concept_show", {}, "concept: Field required"),
        ("concept_show", {"concept": "cat"}, "cat"),
        ("concept_create", {"concept": "x"}, "has neither an example nor a hint"),
        ("concept_create", {"concept": "disc", "like": ["disc/00.png"]}, "disc"),
        ("concept_add", {"concept": "disc", "like": ["../x.png"]}, "there is no item '../x.png'"),
        ("next_page", {"concept": "disc", "where": "nothing ="}, "nothing ="),
        ("next_page", {"concept": "disc", "order": "best"}, "order: Input should be 'mixed'"),
        ("propose", {"concept": "disc", "page": 99, "answers": "1"}, "page 99 was not shown here"),
        ("curate", {"curator": "magic"}, "magic"),
        ("export", {"concept": "disc", "to": "out", "format": "magic"}, "magic"),
        ("classify", {"concept": "disc", "paths": ["none"]}, "disc"),
        ("job", {"job": 7}, "there is no job 7"),
    ],
)
def test_an_error_is_a_sentence(
    taught: Tools, refused: Refused, name: str, arguments: dict[str, Any], sentence: str
) -> None:
    assert sentence in refused(name, **arguments)


def test_answers_are_about_the_page_of_the_concept(taught: Tools, refused: Refused) -> None:
    taught("concept_create", concept="square", like=["square/00.png"])
    page = taught("next_page", concept="disc", count=3)["page"]
    wrong = refused("propose", concept="square", page=page, answers="1")
    assert f"page {page} was shown for 'disc'" in wrong
    assert "'4' is no number from 1 to 3" in refused(
        "propose", concept="disc", page=page, answers="4"
    )
    found = taught("search", like=["disc/00.png"], k=5)["page"]
    assert taught("propose", concept="square", page=found, answers="none")["counts"] == {"no": 5}
