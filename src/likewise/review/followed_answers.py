"""Everything that is known of a concept, in step with the workspace."""

from __future__ import annotations

from typing import Literal, TypeAlias

from likewise.concepts.derived_answers import derived_no
from likewise.concepts.evidence import Words, changed_verdicts, evidence_for, verdicts, words_of
from likewise.core.concept import Concept
from likewise.core.evidence import Evidence
from likewise.core.label_set import LabelSet
from likewise.review.page_builder import AnswerState
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import accepted_by, questions_of

_State: TypeAlias = tuple[int, str, int, tuple[LabelSet, ...]]

News: TypeAlias = Literal["none", "some", "all"]
"""Whether anything has changed since the last time, and whether everything was read anew."""


class FollowedAnswers:
    """Basket, words and answers of a concept, and what its label sets and machine labels say.

    Args:
        workspace: where the concept is; stays open.
        concept: its name.

    Attributes:
        definition: the basket and the words.
        words: as rows.
        answers: what is known of each image.
        upto: position of the label log that they are of.

    Raises:
        NotFoundError: no such concept.
    """

    def __init__(self, workspace: Workspace, concept: str) -> None:
        self._workspace = workspace
        self.definition: Concept = workspace.concepts.get(concept)
        self.words: Words = words_of(workspace, self.definition)
        self.answers = AnswerState()
        self.upto = -1
        self._state: _State | None = None  # of what all answers are read anew for
        self._rounds = (0, 0)  # of machine labels: the newest, and how many were taken back

    def follow(self) -> News:
        """Take in what others answered, and changes of the basket."""
        workspace, name = self._workspace, self.definition.name
        rounds = workspace.machine_labels.position()
        if rounds != self._rounds:
            words, before = workspace.machine_labels.current(name), self.answers
            self.answers = AnswerState(
                before.known, accepted_by(words), questions_of(words), before.derived
            )
            self._rounds = rounds
        upto = workspace.labels.position()
        revision = workspace.concepts.revision(name)
        sets = tuple(workspace.label_sets.of_concept(name))
        state = (revision, workspace.labels.policy, workspace.collection.refreshes, sets)
        if state == self._state and upto == self.upto:
            return "none"
        changed = None
        if state == self._state:
            changed = changed_verdicts(workspace, self.definition, self.upto)
        if changed is None:
            self._read_all(state)
        else:
            self.answers.change(changed)
        self.upto = upto
        is_derived_new = self.answers.derive(derived_no(workspace, name, self.answers.known))
        if changed is None:
            return "all"
        return "some" if changed or is_derived_new else "none"

    def evidence(self) -> Evidence:
        """What a learner needs to know, as of now."""
        return evidence_for(
            self._workspace,
            self.definition,
            known=self.answers.copy(),
            words=self.words,
            derived=self.answers.derived,
        )

    def _read_all(self, state: _State) -> None:
        """Read the basket and every answer anew."""
        workspace, name = self._workspace, self.definition.name
        if self._state is None or state[0] != self._state[0]:
            self.definition = workspace.concepts.get(name)
            self.words = words_of(workspace, self.definition)
        self._state = state
        before, known = self.answers, verdicts(workspace, self.definition)
        self.answers = AnswerState(known, before.accepted, before.asked, before.derived)
