from __future__ import annotations

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from decision_places import Place
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import BadInputError, NotFoundError
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog


@pytest.fixture
def log(place: Place) -> LabelLog:
    return LabelLog(place.connect())


def test_what_was_recorded_is_there_after_reopening(place: Place) -> None:
    label = Label("barn", "a.jpg", "yes", digest="d", who="ana", rule=3, score=0.1)
    LabelLog(place.connect()).record([label])
    assert LabelLog(place.connect()).history("barn") == [label]


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


def kinds(labels: dict[str, Label]) -> dict[str, str]:
    return {item: label.verdict for item, label in labels.items()}


def test_an_undone_answer_is_as_if_never_said_and_still_there(log: LabelLog) -> None:
    log.record([Label("barn", "a", "no", who="ana")])
    log.record([Label("barn", "a", "yes", who="ana"), Label("barn", "b", "yes", who="ana")])
    before = log.position()
    undone = log.undo("barn", "ana")
    assert undone is not None
    assert [label.item for label in undone.labels] == ["b"]  # an action of its own
    assert kinds(log.current("barn")) == {"a": "yes"}
    assert log.undo("barn", "ana") is not None
    assert kinds(log.current("barn")) == {"a": "no"}  # what was said before counts again
    assert [bool(label.undone) for label in log.history("barn")] == [False, True, True]
    assert log.position() > before


def test_labels_of_one_action_go_together(log: LabelLog) -> None:
    log.record([Label("barn", item, "yes", who="ana", action="page-1") for item in "abc"])
    log.record([Label("barn", "d", "no", who="ana")])
    undone = log.undo("barn", "ben", action="page-1")
    assert undone is not None
    assert [label.item for label in undone.labels] == ["a", "b", "c"]
    assert {label.undone.who for label in undone.labels if label.undone} == {"ben"}
    assert kinds(log.current("barn")) == {"d": "no"}
    assert log.undo("barn", "ben", action="page-1") is None
    assert log.undo("barn", "ben") is None  # ben said nothing himself


def test_an_undo_of_nothing_known_is_an_error(log: LabelLog) -> None:
    log.record([Label("barn", "a", "yes", action="x")])
    with pytest.raises(NotFoundError, match="no action 'y' on 'barn'"):
        log.undo("barn", action="y")
    with pytest.raises(NotFoundError, match="no action 'x' on 'tree'"):
        log.undo("tree", action="x")


def test_counting_knows_what_was_taken_back(log: LabelLog) -> None:
    log.record([Label("barn", "a", "yes", who="ana"), Label("barn", "b", "yes", who="ana")])
    learned = log.position()
    log.record([Label("barn", "c", "yes", who="ana")])
    log.undo("barn", "ana")
    assert log.count("barn", after=learned) == 0  # said and taken back: nothing has changed
    log.undo("barn", "ana")
    assert log.count("barn", after=learned) == 1  # one that the rule had learned from
    assert log.count("barn") == log.count() == 1


def test_the_log_orders_and_not_the_clock(log: LabelLog) -> None:
    for verdict, at in (("no", "2030"), ("yes", "2020"), ("unsure", "1970")):
        log.record([Label("barn", "a", verdict, who=f"{at}", at=at)])  # type: ignore[arg-type]
    assert log.current("barn")["a"].verdict == "unsure"
    assert [label.at for label in log.history("barn")] == ["2030", "2020", "1970"]


def test_another_connection_sees_what_was_appended(place: Place) -> None:
    one, other = (LabelLog(place.connect()) for _ in range(2))
    one.record([Label("barn", "a", "yes", who="ana")])
    assert kinds(other.current("barn")) == {"a": "yes"}
    other.record([Label("barn", "b", "no", who="ben")])
    one.record([Label("barn", "c", "no", who="ana")])
    assert kinds(one.current("barn")) == {"a": "yes", "b": "no", "c": "no"}
    one.undo("barn", "ana")
    assert kinds(other.current("barn")) == {"a": "yes", "b": "no"}
    other.set_policy("adjudicator:ana")
    assert one.policy == "adjudicator:ana"


def test_a_person_who_changes_their_mind_is_no_conflict(log: LabelLog) -> None:
    log.record([Label("barn", "a", "no", who="ana"), Label("barn", "a", "yes", who="ana")])
    assert log.conflicts("barn") == []


def test_two_who_differ_are_a_conflict_that_the_policy_decides(log: LabelLog) -> None:
    log.record([Label("barn", "a", "yes", who="ana"), Label("barn", "b", "yes", who="ana")])
    log.record([Label("barn", "a", "no", who="ben")])
    (conflict,) = log.conflicts("barn")
    assert (conflict.item, conflict.verdict) == ("a", "no")
    assert [label.who for label in conflict.labels] == ["ana", "ben"]
    log.set_policy("adjudicator:ana")
    assert log.current("barn")["a"].verdict == "yes"
    log.set_policy("majority")
    tie = log.current("barn")["a"]
    assert (tie.verdict, tie.who, tie.event) == ("unsure", "ana, ben", "")
    log.record([Label("barn", "a", "yes", who="cyd")])
    assert log.current("barn")["a"].verdict == "yes"
    assert log.conflicts("barn")[0].verdict == "yes"
    log.undo("barn", "ben")
    assert log.conflicts("barn") == []
    assert [label.who for label in log.blame("barn", "a")] == ["ana", "ben", "cyd"]


def test_a_tie_is_nobodys_answer_and_cannot_be_recorded(log: LabelLog) -> None:
    log.set_policy("majority")
    log.record([Label("barn", "a", "yes", who="ana"), Label("barn", "a", "no", who="ben")])
    with pytest.raises(BadInputError, match="no event id"):
        log.record(list(log.current("barn").values()))


def test_words_about_another_picture_of_the_name_do_not_count(log: LabelLog) -> None:
    log.set_policy("majority")
    for who in ("ana", "ben"):
        log.record([Label("barn", "a", "yes", digest="old", who=who)])
    log.record([Label("barn", "a", "no", digest="new", who="cyd")])
    assert log.current("barn")["a"].verdict == "no"
    assert log.conflicts("barn") == []


@pytest.mark.parametrize("policy", ["", "newest", "adjudicator:", "adjudicator: ", "adjudicator"])
def test_what_is_no_policy_is_refused(log: LabelLog, policy: str) -> None:
    with pytest.raises(BadInputError, match="latest, majority or adjudicator:NAME"):
        log.set_policy(policy)
    assert log.policy == "latest"


def test_an_event_with_other_content_is_refused_whole(log: LabelLog) -> None:
    log.record([Label("barn", "a", "yes", who="ana", event="e")])
    again = Label("barn", "a", "yes", who="ana", event="e", at="another time")
    assert log.record([again]) == 0  # a retry
    changed = Label("barn", "a", "no", who="ana", event="e")
    with pytest.raises(BadInputError, match="the event 'e' is in the log"):
        log.record([Label("barn", "b", "yes"), changed])
    with pytest.raises(BadInputError, match="the event 'f'"):
        log.record([Label("barn", item, "yes", event="f") for item in "cd"])
    assert list(log.current("barn")) == ["a"]


def test_a_log_told_again_elsewhere_is_the_same_log(log: LabelLog, tmp_path: Path) -> None:
    log.record([Label("barn", item, "yes", who="ana", action="p") for item in "ab"])
    log.record([Label("barn", "a", "no", who="ben", rule=3, score=0.25)])
    log.undo("barn", "ana")
    copy = LabelLog(Database(tmp_path / "copy.sqlite"))
    assert copy.record(log.history("barn")) == 3
    assert copy.record(log.history("barn")) == 0
    assert copy.history("barn") == log.history("barn")
    assert copy.current("barn") == log.current("barn")


EVENTS = st.lists(
    st.one_of(
        st.tuples(
            st.just("say"), st.sampled_from("xyz"), st.sampled_from(["yes", "no", "unsure"]),
            st.sampled_from(["ana", "ben", "cyd"]), st.sampled_from(["", "p", "q"]),
            st.sampled_from(["", "1", "2"]),
        ),
        st.tuples(st.just("undo"), st.sampled_from(["ana", "ben", "cyd"])),
        st.tuples(st.just("look")),
    )
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.sampled_from(["latest", "majority", "adjudicator:ben"]))
def test_step_by_step_or_all_at_once_is_the_same_present(
    events: list[tuple[str, ...]], policy: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "w.sqlite")
        database.rows("PRAGMA synchronous=OFF")  # a disk is not what is tested here
        log = LabelLog(database)
        for number, (kind, *rest) in enumerate(events):
            if kind == "say":
                item, verdict, who, action, digest = rest
                named = f"{who}-{action}" if action else ""
                log.record([
                    Label("c", item, verdict, digest, who, event=str(number), action=named)  # type: ignore[arg-type]
                ])  # fmt: skip
            elif kind == "undo":
                log.undo("c", rest[0])
            else:
                log.current("c")
        log.set_policy(policy)
        fresh = LabelLog(database)
        assert list(log.current("c").items()) == list(fresh.current("c").items())
        assert log.conflicts("c") == fresh.conflicts("c")
        assert kinds(log.current("c")) == slowly(log.history("c"), policy)
        assert log.count("c") == sum(not label.undone for label in log.history("c"))
        database.close()


def slowly(history: list[Label], policy: str) -> dict[str, str]:
    """The present, worked out anew in the most obvious way."""
    standing = [label for label in history if not label.undone]
    present: dict[str, str] = {}
    for item in {label.item for label in standing}:
        said = [label for label in standing if label.item == item]
        digest = next((label.digest for label in reversed(said) if label.digest), "")
        words = {label.who: label.verdict for label in said if label.digest in ("", digest)}
        votes = sorted((list(words.values()).count(v), v) for v in set(words.values()))
        last = [label for label in said if label.digest in ("", digest)][-1]
        if policy == "majority":
            tied = len(votes) > 1 and votes[-1][0] == votes[-2][0]
            present[item] = "unsure" if tied else votes[-1][1]
        elif policy == "adjudicator:ben" and "ben" in words:
            present[item] = words["ben"]
        else:
            present[item] = last.verdict
    return present


_RECORDER = """
import sys
sys.path.insert(0, sys.argv[3])
from decision_places import place_of
from likewise.workspace.labels import Label, LabelLog
log = LabelLog(place_of(sys.argv[1]).connect())
for number in range(150):
    log.record([Label("barn", f"{number}", "yes", who=sys.argv[2])])
    if number % 10 == 9:
        log.undo("barn", sys.argv[2])
        assert sum(not x.undone for x in log.history("barn") if x.who == sys.argv[2]) % 9 == 0
"""


def test_two_processes_answer_about_one_concept_at_once(place: Place) -> None:
    watcher = LabelLog(place.connect())
    where, tests = place.address or str(place.file), str(Path(__file__).parents[1] / "support")
    people = [
        subprocess.Popen([sys.executable, "-c", _RECORDER, where, who, tests])
        for who in ("ana", "ben")
    ]
    while any(person.poll() is None for person in people):
        watcher.current("barn")
    assert [person.wait() for person in people] == [0, 0]
    log = LabelLog(place.connect())
    for who in ("ana", "ben"):
        said = [label for label in log.history("barn") if label.who == who]
        assert [int(label.item) for label in said] == list(range(150))
        assert sum(label.undone is None for label in said) == 135
    assert watcher.current("barn") == log.current("barn")


def test_threads_share_a_log(log: LabelLog) -> None:
    def answer(who: str) -> None:
        for number in range(50):
            log.record([Label("barn", str(number), "yes", who=who)])
            log.current("barn")
            if number % 5 == 4:
                log.undo("barn", who)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(answer, ["ana", "ben", "cyd", "dan"]))
    assert len(log.history("barn")) == 200
    assert log.count("barn") == 160
    assert len(log.current("barn")) == 40
