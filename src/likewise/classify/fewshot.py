"""A folder of class folders, or the labels of a workspace, made into a classifier."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from likewise.classify.base import Method, make, train
from likewise.classify.unlabelled import UnlabelledImages
from likewise.concepts.evidence import evidence_for
from likewise.core.classifier import Classifier
from likewise.core.progress import Progress
from likewise.core.references import References
from likewise.core.vectors import Vectors
from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders.base import Encoder, encode_text, open_encoder
from likewise.errors import BadInputError, command_line
from likewise.images.decode import Limits
from likewise.sources.base import Refused
from likewise.sources.folder import Folder
from likewise.workspace import Workspace

ENCODER = "efficientnet_lite0"
"""The encoder of a classifier that is trained on a folder, unless another is given."""

COVERAGE = 0.9
"""The share of images of the classes that gets an answer, unless another is given."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """References with what is known of their files.

    Attributes:
        references: labelled vectors, and words.
        encoder: name of the encoder.
        origin: the folder or workspace they are from.
        files: path of each reference's file by id, where it is known.
        digests: digest of each reference's image by id, where it is known.
        refused: what was left out, as (id, reason).
        hints: words by class, as they were given.
    """

    references: References
    encoder: str
    origin: str
    files: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    hints: Mapping[str, Sequence[str]] = field(default_factory=dict)


def gather_folder(
    folder: str | os.PathLike[str],
    encoder: Encoder | None = None,
    *,
    hints: Mapping[str, Sequence[str]] | None = None,
    limits: Limits | None = None,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Gathered:
    """Read and encode a folder with a folder for each class.

    An image's class is the folder directly below `folder` that it is in, however deep. A file
    that cannot be read is left out and told; a class of which none can be read is an error.

    Args:
        folder: such as ``refs`` with ``refs/D8/1.jpg`` and ``refs/D10/1.jpg``.
        encoder: what encodes; the built-in one when None.
        hints: words by class. A class may have words and no folder.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        progress: told how many files are done.

    Raises:
        NotFoundError: there is no such folder.
        BadInputError: fewer than two classes, a class without an image that can be read, or
            words that the encoder does not know.
    """
    source = Folder(folder)
    refused: list[tuple[str, str]] = []
    encoder = open_encoder(ENCODER) if encoder is None else encoder
    items = []
    for entry in source.items():
        if isinstance(entry, Refused):
            refused.append((entry.id, entry.reason))
        elif "/" not in entry.id:
            refused.append((entry.id, "lies in no class folder"))
        else:
            items.append(entry)
    progress(0, len(items))
    rows, ids = [np.empty((0, encoder.dim), np.float32)], list[str]()
    files: dict[str, str] = {}
    digests: dict[str, str] = {}
    stream = encode_files(items, encoder, limits=limits, workers=workers)
    for done, (item, outcome) in enumerate(stream, 1):
        if not isinstance(outcome, Encoded):
            refused.append((item.id, reason(outcome)))
        elif outcome.vector is not None:
            rows.append(outcome.vector[None])
            ids.append(item.id)
            files[item.id], digests[item.id] = item.uri, outcome.facts.digest
        progress(done, len(items))
    labels = [item.partition("/")[0] for item in ids]
    words = _words(encoder, hints or {})
    _refuse_empty_classes(Path(source.root).expanduser(), {*labels, *words}, refused)
    references = References(
        np.concatenate(rows), labels, ids, words=words, encoder=encoder.fingerprint
    )
    return Gathered(
        references,
        encoder.name,
        os.fspath(folder),
        files,
        digests,
        tuple(sorted(refused)),
        hints or {},
    )


def gather_workspace(workspace: Workspace, concepts: Sequence[str]) -> Gathered:
    """The examples and yes answers of concepts; each concept is a class, its hints are its words.

    Vectors are centred on the mean of the whole collection, which is known better than that of
    a few references.

    Args:
        workspace: where the concepts are.
        concepts: their names.

    Raises:
        NotFoundError: no such concept, or an example is gone.
        BadInputError: fewer than two concepts, or one without an example and a hint.
    """
    rows, labels = [np.empty((0, workspace.dim), np.float32)], list[str]()
    ids: list[str] = []
    words: dict[str, Vectors] = {}
    hints: dict[str, Sequence[str]] = {}
    for name in dict.fromkeys(concepts):
        concept = workspace.concepts.get(name)
        evidence = evidence_for(workspace, concept)
        if not len(evidence.positives) and not concept.hints:
            raise BadInputError(
                f"the concept '{name}' has neither an example nor a hint; add an image with: "
                f"{command_line('concept', 'add', name, '--like', 'IMAGE')}"
            )
        rows.append(evidence.positives.rows)
        labels += [name] * len(evidence.positives)
        ids += evidence.positives.ids
        if concept.hints:
            words[name] = encode_text(workspace.encoder, concept.hints)
            hints[name] = concept.hints
    mean = workspace.collection.space().mean
    references = References(
        np.concatenate(rows), labels, ids, words, workspace.fingerprint, mean=mean
    )
    inside = sorted(workspace.collection.known(ids))
    facts = workspace.collection.facts(inside, ["digest"])
    return Gathered(
        references,
        workspace.encoder_name,
        workspace.path.name,
        {
            item: original.uri
            for item, original in zip(inside, workspace.collection.originals(inside), strict=True)
        },
        dict(zip(inside, (row["digest"] for row in facts), strict=True)),
        hints=hints,
    )


def gather_labels(workspace: Workspace, labels: Mapping[str, str], origin: str = "") -> Gathered:
    """Labelled items of a workspace as references, without reading an image again.

    Args:
        workspace: where the items are.
        labels: class by item id.
        origin: what the labels are called in the classifier's provenance.

    Raises:
        NotFoundError: an id that is not in the collection.
        BadInputError: fewer than two classes.
    """
    ids = sorted(labels)
    collection = workspace.collection
    return Gathered(
        References(
            collection.vectors(ids),
            [labels[item] for item in ids],
            ids,
            encoder=workspace.fingerprint,
            mean=collection.space().mean,
        ),
        workspace.encoder_name,
        origin or workspace.path.name,
        {item: of.uri for item, of in zip(ids, collection.originals(ids), strict=True)},
        dict(zip(ids, collection.digests(ids), strict=True)),
    )


def train_classifier(
    gathered: Gathered,
    method: str = "best",
    *,
    coverage: float | None = None,
    abstain_by: Literal["probability", "likeness"] = "likeness",
    unlabelled: UnlabelledImages | Vectors | None = None,
    progress: Progress = lambda done, total: None,
    **options: Any,
) -> Classifier:
    """Train a classifier that knows where it is from; see `likewise.classify.base.train`.

    Args:
        gathered: the references.
        method: name of a method.
        coverage: share of images of these classes that get an answer; the others, and most
            images of anything else, are "none of these". 1 always answers. None for .9 where
            enough images can be held out to find the threshold, and else 1.
        abstain_by: "likeness" is low far from all classes, "probability" between two of them.
        unlabelled: images of nobody's label, such as `gather_unlabelled` answers or as vectors
            (n, dim), which smooth a linear head where that helps; see `train`.
        progress: told how many of the trainings are done.
        options: fields of the named method.

    Raises:
        BadInputError: no such method or option, or references it cannot work from.
    """
    if coverage is None:
        can_hold_out = (gathered.references.counts > 1).any()
        coverage = COVERAGE if can_hold_out else 1.0
    images = unlabelled.vectors if isinstance(unlabelled, UnlabelledImages) else unlabelled
    trained = train(
        gathered.references,
        method,
        coverage=coverage,
        abstain_by=abstain_by,
        unlabelled=images,
        progress=progress,
        **options,
    )
    if isinstance(unlabelled, UnlabelledImages):
        about = {"origin": unlabelled.origin, "total": unlabelled.total}
        trained = trained.with_provenance(unlabelled={**trained.provenance["unlabelled"], **about})
    return trained.with_provenance(
        encoder_name=gathered.encoder,
        hints={name: list(phrases) for name, phrases in gathered.hints.items()},
        origin=gathered.origin,
        digests=dict(gathered.digests),
        refused=[list(entry) for entry in gathered.refused],
    )


def method_of(classifier: Classifier) -> Method:
    """The method that made a classifier's rows, with its options; what `best` chose, for one."""
    facts = classifier.provenance
    if "choice" in facts:
        return make(str(facts["choice"]["chosen"]))
    return make(classifier.method, **dict(facts.get("options", {})))


def _words(encoder: Encoder, hints: Mapping[str, Sequence[str]]) -> dict[str, Vectors]:
    return {name: encode_text(encoder, list(phrases)) for name, phrases in hints.items() if phrases}


def _refuse_empty_classes(root: Path, found: set[str], refused: list[tuple[str, str]]) -> None:
    """A class that silently goes missing is a classifier that silently cannot say it."""
    for folder in sorted(root.iterdir()):
        name = folder.name
        if folder.is_dir() and not name.startswith(".") and name not in found:
            why = next(
                (f" ({item}: {r})" for item, r in refused if item.startswith(f"{name}/")), ""
            )
            raise BadInputError(
                f"the class '{name}' has no image that can be read{why}; add one, give it words "
                f"with --hint '{name}=WORDS', or take the folder away"
            )
