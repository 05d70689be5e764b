"""Words and images of a query made into the rule that a search runs with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from likewise.concepts.evidence import evidence_for, find_images, verdicts
from likewise.concepts.labelling import remarks_on_words
from likewise.core.concept import Concept
from likewise.core.ranking import Ranking
from likewise.core.rule import Rule
from likewise.core.rule_file import open_rule
from likewise.errors import BadInputError, command_line
from likewise.images.grid import grid_of
from likewise.rules.base import learn
from likewise.workspace import Workspace

IMAGES_JUDGED = 10
"""How many of the best images are asked for the sense of a hint."""
CLASSES_JUDGED = 3
"""Among how many of an image's likeliest classes the sense must be."""


def rule_to_search_with(
    workspace: Workspace,
    concept: str | None = None,
    rule_file: Path | None = None,
    like: Sequence[str] = (),
    unlike: Sequence[str] = (),
    hints: Sequence[str] = (),
    counter_hints: Sequence[str] = (),
) -> tuple[Rule, list[str]]:
    """The rule of a file, of a concept, or one learned on the spot; and remarks for the person.

    A concept's saved rule is used as it is; when nothing was learned for it yet, or when images
    or words are given besides, a rule is learned on the spot and not saved.

    Raises:
        BadInputError: nothing to look for was given, or a file together with other things.
        NotFoundError: no such concept, item or file.
    """
    basket = bool(like or unlike or hints or counter_hints)
    if rule_file is not None:
        if concept or basket:
            raise BadInputError(
                f"--rule {rule_file} says all there is to look for; leave out --concept, words "
                "and images"
            )
        rule = open_rule(rule_file)
        return rule, _remarks_on_patches(workspace, rule, "learn it again here")
    if concept is None and not basket:
        raise BadInputError(
            "there is nothing to look for; give words, --like IMAGE, --concept NAME or --rule FILE"
        )
    if concept is not None and not basket and workspace.rules.versions(concept):
        return _saved(workspace, concept)
    found, unwanted = find_images(workspace, like), find_images(workspace, unlike)
    base = workspace.concepts.get(concept) if concept else Concept("search")
    query = base.adding(found.ids, unwanted.ids, tuple(hints), tuple(counter_hints))
    evidence = evidence_for(workspace, query, {**found.outside, **unwanted.outside})
    return learn(evidence, "best"), remarks_on_words(workspace, query)


def hits_of(workspace: Workspace, ranking: Ranking) -> list[dict[str, Any]]:
    """The rows of a ranking, each with where its image is."""
    originals = workspace.collection.originals(ranking.ids)
    return [
        {**row, "path": original.uri}
        for row, original in zip(ranking.rows(), originals, strict=True)
    ]


def absent_senses(workspace: Workspace, query: Concept, ranking: Ranking, rule: Rule) -> list[str]:
    """Remarks on hints whose sense none of the images found is of.

    An encoder that classifies says so: of none of the best images is any class of the hint among
    the first three. A query with examples is left alone, for they may outweigh a hint.
    """
    best_class_rank = getattr(workspace.encoder, "best_class_rank", None)
    ids = ranking.ids[:IMAGES_JUDGED]
    if best_class_rank is None or query.examples or not ids:
        return []
    vectors = workspace.collection.vectors(ids, rule)
    remarks = []
    for hint in query.hints:
        if best_class_rank(hint, vectors) >= CLASSES_JUDGED:
            senses = "; ".join(workspace.encoder.understood(hint).senses)  # type: ignore[attr-defined]
            remarks.append(
                f"none of the {len(ids)} best images looks like {senses}; there may be none here: "
                "use another word or an example image"
            )
    return remarks


def best_of_several(
    rule: Rule,
    hits: Sequence[Mapping[str, Any]],
    others: Sequence[Path],
    k: int,
    where: str | None = None,
) -> tuple[list[dict[str, Any]], int]:
    """The k best of hits and of other workspaces under the same rule.

    A rule brings its own space, so its scores mean the same in every collection of its encoder.

    Args:
        rule: what is looked for.
        hits: those of the workspace that made the rule.
        others: workspaces, opened one after the other; memory is bounded by one of them.
        k: how many, at most.
        where: a SQL condition on the items' columns.

    Returns:
        Rows in order, those of others with their `workspace`, and how many images of the others
        were compared.

    Raises:
        NotFoundError: one is not a workspace.
        MismatchError: one holds another encoder's vectors.
    """
    rows = [dict(row) for row in hits]
    searched = 0
    for path in others:
        with Workspace(path) as workspace:
            ranking = workspace.collection.search(rule, k, where)
            searched += ranking.searched
            rows += [{"workspace": str(path), **row} for row in hits_of(workspace, ranking)]
    rows = sorted(rows, key=lambda row: -row["score"])[:k]
    return [{**row, "rank": rank} for rank, row in enumerate(rows, 1)], searched


def judged(workspace: Workspace, concept: str) -> set[str]:
    """Ids that a search for more of a concept need not show: its basket and all it was told."""
    return set(verdicts(workspace, workspace.concepts.get(concept)))


def _saved(workspace: Workspace, concept: str) -> tuple[Rule, list[str]]:
    definition = workspace.concepts.get(concept)
    newest = workspace.rules.newest(concept)
    rule = newest.open()
    newer = workspace.labels.count(concept, after=newest.labels_upto)
    remarks = []
    learned_from = rule.provenance.get("concept_digest")
    if learned_from is None:  # a rule of 0.1.0: clocks are the best that is known of it
        has_changed = workspace.concepts.changed_at(concept) > newest.at
    else:
        has_changed = learned_from != definition.digest
    if has_changed:
        remarks.append(
            f"the basket of '{concept}' has changed since its rule was learned; "
            f"take it in with: {command_line('learn', concept)}"
        )
    if newer:
        remarks.append(
            f"{newer} answer(s) are newer than the rule of '{concept}'; "
            f"take them in with: {command_line('learn', concept)}"
        )
    again = f"take that in with: {command_line('learn', concept)}"
    return rule, [*remarks, *_remarks_on_patches(workspace, rule, again)]


def _remarks_on_patches(workspace: Workspace, rule: Rule, remedy: str) -> list[str]:
    """Where a rule was taught whole images and the workspace has patches, or the other way."""
    taught = grid_of(rule) is not None
    if taught == (workspace.grid is not None):
        return []
    if taught:
        return [f"the rule was taught with patches and there are none here now; {remedy}"]
    return [f"the rule was taught whole images, so their patches are not looked at; {remedy}"]
