"""Remote addresses that a workspace from elsewhere names are not contacted without consent."""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from commands import Run
from trap import Trap, listening_trap

from likewise.errors import BadInputError
from likewise.images.decode import BadImageError
from likewise.workspace import Workspace

COMMANDS = (
    ["info"],
    ["info", "--json"],
    ["doctor"],
    ["doctor", "--repair", "--yes"],
    ["serve", "--port", "0"],
    ["search", "zebra"],
    ["search", "--like", "disc/00.png"],
    ["concept", "list"],
    ["labels", "export"],
    ["decisions"],
    ["backup", "copy.tar"],
    ["index"],
    ["index", "shapes"],
    ["curate", "duplicates"],
    ["export-vectors", "--out", "v.parquet"],
    ["remove", "disc/00.png", "--yes"],
    ["trail"],
)


@pytest.fixture
def trap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Trap]:
    """Where the addresses of these tests lead, on a machine whose user agreed to nothing."""
    with listening_trap() as one:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{one.port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
        monkeypatch.setattr(
            "likewise.search.store._bucket._RETRIES",
            {"client_max_retries": "0", "client_retry_timeout": "1"},
        )
        monkeypatch.setenv("LIKEWISE_CONFIG", str(tmp_path / "settings"))
        monkeypatch.delenv("LIKEWISE_DECISIONS", raising=False)
        yield one


def change(home: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(home / "shapes.likewise" / "workspace.sqlite")) as connection:
        connection.execute(sql, values)
        connection.commit()


def set_address(home: Path, key: str, address: str) -> None:
    change(home, "INSERT OR REPLACE INTO settings VALUES (?, ?)", key, address)


def addresses_to(trap: Trap) -> dict[str, str]:
    return {
        "vectors_at": "s3://bucket-of-somebody/ws",
        "decisions": f"postgresql://ana@127.0.0.1:{trap.port}/team#photos",
    }


@pytest.mark.parametrize("key", ["vectors_at", "decisions"])
def test_no_command_contacts_an_address_that_nobody_agreed_to(
    key: str, run: Run, home: Path, trap: Trap
) -> None:
    if key == "decisions":
        pytest.importorskip("psycopg")
    address = addresses_to(trap)[key]
    set_address(home, key, address)
    for command in COMMANDS:
        refused = run(*command)
        assert refused.code == 2, (command, refused)
        assert f"names {address.partition('#')[0]} for its " in refused.err, command
        assert refused.err.count("\n") == 1, refused.err
        assert trap.connections == 0, command
    with pytest.raises(BadInputError, match="you have not agreed"):
        Workspace(home / "shapes.likewise")
    agree = refused.err.partition("if you trust it: ")[2].strip()
    told = run(*shlex.split(agree)[1:])
    assert trap.connections > 0
    assert told.code == 8, told.err
    before = trap.connections
    assert run("concept" if key == "decisions" else "info", *["list"][: key == "decisions"]).code
    assert trap.connections > before


@pytest.mark.parametrize("key", ["vectors_at", "decisions"])
def test_the_environment_agrees_in_a_container(
    key: str, run: Run, home: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key == "decisions":
        pytest.importorskip("psycopg")
    address = addresses_to(trap)[key]
    set_address(home, key, address)
    monkeypatch.setenv("LIKEWISE_ALLOW_REMOTE", "s3://other/ws")
    assert run("info").code == 2
    assert trap.connections == 0
    monkeypatch.setenv("LIKEWISE_ALLOW_REMOTE", f"s3://other/ws {address}")
    assert run("info").code == 8
    assert trap.connections > 0
    assert not Path(home, "settings").exists()


def test_an_agreement_holds_for_one_workspace_and_one_address(
    run: Run, home: Path, trap: Trap, tmp_path: Path
) -> None:
    address = addresses_to(trap)["vectors_at"]
    set_address(home, "vectors_at", address)
    other = run("info", "--allow-remote", "s3://another/ws")
    assert other.code == 2
    assert f"names no address s3://another/ws; those it names: {address}" in other.err
    assert trap.connections == 0
    run("info", "--allow-remote", address)
    assert trap.connections > 0
    count = trap.connections
    set_address(home, "vectors_at", "s3://another/ws")
    assert run("info").code == 2
    set_address(home, "vectors_at", address)
    set_address(home, "identity", "0" * 32)
    assert run("info").code == 2
    assert trap.connections == count
    agreements = tmp_path / "settings" / "remote-addresses.tsv"
    assert agreements.stat().st_mode & 0o077 == 0
    assert agreements.read_text().endswith(f"\t{address}\n")


def test_settings_that_cannot_be_written_are_said(
    run: Run, home: Path, trap: Trap, tmp_path: Path
) -> None:
    (tmp_path / "settings").write_text("a file")
    address = addresses_to(trap)["vectors_at"]
    set_address(home, "vectors_at", address)
    told = run("info", "--allow-remote", address)
    assert told.code == 8
    assert "LIKEWISE_CONFIG" in told.err
    assert "LIKEWISE_ALLOW_REMOTE" in told.err
    assert trap.connections == 0


def test_a_source_in_object_storage_is_not_read(run: Run, home: Path, trap: Trap) -> None:
    pytest.importorskip("s3fs")
    change(home, "UPDATE sources SET kind = 'object_storage', root = 's3://bucket/photos'")
    for command in (["index"], ["doctor"], ["export", "--all", "--to", "out"]):
        run(*command)
        assert trap.connections == 0, command
    refused = run("index")
    assert refused.code == 2
    assert "names s3://bucket/photos for its images" in refused.err
    with Workspace(home / "shapes.likewise") as workspace:
        (original,) = workspace.collection.originals(["disc/00.png"])
        with pytest.raises(BadImageError, match="you have not agreed"):
            original.read()
    assert trap.connections == 0
    run("info", "--allow-remote", "s3://bucket/photos")
    assert run("index").code
    assert trap.connections > 0


def test_a_stored_permission_to_read_urls_is_not_this_user_s(
    run: Run, home: Path, trap: Trap
) -> None:
    pytest.importorskip("s3fs")
    (home / "t.csv").write_text("path\nshapes/disc/00.png\n")
    assert run("index", "t.csv").code == 0
    (home / "t.csv").write_text("path\nshapes/disc/00.png\ns3://bucket/a.png\n")
    with closing(sqlite3.connect(home / "t.likewise" / "workspace.sqlite")) as connection:
        options = json.dumps({"allow_urls": True})
        connection.execute("UPDATE sources SET options = ?", (options,))
        connection.commit()
    for command in (["index", "-w", "t.likewise"], ["index", "t.csv"],
                    ["doctor", "-w", "t.likewise"]):  # fmt: skip
        told = run(*command)
        assert "for its images, and you have not agreed" in told.err + told.out, command
        assert trap.connections == 0, command
    run("index", "t.csv", "--allow-urls")
    assert trap.connections > 0
    assert run("index", "-w", "t.likewise").code == 0


def test_a_url_in_the_facts_of_an_image_is_not_read(run: Run, home: Path, trap: Trap) -> None:
    from likewise.images.decode import Limits
    from likewise.sources.base import Item, open_source

    (home / "t.csv").write_text("path\nshapes/disc/00.png\n")
    (home / "u.txt").write_text(f"http://127.0.0.1:{trap.port}/a.png\n")
    for source in (open_source(str(home / "t.csv")), open_source(str(home / "u.txt"))):
        for uri in ("s3://bucket/a.png", f"http://127.0.0.1:{trap.port}/a.png"):
            with pytest.raises(BadImageError, match="allow that with --allow-urls"):
                source.read(Item("a", uri, 1, 0), Limits())
    assert trap.connections == 0
