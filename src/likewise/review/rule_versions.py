"""Which version of a concept's rule was registered last, and when another is due."""

from __future__ import annotations

from likewise.core.rule import Rule
from likewise.review.background_learner import Learned
from likewise.rules.learn import register_rule
from likewise.workspace import Workspace


class Versions:
    """Puts the rules of one session on the workspace's shelf.

    Args:
        workspace: whose shelf it is.
        concept: name of the concept.
        page_size: answers after which a newer rule is worth a version of its own.
        saves_rules: whether anything is put there; else every version is 0.
    """

    def __init__(
        self, workspace: Workspace, concept: str, page_size: int, saves_rules: bool = True
    ) -> None:
        self._workspace, self._concept, self._page_size = workspace, concept, page_size
        self._saves_rules = saves_rules
        self._last: tuple[Rule | None, int] = (None, 0)
        self._answers = 0  # there were when it was put there

    def of(self, learned: Learned, answers: int) -> int:
        """The version of this very rule; twice the same is once.

        Args:
            learned: what was learned.
            answers: how many there are by now.
        """
        if not self._saves_rules:
            return 0
        if self._last[0] is not learned.rule:
            workspace = self._workspace
            _, version = register_rule(workspace, self._concept, learned.rule, learned.upto)
            self._last, self._answers = (learned.rule, version.version), answers
        return self._last[1]

    @property
    def last(self) -> int:
        """The version that was put there last; 0 before there is one."""
        return self._last[1]

    def lately(self, learned: Learned, answers: int) -> int:
        """A version that is at most a page of answers old: one for every key would be a heap."""
        last, version = self._last
        page = abs(answers - self._answers) >= self._page_size
        if last is None or (learned.validated and page):
            return self.of(learned, answers)
        return version
