"""A rule as a SQL query over a table of vectors: dot products, which databases do themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from likewise.core.escaping import escaped
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.errors import BadInputError
from likewise.export.rule_formats._preparation import preparation


@dataclass(frozen=True)
class Sql:
    """A SQL query that scores a table of the encoder's vectors, for DuckDB or pgvector.

    With ``z`` the vector less the space's mean, projected, every score is
    ``max_p(direction_p . z) / |z|``. Both are dot products of the vector with rows that the query
    holds as text, so that it needs nothing but the table. Vectors may have any length.

    Attributes:
        dialect: "duckdb", where the column is a list or an array of floats; or "pgvector", for
            PostgreSQL, where it is a vector.
        table: its name, perhaps with a schema before a dot; in DuckDB also a quoted file.
        id: name of the column that tells rows apart.
        column: name of the column of vectors.
        limit: how many of the best to answer; 0 for all.
    """

    dialect: Literal["duckdb", "pgvector"] = "duckdb"
    table: str = "items"
    id: str = "id"
    column: str = "vector"
    limit: int = 0

    def content(self, rule: Rule) -> bytes:
        """What a file of the rule holds."""
        return self.query(rule).encode()

    def query(self, rule: Rule) -> str:
        """The query as text; it answers id, score, yes, and probability where there are any.

        Raises:
            BadInputError: a name that cannot be one, or a dialect that there is not.
        """
        if self.dialect not in ("duckdb", "pgvector"):
            raise BadInputError(f"the dialect '{self.dialect}' is none of duckdb, pgvector")
        item, table = _name(self.id), _table(self.table, self.dialect)
        weights, offsets = _linear(rule)
        tops = [self._affine(row, offset) for row, offset in zip(weights, offsets, strict=True)]
        best = tops[0] if len(tops) == 1 else f"greatest({', '.join(tops)})"
        columns = [item, "score", f"score >= {_number(rule.threshold)} AS yes"]
        if rule.calibration is not None:
            slope, intercept = rule.calibration.slope, rule.calibration.intercept
            logit = f"{_number(slope)} * score + {_number(intercept)}"
            columns.append(f"1 / (1 + exp(-({logit}))) AS probability")
        lines = [
            *self._head(rule),
            f"SELECT {', '.join(columns)}",
            "FROM (",
            f"  SELECT {item}, {best} / {self._length(rule.space)} AS score",
            f"  FROM (SELECT {item}, v, {self._dot('v', 'v')} AS vv",
            f"        FROM (SELECT {item}, {self._vector(len(weights[0]))} AS v FROM {table}) AS a",
            "        ) AS b",
            ") AS scored",
            "ORDER BY score DESC",
        ]
        limit = [f"LIMIT {self.limit:d}"] if self.limit else []
        return "\n".join([*lines, *limit]) + ";\n"

    def _head(self, rule: Rule) -> list[str]:
        """Comments, each on its line: a rule of a stranger may have line ends in any name."""
        concept = str(rule.provenance.get("concept", "a rule"))
        comments = (
            f"{concept}: a rule of likewise ({rule.learner}), for {self.dialect}.",
            f"The vectors must be of the encoder {rule.encoder}.",
            f"Its pixels: {preparation(rule.encoder)}",
        )
        return [f"-- {escaped(comment)}" for comment in comments]

    def _vector(self, dim: int) -> str:
        column = _name(self.column)
        return f"{column}::FLOAT[{dim}]" if self.dialect == "duckdb" else column

    def _dot(self, first: str, second: str) -> str:
        if self.dialect == "duckdb":
            return f"array_inner_product({first}, {second})"
        return f"-({first} <#> {second})"

    def _with(self, row: NDArray[np.float32]) -> str:
        """The vector's product with a row."""
        numbers = ",".join(map(_number, row.tolist()))
        if self.dialect == "duckdb":
            return self._dot("v", f"[{numbers}]::FLOAT[{len(row)}]")
        return self._dot("v", f"'[{numbers}]'::vector")

    def _affine(self, row: NDArray[np.float32], offset: float) -> str:
        """A row's product with the vector at unit length, and an offset."""
        return f"({self._with(row)} / sqrt(vv) + {_number(offset)})"

    def _length(self, space: Space) -> str:
        """Length of the vector at unit length, once centred and projected."""
        if space.projection is None:
            mean = space.mean
            if not mean.any():
                return "1"
            plus = 1 + float(mean.astype(np.float64) @ mean)
            squared = f"{_number(plus)} - 2 * {self._with(mean)} / sqrt(vv)"
            return f"sqrt(greatest({squared}, 1e-24))"
        axes = np.ascontiguousarray(space.projection.T)
        offsets = -(axes @ space.mean)
        parts = [
            f"power({self._affine(row, offset)}, 2)"
            for row, offset in zip(axes, offsets.tolist(), strict=True)
        ]
        return f"sqrt(greatest({' + '.join(parts)}, 1e-24))"


def _linear(rule: Rule) -> tuple[NDArray[np.float32], list[float]]:
    weights, offsets = rule.linear_form()
    return weights, offsets.tolist()


def _number(value: float) -> str:
    """A number that reads back as the same float32."""
    return repr(float(np.float32(value))) if abs(value) < 1e30 else repr(float(value))


def _name(text: str) -> str:
    """A name of a column, quoted."""
    if not text or "\0" in text:
        raise BadInputError(f"{text!r} cannot be a column's name; give it as it is in the table")
    return '"' + text.replace('"', '""') + '"'


def _table(text: str, dialect: str) -> str:
    """A table, its schema before a dot; for DuckDB a file in quotes as well."""
    if dialect == "duckdb" and re.fullmatch(r"'[^'\0]+'", text):
        return text
    return ".".join(_name(part) for part in text.split("."))
