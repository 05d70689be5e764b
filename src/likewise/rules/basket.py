"""A look at a basket before a search rests on it: clumps, outliers and near-copies in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.concepts.evidence import evidence_for
from likewise.core.evidence import Evidence
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError, command_line
from likewise.numeric.kmeans import mean_silhouette, spherical_kmeans
from likewise.workspace import Workspace

SAME = 0.98
"""Cosine, in the collection's centred space, above which two images count as near-copies."""

_MOST_CLUMPS = 6
_LEAST_SILHOUETTE = 0.3  # as the learner `prototypes` has it
_LEAST_GAIN = 0.01
_STANDARD_ERRORS = 2.0
_FEWEST = 4
_SPREADS = 3.0


@dataclass(frozen=True)
class Member:
    """One example, and how it gets on with the others.

    Attributes:
        item: its id.
        likeness: mean cosine to the other examples.
        gain: what the others gain when it is taken out: the mean change of the precision at
            which each of them, held out, is found among the counter-examples and the background.
        clump: number of its clump.
        outlier: whether it does not belong: taking it out clearly helps, or it is far less like
            the rest than the rest are like one another.
    """

    item: str
    likeness: float
    gain: float
    clump: int
    outlier: bool


@dataclass(frozen=True)
class Pair:
    """Two near-copies in one basket; `disagree` when one is an example and the other is not."""

    one: str
    other: str
    cosine: float
    disagree: bool


@dataclass(frozen=True)
class BasketReport:
    """What was found in a basket.

    Attributes:
        concept: its name.
        members: the examples, the least like the others first.
        counter_examples: how many there are.
        clumps: how many looks the examples come in.
        silhouette: mean silhouette of the clumps; None when they are one.
        pairs: near-copies, the most alike first.
    """

    concept: str
    members: tuple[Member, ...]
    counter_examples: int
    clumps: int
    silhouette: float | None
    pairs: tuple[Pair, ...]

    @property
    def outliers(self) -> tuple[Member, ...]:
        """The examples that do not belong."""
        return tuple(member for member in self.members if member.outlier)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of strings, lists and numbers."""
        return asdict(self)


def examine_basket(workspace: Workspace, concept: str) -> BasketReport:
    """Examine all that is known of a concept, its answers included.

    Raises:
        NotFoundError: no such concept, or an example is gone.
        BadInputError: the concept has no example.
    """
    evidence = evidence_for(workspace, workspace.concepts.get(concept))
    ids = (*evidence.positives.ids, *evidence.negatives.ids)
    inside = [item for item in ids if item in workspace.collection.known(ids)]
    digests = workspace.collection.digests(inside)
    return examine(evidence, concept, dict(zip(inside, digests, strict=True)))


def examine(
    evidence: Evidence, concept: str = "concept", digests: dict[str, str] | None = None
) -> BasketReport:
    """Examine evidence; needs no workspace.

    Args:
        evidence: positives and negatives with ids, and a background to find them among.
        concept: name, for the report.
        digests: of the files, by id; two items of one digest are copies.

    Raises:
        BadInputError: no positives.
    """
    if not len(evidence.positives):
        raise BadInputError(
            f"the concept '{concept}' has no example to examine; add one with: "
            f"{command_line('concept', 'add', concept, '--like', 'IMAGE')}"
        )
    space = evidence.space
    positives, negatives = (
        space.apply(evidence.positives.rows),
        space.apply(evidence.negatives.rows),
    )
    others = np.concatenate([negatives, space.apply(evidence.background.rows)])
    similarities = _mean_similarity(positives)
    gains, errors = leave_one_out_gains(positives, others)
    clusters, silhouette = find_clusters(positives)
    helps = (gains > _LEAST_GAIN) & (gains > _STANDARD_ERRORS * errors)
    odd = _far_below(similarities) | (helps & (similarities < np.median(similarities)))
    members = [
        Member(
            item, float(similarities[row]), float(gains[row]), int(clusters[row]), bool(odd[row])
        )
        for row, item in enumerate(evidence.positives.ids)
    ]
    names = (*evidence.positives.ids, *evidence.negatives.ids)
    rows = np.concatenate([positives, negatives])
    return BasketReport(
        concept,
        tuple(sorted(members, key=lambda member: member.likeness)),
        len(negatives),
        int(clusters.max()) + 1,
        silhouette,
        _pairs(rows, names, len(positives), digests or {}),
    )


def find_clusters(rows: Vectors) -> tuple[NDArray[np.intp], float | None]:
    """Clump numbers (n,) with the best mean silhouette, and it; zeros and None for one clump."""
    best: NDArray[np.intp] = np.zeros(len(rows), dtype=np.intp)
    silhouette = None
    weights = np.ones(len(rows), dtype=np.float32)
    for count in range(2, min(_MOST_CLUMPS, len(rows) - 1) + 1):
        labels = np.unique(spherical_kmeans(rows, weights, count), return_inverse=True)[1]
        if 2 <= labels.max() + 1 < len(rows):
            width = mean_silhouette(rows, labels)
            if width > (silhouette or _LEAST_SILHOUETTE):
                best, silhouette = labels, width
    return best, silhouette


def leave_one_out_gains(
    positives: Vectors, others: Vectors
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What the other examples gain when one is taken out, and the standard error of that; (p,).

    Each of the others is held out and looked for among the background by the mean of the rest, once
    with the doubtful example in that mean and once without.
    """
    count = len(positives)
    gains, errors = np.zeros(count), np.zeros(count)
    if count < _FEWEST or not len(others):
        return gains, errors
    cosines, other_cosines = positives @ positives.T, others @ positives.T
    summed, other_summed = cosines.sum(axis=1), other_cosines.sum(axis=1)
    # scores by the sum of the examples without j: only their order matters, so no norms
    before = _found_at(summed - np.diag(cosines), other_summed[:, None] - other_cosines)
    for doubtful in range(count):
        rest = np.arange(count) != doubtful
        mine = summed - np.diag(cosines) - cosines[:, doubtful]
        theirs = other_summed[:, None] - other_cosines - other_cosines[:, [doubtful]]
        change = (_found_at(mine, theirs) - before)[rest]
        gains[doubtful] = change.mean()
        errors[doubtful] = change.std(ddof=1) / np.sqrt(count - 1)
    return gains, errors


def _found_at(mine: NDArray[np.float32], theirs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Precision at the place of each held-out example: 1 / its rank among the background; (p,)."""
    return np.asarray(1.0 / (1.0 + (theirs >= mine).sum(axis=0)), np.float64)


def _mean_similarity(rows: Vectors) -> NDArray[np.float64]:
    if len(rows) == 1:
        return np.ones(1)
    cosines = (rows @ rows.T).astype(np.float64)
    return np.asarray((cosines.sum(axis=1) - np.diag(cosines)) / (len(rows) - 1))


def _far_below(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Below the median by more than three spreads, by the median of absolute deviations."""
    if len(values) <= _FEWEST:
        return np.zeros(len(values), dtype=bool)
    centre = np.median(values)
    spread = 1.4826 * np.median(np.abs(values - centre))
    return np.asarray(values < centre - _SPREADS * max(float(spread), _LEAST_GAIN))


def _pairs(
    rows: Vectors, names: tuple[str, ...], positives: int, digests: dict[str, str]
) -> tuple[Pair, ...]:
    cosines = rows @ rows.T
    of = [digests.get(name, f"not a digest: {name}") for name in names]
    numbers = np.unique(of, return_inverse=True)[1]
    same = (cosines > SAME) | (numbers[:, None] == numbers[None, :])
    ones, others = np.nonzero(np.triu(same, 1))
    found = [
        Pair(
            names[first], names[second], float(cosines[first, second]), first < positives <= second
        )
        for first, second in zip(ones.tolist(), others.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda pair: -pair.cosine))
