from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from commands import Run


def test_a_person_comes_and_goes(run: Run, home: Path) -> None:
    told = run("users", "add", "ben", "--role", "reviewer", "--at", "http://box.lan:8300/")
    assert told.code == 0, told.err
    assert told.out.startswith("http://box.lan:8300/?token=")
    assert "ben (reviewer)" in told.err
    token = told.out.strip().partition("token=")[2]
    (listed,) = json.loads(run("users", "list", "--json").out)
    assert (listed["name"], listed["role"]) == ("ben", "reviewer")
    assert set(listed) == {"name", "role", "since"}
    kept = (home / "shapes.likewise" / "users.json").read_text()
    assert token not in kept
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    assert run("users", "list").out.startswith("ben\treviewer\t")
    assert run("users", "remove", "ben").out == "removed: ben (reviewer)\n"
    nobody = run("users", "list")
    assert (nobody.out, "likewise users add" in nobody.err) == ("", True)


def test_answers_in_json(run: Run) -> None:
    added = json.loads(run("users", "add", "ann", "--role", "owner", "--json").out)
    assert added["address"] == f"http://127.0.0.1:8265/?token={added['token']}"
    assert (added["name"], added["role"]) == ("ann", "owner")
    gone = run("users", "remove", "ann", "--json").out
    assert json.loads(gone) == {"removed": "ann", "role": "owner"}
    assert json.loads(run("users", "list", "--json").out) == []


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("add", "ben", "--role", "king"), 2, "'king' is not one of"),
        (("add", "ben"), 2, "--role"),
        (("add", "b/n", "--role", "viewer"), 2, "cannot be a user's name"),
        (("add", "ben", "--role", "viewer", "--at", "box.lan"), 2, "http://box.lan:8265"),
        (("remove", "ben"), 3, "there are none"),
    ],
)
def test_mistakes_are_said(run: Run, given: tuple[str, ...], code: int, says: str) -> None:
    told = run("users", *given)
    assert told.code == code
    assert says in told.err
