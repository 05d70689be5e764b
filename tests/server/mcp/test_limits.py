"""Roots, roles and the audit log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from likewise.concepts.labelling import change_basket
from likewise.core.concept import Concept
from likewise.errors import MismatchError, NotFoundError
from likewise.rules.learn import learn_concept
from likewise.server.mcp.calls import run_tool
from likewise.server.mcp.confirmations import SECONDS, Confirmations
from likewise.server.mcp.tool import Shared
from likewise.server.mcp.tools import TOOLS
from likewise.server.mcp.workspaces import Workspaces
from likewise.server.roles import DECIDED
from likewise.workspace import Workspace
from likewise.workspace.users import User

Tools = Callable[..., dict[str, Any]]
Refused = Callable[..., str]


@pytest.fixture
def secret(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a picture that is under no root."""
    folder = tmp_path_factory.mktemp("secret")
    shutil.copy(home / "shapes" / "disc" / "00.png", folder / "mine.png")
    return folder


def test_paths_are_only_under_the_roots(taught: Tools, refused: Refused, secret: Path) -> None:
    taught("learn", concept="disc")
    for path in (str(secret), str(secret / "mine.png"), "../../../etc", "/etc", "/"):
        assert "is not under a folder" in refused("classify", concept="disc", paths=[path])
        assert "is not under a folder" in refused("export", concept="disc", to=f"{path}/out")
    assert "cannot name a folder" in refused("classify", concept="disc", paths=["a\0b"])
    assert "does not exist" in refused("classify", concept="disc", paths=["s3://bucket/x"])
    assert not (secret / "out").exists()


def test_links_lead_to_no_other_folder(
    taught: Tools, refused: Refused, home: Path, secret: Path
) -> None:
    taught("learn", concept="disc")
    (home / "link").symlink_to(secret)
    assert "is not under a folder" in refused("classify", concept="disc", paths=["link"])
    assert "is not under a folder" in refused("export", concept="disc", to="link/out")
    (home / "inner").mkdir()
    shutil.copy(home / "shapes" / "disc" / "01.png", home / "inner" / "own.png")
    (home / "inner" / "linked.png").symlink_to(secret / "mine.png")
    facts = taught("classify", concept="disc", paths=["inner"])
    assert (facts["images"], facts["unreadable"]) == (2, 1)
    assert [row[0] for row in facts["best"]["images"]] == ["own.png"]


def test_a_list_of_paths_is_no_image(taught: Tools, refused: Refused, home: Path) -> None:
    taught("learn", concept="disc")
    (home / "list.csv").write_text("path\n/etc/passwd\n")
    assert "neither a folder nor an image file" in refused(
        "classify", concept="disc", paths=["list.csv"]
    )


def test_workspaces_are_those_under_the_roots(home: Path, secret: Path) -> None:
    (home / "deep").mkdir()
    shutil.copytree(home / "shapes.likewise", home / "deep" / "other.likewise")
    shutil.move(str(home / "shapes.likewise"), secret / "away.likewise")
    (home / "linked.likewise").symlink_to(secret / "away.likewise")
    with Workspaces([home]) as workspaces:
        assert list(workspaces.paths()) == ["other"]
        assert len(workspaces.open(None).workspace.collection) == 24
        for name in ("away", "linked", str(secret / "away.likewise"), "../away"):
            with pytest.raises(NotFoundError, match="there is no workspace"):
                workspaces.open(name)
    with Workspaces([], only=secret / "away.likewise") as workspaces:
        assert list(workspaces.paths()) == ["away"]
        result = run_tool(Shared(workspaces), "export", {"concept": "disc", "to": "out"})
        assert "start likewise mcp with --root FOLDER" in result.text


def test_workspaces_of_one_name_are_told_apart(home: Path) -> None:
    (home / "deep").mkdir()
    shutil.copytree(home / "shapes.likewise", home / "deep" / "shapes.likewise")
    with Workspaces([home]) as workspaces:
        names = list(workspaces.paths())
        assert len(names) == 2
        assert all(name.endswith("shapes.likewise") for name in names)
        with pytest.raises(NotFoundError, match="name a workspace; those under the roots are"):
            workspaces.open(None)
        shared = Shared(workspaces)
        assert json.loads(run_tool(shared, "info", {"workspace": names[0]}).text)["items"] == 24
        listed = json.loads(run_tool(shared, "workspaces", {}).text)["workspaces"]
        assert [row["name"] for row in listed] == names


def test_every_tool_needs_the_role_of_a_known_route() -> None:
    assert all(tool.route in DECIDED for tool in TOOLS)


ARGUMENTS: dict[str, dict[str, Any]] = {
    "search": {"like": ["disc/00.png"]},
    "concept_create": {"concept": "new", "like": ["disc/00.png"]},
    "concept_add": {"concept": "disc", "like": ["disc/02.png"]},
    "propose": {"concept": "disc", "page": 1, "answers": "1"},
    "classify": {"concept": "disc", "paths": ["shapes"]},
    "curate": {"curator": "near_duplicates", "labels": "none"},
    "export": {"concept": "disc", "to": "out"},
    "job": {"job": 1},
}
ALLOWED = {
    "viewer": {"workspaces", "info", "search", "concept_show", "status", "next_page", "job"},
    "reviewer": {"concept_create", "concept_add", "learn", "propose"},
    "owner": {"classify", "curate", "export"},
}


@pytest.mark.parametrize("role", ["viewer", "reviewer", "owner"])
@pytest.mark.parametrize("starter", [True, False], ids=["starter", "user"])
def test_a_role_allows_what_it_allows_in_the_web_app(home: Path, role: Any, starter: bool) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        change_basket(workspace, Concept("disc", ("disc/00.png",)), new=True)
        learn_concept(workspace, "disc")
        user: User | None = None if starter else workspace.users.add("ben", role)[0]
    allowed: set[str] = set()
    for name in ("viewer", "reviewer", "owner"):
        allowed |= ALLOWED[name]
        if name == role:
            break
    with Workspaces([home], role=role if starter else "owner") as workspaces:
        shared = Shared(workspaces)
        run_tool(shared, "next_page", {"concept": "disc"}, user)
        for tool in TOOLS:
            about = {"concept": "disc"} if "concept" in tool.arguments.model_fields else {}
            needed = tool.name in ("concept_show", "learn", "status", "next_page")
            arguments = ARGUMENTS.get(tool.name, about if needed else {})
            result = run_tool(shared, tool.name, arguments, user)
            lacks = "has the role" in result.text
            assert lacks == (tool.name not in allowed), f"{tool.name}: {result.text}"
            if role != "owner":
                assert str(home) not in result.text


def test_the_lower_of_two_roles_counts(home: Path) -> None:
    with Workspace(home / "shapes.likewise") as workspace:
        owner, _ = workspace.users.add("ann", "owner")
    with Workspaces([home], role="viewer") as workspaces:
        caller = workspaces.caller(workspaces.open(None), owner)
        assert (caller.name, caller.role) == ("agent of ann", "viewer")


def test_a_user_of_another_workspace_sees_nothing(home: Path) -> None:
    shutil.copytree(home / "shapes.likewise", home / "other.likewise")
    with Workspace(home / "other.likewise") as workspace:
        user, token = workspace.users.add("ben", "owner")
    with Workspaces([home]) as workspaces:
        shared = Shared(workspaces)
        assert workspaces.user_of(token) == user
        assert workspaces.user_of("guessed-0123456789") is None
        listed = json.loads(run_tool(shared, "workspaces", {}, user).text)["workspaces"]
        assert [row["name"] for row in listed] == ["other"]
        result = run_tool(shared, "info", {"workspace": "shapes"}, user)
        assert result.text == "ben is no user of this workspace; ask its owner"


def test_every_call_is_in_the_audit_log(shared: Shared, home: Path) -> None:
    about = {"concept": "disc"}
    calls: list[tuple[str, dict[str, Any], int]] = [
        ("workspaces", {}, 200),
        ("search", {"words": ["zebra"]}, 200),
        ("concept_create", {**about, "like": ["disc/00.png"]}, 200),
        ("concept_show", {"concept": "cat"}, 404),
        ("next_page", {**about, "count": "many"}, 400),
        ("export", {**about, "to": "/etc/out"}, 400),
    ]
    for name, arguments, _ in calls:
        run_tool(shared, name, arguments, client="tests")
    with Workspace(home / "shapes.likewise") as workspace:
        entries = list(workspace.audit_log.entries())
    assert [(e.route, e.status) for e in entries] == [(name, s) for name, _, s in calls]
    assert {(e.method, e.peer, e.role) for e in entries} == {("MCP", "tests", "owner")}
    assert entries[-1].request == "MCP export concept=disc to=/etc/out"
    assert not any("zebra" in str(e.target) for e in entries)  # never what was searched for


def test_a_call_that_cannot_be_logged_is_an_error(shared: Shared, home: Path) -> None:
    log = home / "shapes.likewise" / "trail.jsonl"
    log.mkdir()
    result = run_tool(shared, "info", {})
    assert result.failed
    assert "agents may not go on" in result.text
    log.rmdir()
    assert not run_tool(shared, "info", {}).failed


def test_a_token_is_too_old_after_15_minutes() -> None:
    now = 0.0
    confirmations = Confirmations(clock=lambda: now)
    first, second = confirmations.give("a"), confirmations.give("a")
    now = SECONDS
    confirmations.take(first, "a")
    now = SECONDS + 1
    with pytest.raises(MismatchError, match="is no token of the last 15 minutes"):
        confirmations.take(second, "a")


def test_what_was_indexed_meanwhile_is_seen(tool: Tools, home: Path) -> None:
    from likewise.indexing.index import index

    assert tool("info")["items"] == 24
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "new.png")
    index(home / "shapes", home / "shapes.likewise")
    assert tool("info")["items"] == 25


def test_without_a_workspace_an_agent_learns_how_one_is_made(tmp_path: Path) -> None:
    with Workspaces([tmp_path]) as workspaces:
        result = run_tool(Shared(workspaces), "workspaces", {})
    assert result.failed
    assert "are: none. The person makes one with likewise index FOLDER" in result.text
