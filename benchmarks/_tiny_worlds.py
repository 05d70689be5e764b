"""Tiny training sets drawn from class folders: which classes, which references, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from _class_folders import ClassFolders
from numpy.typing import NDArray

from likewise.core.references import References
from likewise.core.vectors import Vectors

Flaw = Literal["clean", "mislabelled", "unbalanced"]
FLAWS: tuple[Flaw, ...] = ("clean", "mislabelled", "unbalanced")

_ALIKE = (
    "crocodile", "crocodile_head", "cougar_body", "cougar_face", "flamingo", "flamingo_head",
    "Faces", "Faces_easy", "crayfish", "lobster",
)  # fmt: skip
_DRAWN = 12
_SPARE = 5  # images a class to test on, at the least
_WRONG = 0.1


@dataclass(frozen=True, eq=False)
class Draw:
    """One tiny training set, and images that nothing of it has seen.

    Attributes:
        references: with what is wrong with them.
        test: (t, dim).
        truths: (t,), class numbers.
        wrong: ids of references that got another class's label.
        strangers: (s, dim), images of classes that are not in the set.
        names: of the classes.
    """

    references: References
    test: Vectors
    truths: NDArray[np.intp]
    wrong: frozenset[str]
    strangers: Vectors
    names: Sequence[str]


@dataclass(frozen=True, eq=False)
class TinyWorld:
    """What tiny sets are drawn from.

    Attributes:
        name: of the set in tables.
        folders: vectors and labels.
        classes: those that may be in the set.
        drawn: how many of them are in each draw; all when None.
    """

    name: str
    folders: ClassFolders
    classes: Sequence[str]
    drawn: int | None = None

    def able(self, budget: int) -> list[str]:
        """Classes with enough images for a budget."""
        labels, counts = np.unique(self.folders.labels, return_counts=True)
        many = dict(zip(labels.tolist(), counts.tolist(), strict=True))
        return [name for name in self.classes if many[name] >= budget + _SPARE]

    def draw(self, budget: int, repeat: int, flaw: Flaw = "clean") -> Draw:
        """References and test images at random, the same for the same arguments."""
        random = np.random.default_rng([budget, repeat, len(self.name)])
        names = sorted(self.able(budget))  # class numbers count the sorted names
        if self.drawn is not None:
            names = sorted(random.permutation(names)[: self.drawn].tolist())
        labels = self.folders.labels
        chosen, rest, owners, truths = [], [], [], []
        few = set(random.permutation(names)[: len(names) // 2].tolist())
        for place, name in enumerate(names):
            own = random.permutation(np.flatnonzero(labels == name))
            count = max(1, budget // 4) if flaw == "unbalanced" and name in few else budget
            chosen += own[:count].tolist()
            rest += own[budget:].tolist()
            owners += [place] * count
            truths += [place] * (len(own) - budget)
        wrong: list[int] = []
        if flaw == "mislabelled":
            wrong = random.permutation(len(owners))[: max(1, round(_WRONG * len(owners)))].tolist()
            for place in wrong:
                owners[place] = int(owners[place] + random.integers(1, len(names))) % len(names)
        others = np.flatnonzero(~np.isin(labels, names))
        return Draw(
            References(
                self.folders.vectors[chosen],
                [names[owner] for owner in owners],
                encoder=self.folders.encoder,
            ),
            self.folders.vectors[rest],
            np.array(truths, dtype=np.intp),
            frozenset(str(place + 1) for place in wrong),
            self.folders.vectors[random.permutation(others)[:500]],
            names,
        )


def worlds(folders: ClassFolders, no_class: Sequence[str]) -> list[TinyWorld]:
    """The sets that a folder can serve: classes drawn from many, all of a few, and the alike."""
    every = sorted(set(folders.labels.tolist()) - set(no_class))
    found = []
    if len(every) > _DRAWN:
        found.append(TinyWorld(f"{_DRAWN} classes drawn from {len(every)}", folders, every, _DRAWN))
    else:
        found.append(TinyWorld(f"all {len(every)} classes", folders, every))
    alike = [name for name in _ALIKE if name in every]
    if len(alike) >= 4:
        found.append(TinyWorld(f"{len(alike)} near-identical classes", folders, alike))
    return found


def as_in_the_article(references: References) -> References:
    """The same references compared by plain dot products, nothing subtracted."""
    return replace(references, mean=np.zeros(references.vectors.shape[1], np.float32))


def with_words(draw: Draw, hints: Mapping[str, Vectors]) -> References:
    """Every other class as words alone."""
    told = list(draw.names[::2])
    keep = np.array([label not in told for label in draw.references.labels])
    words = {name: hints[name].sum(axis=0, keepdims=True) for name in told}
    kept = [place for place, kept in enumerate(keep) if kept]
    return References(
        draw.references.vectors[kept],
        [draw.references.labels[place] for place in kept],
        words=words,
        encoder=draw.references.encoder,
    )
