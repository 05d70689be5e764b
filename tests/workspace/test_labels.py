from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import BadInputError
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog, latest


@pytest.fixture
def log(tmp_path: Path) -> LabelLog:
    return LabelLog(Database(tmp_path / "w.sqlite"))


def test_what_was_recorded_is_there_after_reopening(tmp_path: Path) -> None:
    label = Label("barn", "a.jpg", "yes", digest="d", who="ana", rule=3, score=0.5)
    LabelLog(Database(tmp_path / "w.sqlite")).record([label])
    assert LabelLog(Database(tmp_path / "w.sqlite")).history("barn") == [label]


def test_recording_an_event_twice_changes_nothing(log: LabelLog) -> None:
    label = Label("barn", "a.jpg", "yes")
    assert log.record([label]) == 1
    assert log.record([label, Label("barn", "b.jpg", "no")]) == 1
    assert [x.item for x in log.history("barn")] == ["a.jpg", "b.jpg"]


def test_the_last_decision_counts_and_the_first_is_kept(log: LabelLog) -> None:
    log.record([Label("barn", "a.jpg", "no", who="ana"), Label("barn", "a.jpg", "yes", who="ben")])
    assert log.current("barn")["a.jpg"].who == "ben"
    assert [x.who for x in log.history("barn")] == ["ana", "ben"]


def test_concepts_do_not_mix(log: LabelLog) -> None:
    log.record([Label("barn", "a.jpg", "no"), Label("tree", "a.jpg", "yes")])
    assert log.current("tree")["a.jpg"].verdict == "yes"
    assert log.count("barn") == 1
    assert log.count() == 2


def test_counting_after_a_position_sees_only_what_came_later(log: LabelLog) -> None:
    log.record([Label("barn", "a.jpg", "no")])
    here = log.position()
    log.record([Label("barn", "b.jpg", "no"), Label("barn", "c.jpg", "no")])
    assert log.count("barn", after=here) == 2


def test_a_wrong_verdict_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="'maybe' is not a verdict on 'a.jpg'"):
        Label("barn", "a.jpg", "maybe")  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["yes", "no", "unsure"]))))
def test_the_fold_is_what_a_dictionary_would_hold(said: list[tuple[str, str]]) -> None:
    folded = latest(Label("barn", item, verdict) for item, verdict in said)  # type: ignore[arg-type]
    assert {item: label.verdict for item, label in folded.items()} == dict(said)
