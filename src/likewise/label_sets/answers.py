"""What people said about the classes of a label set, and the recording of more of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import labels_from
from likewise.core.classifier import NONE_OF_THESE
from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError, NotFoundError, command_line
from likewise.workspace import Workspace
from likewise.workspace.label import current_user, new_id
from likewise.workspace.label_fold import Undone


@dataclass(frozen=True)
class Contradiction:
    """An image that has two classes or more of an exclusive set.

    Attributes:
        item: its id.
        classes: those with a yes.
        who: the people whose answers the yes rests on, by class; none where an example of the
            concept's basket is the reason.
    """

    item: str
    classes: tuple[str, ...]
    who: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class SetAnswers:
    """What counts about every image that people said something of, class by class.

    In an exclusive set a yes for one class is a no for the others. That follows from the set and
    is stored nowhere, so it ends where the yes is taken back or the set is removed.

    Attributes:
        label_set: the set.
        yes: by item id, the classes that people gave it.
        no: by item id, the classes that people said it is not.
        unsure: by item id, the classes that people were unsure of.
    """

    label_set: LabelSet
    yes: Mapping[str, tuple[str, ...]]
    no: Mapping[str, frozenset[str]]
    unsure: Mapping[str, frozenset[str]]

    @cached_property
    def class_of(self) -> dict[str, str]:
        """The class of each image that has exactly one."""
        return {item: classes[0] for item, classes in self.yes.items() if len(classes) == 1}

    @cached_property
    def contradicting(self) -> dict[str, tuple[str, ...]]:
        """By item id, the classes of the images that have several in an exclusive set."""
        if not self.label_set.exclusive:
            return {}
        return {item: classes for item, classes in self.yes.items() if len(classes) > 1}

    @cached_property
    def none_of_these(self) -> frozenset[str]:
        """Images that people said no to for every class of the set."""
        count = len(self.label_set.classes)
        return frozenset(item for item, classes in self.no.items() if len(classes) == count)

    @property
    def answered(self) -> frozenset[str]:
        """Images whose class, or none of these, is known from people."""
        return frozenset(self.yes) | self.none_of_these

    def refused(self, item: str) -> frozenset[str]:
        """The classes that an image is not, by what people said and, if exclusive, by its yes."""
        refused = self.no.get(item, frozenset())
        if not self.label_set.exclusive or item not in self.class_of:
            return refused
        return refused | (frozenset(self.label_set.classes) - {self.class_of[item]})

    def to_json(self) -> dict[str, Any]:
        """The set and how much of it is answered."""
        return {
            **self.label_set.to_json(),
            "counts": self.counts(),
            "none_of_these": len(self.none_of_these),
            "answered": len(self.answered),
            "contradicting": len(self.contradicting),
        }

    def counts(self) -> dict[str, int]:
        """How many images have each class, in the set's order, by what people said."""
        found = Counter(
            name
            for item, classes in self.yes.items()
            if item not in self.contradicting
            for name in classes
        )
        return {name: found[name] for name in self.label_set.classes}


def answers_of(workspace: Workspace, label_set: LabelSet) -> SetAnswers:
    """What people said about the classes of a set: baskets and answers, as they count now.

    Examples from outside the collection are left out.
    """
    by_verdict: dict[str, dict[str, list[str]]] = {"yes": {}, "no": {}, "unsure": {}}
    for name in label_set.classes:
        for item, verdict in verdicts(workspace, workspace.concepts.get(name)).items():
            by_verdict[verdict].setdefault(item, []).append(name)
    inside = workspace.collection.known(
        list({item for part in by_verdict.values() for item in part})
    )
    yes = {item: tuple(names) for item, names in by_verdict["yes"].items() if item in inside}
    no, unsure = (
        {item: frozenset(names) for item, names in by_verdict[part].items() if item in inside}
        for part in ("no", "unsure")
    )
    return SetAnswers(label_set, yes, no, unsure)


def contradictions(workspace: Workspace, answers: SetAnswers) -> list[Contradiction]:
    """The images with several classes of an exclusive set, by id, and who gave each class."""
    people: dict[str, dict[str, tuple[str, ...]]] = {}
    found = answers.contradicting
    for name in sorted({name for classes in found.values() for name in classes}):
        for item, label in workspace.labels.current(name).items():
            if item in found and name in found[item]:
                people.setdefault(item, {})[name] = (label.who,)
    return [
        Contradiction(item, found[item], {x: people.get(item, {}).get(x, ()) for x in found[item]})
        for item in sorted(found)
    ]


def record_classes(
    workspace: Workspace,
    label_set: LabelSet,
    classes: Mapping[str, str] | Iterable[tuple[str, str]],
    who: str | None = None,
    source: str = "command",
    action: str = "",
    dry_run: bool = False,
    refused: Iterable[tuple[str, str]] = (),
) -> dict[str, int]:
    """Record the class of images, as one action; all of it or, when one is wrong, none.

    An image gets a yes for its class, and for "none of these" a no for every class. What the log
    says already is not repeated. Where an image of an exclusive set has another class by now, a
    no for that one is recorded as well: the person decided between them.

    Args:
        workspace: where the set is.
        label_set: the set.
        classes: the class, or "none of these", by item id or path.
        who: who decided; the current user unless given.
        source: how it came; see `likewise.workspace.label.Label`.
        action: id of the action, by which all of it is taken back; a new one unless given.
        dry_run: only check and count.
        refused: images with a class that each is not, whatever else it may be.

    Returns:
        How many images of each class are new, in the set's order, "none of these" last.

    Raises:
        BadInputError: a name that is no class of the set, or two classes for one image of an
            exclusive set.
        NotFoundError: an image that is not in the collection.
    """
    pairs = list(classes.items() if isinstance(classes, Mapping) else classes)
    refusals = list(refused)
    for _, name in pairs:
        label_set.check_class(name, none=True)
    for _, name in refusals:
        label_set.check_class(name)
    ids = _resolved(workspace, [item for item, _ in (*pairs, *refusals)])
    _refuse_several(label_set, [(ids[item], name) for item, name in pairs])
    answers = answers_of(workspace, label_set)
    by_class: dict[str, dict[str, str]] = {name: {} for name in label_set.classes}
    new: Counter[str] = Counter()
    for image, name in pairs:
        item = ids[image]
        verdicts_of = _verdicts(answers, item, name)
        new[name] += bool(verdicts_of)
        for of, verdict in verdicts_of.items():
            by_class[of][item] = verdict
    for image, name in refusals:
        if name not in answers.no.get(ids[image], frozenset()):
            by_class[name].setdefault(ids[image], "no")
    action = action or new_id()
    labels = [
        label
        for name, verdicts_of in by_class.items()
        if verdicts_of
        for label in labels_from(
            workspace, name, verdicts_of.items(), who=who, source=source, action=action
        )
    ]
    if labels and not dry_run:
        workspace.labels.record(labels, must_exist=True)
    return {name: new[name] for name in (*label_set.classes, NONE_OF_THESE)}


def _verdicts(answers: SetAnswers, item: str, name: str) -> dict[str, str]:
    """What to record of an image that is of a class, by class; nothing that is known already."""
    known_yes, known_no = answers.yes.get(item, ()), answers.no.get(item, frozenset())
    if name == NONE_OF_THESE:
        return {x: "no" for x in answers.label_set.classes if x not in known_no}
    found = {} if name in known_yes else {name: "yes"}
    if answers.label_set.exclusive:
        found |= {x: "no" for x in known_yes if x != name}
    return found


def _resolved(workspace: Workspace, items: list[str]) -> dict[str, str]:
    ids = workspace.collection.resolve(list(dict.fromkeys(items)))
    paths = {
        item: inside
        for item in items
        if item not in ids and (inside := workspace.sources.id_of(Path(item))) is not None
    }
    inside_ids = workspace.collection.resolve(list(paths.values()))
    ids |= {item: inside_ids[inside] for item, inside in paths.items() if inside in inside_ids}
    lacking = next((item for item in items if item not in ids), None)
    if lacking is not None:
        raise NotFoundError(
            f"'{lacking}' is not in the collection, so nothing was recorded; give ids as "
            "likewise search prints them"
        )
    return ids


def _refuse_several(label_set: LabelSet, pairs: list[tuple[str, str]]) -> None:
    classes: dict[str, str] = {}
    for item, name in pairs:
        both = classes.setdefault(item, name), name
        if both[0] != both[1] and (label_set.exclusive or NONE_OF_THESE in both):
            raise BadInputError(
                f"'{item}' is given as '{both[0]}' and as '{both[1]}', and '{label_set.name}' "
                "allows one; nothing was recorded: give one class for each image"
            )


def undo_classes(
    workspace: Workspace, label_set: LabelSet, who: str | None = None, action: str | None = None
) -> list[Undone]:
    """Take back an action on a set, in every class that it spoke of.

    Args:
        workspace: where the set is.
        label_set: the set.
        who: who takes back; the current user unless given.
        action: id of the action, anybody's; the person's own newest unless given.

    Returns:
        What was taken back, one entry a class; none where nothing is left to take back.

    Raises:
        NotFoundError: no class has an action of that id.
    """
    log, person = workspace.labels, who or current_user()
    if action is None:
        newest = max(label_set.classes, key=lambda x: log.newest_standing(x, person), default=None)
        target = None if newest is None else log.undoable(newest, person)
        if target is None:
            return []
        action = target.action
    taken, is_known = [], False
    for name in label_set.classes:
        try:
            undone = log.undo(name, person, action)
        except NotFoundError:
            continue
        is_known = True
        if undone is not None:
            taken.append(undone)
    if not is_known:
        raise NotFoundError(
            f"there is no action '{action}' on '{label_set.name}'; see: "
            f"{command_line('labels', 'list', *label_set.classes[:1])}"
        )
    return taken
