"""Learns again behind the reviewer's back: a quick rule at once, a validated one after it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic, perf_counter
from typing import Any

from likewise.errors import BusyError, LikewiseError
from likewise.evidence import Evidence
from likewise.rule import Rule
from likewise.rules.base import Chooser, learn, make

_QUICK_IN_A_ROW = 10
_PATIENCE = 120.0


@dataclass(frozen=True, eq=False)
class Learned:
    """A rule, and what it knows.

    Attributes:
        rule: the rule.
        upto: the label log's position when its evidence was read.
        validated: whether its choice and its probabilities were made anew, or carried over
            from the last rule that was.
        seconds: what it took.
    """

    rule: Rule
    upto: int
    validated: bool
    seconds: float


class Refits:
    """One background thread that learns from the newest evidence it was given.

    A quick rule takes milliseconds: the learner that was chosen last, without cross-validation,
    under the last curve and threshold. When no newer evidence waits, a validated rule follows.

    Args:
        learner: name of the learner.
        options: fields of the learner.

    Example:
        >>> import numpy as np
        >>> from likewise.space import plain_space
        >>> x = np.eye(3, dtype=np.float32)
        >>> refits = Refits("mean")
        >>> refits.ask(Evidence(plain_space("demo", 3), positives=x[:1], background=x), upto=7)
        >>> refits.wait().rule.score(x).tolist(), refits.wait().upto
        ([1.0, 0.0, 0.0], 7)
        >>> refits.close()
    """

    def __init__(self, learner: str = "best", options: Mapping[str, Any] | None = None) -> None:
        self._learner = make(learner, **(options or {}))
        self._name = learner
        self._changed = threading.Condition()
        self._asked: tuple[Evidence, int, int] | None = None
        self._number = 0  # of the newest question
        self._learned: Learned | None = None
        self._learned_of = self._validated_of = 0
        self._trouble: tuple[int, LikewiseError] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="likewise-refits", daemon=True)
        self._thread.start()

    def ask(self, evidence: Evidence, upto: int) -> None:
        """Learn from this; whatever was asked before and not begun is dropped."""
        with self._changed:
            self._number += 1
            self._asked = evidence, upto, self._number
            self._changed.notify_all()

    @property
    def newest(self) -> Learned | None:
        """The newest rule, or None before the first."""
        with self._changed:
            return self._learned

    @property
    def settled(self) -> bool:
        """Whether the newest rule is validated and knows all that was asked."""
        with self._changed:
            return self._validated_of == self._number or self._troubled() is not None

    def wait(self, validated: bool = True, seconds: float = _PATIENCE) -> Learned:
        """The rule of the newest evidence, as soon as there is one.

        Args:
            validated: False takes the quick one.
            seconds: how long to wait, at most.

        Raises:
            LikewiseError: nothing can be learned from that evidence; what `learn` raised.
            BusyError: it took longer.
        """
        until = monotonic() + seconds
        with self._changed:
            while True:
                trouble = self._troubled()
                if trouble is not None:
                    raise trouble
                done = self._validated_of if validated else self._learned_of
                if done == self._number and self._learned is not None:
                    return self._learned
                if not self._changed.wait(until - monotonic()) and monotonic() >= until:
                    raise BusyError(
                        f"learning took longer than {seconds:.0f} s; ask again for the rule, "
                        "answers are kept meanwhile"
                    )

    def close(self) -> None:
        """End the thread; a rule in the making is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _troubled(self) -> LikewiseError | None:
        if self._trouble is not None and self._trouble[0] == self._number:
            return self._trouble[1]
        return None

    def _work(self) -> None:
        last: Rule | None = None  # that was validated
        quick = 0
        while (question := self._next()) is not None:
            evidence, upto, number = question
            try:
                if last is not None:
                    self._publish(evidence, upto, number, last)
                    quick += 1
                    if quick < _QUICK_IN_A_ROW and self._newer_waits():
                        continue
                last, quick = self._publish(evidence, upto, number, None), 0
            except LikewiseError as error:
                with self._changed:
                    self._trouble = number, error
                    self._changed.notify_all()

    def _next(self) -> tuple[Evidence, int, int] | None:
        """The newest question, waited for; None when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._asked is not None)
            question, self._asked = self._asked, None
            return None if self._closed else question

    def _newer_waits(self) -> bool:
        with self._changed:
            return self._closed or self._asked is not None

    def _publish(self, evidence: Evidence, upto: int, number: int, last: Rule | None) -> Rule:
        started = perf_counter()
        rule = learn(evidence, self._learner) if last is None else self._quick(evidence, last)
        learned = Learned(rule, upto, last is None, perf_counter() - started)
        with self._changed:
            self._learned, self._learned_of = learned, number
            if last is None:
                self._validated_of = number
            self._changed.notify_all()
        return rule

    def _quick(self, evidence: Evidence, last: Rule) -> Rule:
        learner = self._learner
        validation = last.provenance.get("validation", {})
        if isinstance(learner, Chooser):
            learner = make(validation["chosen"]["learner"], **validation["chosen"]["options"])
        rule = learn(evidence, learner, calibrate=False)
        carried = replace(
            rule, learner=self._name, threshold=last.threshold, calibration=last.calibration
        )
        facts = {key: last.provenance[key] for key in ("calibration", "threshold", "options")}
        return carried.with_provenance(**facts, validation=validation)
