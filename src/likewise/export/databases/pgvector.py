"""A mirror in PostgreSQL with the extension pgvector (https://github.com/pgvector/pgvector)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from likewise.core.addresses import shown
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError, MissingExtraError, StorageError
from likewise.export.databases._metadata_keys import keys_in, refuse_mixed, refuse_unknown
from likewise.export.databases._pgvector_where import KEY_AS, as_sql
from likewise.export.databases._where import (
    NESTED,
    Condition,
    read_condition,
)
from likewise.export.databases.base import FACTS, About, MirrorRows, Near, refused_by
from likewise.search.store.base import ITEM_SCHEMA
from likewise.workspace.postgres import connect, first_line

_ABOUT = "likewise_mirrors"
_PAGE = 4096
_WIDEST_INDEX = 4000  # dimensions of halfvec that pgvector can index
_INDEXES = ("none", "ivfflat", "hnsw")
_TYPES = {"string": 'text COLLATE "C"', "int64": "bigint", "int32": "integer"}


@dataclass(eq=False)
class Pgvector:
    """One table, and a line about it in the table ``likewise_mirrors``.

    Args:
        url: as libpq takes it: ``postgresql://user@host:5432/database``.
        name: of the table.
        index: "none", "ivfflat" or "hnsw": what `approximate` searches use. Without one every
            search compares every row and is exact.
    """

    url: str = field(default="", repr=False)
    name: str = ""
    index: str = "none"

    schemes: ClassVar[tuple[str, ...]] = ("postgresql", "postgres")
    most: ClassVar[int] = 1 << 20

    def __post_init__(self) -> None:
        if self.index not in _INDEXES:
            raise BadInputError(f"'{self.index}' is no index; use one of {', '.join(_INDEXES)}")
        try:
            import psycopg
            from pgvector.psycopg import register_vector
        except ImportError as error:
            raise MissingExtraError("a mirror in PostgreSQL", "pgvector") from error
        with self._refusals():
            self._connection = connect(self.url)
            self._connection.execute("SET client_min_messages = warning")
            try:
                self._connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
                register_vector(self._connection)
            except psycopg.Error as error:
                self._connection.close()
                raise StorageError(
                    f"{shown(self.url)} has no pgvector ({first_line(error, self.url)}); install "
                    "it on the server and let the database's owner run: CREATE EXTENSION vector"
                ) from error

    def about(self) -> About | None:
        """What it says about itself, or None where there is no mirror of that name yet."""
        with self._refusals():
            if not self._exists(_ABOUT):
                return None
            rows = self._rows(f"SELECT about FROM {_ABOUT} WHERE name = %s", [self.name])
            return About.from_json(rows[0][0]) if rows and self._exists(self.name) else None

    def create(self, about: About) -> None:
        """Make the table, empty; one that is there is dropped first."""
        facts = ", ".join(f"{name} {_type(name)}" for name in FACTS)
        with self._refusals(), self._connection.transaction():
            self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS {_ABOUT} (name text PRIMARY KEY, about jsonb NOT NULL)"
            )
            ours = self._rows(f"SELECT 1 FROM {_ABOUT} WHERE name = %s", [self.name])
            if self._exists(self.name) and not ours:
                raise BadInputError(
                    f"there is a table {self.name} in {shown(self.url)} that likewise has not "
                    "made; choose another with --name"
                )
            self._connection.execute(f"DROP TABLE IF EXISTS {self.name}")
            self._connection.execute(
                f'CREATE TABLE {self.name} (item_id text COLLATE "C" PRIMARY KEY, '
                f"mark text NOT NULL, length real NOT NULL, "
                f"vector vector({about.space.dim_out}) NOT NULL, {facts})"
            )
            self.describe(about)

    def describe(self, about: About) -> None:
        """Change what it says about itself."""
        with self._refusals():
            self._connection.execute(
                f"INSERT INTO {_ABOUT} VALUES (%s, %s) "
                "ON CONFLICT (name) DO UPDATE SET about = excluded.about",
                [self.name, json.dumps(about.to_json())],
            )

    def marks(self, ids: Sequence[str]) -> dict[str, str]:
        """Marks of those of the ids that it holds."""
        sql = f"SELECT item_id, mark FROM {self.name} WHERE item_id = ANY(%s)"
        with self._refusals():
            return dict(self._rows(sql, [list(ids)]))

    def upsert(self, rows: MirrorRows) -> None:
        """Add or replace items, in one transaction."""
        from psycopg.types.json import Jsonb

        columns = ("item_id", "mark", "length", "vector", *FACTS)
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
        with self._refusals(), self._connection.transaction():
            cursor = self._connection.cursor()
            cursor.execute(
                "CREATE TEMP TABLE IF NOT EXISTS likewise_arriving "
                f"(LIKE {self.name}) ON COMMIT DELETE ROWS"
            )
            into = f"COPY likewise_arriving ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
            with cursor.copy(into) as copy:
                copy.set_types(["text", "text", "float4", "vector", *map(_copied, FACTS)])
                for index, item in enumerate(rows.ids):
                    facts = dict(rows.facts[index])
                    for name in NESTED:
                        facts[name] = None if facts[name] is None else Jsonb(facts[name])
                    row = (item, rows.marks[index], rows.lengths[index], rows.vectors[index])
                    copy.write_row((*row, *(facts[name] for name in FACTS)))
            cursor.execute(
                f"INSERT INTO {self.name} ({', '.join(columns)}) "
                f"SELECT {', '.join(columns)} FROM likewise_arriving "
                f"ON CONFLICT (item_id) DO UPDATE SET {changes}"
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Remove items; ids that are not there are passed over."""
        sql = f"DELETE FROM {self.name} WHERE item_id = ANY(%s)"
        with self._refusals():
            self._connection.execute(sql, [list(ids)])

    def ids(self) -> Iterator[Sequence[str]]:
        """All ids, in pages."""
        last = ""
        sql = f"SELECT item_id FROM {self.name} WHERE item_id > %s ORDER BY item_id LIMIT {_PAGE}"
        while True:
            with self._refusals():
                page = [item for (item,) in self._rows(sql, [last])]
            if not page:
                return
            last = page[-1]
            yield page

    def count(self, where: str | None = None, exclude: Sequence[str] = ()) -> int:
        """How many items it holds, or how many of them `nearest` would look at."""
        condition, values = self._filter(where, exclude)
        with self._refusals():
            sql = f"SELECT count(*) FROM {self.name} WHERE {condition}"
            return int(self._rows(sql, values)[0][0])

    def finish(self) -> None:
        """Build the index, where one is wanted and not there."""
        with self._refusals():
            self._connection.execute(f"ANALYZE {self.name}")
            if self.index == "none" or self._index():
                return
            ((dim,),) = self._rows(
                "SELECT atttypmod FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attname = 'vector'", [self.name]
            )  # fmt: skip
            if dim > _WIDEST_INDEX:
                raise BadInputError(
                    f"pgvector builds no index over {dim} columns, only up to {_WIDEST_INDEX}; "
                    "publish with --set index=none"
                )
            rows = self.count()
            lists = max(1, rows // 1000 if rows <= 1_000_000 else int(rows**0.5))
            options = f"WITH (lists = {lists})" if self.index == "ivfflat" else ""
            self._connection.execute("SET maintenance_work_mem = '1GB'")
            self._connection.execute(
                f"CREATE INDEX {self.name}_{self.index} ON {self.name} USING {self.index} "
                f"((vector::halfvec({dim})) halfvec_ip_ops) {options}"
            )

    def is_exact(self, approximate: bool) -> bool:
        """Whether `nearest` compares every row."""
        with self._refusals():
            return not approximate or self._index() is None

    def nearest(
        self,
        directions: Vectors,
        count: int,
        where: str | None = None,
        exclude: Sequence[str] = (),
        approximate: bool = False,
    ) -> list[Near]:
        """For each direction the items with the largest inner products."""
        condition, values = self._filter(where, exclude)
        dim = directions.shape[1]
        product = "vector <#> %s"
        settings = ["SET LOCAL enable_indexscan = off"]
        with self._refusals(), self._connection.transaction():
            index = self._index() if approximate else None
            if index is not None:
                product = f"vector::halfvec({dim}) <#> %s::vector::halfvec({dim})"
                settings = _looking_widely(index, count, self.count())
            for setting in settings:
                self._connection.execute(setting)
            sql = (
                f"SELECT item_id, length, vector FROM {self.name} WHERE {condition} "
                f"ORDER BY {product} LIMIT {count}"
            )
            return [_near(self._rows(sql, [*values, direction]), dim) for direction in directions]

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def _filter(self, where: str | None, exclude: Sequence[str]) -> tuple[str, list[Any]]:
        values: list[Any] = []
        parts = ["true"]
        if where is not None:
            condition = read_condition(where, "PostgreSQL", keys=True)
            self._check_keys(condition, where)
            parts.append(as_sql(condition, values))
        if exclude:
            parts.append("item_id <> ALL(%s)")
            values.append(list(exclude))
        return " AND ".join(parts), values

    def _check_keys(self, condition: Condition, where: str) -> None:
        """Refuse keys of the metadata that no item has, or that are not all of the type."""
        for key, kind in sorted(set(keys_in(condition))):
            with self._refusals():
                counts = f"count({KEY_AS['text']}), count({KEY_AS[kind or 'text']})"
                sql = f"SELECT {counts} FROM {self.name}"
                ((present, fitting),) = self._rows(sql, {"key": str(key)})
            if not present:
                raise refuse_unknown(where, key, "PostgreSQL")
            if fitting < present:
                raise refuse_mixed(where, key, kind, "PostgreSQL")

    def _index(self) -> str | None:
        """The kind of index that the table has."""
        rows = self._rows("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [self.name])
        made = " ".join(text for (text,) in rows)
        return next((kind for kind in _INDEXES if f"USING {kind}" in made), None)

    def _exists(self, table: str) -> bool:
        return self._rows("SELECT to_regclass(%s)", [table])[0][0] is not None

    def _rows(
        self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        cursor = self._connection.cursor(binary=True)
        found: list[tuple[Any, ...]] = cursor.execute(sql, values).fetchall()
        return found

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """What goes wrong here, in likewise's words."""
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            raise refused_by(self.url, str(error)) from error


def _looking_widely(index: str, count: int, rows: int) -> list[str]:
    """Settings with which an index finds about as much as rules need; see pgvector's README."""
    if index == "hnsw":
        return [
            f"SET LOCAL hnsw.ef_search = {min(1000, max(400, count))}",
            "SET LOCAL hnsw.iterative_scan = relaxed_order",
        ]
    lists = max(1, rows // 1000 if rows <= 1_000_000 else int(rows**0.5))
    return [
        f"SET LOCAL ivfflat.probes = {max(1, lists // 10)}",
        "SET LOCAL ivfflat.iterative_scan = relaxed_order",
    ]


def _near(rows: list[tuple[Any, ...]], dim: int) -> Near:
    vectors: NDArray[np.float32] = np.empty((len(rows), dim), np.float32)
    for index, (_, _, vector) in enumerate(rows):
        vectors[index] = vector.to_numpy()
    lengths = np.array([length for _, length, _ in rows], np.float32)
    return Near([item for item, _, _ in rows], lengths, vectors)


def _type(name: str) -> str:
    return "jsonb" if name in NESTED else _TYPES[str(ITEM_SCHEMA.field(name).type)]


def _copied(name: str) -> str:
    """Type of a column as COPY names it."""
    return _type(name).split()[0]
