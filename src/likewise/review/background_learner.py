"""Learns rules in a thread: a quick one after every answer, a validated one after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic, perf_counter
from typing import Any

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.shortage import shortage_in
from likewise.errors import BusyError
from likewise.numeric.threads import giving_way
from likewise.rules.base import Chooser, learn, make
from likewise.rules.neighbourhoods import EarlierNeighbourhoods
from likewise.rules.prevalence_curves import Answered

_SETTLED = 0.5  # seconds without a new answer, after which a rule is validated
_LONGEST = 5.0  # seconds of new answers without a pause, after which it is validated all the same

PATIENCE = 120.0
"""Seconds that a rule is waited for, unless somebody has less patience."""


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


@dataclass(frozen=True, eq=False)
class _Request:
    """What to learn from next."""

    evidence: Callable[[], Evidence]
    upto: int
    number: int
    precision: float | None
    answered: Callable[[], Answered]


class BackgroundLearner:
    """Background threads that learn from the newest evidence they were given.

    One answers at once with a quick rule, in milliseconds: the learner that was chosen last,
    without cross-validation, under the last curve and threshold. Another validates when the
    answers pause, and stops at its next step while a quick rule is learned, so that no answer
    waits for a validation.

    Args:
        learner: name of the learner.
        options: fields of the learner.

    Example:
        >>> import numpy as np
        >>> from likewise.core.space import plain_space
        >>> x = np.eye(3, dtype=np.float32)
        >>> refits = BackgroundLearner("mean")
        >>> refits.ask(Evidence(plain_space("demo", 3), positives=x[:1], background=x), upto=7)
        >>> refits.wait().rule.score(x).tolist(), refits.wait().upto
        ([1.0, 0.0, 0.0], 7)
        >>> refits.close()
    """

    def __init__(self, learner: str = "best", options: Mapping[str, Any] | None = None) -> None:
        self._learner = make(learner, **(options or {}))
        self._name = learner
        self._changed = threading.Condition()
        self._request: _Request | None = None
        self._requested_at = self._first_requested_at = 0.0
        self._learned: Learned | None = None
        self._learned_of = self._validated_of = 0  # numbers of questions
        self._valid: Rule | None = None  # the last that was validated
        self._valid_from = 0  # number of the first question whose validated rule still holds
        self._trouble: tuple[int, Exception] | None = None
        self._waited_for = 0  # how many wait for a validated rule
        self._is_quick = False  # a quick rule is being learned
        self._closed = False
        self._threads = [
            threading.Thread(target=work, name="likewise-refits", daemon=True)
            for work in (self._answer_quickly, self._validate)
        ]
        for thread in self._threads:
            thread.start()

    def ask(
        self,
        evidence: Evidence | Callable[[], Evidence],
        upto: int,
        precision: float | None = None,
        answered: Callable[[], Answered] = Answered,
        anew: bool = False,
    ) -> None:
        """Learn from this; whatever was asked before and not begun is dropped.

        Args:
            evidence: what to learn from, or what reads it; it may be newer than `upto`.
            upto: the label log's position when it was read.
            precision: aim of the threshold; the best F1 unless given.
            answered: reads the pages that validated probabilities rest on.
            anew: the choice of a learner that was validated before does not hold any more, so
                there is no quick rule until another one is validated.
        """
        with self._changed:
            if self._validated_of == self._number:
                self._first_requested_at = monotonic()
            number = self._number + 1
            self._request = _Request(_once(evidence), upto, number, precision, answered)
            if anew:
                self._valid, self._valid_from = None, number
            self._requested_at = monotonic()
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

    def wait(self, validated: bool = True, seconds: float = PATIENCE) -> Learned:
        """The rule of the newest evidence, as soon as there is one.

        Args:
            validated: False takes the quick one.
            seconds: how long to wait, at most.

        Raises:
            LikewiseError: nothing can be learned from that evidence; what `learn` raised.
            ShortageError: the machine lacks what it needs.
            BusyError: it took longer.
        """
        until = monotonic() + seconds
        with self._changed:
            self._waited_for += validated
            self._changed.notify_all()
            try:
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
            finally:
                self._waited_for -= validated

    def close(self) -> None:
        """End the threads; a rule in the making is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def _number(self) -> int:
        return 0 if self._request is None else self._request.number

    def _troubled(self) -> Exception | None:
        if self._trouble is not None and self._trouble[0] == self._number:
            return self._trouble[1]
        return None

    def _answer_quickly(self) -> None:
        done = 0
        while True:
            with self._changed:
                while not self._closed and (self._number == done or self._valid is None):
                    self._changed.wait()
                if self._closed or self._request is None or self._valid is None:
                    return
                request, done = self._request, self._request.number
                last, self._is_quick = self._valid, True
            started = perf_counter()
            with self._telling(done):
                rule = self._quick(request.evidence(), last)
                self._publish(Learned(rule, request.upto, False, perf_counter() - started), done)
            with self._changed:
                self._is_quick = False
                self._changed.notify_all()

    def _validate(self) -> None:
        tried = 0
        while True:
            with self._changed:
                while not self._closed and not (self._number > tried and self._is_time()):
                    self._changed.wait(_SETTLED if self._number > tried else None)
                if self._closed or self._request is None:
                    return
                request, tried = self._request, self._request.number
                self._first_requested_at = monotonic()
            started = perf_counter()
            with self._telling(tried), giving_way(self._let_pass):
                rule = learn(
                    request.evidence(),
                    self._learner,
                    precision=request.precision,
                    answered=request.answered(),
                )
                self._publish(Learned(rule, request.upto, True, perf_counter() - started), tried)

    def _let_pass(self) -> None:
        """Wait while a quick rule is learned."""
        if self._is_quick:
            with self._changed:
                while self._is_quick and not self._closed:
                    self._changed.wait()

    def _is_time(self) -> bool:
        now = monotonic()
        return (
            self._valid is None
            or self._waited_for > 0
            or now - self._requested_at >= _SETTLED
            or now - self._first_requested_at >= _LONGEST
        )

    def _publish(self, learned: Learned, number: int) -> None:
        """Show a rule unless there is a better one: of a newer question, or validated."""
        with self._changed:
            if learned.validated and number < self._valid_from:
                return
            if learned.validated:
                self._valid, self._validated_of = learned.rule, number
            if number > self._learned_of or (number == self._learned_of and learned.validated):
                self._learned, self._learned_of = learned, number
            self._changed.notify_all()

    @contextmanager
    def _telling(self, number: int) -> Iterator[None]:
        """What goes wrong in a thread is told to whoever waits for that question's answer."""
        try:
            yield
        except Exception as error:  # a thread that ended would leave every later question open
            with self._changed:
                self._trouble = number, shortage_in(error) or error
                self._changed.notify_all()

    def _quick(self, evidence: Evidence, last: Rule) -> Rule:
        learner = self._learner
        validation = last.provenance.get("validation", {})
        if isinstance(learner, Chooser):
            learner = make(validation["chosen"]["learner"], **validation["chosen"]["options"])
        if evidence.unlabelled is not None:
            evidence = replace(evidence, unlabelled=EarlierNeighbourhoods(evidence.unlabelled))
        rule = learn(evidence, learner, calibrate=False)
        carried = replace(
            rule, learner=self._name, threshold=last.threshold, calibration=last.calibration
        )
        facts = {key: last.provenance[key] for key in ("calibration", "threshold", "options")}
        return carried.with_provenance(**facts, validation=validation)


def _once(evidence: Evidence | Callable[[], Evidence]) -> Callable[[], Evidence]:
    """Reads the evidence when it is first asked for, and answers the same from then on."""
    lock = threading.Lock()
    found = evidence if isinstance(evidence, Evidence) else None

    def read() -> Evidence:
        nonlocal found
        with lock:
            if found is None:
                assert not isinstance(evidence, Evidence)
                found = evidence()
            return found

    return read
