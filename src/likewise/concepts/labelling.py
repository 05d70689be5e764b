"""Change baskets and record labels, after checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from likewise.concepts.evidence import find_images
from likewise.core.concept import Concept
from likewise.encoders._denials import denial_in, instead_of_denial
from likewise.encoders._word_lists import word_list_of
from likewise.encoders.base import encode_text
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace import Workspace
from likewise.workspace.database import now
from likewise.workspace.labels import Label, Verdict, current_user, new_id
from likewise.workspace.renames import later_names, renames
from likewise.workspace.rule_registry import RuleVersion


def fill_basket(
    workspace: Workspace,
    name: str,
    like: Sequence[str] = (),
    unlike: Sequence[str] = (),
    hints: Sequence[str] = (),
    counter_hints: Sequence[str] = (),
    new: bool | None = None,
) -> tuple[Concept, list[str]]:
    """Make a concept or add to one; returns it, and remarks on how its words are read.

    Images from outside the collection are copied into the workspace. A part that the concept has
    is not added twice, so the same call may run again.

    Args:
        workspace: where the concept is.
        name: of the concept.
        like: ids or files of examples.
        unlike: ids or files of counter-examples.
        hints: words for it.
        counter_hints: words for what it is not.
        new: True refuses to add to a concept that exists, False to make one that does not;
            None makes the concept where there is none and adds to it where there is one.

    Raises:
        BadInputError: nothing was given, an image is on both sides, a word cannot be read, or
            `new` is True and the concept exists.
        NotFoundError: no such image, or `new` is False and there is no such concept.
    """
    if new is None:
        new = name not in workspace.concepts.names()
    if not (like or unlike or hints or counter_hints):
        raise BadInputError(
            f"nothing was given for '{name}'; use --like IMAGE, --unlike IMAGE, --hint WORDS or "
            "--counter-hint WORDS"
        )
    before = Concept(name) if new else workspace.concepts.get(name)
    found, unwanted = find_images(workspace, like), find_images(workspace, unlike)
    parts = Concept(name, found.ids, unwanted.ids, tuple(hints), tuple(counter_hints))
    encode_text(workspace.encoder, [*hints, *counter_hints])  # refuses words it cannot read
    _joined(before, parts)  # refuses what cannot be, before any image is kept
    for exemplar in {**found.outside, **unwanted.outside}.values():
        workspace.exemplars.keep(exemplar)
    return change_basket(workspace, parts, new=new)


def require_images(workspace: Workspace, ids: Sequence[str]) -> None:
    """Refuse what is neither an item of the collection nor a copied example.

    Raises:
        NotFoundError: such an id.
    """
    existing = workspace.collection.known(ids) | set(workspace.exemplars.paths(ids))
    for item in ids:
        if item not in existing:
            raise NotFoundError(
                f"there is no item '{item}'; give an id as likewise search prints it"
            )


def change_basket(
    workspace: Workspace,
    add: Concept,
    drop: Collection[str] = (),
    weights: Mapping[str, float] | None = None,
    new: bool = False,
    who: str | None = None,
    combine: Literal["sum", "product"] | None = None,
) -> tuple[Concept, list[str]]:
    """Write a revision of a concept; returns it, and remarks on how its words are read.

    Args:
        workspace: where the concept is.
        add: parts to add to the concept of that name; ids of items and kept exemplars only.
        drop: ids and phrases to take out first.
        weights: of parts; 1 is usual, 0 switches one off.
        new: there must be none of that name yet.
        who: who changes it; the current user unless given.
        combine: how words and examples count together from now on; as before unless given.

    Raises:
        BadInputError: an image would be on both sides, a word cannot be read, a weight is
            below 0, or `new` is set and a concept of that name exists.
        NotFoundError: no such concept, or an id of no image.
    """
    require_images(workspace, [*add.examples, *add.counter_examples])
    if not new:
        workspace.concepts.get(add.name)
    if add.hints or add.counter_hints:
        encode_text(workspace.encoder, [*add.hints, *add.counter_hints])

    def changed(newest: Concept) -> Concept:
        after = _joined(newest.without(drop), add)
        merged = {**after.weights, **(weights or {})}
        new_weights = {part: w for part, w in merged.items() if w != 1 and part in after.parts}
        how = {None: after.combine, "sum": None, "product": "product"}[combine]
        return replace(after, weights=new_weights, combine=how)

    concept = workspace.concepts.change(add.name, changed, new, who)
    return concept, remarks_on_words(workspace, concept)


def _joined(concept: Concept, more: Concept) -> Concept:
    """Both baskets in one.

    Raises:
        BadInputError: an image would be both an example and a counter-example.
    """
    after = concept.adding(more.examples, more.counter_examples, more.hints, more.counter_hints)
    both = set(after.examples) & set(after.counter_examples)
    if both:
        raise BadInputError(
            f"'{min(both)}' would be both an example and a counter-example of '{more.name}'; "
            f"take it out first: {command_line('concept', 'drop', more.name, min(both))}"
        )
    return after


def labels_from(
    workspace: Workspace,
    concept: str,
    verdicts: Iterable[tuple[str, str]],
    *,
    who: str | None = None,
    source: str = "import",
    action: str = "",
    events: Mapping[str, str] | None = None,
    shown: Mapping[str, tuple[float, int]] | None = None,
) -> list[Label]:
    """Labels from pairs of item and verdict, checked: all of them or, when one is wrong, none.

    Args:
        workspace: where the concept is.
        concept: its name.
        verdicts: pairs of item id and verdict.
        who: who decided; the current user unless given.
        source: how the verdicts were given, such as "page" or "import".
        action: id of the action that they are part of.
        events: ids of the labels, by item id; new ones unless given.
        shown: score and rule version that items were shown under, by item id.

    Raises:
        NotFoundError: no such concept, or an id that is not in the collection.
        BadInputError: not a verdict, or two different ones for one id.
    """
    workspace.concepts.get(concept)
    pairs = list(verdicts)
    names = list(dict.fromkeys(name for name, _ in pairs))
    ids_of = workspace.collection.resolve(names)
    verdict_of: dict[str, str] = {}
    name_of: dict[str, str] = {}
    for name, verdict in pairs:
        item = ids_of.get(name, name)
        if verdict_of.setdefault(item, verdict) != verdict:
            raise BadInputError(
                f"'{item}' is given as {verdict_of[item]} and as {verdict}; decide for one"
            )
        name_of.setdefault(item, name)
    ids = list(verdict_of)
    unknown = [name for name in names if name not in ids_of]
    if unknown:
        raise NotFoundError(
            f"{len(unknown)} of {len(names)} ids are not in the collection, the first is "
            f"'{unknown[0]}'; nothing was recorded: give ids as likewise search prints them"
        )
    digests = workspace.collection.digests(ids)
    signed, at = who or current_user(), now()
    labels = []
    for (item, verdict), digest in zip(verdict_of.items(), digests, strict=True):
        score, rule = (shown or {}).get(name_of[item], (None, None))
        labels.append(
            Label(
                concept,
                item,
                verdict,  # type: ignore[arg-type]
                digest=digest,
                who=signed,
                source=source,
                rule=rule,
                score=score,
                event=(events or {}).get(name_of[item]) or new_id(),
                at=at,
                action=action,
            )
        )
    return labels


def record_labels(
    workspace: Workspace,
    concept: str,
    verdicts: Iterable[tuple[str, str]],
    who: str | None = None,
    source: str = "import",
    dry_run: bool = False,
    shown_by: RuleVersion | None = None,
) -> dict[str, int]:
    """Record verdicts about items; all of them or, when one is wrong, none.

    Args:
        workspace, concept, verdicts, who, source: as in `labels_from`.
        dry_run: only check and count.
        shown_by: the rule that ranked the images when they were answered. Probabilities and
            estimates of how many are left rest on answers to what a rule picked.

    Returns:
        How many of each verdict.

    Raises:
        NotFoundError, BadInputError: as in `labels_from`.
    """
    pairs = list(verdicts)
    shown = None if shown_by is None else _shown(workspace, [name for name, _ in pairs], shown_by)
    labels = labels_from(
        workspace, concept, pairs, who=who, source=source, action=new_id(), shown=shown
    )
    if not dry_run:
        workspace.labels.record(labels, must_exist=True)
    counts = Counter(label.verdict for label in labels)
    return {verdict: counts[verdict] for verdict in get_args(Verdict)}


def _shown(
    workspace: Workspace, names: Sequence[str], version: RuleVersion
) -> dict[str, tuple[float, int]]:
    """Score and rule version under which images were shown, by the name in `names`."""
    ids_of = workspace.collection.resolve(names)
    rule = workspace.rules.version(version.version)
    scores = rule.score(workspace.collection.vectors(list(ids_of.values()), rule))
    return {
        name: (score, version.version) for name, score in zip(ids_of, scores.tolist(), strict=True)
    }


def pairs_to_import(
    workspace: Workspace, concept: str, verdicts: Iterable[tuple[str, str]], who: str | None = None
) -> list[tuple[str, str]]:
    """The pairs of item and verdict that differ from the person's last import about the item.

    So a file that is read again adds nothing, and overrides no correction made since.
    """
    pairs, signed = list(verdicts), who or current_user()
    ids = workspace.collection.resolve(list(dict.fromkeys(name for name, _ in pairs)))
    imported = {
        label.item: label.verdict
        for label in workspace.labels.history(concept)  # the oldest first
        if label.source == "file" and label.who == signed
    }
    return [
        (name, verdict) for name, verdict in pairs if imported.get(ids.get(name, name)) != verdict
    ]


@dataclass(frozen=True)
class Imported:
    """What an import of exported labels did, or would do.

    Attributes:
        new: labels that were not in the log.
        known: labels that were.
        absent: of the new ones, those whose item is not in the collection; they are kept with
            the digest of their picture, and count when it is found again.
        concepts: those that were made for it, with empty baskets.
    """

    new: int
    known: int
    absent: int
    concepts: tuple[str, ...]


def import_labels(workspace: Workspace, labels: Sequence[Label], dry_run: bool = False) -> Imported:
    """Append exported labels to the log, all or none; a label that is in it already is skipped.

    They are appended in the order given, so they are newer than what is in the log already.

    Raises:
        NotFoundError: a new label has no digest and its item is not in the collection.
        BadInputError: an event is in the log with other content.
    """
    names = dict.fromkeys(label.concept for label in labels)
    log = renames(workspace.decisions)
    recorded_as = {later for name in names for later in later_names(log, name)}
    events = {label.event for name in recorded_as for label in workspace.labels.history(name)}
    fresh = [label for label in labels if label.event not in events]
    existing = workspace.collection.known([label.item for label in fresh])
    absent = [label for label in fresh if label.item not in existing]
    for label in absent:
        if not label.digest:
            raise NotFoundError(
                f"'{label.item}' is not in the collection, and its label has no digest to find "
                "its picture by; nothing was recorded: index its folder first"
            )
    named = {*workspace.labels.concepts(), *workspace.concepts.names()}
    named |= set(workspace.concepts.removed())  # its labels stay with it
    made = tuple({label.concept for label in fresh} - named)
    if not dry_run:
        workspace.labels.record(labels)
        for name in made:
            workspace.concepts.save(Concept(name), new=True)
    new = {label.event for label in fresh}
    return Imported(len(new), len(labels) - len(fresh), len(absent), tuple(sorted(made)))


def remarks_on_words(workspace: Workspace, concept: Concept) -> list[str]:
    """What the concept's words are read as, by an encoder that reads a fixed list of words.

    An encoder that reads any words finds what a phrase such as "without a leash" names, so there
    the remarks are about such phrases.
    """
    phrases = (*concept.hints, *concept.counter_hints)
    words = word_list_of(workspace.encoder)
    if words is None:
        return [
            f"'{phrase}' says what is not wanted ('{denial}'), which this encoder hardly "
            f"understands; {instead_of_denial(phrase)}"
            for phrase in phrases
            if (denial := denial_in(phrase))
        ]
    understood = getattr(words, "understood", None)
    return [] if understood is None else [understood(phrase).note for phrase in phrases]
