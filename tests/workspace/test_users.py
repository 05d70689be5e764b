from __future__ import annotations

import json
import resource
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from likewise.errors import BadInputError, CorruptError, NotFoundError, StorageError
from likewise.workspace.users import FILE, Users


def test_a_token_is_its_users_and_is_kept_nowhere(tmp_path: Path) -> None:
    users = Users(tmp_path)
    assert users.all() == ()
    ann, of_ann = users.add("ann", "owner")
    ben, of_ben = users.add("Ben Müller", "viewer")
    assert len(of_ann) >= 32
    assert of_ann != of_ben
    assert (users.of_token(of_ann), users.of_token(of_ben)) == (ann, ben)
    for wrong in ("", of_ann[:-1], f"{of_ann}a", ann.token_sha256, of_ann.swapcase(), "\udcff"):
        assert users.of_token(wrong) is None
    for path in tmp_path.iterdir():
        assert of_ann not in path.read_text()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_who_is_taken_out_is_out_at_once_elsewhere_too(tmp_path: Path) -> None:
    here, there = Users(tmp_path), Users(tmp_path)
    _, token = here.add("ann", "owner")
    assert there.of_token(token) is not None
    assert here.remove("ann").role == "owner"
    assert there.of_token(token) is None
    _, again = here.add("ann", "viewer")
    assert there.of_token(token) is None
    found = there.of_token(again)
    assert found is not None
    assert found.role == "viewer"


def test_many_commands_at_once_add_everybody(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Users(tmp_path).add(f"user {n}", "reviewer"), range(16)))
    assert {user.name for user in Users(tmp_path).all()} == {f"user {n}" for n in range(16)}


@pytest.mark.parametrize("name", ["", " ann", "ann ", "a\nb", "a/b", "a" * 61, "<b>", "\x1b[2J"])
def test_names_that_cannot_be(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be a user's name"):
        Users(tmp_path).add(name, "viewer")
    assert Users(tmp_path).all() == ()


def test_a_name_or_a_role_that_is_taken_or_none(tmp_path: Path) -> None:
    users = Users(tmp_path)
    users.add("ann", "viewer")
    with pytest.raises(BadInputError, match="likewise users remove ann"):
        users.add("Ann", "owner")
    with pytest.raises(BadInputError, match="viewer, reviewer, owner"):
        users.add("ben", "admin")  # type: ignore[arg-type]
    with pytest.raises(NotFoundError, match="those that exist: ann"):
        users.remove("ben")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"users": [{"name": "ann"}]}',
        json.dumps(
            {"users": [{"name": "a", "role": "king", "token_sha256": "0" * 64, "since": ""}]}
        ),
        '{"users": [{"name": "a", "role": "owner", "token_sha256": "", "since": ""}]}',
    ],
)
def test_a_damaged_file_lets_nobody_in(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CorruptError, match="add its people again"):
        Users(tmp_path).of_token("abcdefghijklmnop")


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    users = Users(tmp_path)
    _, token = users.add("ann", "owner")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # no file may grow
    try:
        with pytest.raises(StorageError, match="nobody was added"):
            users.add("ben", "viewer")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [user.name for user in users.all()] == ["ann"]
    assert users.of_token(token) is not None
