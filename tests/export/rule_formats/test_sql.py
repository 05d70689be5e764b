"""The query answers what the rule answers, in DuckDB and in PostgreSQL with pgvector."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import psycopg
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from postgres_server import running_postgres
from worlds import World, world

from likewise.core.rule import Calibration, Rule
from likewise.core.space import Space, plain_space
from likewise.errors import BadInputError
from likewise.export.rule_formats.sql import Sql
from likewise.rules.base import learn


@pytest.fixture(scope="module")
def small() -> World:
    return world()


def table_of(vectors: NDArray[np.float32]) -> pa.Table:
    return pa.table({"id": [f"{n}" for n in range(len(vectors))], "vector": vectors.tolist()})


def agrees(rule: Rule, rows: list[tuple[object, ...]], vectors: NDArray[np.float32]) -> None:
    """Answered rows are the best first and hold what the rule says of each vector."""
    scores = rule.score(vectors)
    assert len(rows) == len(vectors)
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)  # type: ignore[type-var]
    for item, score, yes, *chance in rows:
        wanted = scores[int(str(item))]
        assert score == pytest.approx(wanted, abs=2e-5)
        if abs(wanted - rule.threshold) > 1e-4:
            assert yes == (wanted >= rule.threshold)
        assert len(chance) == (rule.calibration is not None)
        if chance and rule.calibration is not None:
            assert chance[0] == pytest.approx(rule.calibration.probability(wanted), abs=1e-3)


RULES = ["mean", "contrast", "prototypes", "logistic"]


@pytest.mark.parametrize("learner", RULES)
def test_duckdb(learner: str, small: World) -> None:
    rule = replace(learn(small.evidence(8, 8), learner), calibration=Calibration(9.0, -2.0, 16))
    vectors = small.rows[:300] * np.float32(1.7)
    items = table_of(vectors)  # noqa: F841 - DuckDB sees it
    agrees(rule, duckdb.sql(Sql().query(rule)).fetchall(), vectors)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("where", ["concept", "learner", "encoder"])
def test_no_name_in_a_rule_is_a_statement(where: str, end: str, small: World) -> None:
    name = f"x{end}; CREATE TABLE stranger AS SELECT 1; --"
    rule = learn(small.evidence(8, 8), "mean").with_provenance(concept="x")
    if where == "concept":
        rule = rule.with_provenance(concept=name)
    elif where == "learner":
        rule = replace(rule, learner=name)
    else:
        rule = replace(rule, space=replace(rule.space, encoder=name))
    with duckdb.connect() as database:
        database.register("items", table_of(small.rows[:3]))
        assert len(database.execute(Sql().query(rule)).fetchall()) == 3
        assert ("stranger",) not in database.execute("SHOW TABLES").fetchall()
    head = [line for line in Sql().query(rule).splitlines() if line.startswith("--")]
    assert (len(head), "; CREATE TABLE" in "".join(head)) == (3, True)


def test_pgvector(small: World) -> None:
    vectors = small.rows[:300] * np.float32(1.7)
    values = [(f"{n}", str(row.tolist())) for n, row in enumerate(vectors)]
    with running_postgres() as url, psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE EXTENSION vector")
        server.execute(f'CREATE TABLE items (id text, "an embedding" vector({vectors.shape[1]}))')
        server.cursor().executemany("INSERT INTO items VALUES (%s, %s)", values)
        for learner in RULES:
            learned = learn(small.evidence(8, 8), learner)
            rule = replace(learned, calibration=Calibration(9.0, -2.0, 16))
            query = Sql(dialect="pgvector", table="public.items", column="an embedding").query(rule)
            agrees(rule, server.execute(query).fetchall(), vectors)


def test_through_a_projection_and_without_a_mean() -> None:
    random = np.random.default_rng(0)
    mean, axes = random.normal(size=6), random.normal(size=(6, 4))
    space = Space("demo", mean.astype(np.float32), axes.astype(np.float32))
    vectors = random.normal(size=(40, 6)).astype(np.float32)
    items = table_of(vectors)  # noqa: F841 - DuckDB sees it
    for of in (space, plain_space("demo", 6)):
        rows = of.apply(random.normal(size=(3, 6)).astype(np.float32))
        rule = Rule("x", of, rows, away=rows[0], away_weight=0.3, threshold=0.2)
        agrees(rule, duckdb.sql(Sql().query(rule)).fetchall(), vectors)


def test_names_are_quoted_and_files_are_read(small: World, tmp_path: Path) -> None:
    rule = learn(small.evidence(8, 8), "mean")
    odd = 'a "b"; DROP TABLE items --'
    table = table_of(small.rows[:20]).rename_columns([odd, "my vector"])
    path = tmp_path / "vectors.parquet"
    duckdb.from_arrow(table).write_parquet(str(path))
    query = Sql(table=f"'{path}'", id=odd, column="my vector", limit=3).query(rule)
    best = np.argsort(-rule.score(small.rows[:20]))[:3]
    assert [int(row[0]) for row in duckdb.sql(query).fetchall()] == best.tolist()


def test_a_concept_cannot_leave_the_comment(small: World) -> None:
    rule = learn(small.evidence(8, 8), "mean").with_provenance(concept="x\nDROP TABLE items;")
    lines = Sql().query(rule).splitlines()
    assert not any(line.startswith("DROP") for line in lines)


def test_what_cannot_be_is_refused(small: World) -> None:
    rule = learn(small.evidence(8, 8), "mean")
    with pytest.raises(BadInputError, match="none of duckdb, pgvector"):
        Sql(dialect="oracle").query(rule)  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="cannot be a column's name"):
        Sql(column="").query(rule)
