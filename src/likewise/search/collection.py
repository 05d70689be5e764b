"""Items, the vectors of one encoder, and how to find them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as Ids
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from likewise.core.box import Box
from likewise.core.escaping import unescaped
from likewise.core.id_set import IdSet
from likewise.core.name_forms import Names
from likewise.core.progress import Progress
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.core.space import UNNAMED_ENCODER, Space, centred_space
from likewise.core.unlabelled import Unlabelled
from likewise.core.vectors import Scores, Vectors
from likewise.errors import BadInputError, MismatchError, NotFoundError, command_line
from likewise.images.grid import grid_of
from likewise.numeric.threads import SharedLock
from likewise.registry import part
from likewise.search.graph import GRAPH_FILE, NeighbourGraph, StoredGraph, contents_digest
from likewise.search.graph.making import write_graph
from likewise.search.patches import PatchStore
from likewise.search.pooling import WHOLE, Pooled
from likewise.search.scan.codes import Codes
from likewise.search.scan.inverted import Inverted
from likewise.search.scan.inverted_file import Indexer, index_in_process
from likewise.search.store.base import ITEM_SCHEMA
from likewise.search.store.lance import Lance
from likewise.search.unlabelled import CollectionGraph
from likewise.sources.base import UNKNOWN, Item, Original

SAMPLE = 10_000
"""How many random images the mean of the default space is taken over."""

BACKGROUND = 2_000
"""How many random images stand for everything else when a rule is learned."""

ORIGINAL_COLUMNS = ("uri", "bytes", "modified", "parent_id", "box")
"""What the store knows of where an item's image is."""

_REMEMBERED = 1 << 18
_NOT_YET = -2


class _States(Protocol):
    def all(self, state: str | None = None) -> dict[str, Any]: ...


class _Sources(Protocol):
    def original(self, item: Item) -> Original: ...

    def all(self) -> Mapping[str, Any]: ...


_P = ParamSpec("_P")
_T = TypeVar("_T")


def _of_version(
    read: Callable[Concatenate[Collection, _P], _T],
) -> Callable[Concatenate[Collection, _P], _T]:
    """A reading in several steps, of which all see the same items; `refresh` waits for it."""

    @wraps(read)
    def reading(self: Collection, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with self._reading.shared():
            return read(self, *args, **kwargs)

    return cast("Callable[Concatenate[Collection, _P], _T]", reading)


class Collection:
    """What was indexed, as of one moment; ids in, ids out.

    Threads may share it, and one of them may call `refresh` while others read.
    """

    def __init__(
        self,
        store: Lance,
        codes: str | os.PathLike[str],
        states: _States,
        sources: _Sources,
        patches: PatchStore | None = None,
    ) -> None:
        self.store = store
        self.patches = patches
        self.refreshes = 0  # how often it was read anew, items or which files are missing
        self._reading = SharedLock()
        self._states, self._sources = states, sources
        self._codes_folder = Path(codes)
        self._codes = Codes(store, self._codes_folder, writable=False)
        self._inverted = Inverted(self._codes, self._codes_folder / "inverted")
        self._pooled = Pooled(store, self._codes, patches, self._inverted)
        self._graph = StoredGraph(store, self._codes_folder / GRAPH_FILE, self._graph_command)
        self._unlabelled: tuple[int, CollectionGraph] | None = None  # with the store's version
        self._missing: NDArray[np.bool_] | None = None
        self._sampled: tuple[Space, list[str], Vectors] | None = None
        self._background: tuple[bytes, Vectors] | None = None  # as a rule saw it lately
        # Places of ids that were asked for or answered lately: a reviewer's next question is
        # about those, and finding an id among a million takes 20 ms.
        self._remembered: dict[str, int] = {}
        self._digests: dict[str, str] = {}
        self._remembered_of = -1  # the store's version

    def __repr__(self) -> str:
        """One line: how many items, of which encoder."""
        return f"<Collection: {len(self):,} items, encoder {self.encoder}>"

    def __len__(self) -> int:
        return len(self.store)

    @property
    def version(self) -> int:
        """Grows when items are added, changed or removed."""
        return self.store.version

    @property
    def encoder(self) -> str:
        """Fingerprint of the encoder whose vectors these are."""
        return self.store.encoder

    def refresh(self) -> None:
        """See what was indexed since this was opened."""
        with self._reading.alone():
            self.refreshes += 1
            self.store.refresh()
            if self.patches is not None:
                self.patches.refresh()
            self._missing = None
            self._sampled = None
            self._background = None

    def ids(self) -> tuple[str, ...]:
        """Every item's id, in the store's order."""
        return tuple(self.store.ids().to_pylist())

    @_of_version
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

    @_of_version
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

    @_of_version
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
        return self._pooled.vectors(self._indices(ids), rule)

    def cuts(self, rule: Rule) -> bool:
        """Whether scores of a rule are of the best patches here, and not of whole images."""
        return self.patches is not None and grid_of(rule) is not None

    @_of_version
    def boxes(self, ids: Sequence[str], rule: Rule) -> tuple[Box | None, ...]:
        """The part of each image that a rule's score is of: its best patch, or None for all of it.

        Raises:
            NotFoundError: an id is not in the collection.
            MismatchError: the rule was learned on another encoder's vectors.
        """
        indices = self._indices(ids)
        return self._boxes(indices, self._pooled.scores_of(rule, indices)[1])

    @_of_version
    def positions(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Where items are in `ids()` of this version, -1 for those that are not there; (n,).

        For what is kept in the store's order, such as the points of a map.
        """
        return self._find(ids)

    @_of_version
    def at(self, indices: NDArray[np.int64]) -> tuple[str, ...]:
        """Ids at places of this version, the reverse of `places`.

        Raises:
            BadInputError: a place beyond the last item.
        """
        beyond = indices[(indices < 0) | (indices >= len(self))]
        if len(beyond):
            raise BadInputError(f"place {int(beyond[0])} is not one of {len(self)}; give 0 or more")
        found = tuple(self.store.ids().take(pa.array(indices)).to_pylist())
        self._remember(found, indices)
        return found

    @_of_version
    def scores(self, rule: Rule) -> Scores:
        """Every item's score in the store's order, those of missing files too; (n,).

        Raises:
            MismatchError: the rule was learned on another encoder's vectors.
        """
        self._check(rule)
        return self._pooled.all_scores(rule)

    @_of_version
    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that are in the collection."""
        found = zip(ids, self._find(ids).tolist(), strict=True)
        return {item for item, index in found if index >= 0}

    @_of_version
    def missing(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids whose files were missing when this was last read."""
        gone = self._missing_rows()
        rows = zip(ids, self._find(ids).tolist(), strict=True)
        return {item for item, row in rows if row >= 0 and gone[row]}

    @_of_version
    def resolve(self, names: Sequence[str]) -> dict[str, str]:
        """The id that each name means, of those that mean one.

        A name is an id, an id as `likewise.core.escaping.escaped` writes it, or an id in another
        Unicode form where a single one is the same text.
        """
        found = {name: name for name in self.known(names)}
        read = {name: unescaped(name) for name in names if name not in found and "\\u{" in name}
        escapes = self.known(list(read.values()))
        found.update((name, item) for name, item in read.items() if item in escapes)
        others = [name for name in names if name not in found and not name.isascii()]
        if others:
            ids = Names(self.store.ids().to_pylist())
            found.update((name, item) for name in others if (item := ids.find(name)) is not None)
        return found

    @_of_version
    def present(self, ids: Sequence[str], where: str | None = None) -> list[str]:
        """Those of the ids, in their order, whose files are there and that meet a condition.

        Raises:
            BadInputError: the condition cannot be read.
        """
        if not ids:
            return []
        mask, indices = self._mask(where, ()), self._find(ids).tolist()
        return [
            item
            for item, index in zip(ids, indices, strict=True)
            if index >= 0 and (mask is None or mask[index])
        ]

    @_of_version
    def facts(self, ids: Sequence[str], columns: Sequence[str]) -> list[dict[str, Any]]:
        """Columns of items, one dictionary an id, in the order of the ids.

        Raises:
            NotFoundError: an id is not in the collection.
        """
        table = self.store.facts(self._indices(ids), columns)
        rows: list[dict[str, Any]] = table.to_pylist()
        return rows

    @_of_version
    def digests(self, ids: Sequence[str]) -> list[str]:
        """Digests of items' images, in the order of the ids; "" where none was recorded.

        Remembered, for every answer asks for them and reading one from the disk takes 10 ms at
        a million.

        Raises:
            NotFoundError: an id is not in the collection.
        """
        self._memory()  # forgets what was remembered of another version
        cached = self._digests
        found = {item: cached.get(item) for item in ids}
        new = [item for item, digest in found.items() if digest is None]
        if new:
            rows = self.facts(new, ["digest"])
            fresh = {item: row["digest"] or "" for item, row in zip(new, rows, strict=True)}
            found |= fresh
            if len(cached) + len(fresh) > _REMEMBERED:
                cached.clear()
            if len(fresh) <= _REMEMBERED:
                cached.update(fresh)
        return [found[item] or "" for item in ids]

    @_of_version
    def sample(
        self, count: int, seed: int = 0, where: str | None = None, exclude: Ids[str] = ()
    ) -> tuple[str, ...]:
        """Ids of items drawn at random without replacement: `count`, or all if fewer.

        Args:
            count: how many.
            seed: of the draw; the same one draws the same items of the same collection.
            where: a SQL condition on the items' columns.
            exclude: ids that are not wanted.
        """
        mask = self._mask(where, exclude)
        indices = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        random = np.random.default_rng(seed)
        drawn = indices[random.choice(len(indices), min(count, len(indices)), replace=False)]
        ids = tuple(self.store.ids().take(pa.array(drawn)).to_pylist())
        self._remember(ids, drawn)
        return ids

    @_of_version
    def with_digests(self, digests: Ids[str]) -> dict[str, str]:
        """One present item's id for each of the digests that the collection holds."""
        digest_array = pa.array(sorted(digests), pa.string())
        gone = self._states.all("missing")
        found: dict[str, str] = {}
        for batch in self.store.scan(["item_id", "digest"]):
            hits = batch.filter(pc.is_in(batch["digest"], value_set=digest_array))
            for row in hits.to_pylist():
                if row["item_id"] not in gone:
                    found.setdefault(row["digest"], row["item_id"])
        return found

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

    def columns(self) -> list[str]:
        """Names that a `where` condition may use."""
        return list(ITEM_SCHEMA.names)

    def write_codes(self, index: Indexer = index_in_process) -> None:
        """Bring the scan's files in step with the vectors; only for who holds the writer lock.

        Args:
            index: makes the index for millions, where one pays; in this process unless given.

        Raises:
            StorageError: the disk is full or refuses.
        """
        codes = Codes(self.store, self._codes_folder)
        codes.follow()
        Inverted(codes, self._codes_folder / "inverted").write(self.space, index)
        if self.patches is not None:
            self.patches.write_codes()

    def write_graph(self, progress: Progress | None = None) -> bool:
        """Make the neighbour graph unless it is fresh; only for who holds the writer lock.

        Args:
            progress: called with images done and images in all.

        Returns:
            Whether there was anything to do.

        Raises:
            StorageError: the disk is full or refuses; the graph before is as it was.
        """
        if not len(self) or self.graph() is not None:
            return False
        contents = contents_digest(self.store.segments())
        file = self._codes_folder / GRAPH_FILE
        write_graph(file, self._codes.follow(), contents, self.space(), progress)
        return True

    @_of_version
    def graph(self) -> NeighbourGraph | None:
        """The nearest neighbours of every item, by positions in `ids()` of this version.

        Memory-mapped. None where no graph was made, or it is older than the collection.
        """
        return self._graph.graph()

    @_of_version
    def graph_state(self) -> str:
        """Whether there is a neighbour graph of this version, in words with the remedy."""
        return self._graph.state()

    @_of_version
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

            self._unlabelled = version, CollectionGraph(self, graph.neighbours, graph.cosines, take)
        return self._unlabelled[1]

    def _graph_command(self) -> str:
        workspace = self._codes_folder.parents[1]
        if self._sources.all():
            return command_line("index", "--workspace", workspace)
        return command_line("doctor", "--repair", "--workspace", workspace)  # imported vectors

    def written_codes(self) -> Path | None:
        """The folder with codes and vectors of this very version; None where they lag behind."""
        return self._codes_folder if self._codes.are_written() else None

    def searched_by(self) -> str:
        """What finds whole images here, in words; an index is in memory on return."""
        return self._inverted.wait()

    def original(self, item: str) -> Original:
        """Where the item's image is, to be read again.

        Raises:
            NotFoundError: it is not in the collection.
        """
        return self.originals([item])[0]

    def originals(self, ids: Sequence[str]) -> list[Original]:
        """The same for several, in the order of the ids.

        Raises:
            NotFoundError: an id is not in the collection.
        """
        rows = self.facts(ids, ORIGINAL_COLUMNS)
        return [self.original_of(item, row) for item, row in zip(ids, rows, strict=True)]

    def original_of(self, item: str, row: Mapping[str, Any]) -> Original:
        """The same for one item whose `ORIGINAL_COLUMNS` are at hand."""
        uri, size, modified, parent, box = (row[name] for name in ORIGINAL_COLUMNS)
        return self._sources.original(
            Item(
                item,
                uri or item,
                UNKNOWN if size is None else size,
                modified or 0,
                parent=parent,
                box=None if box is None else Box(*box),
            )
        )

    @_of_version
    def space(self) -> Space:
        """The default space: centred on the mean of a fixed random sample."""
        return self._sample()[0]

    @_of_version
    def background(self, exclude: Ids[str] = (), rule: Rule | None = None) -> Vectors:
        """A fixed random crowd, shape (up to 2,000, dim), without those that were judged.

        Args:
            exclude: ids of those.
            rule: where given, the crowd is seen as `vectors` sees it with that rule.
        """
        _, ids, rows = self._sample()
        if rule is not None and self.cuts(rule):
            rows = self._background_vectors(rule, ids)
        unwanted = set(exclude)
        keep = [i for i, item in enumerate(ids) if item not in unwanted][:BACKGROUND]
        return rows[keep]

    def _background_vectors(self, rule: Rule, ids: Sequence[str]) -> Vectors:
        directions = rule.directions.tobytes()
        if self._background is None or self._background[0] != directions:
            self._background = directions, self.vectors(ids, rule)
        return self._background[1]

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

    def _sample(self) -> tuple[Space, list[str], Vectors]:
        if self._sampled is not None:
            return self._sampled
        if not len(self):
            raise NotFoundError(
                "the collection is empty, so there is nothing to compare with; "
                "index some images first: likewise index FOLDER"
            )
        rng = np.random.default_rng(0)  # fixed: the same version answers the same rule
        indices = rng.permutation(len(self))[:SAMPLE]
        sample = self.store.take(np.sort(indices))
        space = centred_space(self.encoder, sample)
        order = rng.permutation(len(sample))[: 2 * BACKGROUND]
        ids = self.store.ids().take(pa.array(np.sort(indices)[order])).to_pylist()
        self._sampled = space, ids, sample[order]
        return self._sampled

    def _indices(self, ids: Sequence[str]) -> NDArray[np.int64]:
        indices = self._find(ids)
        if (indices < 0).any():
            raise NotFoundError(
                f"there is no item '{ids[int(indices.argmin())]}' in the collection; "
                "an id is a path relative to the folder that was indexed"
            )
        return indices

    def _find(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Place of each id, -1 for those that are not there."""
        memory = self._memory()
        indices = np.array([memory.get(item, _NOT_YET) for item in ids], dtype=np.int64)
        unknown = np.flatnonzero(indices == _NOT_YET)
        if len(unknown):
            new = [ids[i] for i in unknown.tolist()]
            indices[unknown] = self.store.find(new)
            self._remember(new, indices[unknown])
        return indices

    def _memory(self) -> dict[str, int]:
        if self._remembered_of != self.store.version:
            self._remembered, self._digests = {}, {}
            self._remembered_of = self.store.version
        return self._remembered

    def _remember(self, ids: Sequence[str], indices: NDArray[np.int64]) -> None:
        memory = self._memory()
        if len(memory) + len(ids) > _REMEMBERED:
            memory.clear()
        if len(ids) <= _REMEMBERED:
            memory.update(zip(ids, indices.tolist(), strict=True))

    def _missing_rows(self) -> NDArray[np.bool_]:
        if self._missing is None:
            self._missing = self._among(self._states.all("missing"))
        return self._missing

    def _mask(self, where: str | None, exclude: Ids[str]) -> NDArray[np.bool_] | None:
        missing = self._missing_rows()
        if where is None and not exclude and not missing.any():
            return None
        allowed = ~missing
        if exclude:
            allowed &= ~self._among(exclude)
        if where is not None:
            matching = np.zeros(len(self), dtype=np.bool_)
            matching[self.store.positions_where(where)] = True
            allowed &= matching
        return allowed

    def _among(self, ids: Ids[str]) -> NDArray[np.bool_]:
        if isinstance(ids, IdSet):
            return ids.mask(len(self), self.version, self._find)
        among = np.zeros(len(self), dtype=np.bool_)
        indices = self._find(list(ids))
        among[indices[indices >= 0]] = True
        return among

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
        ids = tuple(self.store.ids().take(pa.array(indices)).to_pylist())
        self._remember(ids, indices)
        return Ranking(ids, scores, rule.probability(scores), searched)
