from __future__ import annotations

import threading

import numpy as np
import pytest
from waiting import LIMIT, wait_until

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.core.shortage import ShortageError
from likewise.core.space import plain_space
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError
from likewise.numeric.threads import giving_way
from likewise.review.background_learner import BackgroundLearner
from likewise.rules.base import learn

DIM = 16


def evidence(yes: int, no: int, seed: int = 0) -> Evidence:
    """Images of a concept lie around the first axis, its near misses beside them."""
    random = np.random.default_rng(seed)
    axes = np.eye(DIM, dtype=np.float32)

    def around(centre: Vectors, rows: int) -> Vectors:
        return unit(centre + 0.3 * random.standard_normal((rows, DIM), dtype=np.float32))

    return Evidence(
        plain_space("test", DIM),
        positives=around(axes[0], yes),
        negatives=around(axes[0] + axes[1], no),
        background=unit(random.standard_normal((200, DIM), dtype=np.float32)),
        collection_size=1000,
    )


def test_the_validated_rule_is_what_learning_would_have_answered() -> None:
    refits = BackgroundLearner("best")
    refits.ask(evidence(8, 8), upto=16)
    learned = refits.wait()
    refits.close()
    expected = learn(evidence(8, 8), "best")
    np.testing.assert_array_equal(learned.rule.toward, expected.toward)
    assert learned.rule.threshold == expected.threshold
    assert learned.validated
    assert learned.upto == 16


def test_a_quick_rule_knows_the_new_answers_under_the_last_curve() -> None:
    refits = BackgroundLearner("best")
    refits.ask(evidence(8, 8), upto=16)
    first = refits.wait().rule
    more = evidence(9, 9, seed=1)
    quick = refits._quick(more, first)
    refits.close()
    chosen = first.provenance["validation"]["chosen"]
    plain = learn(more, chosen["learner"], calibrate=False, **chosen["options"])
    np.testing.assert_array_equal(quick.toward, plain.toward)
    assert (quick.calibration, quick.threshold) == (first.calibration, first.threshold)
    assert quick.learner == "best"
    assert quick.provenance["counts"]["positives"] == 9


def test_answers_without_a_pause_get_quick_rules_and_a_validated_one_in_the_end() -> None:
    refits = BackgroundLearner("best")
    refits.ask(evidence(5, 5), upto=0)
    first = refits.wait()
    kinds = []
    for more in range(1, 6):
        refits.ask(evidence(5 + more, 5), upto=more)
        learned = refits.wait(validated=False)
        assert learned.upto == more
        kinds.append(learned.validated)
    assert not all(kinds)
    assert refits.wait().validated
    assert refits.wait().rule is not first.rule
    refits.close()


def test_only_the_newest_question_counts_in_the_end() -> None:
    refits = BackgroundLearner("best")
    for more in range(12):
        refits.ask(evidence(5 + more, 5), upto=more)
    learned = refits.wait()
    assert (learned.upto, learned.rule.provenance["counts"]["positives"]) == (11, 16)
    assert refits.settled
    refits.close()


def test_a_concept_that_cannot_be_learned_is_told_and_the_next_one_works() -> None:
    refits = BackgroundLearner("mean")
    refits.ask(Evidence(plain_space("test", DIM), background=np.eye(DIM, dtype=np.float32)), upto=0)
    with pytest.raises(BadInputError, match="neither an example nor a hint"):
        refits.wait()
    assert refits.newest is None
    refits.ask(evidence(3, 0), upto=3)
    assert refits.wait().upto == 3
    refits.close()


@pytest.mark.parametrize("validated", [True, False])
def test_what_goes_wrong_in_a_thread_is_told_at_once_and_the_next_one_works(
    validated: bool,
) -> None:
    refits = BackgroundLearner("mean")
    if not validated:  # a quick rule follows a validated one
        refits.ask(evidence(3, 0), upto=0)
        refits.wait()

    def too_much() -> Evidence:
        raise MemoryError

    refits.ask(too_much, upto=1)
    with pytest.raises(ShortageError, match="memory does not suffice"):
        refits.wait(validated)
    refits.ask(evidence(4, 0), upto=2)
    assert refits.wait(validated).upto == 2
    refits.close()


def test_a_validation_stops_while_a_quick_rule_is_learned() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Held(BackgroundLearner):
        def _quick(self, evidence: Evidence, last: Rule) -> Rule:
            begun.set()
            assert go_on.wait(LIMIT)
            return super()._quick(evidence, last)

    refits = Held("best")
    refits.ask(evidence(5, 5), upto=0)
    refits.wait()
    refits.ask(evidence(6, 5), upto=1)
    assert begun.wait(LIMIT)
    steps = []

    def validate() -> None:
        def wait() -> None:
            steps.append("asked")
            refits._let_pass()
            steps.append("went")

        with giving_way(wait):
            learn(evidence(6, 5), "best")

    thread = threading.Thread(target=validate)
    thread.start()
    wait_until(lambda: steps)
    thread.join(0.5)
    assert steps == ["asked"]
    go_on.set()
    thread.join(LIMIT)
    assert steps.count("went") > 1
    refits.close()


def test_closing_ends_the_threads() -> None:
    refits = BackgroundLearner("best")
    refits.ask(evidence(30, 30), upto=60)
    refits.close()
    assert not any(thread.is_alive() for thread in refits._threads)
