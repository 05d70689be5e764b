"""A mirror in Milvus (https://milvus.io), on a cluster or in the file of Milvus Lite."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from likewise.core.addresses import shown
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError, LikewiseError, MissingExtraError
from likewise.export.databases._where import (
    NESTED,
    AnyOf,
    Compare,
    Condition,
    Either,
    Every,
    IsNull,
    read_condition,
)
from likewise.export.databases.base import FACTS, About, MirrorRows, Near, refused_by
from likewise.search.store.base import ITEM_SCHEMA

_PAGE = 4096
_ROWS = 2048  # sent at once: a server takes 64 MB
_ABOUT = "likewise"
_LONGEST = 65_535  # bytes of a text
_INDEXES: dict[str, dict[str, int]] = {
    "FLAT": {},
    "IVF_FLAT": {"nlist": 1024},
    "HNSW": {"M": 32, "efConstruction": 200},
}
_SEARCHING = {"FLAT": {}, "IVF_FLAT": {"nprobe": 128}, "HNSW": {"ef": 1024}}


@dataclass(eq=False)
class Milvus:
    """One collection, which says about itself in its properties whose it is.

    Args:
        url: ``milvus://host:19530``, ``milvus+https://host`` or, for Milvus Lite,
            ``milvus+file:///path/to/file.db``. A token for the server is taken from the
            environment: ``MILVUS_TOKEN``.
        name: of the collection.
        index: "FLAT" compares every row and is exact; "IVF_FLAT" and "HNSW" are faster and
            approximate, for every search: Milvus cannot choose by the search.
    """

    url: str = field(default="", repr=False)
    name: str = ""
    index: str = "FLAT"

    schemes: ClassVar[tuple[str, ...]] = ("milvus", "milvus+http", "milvus+https", "milvus+file")
    most: ClassVar[int] = 16_384

    def __post_init__(self) -> None:
        if self.index not in _INDEXES:
            raise BadInputError(f"'{self.index}' is no index; use one of {', '.join(_INDEXES)}")
        try:
            from pymilvus import DataType, MilvusClient
        except ImportError as error:
            raise MissingExtraError("a mirror in Milvus", "milvus") from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs what it raises
        self._types: Any = DataType
        parts = urlsplit(self.url)
        with self._refusals():
            if parts.scheme == "milvus+file":
                self._client = MilvusClient(parts.path)
            else:
                scheme = "https" if parts.scheme == "milvus+https" else "http"
                plain = urlunsplit(parts._replace(scheme=scheme))
                token = os.environ.get("MILVUS_TOKEN", "")
                self._client = MilvusClient(plain, token=token, timeout=60)

    def about(self) -> About | None:
        """What it says about itself, or None where there is no mirror of that name yet."""
        with self._refusals():
            if not self._client.has_collection(self.name):
                return None
            properties = self._client.describe_collection(self.name).get("properties") or {}
        return About.from_json(json.loads(properties[_ABOUT])) if _ABOUT in properties else None

    def create(self, about: About) -> None:
        """Make the collection, empty; one that is there is dropped first."""
        with self._refusals():
            if self._client.has_collection(self.name):
                if self.about() is None:
                    raise BadInputError(
                        f"there is a collection {self.name} in {shown(self.url)} that likewise "
                        "has not made; choose another with --name"
                    )
                self._client.drop_collection(self.name)
            schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("key", self._types.VARCHAR, is_primary=True, max_length=36)
            schema.add_field("item_id", self._types.VARCHAR, max_length=_LONGEST)
            schema.add_field("mark", self._types.VARCHAR, max_length=64)
            schema.add_field("length", self._types.FLOAT)
            schema.add_field("vector", self._types.FLOAT_VECTOR, dim=about.space.dim_out)
            for name in FACTS:
                kind, options = self._type(name)
                schema.add_field(name, kind, nullable=True, **options)
            index = self._client.prepare_index_params()
            index.add_index(
                "vector", index_type=self.index, metric_type="IP", params=_INDEXES[self.index]
            )
            self._client.create_collection(
                self.name,
                schema=schema,
                index_params=index,
                consistency_level="Strong",
                properties={_ABOUT: json.dumps(about.to_json())},
            )

    def describe(self, about: About) -> None:
        """Change what it says about itself."""
        properties = {_ABOUT: json.dumps(about.to_json())}
        with self._refusals():
            self._client.alter_collection_properties(self.name, properties=properties)

    def marks(self, ids: Sequence[str]) -> dict[str, str]:
        """Marks of those of the ids that it holds."""
        with self._refusals():
            rows = self._client.get(
                self.name, [_key(item) for item in ids], output_fields=["item_id", "mark"]
            )
        return {row["item_id"]: row["mark"] for row in rows}

    def upsert(self, rows: MirrorRows) -> None:
        """Add or replace items."""
        fields = [
            {
                "key": _key(item),
                "item_id": item,
                "mark": rows.marks[index],
                "length": float(rows.lengths[index]),
                "vector": rows.vectors[index],
                **{name: rows.facts[index].get(name) for name in FACTS},
            }
            for index, item in enumerate(rows.ids)
        ]
        with self._refusals():
            for start in range(0, len(fields), _ROWS):
                self._client.upsert(self.name, fields[start : start + _ROWS])

    def delete(self, ids: Sequence[str]) -> None:
        """Remove items; ids that are not there are passed over."""
        with self._refusals():
            self._client.delete(self.name, ids=[_key(item) for item in ids])

    def ids(self) -> Iterator[Sequence[str]]:
        """All ids, in pages."""
        last = ""
        while True:
            with self._refusals():
                rows = self._client.query(
                    self.name,
                    filter=f'key > "{last}"',
                    output_fields=["key", "item_id"],
                    limit=_PAGE,  # of the smallest keys, as the client's own iterator relies on
                )
            if not rows:
                return
            last = max(row["key"] for row in rows)
            yield [row["item_id"] for row in rows]

    def count(self, where: str | None = None, exclude: Sequence[str] = ()) -> int:
        """How many items it holds, or how many of them `nearest` would look at."""
        chosen = self._filter(where, exclude)
        with self._refusals():
            rows = self._client.query(self.name, filter=chosen, output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def finish(self) -> None:
        """Nothing to do: Milvus builds its index as rows arrive."""

    def is_exact(self, approximate: bool) -> bool:
        """Whether `nearest` compares every row."""
        return self._built() == "FLAT"

    def nearest(
        self,
        directions: Vectors,
        count: int,
        where: str | None = None,
        exclude: Sequence[str] = (),
        approximate: bool = False,
    ) -> list[Near]:
        """For each direction the items with the largest inner products."""
        chosen = self._filter(where, exclude)
        with self._refusals():
            answers = self._client.search(
                self.name,
                data=list(directions),
                limit=count,
                filter=chosen,
                output_fields=["item_id", "length", "vector"],
                search_params={"metric_type": "IP", "params": _SEARCHING[self._built()]},
            )
        return [_near([hit["entity"] for hit in hits], directions.shape[1]) for hits in answers]

    def close(self) -> None:
        """Let go of the server or the file."""
        self._client.close()

    def _built(self) -> str:
        with self._refusals():
            return str(self._client.describe_index(self.name, "vector")["index_type"])

    def _type(self, name: str) -> tuple[Any, dict[str, int]]:
        if name in NESTED:
            return self._types.JSON, {}
        kind = str(ITEM_SCHEMA.field(name).type)
        if kind == "string":
            return self._types.VARCHAR, {"max_length": _LONGEST}
        return (self._types.INT64 if kind == "int64" else self._types.INT32), {}

    def _filter(self, where: str | None, exclude: Sequence[str]) -> str:
        parts = []
        if where is not None:
            parts.append(_as_milvus(read_condition(where, "Milvus")))
        if exclude:
            parts.append(f"key not in [{', '.join(_literal(_key(item)) for item in exclude)}]")
        return " and ".join(parts)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """What goes wrong here, in likewise's words."""
        try:
            yield
        except LikewiseError:
            raise
        except Exception as error:  # of pymilvus and of grpc
            text = str(getattr(error, "message", error)) or type(error).__name__
            raise refused_by(self.url, text) from error


def _key(item: str) -> str:
    # Not the id itself: the client writes keys into its queries without escaping them.
    return uuid5(NAMESPACE_URL, item).hex


def _near(rows: list[Any], dim: int) -> Near:
    vectors = np.array([row["vector"] for row in rows], np.float32).reshape(-1, dim)
    lengths = np.array([row["length"] for row in rows], np.float32)
    return Near([row["item_id"] for row in rows], lengths, vectors)


def _as_milvus(condition: Condition) -> str:
    """A condition in Milvus' own language; a missing value matches nothing but IS NULL."""
    if isinstance(condition, Every | Either):
        word = " and " if isinstance(condition, Every) else " or "
        return f"({word.join(map(_as_milvus, condition.parts))})"
    column = condition.column
    if isinstance(condition, IsNull):
        return f"({column} is {'not ' if condition.negated else ''}null)"
    if isinstance(condition, AnyOf):
        values = ", ".join(map(_literal, condition.values))
        text = f"{column} {'not ' if condition.negated else ''}in [{values}]"
    elif isinstance(condition, Compare):
        operator = "==" if condition.operator == "=" else condition.operator
        text = f"{column} {operator} {_literal(condition.value)}"
    else:
        text = f"{column} like {_literal(condition.pattern)}"
        text = f"not ({text})" if condition.negated else text
    return f"({column} is not null and {text})"


def _literal(value: Any) -> str:
    """A text in double quotes with the escapes of JSON, or a number."""
    return json.dumps(value, ensure_ascii=False)
