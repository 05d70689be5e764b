from __future__ import annotations

import json

import pytest
from commands import Run


def test_words_and_an_example_multiplied(run: Run) -> None:
    query = ("search", "ball", "--like", "disc/00.png", "-k", "5")
    done = json.loads(run(*query, "--combine", "product", "--json").out)
    assert (done["rule"], done["threshold"], done["searched"]) == ("product", None, 24)
    scores = [row["score"] for row in done["results"]]
    assert len(scores) == 5
    assert 1 >= scores[0] >= scores[-1] >= 0
    lines = run(*query, "--combine", "product").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [row["id"] for row in done["results"]]
    summed = json.loads(run(*query, "--json").out)
    assert json.loads(run(*query, "--combine", "sum", "--json").out) == summed
    assert summed["rule"] != "product"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ball",), "a product needs words and an example"),
        (("--like", "disc/00.png"), "a product needs words and an example"),
        (("ball", "--like", "disc/00.png", "--concept", "disc"), "goes with words and images"),
        (("ball", "--like", "disc/00.png", "--also", "x.likewise"), "goes with words and images"),
    ],
)
def test_what_cannot_be_multiplied_is_one_sentence(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = run("search", *arguments, "--combine", "product")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1
