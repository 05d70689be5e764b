"""A search that ranks by the product of the similarities to words and to examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from likewise.concepts.evidence import evidence_for, find_images
from likewise.concepts.labelling import remarks_on_words
from likewise.core.concept import Concept
from likewise.core.evidence import Samples
from likewise.core.ranking import Ranking
from likewise.errors import BadInputError
from likewise.rules.base import learn
from likewise.rules.methods.product import product_of
from likewise.workspace import Workspace


def search_by_product(
    workspace: Workspace,
    like: Sequence[str],
    unlike: Sequence[str] = (),
    hints: Sequence[str] = (),
    counter_hints: Sequence[str] = (),
    k: int = 50,
    where: str | None = None,
) -> tuple[Ranking, list[str]]:
    """The k images with the largest product of both similarities, and remarks for the person.

    The similarity to the words is that of the rule `text`, that to the examples that of `mean`,
    or of `contrast` where there are counter-examples. A score is between 0 and 1: 1 is an image
    that is nearest to both.

    Args:
        workspace: what is searched.
        like, unlike: ids or files of examples and counter-examples.
        hints, counter_hints: words for it and for what it is not.
        k: how many images, at most.
        where: a SQL condition on the items' columns; similarities are compared with those of all
            images.

    Raises:
        BadInputError: words or examples are missing, or k is below 1.
        NotFoundError: no such item or file.
    """
    if not like or not hints:
        raise BadInputError(
            "a product needs words and an example; give words and --like IMAGE, or leave out "
            "--combine product"
        )
    if k < 1:
        raise BadInputError(f"k is {k}; ask for 1 result or more")
    found, unwanted = find_images(workspace, like), find_images(workspace, unlike)
    query = Concept("search").adding(found.ids, unwanted.ids, tuple(hints), tuple(counter_hints))
    evidence = evidence_for(workspace, query, {**found.outside, **unwanted.outside})
    none = Samples(np.empty((0, evidence.dim), np.float32))
    of_words = learn(replace(evidence, positives=none, negatives=none), "text", calibrate=False)
    of_examples = learn(
        replace(evidence, hints=none, counter_hints=none),
        "contrast" if unlike else "mean",
        calibrate=False,
    )
    collection = workspace.collection
    scores = product_of(collection.scores(of_words), collection.scores(of_examples))
    ranking = collection.rank_all(of_words, where, scores=scores)
    return ranking.top(k), remarks_on_words(workspace, query)
