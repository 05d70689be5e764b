"""Items, the vectors of one encoder, and how a rule finds them."""

from __future__ import annotations

from collections.abc import Collection as Ids
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.core.box import Box
from likewise.core.evidence import Unlabelled
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.core.space import UNNAMED_ENCODER
from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError, MismatchError
from likewise.images.grid import grid_of
from likewise.registry import part
from likewise.search.derived_files import DerivedFiles
from likewise.search.items import of_version
from likewise.search.pooling import WHOLE, Pooled
from likewise.search.scan.search import roughly_best
from likewise.search.unlabelled import CollectionGraph


class Collection(DerivedFiles):
    """What was indexed, as of one moment; ids in, ids out.

    Threads may share it, and one of them may call `refresh` while others read.
    """

    _unlabelled: tuple[int, CollectionGraph] | None = None  # with the store's version

    @cached_property
    def _pooled(self) -> Pooled:
        return Pooled(self.store, self._codes, self.patches, self._inverted)

    def __repr__(self) -> str:
        """One line: how many items, of which encoder."""
        return f"<Collection: {len(self):,} items, encoder {self.encoder}>"

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder whose vectors these are."""
        return self.store.encoder

    @of_version
    def search(
        self,
        rule: Rule,
        k: int = 50,
        where: str | None = None,
        exclude: Ids[str] = (),
    ) -> Ranking:
        """The k best items under a rule.

        Where images have patches and the rule was taught with patches, an image's score is the
        best of its own and its patches', and the ranking's `boxes` say which that is.

        Args:
            rule: what is looked for.
            k: how many, at most.
            where: a SQL condition on the items' columns, such as ``"width >= 800"``.
            exclude: ids that are not wanted, such as those that were judged already.

        Raises:
            MismatchError: the rule was learned on another encoder's vectors.
            BadInputError: k below 1, or a condition that cannot be read.
        """
        if k < 1:
            raise BadInputError(f"k is {k}; ask for 1 result or more")
        self._check(rule)
        mask = self._mask(where, exclude)
        indices, scores, which = self._pooled.search(rule, k, mask)
        searched = len(self) if mask is None else int(mask.sum())
        ranking = self._ranking(rule, indices, scores, searched)
        return replace(ranking, boxes=self._boxes(indices, which)) if self.cuts(rule) else ranking

    @of_version
    def rank_all(
        self,
        rule: Rule,
        where: str | None = None,
        exclude: Ids[str] = (),
        scores: Scores | None = None,
    ) -> Ranking:
        """Every item, the best first; for counts, thresholds and exports.

        Args:
            rule: what is looked for.
            where: a SQL condition on the items' columns.
            exclude: ids that are not wanted.
            scores: of every item under the rule, in the store's order, where they are known.

        Raises:
            MismatchError: the rule was learned on another encoder's vectors.
            BadInputError: another number of scores than of items, or a condition that cannot be
                read.
        """
        self._check(rule)
        if scores is None:
            scores = self._pooled.all_scores(rule)
        elif len(scores) != len(self):
            raise BadInputError(
                f"there are {len(scores)} scores and {len(self)} items; others have indexed since, "
                "so run the same command again"
            )
        mask = self._mask(where, exclude)
        indices = np.arange(len(scores)) if mask is None else np.flatnonzero(mask)
        indices = indices[np.argsort(-scores[indices], kind="stable")]
        return self._ranking(rule, indices, scores[indices], len(indices))

    @of_version
    def vectors(self, ids: Sequence[str], rule: Rule | None = None) -> Vectors:
        """Vectors of items, shape (len(ids), dim).

        Args:
            ids: of the items.
            rule: where given, an image whose best patch scores higher than the whole of it
                answers the vector of that patch.

        Raises:
            NotFoundError: an id is not in the collection.
            MismatchError: the rule was learned on another encoder's vectors.
        """
        return self._pooled.vectors(self._index.require(ids), rule)

    def cuts(self, rule: Rule) -> bool:
        """Whether scores of a rule are of the best patches here, and not of whole images."""
        return self.patches is not None and grid_of(rule) is not None

    @of_version
    def boxes(self, ids: Sequence[str], rule: Rule) -> tuple[Box | None, ...]:
        """The part of each image that a rule's score is of: its best patch, or None for all of it.

        Raises:
            NotFoundError: an id is not in the collection.
            MismatchError: the rule was learned on another encoder's vectors.
        """
        indices = self._index.require(ids)
        return self._boxes(indices, self._pooled.scores_of(rule, indices)[1])

    @of_version
    def scores(self, rule: Rule) -> Scores:
        """Every item's score in the store's order, those of missing files too; (n,).

        Raises:
            MismatchError: the rule was learned on another encoder's vectors.
        """
        self._check(rule)
        return self._pooled.all_scores(rule)

    @of_version
    def background(self, exclude: Ids[str] = (), rule: Rule | None = None) -> Vectors:
        """A fixed random sample, shape (up to 2,000, dim), without images that were judged.

        Args:
            exclude: ids of judged images.
            rule: where given, the rows are those that `vectors` answers with that rule.
        """
        scored_by = rule if rule is not None and self.cuts(rule) else None
        return self._random.background(exclude, scored_by, self.vectors)

    @of_version
    def unlabelled(self) -> Unlabelled | None:
        """The items with their neighbour graph, for learners; None without a fresh graph.

        None, too, where images have patches: their scores are of parts, which no graph is of.
        """
        if self.patches is not None:
            return None
        graph, version = self.graph(), self.store.version
        if graph is None:
            return None
        if self._unlabelled is None or self._unlabelled[0] != version:
            view = self._codes.follow()

            def take(indices: NDArray[np.int64]) -> Vectors:
                return view.take(view.rows_of(indices))

            def best(rule: Rule, count: int) -> NDArray[np.int64]:
                return roughly_best(view, self._codes, rule, count)

            of_graph = graph.neighbours, graph.cosines
            self._unlabelled = version, CollectionGraph(self, *of_graph, take, best)
        return self._unlabelled[1]

    def map(self, kind: str = "pca", by: str = "cluster", rule: Rule | None = None) -> Any:
        """A map of the images for a notebook; its `selected` are the ids drawn around there.

        Computed when it is first asked for and kept in the workspace.

        Args:
            kind: "pca", "tsne" or "umap".
            by: what colours mean: "cluster" or a column.
            rule: colours by its scores instead.

        Raises:
            NotFoundError: the workspace is closed, or the collection is empty.
            BadInputError: no such map or column.
            MissingExtraError: the extra 'notebook', or the map's own, is not installed.
        """
        return part("notebook", "map")(self, kind, by, rule)

    def _boxes(
        self, indices: NDArray[np.int64], which: NDArray[np.int64]
    ) -> tuple[Box | None, ...]:
        """The boxes of patches by their numbers."""
        boxes: list[Box | None] = [None] * len(indices)
        cut = np.flatnonzero(which != WHOLE)
        if self.patches is not None and len(cut):
            sizes = self.store.facts(indices[cut], ["width", "height"]).to_pylist()
            for index, size in zip(cut.tolist(), sizes, strict=True):
                boxes[index] = self.patches.grid.boxes(**size)[which[index]]
        return tuple(boxes)

    def _check(self, rule: Rule) -> None:
        if rule.encoder == UNNAMED_ENCODER:
            raise MismatchError(
                "the rule does not say whose vectors it was fitted on; where they are of this "
                "collection, fit it again with RuleClassifier(encoder=collection.encoder)"
            )
        if rule.encoder != self.encoder:
            raise MismatchError(
                f"the rule was learned on vectors of '{rule.encoder}' and this collection holds "
                f"'{self.encoder}'; learn the concept again here, or index with that encoder"
            )

    def _ranking(
        self, rule: Rule, indices: NDArray[np.int64], scores: Scores, searched: int
    ) -> Ranking:
        return Ranking(self._index.at(indices), scores, rule.probability(scores), searched)
