"""Labelled images of a workspace in three parts that do not leak into one another."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from likewise.concepts.class_labels import ClassLabels
from likewise.core.progress import Progress
from likewise.curate.base import Pool, curate
from likewise.curate.cache import pictures_of
from likewise.curate.square_thumbnails import SquareThumbnails
from likewise.curate.workspace import labels_of, parts_of
from likewise.errors import BadInputError
from likewise.propagate.workspace import answered_classes
from likewise.workspace import Workspace

PARTS = ("train", "val", "test")
"""What teaches, what chooses, and what only judges."""

LEAST = 5
"""Labelled images that a class needs: three to teach, one to choose by, one to judge by."""

_LOTS = 20


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled images, each in one part.

    Attributes:
        ids: item ids, sorted.
        labels: the class of each.
        parts: "train", "val" or "test", of each.
        notes: what a person should know of the split.

    Example:
        >>> some = Examples(("a", "b"), ("cat", "dog"), ("train", "test"))
        >>> some.counts()["cat"], some.indices("test").tolist()
        ({'train': 1, 'val': 0, 'test': 0}, [1])
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    parts: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, sorted."""
        return tuple(sorted(set(self.labels)))

    @cached_property
    def class_indices(self) -> NDArray[np.intp]:
        """The place of each image's class in `classes`, (n,)."""
        return np.searchsorted(np.array(self.classes), np.array(self.labels)).astype(np.intp)

    def indices(self, *parts: str) -> NDArray[np.intp]:
        """Where the images of some parts are in `ids`."""
        return np.flatnonzero(np.isin(np.array(self.parts), parts))

    def counts(self) -> dict[str, dict[str, int]]:
        """How many images of each class are in each part."""
        found = Counter(zip(self.labels, self.parts, strict=True))
        return {name: {part: found[name, part] for part in PARTS} for name in self.classes}

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name these images, labels and parts."""
        rows = zip(self.ids, self.labels, self.parts, strict=True)
        text = "\n".join("\t".join(row) for row in rows)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def class_labels(
    workspace: Workspace,
    labels: ClassLabels | None = None,
    concepts: Sequence[str] = (),
    folders: bool = False,
) -> dict[str, str]:
    """Class by id: from a file of id,label, from concepts' yes answers, or from top folders.

    Args:
        workspace: where the items are.
        labels: what `likewise.concepts.class_labels.read_class_labels` read.
        concepts: names; each is a class.
        folders: the name of the folder that an item lies in is its class.
    """
    if labels is None and not concepts and not folders:
        raise BadInputError(
            "nothing says what is labelled; give --labels FILE with lines of id,label, --concept "
            "NAME of two concepts or more, or --folders"
        )
    found = answered_classes(workspace, concepts)
    from_file = {} if labels is None else labels.classes
    named = labels_of(workspace, workspace.collection.ids(), "folder") if folders else {}
    for item, name in (*from_file.items(), *named.items()):
        if found.setdefault(item, name) != name:
            raise BadInputError(
                f"'{item}' is both '{found[item]}' and '{name}', and an image has one class; take "
                "one back"
            )
    return found


def examples_of(
    workspace: Workspace,
    found: Mapping[str, str],
    *,
    leave_out: Sequence[str] = (),
    val: float = 0.2,
    test: float = 0.2,
    split: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Examples:
    """Labelled images in three parts; near-duplicates are always in the same one.

    Args:
        workspace: where the images are.
        found: class by id.
        leave_out: classes that are not wanted.
        val: share of the images to choose by.
        test: share of the images to judge by.
        split: name of a split that was kept with `likewise curate split`, whose parts train, val
            and test are taken in place of a new one.
        seed: of the lots; another one splits another way.
        progress: called while near-duplicates are looked for.

    Raises:
        BadInputError: fewer than two classes, a class with too few images, shares that leave
            nothing to learn from.
        NotFoundError: no such split.
    """
    gone = workspace.states.all("missing")
    unwanted = set(leave_out)
    ids = tuple(
        sorted(item for item, name in found.items() if item not in gone and name not in unwanted)
    )
    labels = tuple(found[item] for item in ids)
    _check(labels)
    if split is not None:
        return _checked_parts(_placed(ids, labels, parts_of(workspace, split), ()))
    if val <= 0 or test <= 0 or val + test >= 1:
        raise BadInputError(
            f"shares of {val} and {test} leave nothing to learn, choose or judge by; give two "
            "numbers above 0 that add up to less than 1"
        )
    shares = {"train": 1 - val - test, "val": val, "test": test}
    pool = _pool(workspace, ids, labels, progress)
    for lot in range(seed, seed + _LOTS):  # copies stay together, so a small class may miss a part
        chosen = curate(pool, "split", parts=shares, seed=lot)
        made = _placed(ids, labels, chosen.part_of, chosen.notes)
        if _lacking(made) is None:
            break
    return _checked_parts(made)


def _placed(
    ids: Sequence[str], labels: Sequence[str], part_of: Mapping[str, str], notes: tuple[str, ...]
) -> Examples:
    """The images that have a part."""
    placed = [index for index, item in enumerate(ids) if part_of.get(item) in PARTS]
    return Examples(
        tuple(ids[index] for index in placed),
        tuple(labels[index] for index in placed),
        tuple(part_of[ids[index]] for index in placed),
        notes,
    )


def _lacking(made: Examples) -> tuple[str, str] | None:
    """A class and a part that it has no image in."""
    counts = made.counts()
    return next(((name, part) for name in counts for part in PARTS if not counts[name][part]), None)


def _checked_parts(made: Examples) -> Examples:
    """Refuse parts in which a class is lacking."""
    _check(made.labels)
    lacking = _lacking(made)
    if lacking is not None:
        raise BadInputError(
            f"the class '{lacking[0]}' has no image in the part '{lacking[1]}': near-duplicates "
            "stay together, and it has too few that are none; label more of it, leave it out with "
            "--leave-out, or make the shares larger"
        )
    return made


def _pool(
    workspace: Workspace,
    ids: tuple[str, ...],
    labels: tuple[str, ...],
    progress: Progress | None,
) -> Pool:
    """The labelled images as the curator of splits takes them."""
    vectors = workspace.collection.space().apply(workspace.collection.vectors(ids))
    digests = workspace.collection.digests(ids)
    _, sketches = pictures_of(workspace, digests, progress)
    pictures = SquareThumbnails(workspace, ids, digests)
    facts = {"digest": digests}
    return Pool(ids, vectors, labels, facts, sketches, progress=progress, pictures=pictures)


def _check(labels: Sequence[str]) -> None:
    """Refuse labels that nothing can be learned from."""
    counts = Counter(labels)
    if len(counts) < 2:
        lack = f"one class, '{next(iter(counts))}'" if counts else "no labelled image"
        raise BadInputError(
            f"there is {lack}, and nothing to tell it from; give labels of two classes or more, "
            "or learn a single concept with: likewise learn"
        )
    name, least = min(counts.items(), key=lambda pair: (pair[1], pair[0]))
    if least < LEAST:
        raise BadInputError(
            f"the class '{name}' has {least} labelled image(s) where {LEAST} or more are wanted; "
            "label more of it, or leave it out with --leave-out"
        )
