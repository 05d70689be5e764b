"""A mirror in Qdrant (https://qdrant.tech), on a server or in a local folder."""

from __future__ import annotations

import os
import re
import sys
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
from likewise.export.databases._metadata_keys import keys_in, refuse_mixed, refuse_unknown
from likewise.export.databases._where import (
    AnyOf,
    Compare,
    Condition,
    Either,
    Every,
    IsNull,
    Key,
    Like,
    Value,
    kind_of,
    read_condition,
    refused,
)
from likewise.export.databases.base import FACTS, About, MirrorRows, Near, refused_by

_PAGE = 4096
_POINTS = 1024  # sent at once: a server takes 32 MB
_ABOUT = "likewise"
_INDEXED_FROM = 20_000  # rows; Qdrant builds no index for fewer
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENTS = ("taken_at", "added_at")
_RANGE = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


@dataclass(eq=False)
class Qdrant:
    """One collection, which says about itself in its metadata whose it is.

    Args:
        url: ``qdrant://host:6333``, ``qdrant+https://host`` or, for a folder that the client
            reads and writes by itself, ``qdrant+file:///path``. A key for the server is taken
            from the environment: ``QDRANT_API_KEY``.
        name: of the collection.
    """

    url: str = field(default="", repr=False)
    name: str = ""

    schemes: ClassVar[tuple[str, ...]] = ("qdrant", "qdrant+http", "qdrant+https", "qdrant+file")
    most: ClassVar[int] = 1 << 16

    def __post_init__(self) -> None:
        try:
            from qdrant_client import QdrantClient, models
        except ImportError as error:
            raise MissingExtraError("a mirror in Qdrant", "qdrant") from error
        self._models: Any = models
        parts = urlsplit(self.url)
        self._is_local = parts.scheme == "qdrant+file"
        with self._refusals():
            if self._is_local:
                self._client = QdrantClient(path=parts.path)
            else:
                scheme = "https" if parts.scheme == "qdrant+https" else "http"
                plain = urlunsplit(parts._replace(scheme=scheme))
                key = os.environ.get("QDRANT_API_KEY")
                self._client = QdrantClient(
                    url=plain, api_key=key, timeout=60, check_compatibility=False
                )

    def about(self) -> About | None:
        """What it says about itself, or None where there is no mirror of that name yet."""
        with self._refusals():
            if not self._client.collection_exists(self.name):
                return None
            facts = (self._client.get_collection(self.name).config.metadata or {}).get(_ABOUT)
        return None if facts is None else About.from_json(facts)

    def create(self, about: About) -> None:
        """Make the collection, empty; one that is there is dropped first."""
        with self._refusals():
            if self._client.collection_exists(self.name):
                if self.about() is None:
                    raise BadInputError(
                        f"there is a collection {self.name} in {shown(self.url)} that likewise "
                        "has not made; choose another with --name"
                    )
                self._client.delete_collection(self.name)
            vectors = self._models.VectorParams(
                size=about.space.dim_out, distance=self._models.Distance.DOT
            )
            self._client.create_collection(
                self.name, vectors_config=vectors, metadata={_ABOUT: about.to_json()}
            )

    def describe(self, about: About) -> None:
        """Change what it says about itself."""
        with self._refusals():
            self._client.update_collection(self.name, metadata={_ABOUT: about.to_json()})

    def marks(self, ids: Sequence[str]) -> dict[str, str]:
        """Marks of those of the ids that it holds."""
        with self._refusals():
            points = self._client.retrieve(
                self.name, [_key(item) for item in ids], with_payload=["item_id", "mark"]
            )
        return {point.payload["item_id"]: point.payload["mark"] for point in points}

    def upsert(self, rows: MirrorRows) -> None:
        """Add or replace items."""
        points = [
            self._models.PointStruct(
                id=_key(item),
                vector=rows.vectors[index].tolist(),
                payload={
                    "item_id": item,
                    "mark": rows.marks[index],
                    "length": float(rows.lengths[index]),
                    **{k: v for k, v in rows.facts[index].items() if v is not None and k in FACTS},
                },
            )
            for index, item in enumerate(rows.ids)
        ]
        with self._refusals():
            for start in range(0, len(points), _POINTS):
                self._client.upsert(self.name, points[start : start + _POINTS], wait=True)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove items; ids that are not there are passed over."""
        chosen = self._models.PointIdsList(points=[_key(item) for item in ids])
        with self._refusals():
            self._client.delete(self.name, points_selector=chosen, wait=True)

    def ids(self) -> Iterator[Sequence[str]]:
        """All ids, in pages."""
        after = None
        while True:
            with self._refusals():
                points, after = self._client.scroll(
                    self.name, limit=_PAGE, offset=after, with_payload=["item_id"]
                )
            if points:
                yield [point.payload["item_id"] for point in points]
            if after is None:
                return

    def count(self, where: str | None = None, exclude: Sequence[str] = ()) -> int:
        """How many items it holds, or how many of them `nearest` would look at."""
        chosen = self._filter(where, exclude)
        with self._refusals():
            return int(self._client.count(self.name, count_filter=chosen, exact=True).count)

    def finish(self) -> None:
        """Nothing to do: Qdrant builds its index by itself."""

    def is_exact(self, approximate: bool) -> bool:
        """Whether `nearest` compares every row."""
        return not approximate or self._is_local or self.count() < _INDEXED_FROM

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
        exact = self._models.SearchParams(exact=not approximate)
        requests = [
            self._models.QueryRequest(
                query=direction.tolist(),
                limit=count,
                filter=chosen,
                with_payload=["item_id", "length"],
                with_vector=True,
                params=None if self._is_local else exact,
            )
            for direction in directions
        ]
        with self._refusals():
            answers = self._client.query_batch_points(self.name, requests=requests)
        return [_near(answer.points, directions.shape[1]) for answer in answers]

    def close(self) -> None:
        """Let go of the server or the folder."""
        self._client.close()

    def _filter(self, where: str | None, exclude: Sequence[str]) -> Any | None:
        must, must_not = [], []
        if where is not None:
            condition = read_condition(where, "Qdrant", keys=True)
            self._check_keys(condition, where)
            must.append(self._as_qdrant(condition, where))
        if exclude:
            must_not.append(self._models.HasIdCondition(has_id=[_key(item) for item in exclude]))
        return self._models.Filter(must=must, must_not=must_not) if must or must_not else None

    def _as_qdrant(self, condition: Condition, where: str) -> Any:
        models = self._models
        if isinstance(condition, Every):
            return models.Filter(must=[self._as_qdrant(x, where) for x in condition.parts])
        if isinstance(condition, Either):
            return models.Filter(should=[self._as_qdrant(x, where) for x in condition.parts])
        key = _path(condition.column, where)
        empty = models.IsEmptyCondition(is_empty=models.PayloadField(key=key))
        if isinstance(condition, IsNull):
            return models.Filter(must_not=[empty]) if condition.negated else empty
        if isinstance(condition, Like):
            raise refused(where, "Qdrant has no LIKE", "Qdrant")
        if isinstance(condition, Compare) and condition.operator in _RANGE:
            return models.FieldCondition(key=key, range=self._range(condition, where))
        if isinstance(condition, AnyOf):
            values, negated = condition.values, condition.negated
        else:
            values, negated = (condition.value,), condition.operator == "!="
        found = models.Filter(should=[self._equal(condition.column, key, x) for x in values])
        return models.Filter(must_not=[found, empty]) if negated else found

    def _equal(self, column: str, key: str, value: Value) -> Any:
        if isinstance(column, Key) and kind_of(value) == "number":  # 5 is no match of 5.0 there
            between = self._models.Range(gte=value, lte=value)
            return self._models.FieldCondition(key=key, range=between)
        return self._models.FieldCondition(key=key, match=self._models.MatchValue(value=value))

    def _check_keys(self, condition: Condition, where: str) -> None:
        """Refuse keys of the metadata that no item has, or that are not all of the type."""
        models = self._models

        def count(chosen: Any) -> int:
            with self._refusals():
                return int(self._client.count(self.name, count_filter=chosen, exact=True).count)

        def count_present(key: str) -> int:
            empty = models.IsEmptyCondition(is_empty=models.PayloadField(key=key))
            return count(models.Filter(must_not=[empty]))

        for column, kind in sorted(set(keys_in(condition))):
            key = _path(column, where)
            present = count_present(key)
            if not present:
                raise refuse_unknown(where, column, "Qdrant")
            if not kind:
                continue
            if count_present(f"{key}[]"):
                raise refused(where, f"'{column}' holds lists there", "Qdrant")
            anything = models.FieldCondition(
                key=key, range=models.Range(gte=-sys.float_info.max, lte=sys.float_info.max)
            )
            numbers = count(models.Filter(must=[anything]))
            either = [self._equal(column, key, value) for value in (True, False)]
            booleans = count(models.Filter(should=either))
            counts = {"number": numbers, "boolean": booleans, "text": present - numbers - booleans}
            if counts[kind] < present:
                raise refuse_mixed(where, column, kind, "Qdrant")

    def _range(self, condition: Compare, where: str) -> Any:
        """A range over numbers, or over the days of a moment that is kept as text."""
        column, value = condition.column, condition.value
        if isinstance(value, str | bool):
            if column not in _MOMENTS or not _DATE.fullmatch(str(value)):
                why = "Qdrant orders no texts but days, as in taken_at < '2026-07-31'"
                raise refused(where, why, "Qdrant")
            # As text every moment of a day comes after the day's name, whatever the hour.
            bound = {"gte" if condition.operator in (">", ">=") else "lt": f"{value}T00:00:00Z"}
            return self._models.DatetimeRange(**bound)
        if column == "modified":
            raise refused(where, "Qdrant compares nanoseconds to some 256 only", "Qdrant")
        return self._models.Range(**{_RANGE[condition.operator]: value})

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """What goes wrong here, in likewise's words."""
        try:
            yield
        except LikewiseError:
            raise
        except Exception as error:  # of httpx, grpc, pydantic and portalocker, and its own
            raise refused_by(self.url, str(error) or type(error).__name__) from error


def _path(column: str, where: str) -> str:
    """Where a column, or a key of the metadata, is in a point's payload.

    Raises:
        BadInputError: a key with a quotation mark, which Qdrant's paths cannot name.
    """
    if not isinstance(column, Key):
        return column
    if '"' in column:
        raise refused(where, f"Qdrant cannot name the key {column}", "Qdrant")
    return f'metadata."{column}"'


def _key(item: str) -> str:
    return str(uuid5(NAMESPACE_URL, item))


def _near(points: list[Any], dim: int) -> Near:
    vectors = np.array([point.vector for point in points], np.float32).reshape(-1, dim)
    lengths = np.array([point.payload["length"] for point in points], np.float32)
    return Near([point.payload["item_id"] for point in points], lengths, vectors)
