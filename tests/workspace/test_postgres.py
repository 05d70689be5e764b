"""What is PostgreSQL's own; that it keeps decisions as SQLite does is tested beside SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from likewise.errors import BadInputError, BusyError, MismatchError, StorageError
from likewise.workspace.decisions import shared_decisions
from likewise.workspace.labels import Label, LabelLog
from likewise.workspace.postgres import Postgres
from likewise.workspace.schema import FORMAT


@pytest.fixture
def database(address: str) -> Iterator[Postgres]:
    url, _, name = address.partition("#")
    one = Postgres(url, name)
    yield one
    one.close()


def cut(database: Postgres) -> None:
    """End the connection as a restart of the server would."""
    ((pid,),) = database.rows("SELECT pg_backend_pid()")
    other = Postgres(database.url, database.name)
    other.rows("SELECT pg_terminate_backend(?)", (pid,))
    other.close()


def test_a_connection_that_was_cut_is_made_again(database: Postgres) -> None:
    log = LabelLog(database)
    log.record([Label("barn", "a", "yes")])
    cut(database)
    assert log.count("barn") == 1
    cut(database)
    log.record([Label("barn", "b", "no")])
    assert [label.item for label in log.history("barn")] == ["a", "b"]


def test_cut_within_a_transaction_nothing_is_recorded(database: Postgres) -> None:
    with pytest.raises(StorageError, match="nothing was changed"), database.writing() as connection:
        connection.execute("INSERT INTO settings VALUES ('a', '1')")
        cut(database)
        connection.execute("INSERT INTO settings VALUES ('b', '1')")
    assert database.rows("SELECT key FROM settings WHERE key IN ('a', 'b')") == []


def test_an_acknowledged_answer_is_on_the_servers_disk(database: Postgres) -> None:
    assert database.rows("SHOW synchronous_commit") == [("on",)]


def test_a_lock_held_elsewhere_is_said(database: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("likewise.workspace.postgres._BUSY_SECONDS", 1)
    other = Postgres(database.url, database.name)
    other.rows("SELECT 1")
    with (
        database.writing(),
        pytest.raises(BusyError, match="locked by somebody else"),
        other.writing(),
    ):
        pass
    other.close()


def test_sets_of_one_database_do_not_mix(database: Postgres) -> None:
    LabelLog(database).record([Label("barn", "a", "yes")])
    other = Postgres(database.url, "another_set")
    assert LabelLog(other).count() == 0
    other.close()


def test_a_newer_format_is_refused(database: Postgres) -> None:
    with database.writing() as connection:
        connection.execute("UPDATE settings SET value = ? WHERE key = 'format'", (str(FORMAT + 1),))
    other = Postgres(database.url, database.name)
    with pytest.raises(MismatchError, match=f"format {FORMAT + 1}.*pip install --upgrade"):
        other.rows("SELECT 1")
    other.close()


@pytest.mark.parametrize("name", ["Team", "a; DROP SCHEMA x", 'a"b', "1st"])
def test_a_name_that_could_do_harm_is_refused(name: str) -> None:
    with pytest.raises(BadInputError, match="cannot name a set of decisions"):
        shared_decisions(f"postgresql://127.0.0.1:9/db#{name}", "unused")


def test_another_kind_of_address_is_refused() -> None:
    with pytest.raises(BadInputError, match="no place for decisions"):
        shared_decisions("mysql://host/db", "unused")


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    database = Postgres("postgresql://ana:secret@127.0.0.1:9/db", "team")
    with pytest.raises(StorageError, match="postgresql://ana@127.0.0.1:9/db#team") as error:
        database.rows("SELECT 1")
    assert "secret" not in str(error.value)
