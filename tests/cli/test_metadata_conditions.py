"""Every command with --where takes keys of the metadata, each compared by its type."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest
from command_tree import every_command
from commands import Ran, Run
from priced_shapes import CONDITION, MATCHING, index_priced


@pytest.fixture
def priced(run: Run, home: Path) -> Run:
    index_priced(home)

    def go(*arguments: object) -> Ran:
        return run(*arguments, "--where", CONDITION, "-w", "list.likewise")

    return go


def test_a_search(priced: Run) -> None:
    found = json.loads(priced("search", "--like", "shapes/disc/00.png", "--json").out)
    assert sorted(hit["id"] for hit in found["results"]) == list(MATCHING)


def test_a_page_of_a_review_in_the_terminal(
    priced: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = tmp_path / "answers"
    answers.write_text("all\n")
    with answers.open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        ran = priced("review", "disc")
    assert ran.code == 0, ran.err
    shown = [line.split()[-1] for line in ran.out.splitlines() if line.endswith(".png")]
    assert sorted(shown) == list(MATCHING)
    assert "every image that meets the condition was answered" in ran.out


def test_a_page_that_is_handed_out(priced: Run, home: Path) -> None:
    ran = priced("review", "disc", "--to", "disc.html")
    assert ran.code == 0, ran.err
    page = (home / "disc.html").read_text()
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert sorted(item["item"] for item in data["items"]) == list(MATCHING)


def test_random_looks_and_rehearsals_take_no_condition(priced: Run) -> None:
    for option in (("--audit", "4"), ("--simulate", "truth.csv")):
        ran = priced("review", "disc", *option)
        assert (ran.code, ran.err.count("\n")) == (2, 1)
        assert "--where chooses what the pages show" in ran.err


def test_a_curator(priced: Run) -> None:
    found = json.loads(priced("curate", "exact-duplicates", "--json").out)
    assert sorted(row["id"] for row in found["items"]) == list(MATCHING)


def test_an_export(priced: Run, run: Run, home: Path) -> None:
    (home / "yes.txt").write_text("".join(f"shapes/disc/{n:02d}.png\n" for n in range(1, 8)))
    run("concept", "label", "disc", "--yes", "yes.txt", "-w", "list.likewise")
    assert run("learn", "disc", "-w", "list.likewise").code == 0
    ran = priced("export", "disc", "--to", "out", "--format", "csv")
    assert ran.code == 0, ran.err
    with next((home / "out").glob("*.csv")).open() as file:
        names = {Path(row[next(iter(row))]).name for row in csv.DictReader(file)}
    assert names == {Path(item).name for item in MATCHING}


def test_an_export_of_vectors(priced: Run, home: Path) -> None:
    ran = priced("export-vectors", "--out", "v.parquet")
    assert ran.code == 0, ran.err
    assert sorted(pq.read_table(home / "v.parquet")["id"].to_pylist()) == list(MATCHING)


def test_no_command_has_another_option_of_that_name() -> None:
    texts = {
        option.help
        for _, command in every_command()
        for option in command.params
        if isinstance(option, click.Option) and option.name == "where"
    }
    assert texts == {'SQL condition on columns and metadata keys, such as "width >= 800".'}
