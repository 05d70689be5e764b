"""A rule run in a database that holds a workspace's vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from likewise.core.addresses import shown
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Scores
from likewise.errors import BadInputError, MismatchError, NotFoundError, command_line
from likewise.export.databases.base import About, Near, is_absent, open_mirror

_RESCORED_AT_LEAST, _RESCORED_A_HIT = 200, 4


def search_mirror(
    url: str,
    name: str,
    rule: Rule,
    k: int = 50,
    where: str | None = None,
    exclude: Sequence[str] = (),
    approximate: bool = False,
) -> tuple[Ranking, list[str]]:
    """The k best items under a rule, as a mirror finds them; and remarks for the person.

    Each of the rule's prototypes is a question of its own, with the counter-direction taken off;
    the best 4k answers to each are scored exactly by the rule, from the vectors that came with
    them. With a rule of the mirror's own space that is the answer `Collection.search` gives. A
    rule of another space, such as one that was learned when the collection had another mean, is
    asked in the mirror's space, and only its best are scored in its own: the remarks say so.

    Args:
        url: of the database.
        name: of the table or collection.
        rule: what is looked for.
        k: how many, at most.
        where: a SQL condition on the items' columns, of the kinds that all databases understand.
        exclude: ids that are not wanted.
        approximate: let the server use its index, which is faster and may miss some.

    Raises:
        NotFoundError: there is no such mirror.
        MismatchError: the rule was learned on another encoder's vectors.
        BadInputError: k out of range, or a condition that has no equivalent there.
    """
    missing = NotFoundError(
        f"there is no mirror '{name}' in {shown(url)}; make it with: "
        f"{command_line('publish', '--to', shown(url), '--name', name)}"
    )
    if is_absent(url):
        raise missing
    with closing(open_mirror(url, name)) as mirror:
        about = mirror.about()
        if about is None:
            raise missing
        if rule.encoder != about.space.encoder:
            raise MismatchError(
                f"the rule was learned on vectors of '{rule.encoder}' and the mirror holds those "
                f"of '{about.space.encoder}'; learn the concept again, or publish again"
            )
        if not 1 <= k <= mirror.most:
            raise BadInputError(f"k is {k}; this database answers 1 to {mirror.most:,}")
        searched = mirror.count(where, exclude)
        count = min(max(_RESCORED_AT_LEAST, _RESCORED_A_HIT * k), mirror.most, max(searched, 1))
        answers = mirror.nearest(_directions(rule), count, where, exclude, approximate)
        ids, scores = _scored(rule, about.space, answers)
        best = sorted(range(len(ids)), key=lambda i: (-scores[i], ids[i]))[:k]
        ranked = scores[best]
        remarks = list(_remarks(rule, about, mirror.is_exact(approximate)))
    probabilities = rule.probability(ranked)
    return Ranking(tuple(ids[i] for i in best), ranked, probabilities, searched), remarks


def _directions(rule: Rule) -> NDArray[np.float32]:
    """What to ask in a space that is only centred; shape (p, dim_in)."""
    projection = rule.space.projection
    directions = rule.directions if projection is None else rule.directions @ projection.T
    return np.ascontiguousarray(directions, np.float32)


def _scored(rule: Rule, space: Space, answers: Sequence[Near]) -> tuple[list[str], Scores]:
    """All that was answered, once each, with the rule's exact scores."""
    ids: list[str] = []
    seen: set[str] = set()
    scores = [np.empty(0, np.float32)]
    for near in answers:
        new = [i for i, item in enumerate(near.ids) if item not in seen]
        ids += [near.ids[i] for i in new]
        seen.update(near.ids)
        if rule.space.fingerprint == space.fingerprint:
            mapped = near.vectors[new]
        else:
            raw = space.mean + near.lengths[new, None] * near.vectors[new]
            mapped = rule.space.apply(raw)
        scores.append(rule.score_in_space(mapped))
    return ids, np.concatenate(scores)


def _remarks(rule: Rule, about: About, exact: bool) -> Iterator[str]:
    if not about.contents:
        yield "the mirror was not published to its end; run likewise publish again"
    if not exact:
        yield "the server looked into its index, which may miss some; scores are exact"
    if rule.space.fingerprint != about.space.fingerprint:
        yield (
            "the rule and the mirror are centred on different means: the best candidates were "
            "found in the mirror's space and scored exactly in the rule's"
        )
