"""The password of shared decisions is in no file and no output; a real server asks for it."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commands import Run
from postgres_server import WITH_PASSWORD

from likewise.workspace import shared_address

PASSWORD = "Zk7-s3cret-Zk7"


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each command of a test were a process of its own, with no password at hand."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", os.devnull)


@pytest.fixture
def typed(address: str) -> str:
    """An address with a password in it."""
    psycopg = pytest.importorskip("psycopg")
    url, _, name = address.partition("#")
    with psycopg.connect(url, autocommit=True) as connection:
        user = f"{WITH_PASSWORD} SUPERUSER LOGIN PASSWORD '{PASSWORD}'"
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [WITH_PASSWORD])
        connection.execute(f"{'ALTER' if known.fetchone() else 'CREATE'} ROLE {user}")
    return f"{url.replace('ana@', f'{WITH_PASSWORD}:{PASSWORD}@')}#{name}"


def files_with_the_password(folder: Path) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path.name for path in files if PASSWORD.encode() in path.read_bytes()]


def forget() -> None:
    """What a process was given ends with it."""
    shared_address._typed.clear()


def test_a_typed_password_is_used_and_stored_nowhere(
    run: Run, home: Path, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    moved = run("decisions", "--to", typed)
    assert moved.code == 0, moved.err
    assert "PGPASSWORD" in moved.err
    assert run("concept", "show", "disc").code == 0  # in the same process
    outputs = [moved.out, moved.err]
    for command in (["decisions", "--json"], ["info"], ["info", "--json"], ["doctor", "--json"],
                    ["backup", "copy.tar"], ["trail"]):  # fmt: skip
        ran = run(*command)
        outputs += [ran.out, ran.err]
    assert files_with_the_password(home) == []
    forget()
    refused = run("concept", "show", "disc")
    assert refused.code == 8
    assert "set PGPASSWORD" in refused.err
    outputs += [refused.out, refused.err]
    monkeypatch.setenv("PGPASSWORD", "wrong")
    refused = run("concept", "show", "disc")
    assert "refuses; set PGPASSWORD" in refused.err
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert run("concept", "show", "disc").code == 0
    monkeypatch.delenv("PGPASSWORD")
    line = f"*:*:*:{WITH_PASSWORD}:{PASSWORD}\n"
    (home.parent / "pgpass").write_text(line)
    (home.parent / "pgpass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(home.parent / "pgpass"))
    assert run("concept", "show", "disc").code == 0
    assert not any(PASSWORD in text for text in outputs)
    (home.parent / "pgpass").unlink()


def test_a_password_that_an_older_version_stored_is_removed(
    run: Run, home: Path, typed: str
) -> None:
    run("concept", "create", "disc", "--like", "disc/00.png")
    run("decisions", "--to", typed)
    forget()
    file = home / "shapes.likewise" / "workspace.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE settings SET value = ? WHERE key = 'decisions'", [typed])
        connection.execute("DELETE FROM settings WHERE key = 'decisions_without_password'")
    copy = file.with_name("workspace.sqlite.backup-1")
    copy.write_bytes(file.read_bytes())
    os.utime(copy, (1_000_000_000, 1_000_000_000))
    assert set(files_with_the_password(home)) == {file.name, copy.name}
    first = run("concept", "show", "disc")
    assert first.code == 0, first.err  # it is used once more
    assert "change it: older backups hold it" in first.err
    assert PASSWORD not in first.out + first.err
    assert files_with_the_password(home) == []
    assert copy.stat().st_mtime == 1_000_000_000
    again = run("info", "--json")
    assert "older backups" not in again.err
    assert json.loads(again.out)["decisions"].startswith(f"postgresql://{WITH_PASSWORD}@")


def test_what_was_replaced_leaves_no_trace_in_free_space(run: Run, home: Path) -> None:
    file = home / "shapes.likewise" / "workspace.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")  # some builds have it on
        user = "ana" * 4000  # so long that the address fills pages of its own
        for value in (f"postgresql://{user}:{PASSWORD}@db/team", ""):  # moved there, and back
            with connection:
                sql = "INSERT OR REPLACE INTO settings VALUES ('decisions', ?)"
                connection.execute(sql, (value,))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert PASSWORD.encode() in file.read_bytes()
    assert run("decisions").out == "local\n"
    assert files_with_the_password(home) == []


@pytest.mark.parametrize(
    "words",
    [
        ("decisions", "--to", f"mysql://ana:{PASSWORD}@db/team"),
        ("decisions", "--to", f"postgresql://ana:{PASSWORD}#x@db/team"),
        ("decisions", "--to", f"postgresql://ana:{PASSWORD}@127.0.0.1:9/db"),
        ("decisions", "--to", f"postgresql://ana:%zz{PASSWORD}@127.0.0.1:9/db"),
        ("publish", "--to", f"mysql://ana:{PASSWORD}@db/team"),
        ("publish", "--to", f"host=db user=ana password={PASSWORD}"),
        ("publish", "--to", f"postgresql://ana:{PASSWORD}@127.0.0.1:9/db"),
        ("publish", "--to", f"postgresql://127.0.0.1:9/db?password={PASSWORD}&nonsense={PASSWORD}"),
        ("search", "--like", "disc/00.png", "--on", f"postgresql://a:{PASSWORD}@127.0.0.1:9/db"),
        ("index", f"s3://key:{PASSWORD}@bucket/photos"),
        ("index", "shapes", "-w", f"s3://bucket/ws?secret_access_key={PASSWORD}"),
        ("index", f"https://ana:{PASSWORD}@127.0.0.1/a.jpg", "--allow-urls"),
    ],
)
def test_a_refusal_shows_no_password(run: Run, home: Path, words: tuple[str, ...]) -> None:
    ran = run(*words)
    assert ran.code != 0
    assert PASSWORD not in ran.out + ran.err
    assert files_with_the_password(home) == []
