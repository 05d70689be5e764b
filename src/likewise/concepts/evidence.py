"""Turn a concept and its labels into evidence: here ids become matrices."""

from __future__ import annotations

import os
from collections.abc import Collection as Ids
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.core.concept import Concept
from likewise.core.evidence import Evidence, Samples
from likewise.core.rule import Rule
from likewise.core.space import Space
from likewise.core.vectors import Vectors, unit
from likewise.encoders.base import encode_meanings, encode_text
from likewise.errors import NotFoundError, command_line
from likewise.workspace import Workspace
from likewise.workspace.exemplars import Exemplar, read_exemplar
from likewise.workspace.labels import Label, Verdict


@dataclass(frozen=True)
class Found:
    """Ids of the images that a person named; `outside` holds those not in the collection."""

    ids: tuple[str, ...]
    outside: Mapping[str, Exemplar]


def find_images(workspace: Workspace, references: Sequence[str | os.PathLike[str]]) -> Found:
    """Turn what a person wrote, item ids or paths of image files, into ids.

    A file inside an indexed folder becomes its item's id; any other image file is read and
    encoded, and can be kept with `workspace.exemplars.keep`.

    Raises:
        NotFoundError: neither an item nor a file has that name.
        BadInputError: the file is not an image that can be read.
    """
    names = [os.fspath(reference) for reference in references]
    ids_of = workspace.collection.resolve(names)
    ids_of.update((name, name) for name in workspace.exemplars.paths(names))
    ids: list[str] = []
    outside: dict[str, Exemplar] = {}
    for name in names:
        if name in ids_of:
            ids.append(ids_of[name])
            continue
        path = Path(name).expanduser()
        if not path.is_file():
            raise NotFoundError(
                f"'{name}' is neither an item of {workspace.path} nor an image file; give an id "
                "as likewise search prints it, or a path"
            )
        inside = workspace.sources.id_of(path)
        items = {} if inside is None else workspace.collection.resolve([inside])
        if inside in items:
            ids.append(items[inside])
        else:
            exemplar = read_exemplar(path, workspace.encoder)
            outside[exemplar.item] = exemplar
            ids.append(exemplar.item)
    return Found(tuple(dict.fromkeys(ids)), outside)


def verdicts(workspace: Workspace, concept: Concept) -> dict[str, Verdict]:
    """The current verdict of each item: by the basket first, then by the labels.

    A label belongs to the picture that was judged. It follows a file that was moved; where another
    picture has the id now, the label stays with the old picture.
    """
    verdicts_of: dict[str, Verdict] = dict.fromkeys(concept.examples, "yes")
    verdicts_of.update(dict.fromkeys(concept.counter_examples, "no"))
    for item, label in _where_the_pictures_are(
        workspace, workspace.labels.about_pictures(concept.name)
    ):
        verdicts_of.pop(item, None)
        verdicts_of[item] = label.verdict
    return verdicts_of


def changed_verdicts(
    workspace: Workspace, concept: Concept, position: int
) -> dict[str, Verdict | None] | None:
    """The new verdicts of the items that were answered after a position of the label log.

    Returns:
        Verdicts in the order of the answers, None for an item without one now. The result is None
        where only `verdicts` can tell: pictures that moved or are missing, answers taken back that
        had replaced others or are about the basket.
    """
    changes = workspace.labels.changes(concept.name, position)
    if changes is None:
        return None
    items = [item for item, label in changes.items() if label is not None]
    basket = {*concept.examples, *concept.counter_examples}
    collection = workspace.collection
    if len(collection.known(items)) < len(items) or collection.missing(items):
        return None
    digests = dict(zip(items, collection.digests(items), strict=True))
    for item, label in changes.items():
        moved = label is not None and label.digest not in ("", digests[item])
        if moved or (label is None and item in basket):
            return None
    return {item: None if label is None else label.verdict for item, label in changes.items()}


@dataclass(frozen=True, eq=False)
class Words:
    """A concept's hints and counter-hints as rows.

    Attributes:
        hints: a row for each meaning of each hint; the ids are the words.
        counter_hints: a row for each.
    """

    hints: Samples
    counter_hints: Samples


def words_of(workspace: Workspace, concept: Concept) -> Words:
    """Encode a concept's words; those that are switched off are left out.

    Raises:
        BadInputError: the encoder cannot read a hint.
    """
    hints = [word for word in concept.hints if concept.weight(word) > 0]
    counter_hints = [word for word in concept.counter_hints if concept.weight(word) > 0]
    rows, words, shares = _meanings(workspace, hints)
    against = (
        encode_text(workspace.encoder, counter_hints)
        if counter_hints
        else np.empty((0, workspace.dim), np.float32)
    )
    return Words(
        Samples(rows, words, shares * _weights(concept, words)),
        Samples(against, tuple(counter_hints), _weights(concept, counter_hints)),
    )


def evidence_for(
    workspace: Workspace,
    concept: Concept,
    outside: Mapping[str, Exemplar] | None = None,
    known: Mapping[str, Verdict] | None = None,
    words: Words | None = None,
    derived: Iterable[str] = (),
) -> Evidence:
    """The evidence of a concept: what a learner learns from.

    Where images have patches, an image of the basket stands for itself as a whole. Every other
    answered image, and each of the background, is represented by its patch most similar to the
    basket, or as a whole where that is more similar: this is what the image was shown for, and
    what a rule scores. (The witnesses of multiple-instance learning, Andrews et al. 2002, chosen
    once and not again with every rule.)

    Args:
        workspace: where the collection, the labels and the encoder are.
        concept: the basket and the words.
        outside: images that are in neither the collection nor the copied examples.
        known: the result of `verdicts`, where the caller has it.
        words: the result of `words_of`, where the caller has it.
        derived: images that count as no because they have another class; see
            `likewise.concepts.derived_answers`.

    Raises:
        NotFoundError: an example does not exist any more, or the collection is empty.
        BadInputError: the encoder cannot read a hint.
    """
    collection = workspace.collection
    known = verdicts(workspace, concept) if known is None else known
    yes = [item for item, verdict in known.items() if verdict == "yes"]
    no = [item for item, verdict in known.items() if verdict == "no"]
    others = [item for item in derived if item not in known]
    words = words_of(workspace, concept) if words is None else words
    outside = outside or {}
    guide = None
    if collection.patches is not None:
        basket = [item for item in concept.examples if known.get(item) == "yes"] or yes
        rows = _vectors(workspace, concept.name, basket, outside)
        guide = _guide(collection.space(), rows, words, collection.patches.grid.name)
    full_images = {*concept.examples, *concept.counter_examples}

    def samples(ids: Sequence[str]) -> Samples:
        rows = _vectors(workspace, concept.name, ids, outside, guide, full_images)
        return Samples(rows, tuple(ids), _weights(concept, ids))

    return Evidence(
        collection.space(),
        positives=samples(yes),
        negatives=samples([*no, *others]),
        background=collection.background([*known, *others] if others else known, guide),
        hints=words.hints,
        counter_hints=words.counter_hints,
        collection_size=len(collection),
        unlabelled=collection.unlabelled(),
        patches="" if collection.patches is None else collection.patches.grid.name,
        concept_digest=concept.digest,
        multiplies=concept.combine == "product",
    )


def _guide(space: Space, basket: Vectors, words: Words, patches: str) -> Rule | None:
    """The direction of a basket, as a rule; None where the basket is empty."""
    hints = space.direction(words.hints.rows) * words.hints.weights[:, None]
    means = [unit(rows.mean(axis=0)) for rows in (space.apply(basket), hints) if len(rows)]
    if not means:
        return None
    toward = unit(np.sum(means, axis=0))[None, :]
    return Rule("mean", space, toward, provenance={"patches": patches})


def _weights(concept: Concept, parts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([concept.weight(part) for part in parts], dtype=np.float32)


def _meanings(
    workspace: Workspace, hints: Sequence[str]
) -> tuple[Vectors, tuple[str, ...], NDArray[np.float32]]:
    """A row for each meaning of each word, with the word and the meaning's weight."""
    rows, words = [np.empty((0, workspace.dim), np.float32)], []
    shares = [np.empty(0, np.float32)]
    for word in hints:
        of_word, share = encode_meanings(workspace.encoder, word)
        rows.append(of_word)
        shares.append(share)
        words += [word] * len(of_word)
    return np.concatenate(rows), tuple(words), np.concatenate(shares)


def _vectors(
    workspace: Workspace,
    concept: str,
    ids: Sequence[str],
    outside: Mapping[str, Exemplar],
    guide: Rule | None = None,
    full_images: Ids[str] = (),
) -> Vectors:
    """Vectors of images; outside of `full_images`, of the patch that the guide scores best."""
    if not ids:
        return np.empty((0, workspace.dim), dtype=np.float32)
    inside = workspace.collection.known(ids)
    elsewhere = [item for item in ids if item not in inside]
    rows = {item: outside[item].vector for item in elsewhere if item in outside}
    exemplar_ids = [item for item in elsewhere if item not in rows]
    if exemplar_ids:
        rows.update(workspace.exemplars.vectors(exemplar_ids, workspace.encoder))
    lost = [item for item in elsewhere if item not in rows]
    if lost:
        raise NotFoundError(
            f"the example '{lost[0]}' is not in the collection any more; index its folder again, "
            f"or take it out: {command_line('concept', 'drop', concept, lost[0])}"
        )
    unguided = [item for item in inside if guide is None or item in full_images]
    guided = list(inside.difference(unguided))
    found = dict(zip(unguided, workspace.collection.vectors(unguided), strict=True))
    found.update(zip(guided, workspace.collection.vectors(guided, guide), strict=True))
    return np.concatenate([rows[i] if i in rows else found[i][None, :] for i in ids])


def _where_the_pictures_are(
    workspace: Workspace, labels: Iterable[Label]
) -> Iterable[tuple[str, Label]]:
    labels = list(labels)
    existing = workspace.collection.known([label.item for label in labels])
    present = [label.item for label in labels if label.digest and label.item in existing]
    gone = workspace.states.all("missing")
    digests = workspace.collection.digests(present)
    now = {i: digest for i, digest in zip(present, digests, strict=True) if i not in gone}
    moved = {x.digest for x in labels if x.digest and now.get(x.item) != x.digest}
    ids_by_digest = workspace.collection.with_digests(moved) if moved else {}
    # in the order in which they were given, so that the newest label of a picture counts
    for label in labels:
        digest, item = label.digest, label.item
        if now.get(item) == digest if digest else item in existing:
            yield item, label
        elif digest in ids_by_digest:
            yield ids_by_digest[digest], label
        elif digest and item in gone:
            yield item, label  # the file is gone, its vector is still here
