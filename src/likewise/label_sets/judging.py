"""Judges of a label set: models whose answers are kept apart until an audit says how they err."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.label_set import LabelSet
from likewise.core.progress import Progress
from likewise.errors import BadInputError, NotFoundError, StorageError, command_line
from likewise.label_sets.answers import SetAnswers, answers_of
from likewise.label_sets.judge_endpoint import Judged
from likewise.label_sets.rounds import machine_labels_of
from likewise.numeric.intervals import wilson_interval
from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import grid, thumbnails_of
from likewise.workspace.labels import Verdict
from likewise.workspace.machine_labels import JUDGE, MachineLabel, Round

AUDIT = 40
"""Images that people answer before anything is learned from a judge."""

_EXAMPLES = 8
_GREEN, _RED = (11, 122, 75), (194, 47, 58)
_QUALITY = 85
_FAILURES = 3  # in a row, after which a judge is left alone

Ask = Callable[[str, Sequence[bytes]], Judged]


@dataclass(frozen=True)
class Question:
    """Whether an image is of a class."""

    item: str
    name: str


@dataclass(frozen=True)
class Judging:
    """What came of a run of a judge.

    Attributes:
        round: number of the round; None where nothing could be recorded.
        verdicts: how many answers were yes, no and unsure.
        not_understood: how many answers said none of these.
        stopped: why it ended early; "" where it did not.
    """

    round: int | None
    verdicts: Mapping[str, int]
    not_understood: int
    stopped: str


@dataclass(frozen=True)
class Audit:
    """A judge's answers beside people's.

    Attributes:
        round: of the judge.
        images: those that people answer, drawn of its yes and no.
        answered: how many of them people have answered.
        wrong: in how many of these the judge was wrong.
    """

    round: int
    images: tuple[Question, ...]
    answered: int
    wrong: int

    @property
    def complete(self) -> bool:
        """Whether enough is answered to learn from the judge."""
        return bool(self.images) and self.answered >= len(self.images)

    @property
    def error(self) -> tuple[float, float, float] | None:
        """The share of wrong answers with its 95 % interval; None where nothing is answered."""
        if not self.answered:
            return None
        return (self.wrong / self.answered, *wilson_interval(self.wrong, self.answered))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, and the images to answer."""
        error = None if self.error is None else list(self.error)
        return {
            "round": self.round, "images": [vars(image) for image in self.images],
            "answered": self.answered, "wrong": self.wrong, "error": error,
            "complete": self.complete,
        }  # fmt: skip


def ask_judge(
    workspace: Workspace,
    label_set: LabelSet,
    questions: Sequence[Question],
    ask: Ask,
    facts: Mapping[str, Any],
    who: str | None = None,
    progress: Progress = lambda done, total: None,
) -> Judging:
    """Show a judge examples, counter-examples and one candidate at a time, and keep its answers.

    They are one round of machine labels of their own: no export, count or model takes them in.
    What was answered before it fails for good is kept.

    Args:
        workspace: where the set is.
        label_set: the set.
        questions: what to ask.
        ask: a text and JPEG pictures to an answer; raises `StorageError` where there is none.
        facts: what is known of the judge, in JSON's types; kept with the round.
        who: who runs it; the current user unless given.
        progress: told how many were asked.
    """
    answers = answers_of(workspace, label_set)
    sheets: dict[str, bytes] = {}
    found: list[tuple[Question, Judged]] = []
    failures, stopped = 0, ""
    for done, question in enumerate(questions, 1):
        name = question.name
        if name not in sheets:
            sheets[name] = _sheet(workspace, answers, name)
        try:
            (candidate,) = thumbnails_of(workspace, [question.item])
            judged = ask(_text(workspace, name), [sheets[name], _jpeg(candidate)])
        except StorageError as error:
            failures, stopped = failures + 1, str(error)
            if failures == _FAILURES:
                break
            continue
        except KeyboardInterrupt:
            stopped = "interrupted"
            break
        failures, stopped = 0, ""
        found.append((question, judged))
        progress(done, len(questions))
    return _record(workspace, label_set, found, facts, who, stopped)


def record_table(
    workspace: Workspace,
    label_set: LabelSet,
    classes: Iterable[tuple[str, str]],
    facts: Mapping[str, Any],
    who: str | None = None,
    dry_run: bool = False,
) -> Judging:
    """Keep what another classifier says of images as a judge's answers.

    Args:
        workspace, label_set, facts, who: see `ask_judge`.
        classes: id and class of each image; "none of these" is a no for every class.
        dry_run: only check and count.

    Raises:
        BadInputError: a name that is no class of the set.
        NotFoundError: an image that is not in the collection.
    """
    found = []
    for item, name in classes:
        label_set.check_class(name, none=True)
        names = label_set.classes if name == NONE_OF_THESE else (name,)
        verdict: Verdict = "no" if name == NONE_OF_THESE else "yes"
        found += [(Question(item, each), Judged(verdict, "")) for each in names]
    lacking = {question.item for question, _ in found} - set(
        workspace.collection.known([question.item for question, _ in found])
    )
    if lacking:
        raise NotFoundError(
            f"'{min(lacking)}' is not in the collection, so nothing was recorded; give ids as "
            "likewise search prints them"
        )
    return _record(workspace, label_set, found, facts, who, "", dry_run)


def judge_rounds(workspace: Workspace, name: str) -> list[Round]:
    """The rounds of a set's judges that stand, the oldest first."""
    return [
        found
        for found in workspace.machine_labels.rounds()
        if found.method == JUDGE and not found.undone and found.source == name
    ]


def audit_of(workspace: Workspace, label_set: LabelSet, number: int) -> Audit:
    """What people's answers say of a judge, on images that are drawn once and for all.

    The draw depends on the round and the images alone, not on what is answered.
    """
    labels = [x for x in workspace.machine_labels.of_round(number) if x.verdict != "unsure"]
    labels.sort(key=lambda x: hashlib.sha256(f"{number}\n{x.item}\n{x.concept}".encode()).digest())
    answers = answers_of(workspace, label_set)
    drawn = labels[:AUDIT]
    truths = [_truth(answers, label) for label in drawn]
    checked = [(x, truth) for x, truth in zip(drawn, truths, strict=True) if truth is not None]
    wrong = sum(x.verdict != truth for x, truth in checked)
    images = tuple(Question(x.item, x.concept) for x in drawn)
    return Audit(number, images, len(checked), wrong)


def open_questions(workspace: Workspace, label_set: LabelSet) -> list[tuple[MachineLabel, str]]:
    """Images of the judges' rounds to look at, and why: disputed ones first, then the audits'.

    Disputed is what the judge says no to although the standing model gives the class, or yes to
    although it gives another.
    """
    answers = answers_of(workspace, label_set)
    model = {x.item: x.concept for x in machine_labels_of(workspace, label_set)}
    disputed: list[tuple[MachineLabel, str]] = []
    audited: list[tuple[MachineLabel, str]] = []
    for found in judge_rounds(workspace, label_set.name):
        drawn = set(audit_of(workspace, label_set, found.round).images)
        for label in workspace.machine_labels.of_round(found.round):
            if _truth(answers, label) is not None:
                continue
            predicted = model.get(label.item)
            agrees = predicted is None or (predicted == label.concept) == (label.verdict == "yes")
            if not agrees and label.verdict != "unsure":
                disputed.append((label, f"the judge says {label.verdict}, the model {predicted}"))
            elif Question(label.item, label.concept) in drawn:
                audited.append((label, f"audit of round {found.round}"))
    return disputed + audited


def judged_labels(workspace: Workspace, answers: SetAnswers) -> dict[str, tuple[str, float]]:
    """The class by judges of each image that people have not answered, and how sure that is.

    Raises:
        BadInputError: there is no judge's round, or the audit of one is not complete.
    """
    label_set, name = answers.label_set, answers.label_set.name
    rounds = judge_rounds(workspace, name)
    if not rounds:
        judge = command_line("labels", "sets", "judge", name)
        raise BadInputError(f"no judge has answered about '{name}'; ask one with: {judge}")
    found: dict[str, tuple[str, float]] = {}
    for round_ in rounds:
        audit = audit_of(workspace, label_set, round_.round)
        if not audit.complete or audit.error is None:
            audits = command_line("labels", "sets", "next", name, "--queue", "judged")
            raise BadInputError(
                f"nothing is learned from the judge of round {round_.round}: "
                f"{audit.answered} of the {max(len(audit.images), 1)} images of its audit are "
                f"answered; see them with: {audits}"
            )
        sure = 1 - audit.error[0]
        for label in workspace.machine_labels.of_round(round_.round):
            if label.verdict == "yes":
                found[label.item] = label.concept, sure
    inside = workspace.collection.known(list(found)) - answers.answered
    return {item: found[item] for item in inside if found[item][0] not in answers.refused(item)}


def _truth(answers: SetAnswers, label: MachineLabel) -> str | None:
    """Whether people say yes or no to the class that a judge spoke of."""
    if label.item in answers.contradicting:
        return None
    if label.concept in answers.yes.get(label.item, ()):
        return "yes"
    return "no" if label.concept in answers.refused(label.item) else None


def _record(
    workspace: Workspace,
    label_set: LabelSet,
    found: Sequence[tuple[Question, Judged]],
    facts: Mapping[str, Any],
    who: str | None,
    stopped: str,
    dry_run: bool = False,
) -> Judging:
    understood = [(question, judged) for question, judged in found if judged.verdict is not None]
    counts = {"yes": 0, "no": 0, "unsure": 0}
    for _, judged in understood:
        counts[str(judged.verdict)] += 1
    lost = len(found) - len(understood)
    if not understood or dry_run:
        return Judging(None, counts, lost, stopped)
    items = [question.item for question, _ in understood]
    digests = workspace.collection.digests(items)

    def labels() -> Iterator[MachineLabel]:
        for (question, judged), digest in zip(understood, digests, strict=True):
            because = {"reason": judged.reason}
            assert judged.verdict is not None
            yield MachineLabel(question.name, question.item, judged.verdict, 0.0, digest, because)

    parameters = {"set": label_set.name, **facts}
    number = workspace.machine_labels.add_round(
        JUDGE, parameters, labels(), source=label_set.name, who=who
    )
    return Judging(number, counts, lost, stopped)


def _text(workspace: Workspace, name: str) -> str:
    concept = workspace.concepts.get(name)
    words = f" Words for it: {', '.join(concept.hints)}." if concept.hints else ""
    against = (
        f" Words for what it is not: {', '.join(concept.counter_hints)}."
        if concept.counter_hints
        else ""
    )
    return (
        f"The class is: {name}.{words}{against} The first picture shows examples of the class in "
        "green frames and counter-examples in red frames. Is the second picture of the class? "
        'Answer with one JSON object: {"answer": "yes", "no" or "unsure", "reason": one short '
        "sentence}."
    )


def _sheet(workspace: Workspace, answers: SetAnswers, name: str) -> bytes:
    """Examples of a class and of the others, in one picture."""
    yes = [item for item, classes in answers.yes.items() if name in classes]
    no = [item for item in (*answers.yes, *answers.no) if name in answers.refused(item)]
    ids = [*yes[-_EXAMPLES:], *list(dict.fromkeys(no))[-_EXAMPLES:]]
    count = len(yes[-_EXAMPLES:])
    colours = [_GREEN if number < count else _RED for number in range(len(ids))]
    tiles = thumbnails_of(workspace, ids)
    return _jpeg(grid(tiles, [""] * len(ids), colours, columns=_EXAMPLES))


def _jpeg(image: Image.Image) -> bytes:
    """A picture anew, without anything but its pixels."""
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
