from __future__ import annotations

import pytest

from likewise.concepts.evidence import verdicts
from likewise.concepts.labelling import fill_basket, import_labels, record_labels
from likewise.core.concept import Concept
from likewise.errors import BadInputError, NotFoundError
from likewise.rules.answered_pages import answered_pages
from likewise.rules.learn import learn_concept
from likewise.rules.prevalence_curves import Answered
from likewise.workspace import Workspace
from likewise.workspace.labels import Label, Verdict


def test_labels_know_their_picture_and_their_action(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc"))
    counts = record_labels(workspace, "disc", [("disc/00.png", "yes"), ("square/00.png", "no")])
    assert counts == {"yes": 1, "no": 1, "unsure": 0}
    history = workspace.labels.history("disc")
    assert len({label.action for label in history}) == 1
    assert all(label.digest for label in history)
    undone = workspace.labels.undo("disc")
    assert undone is not None
    assert len(undone.labels) == 2  # what came in one file goes as one


def test_a_dry_run_records_nothing(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc"))
    record_labels(workspace, "disc", [("disc/00.png", "yes")], dry_run=True)
    import_labels(workspace, [Label("tree", "disc/00.png", "yes")], dry_run=True)
    assert workspace.labels.position() == 0
    assert workspace.concepts.names() == ["disc"]


def test_an_import_says_what_it_did(workspace: Workspace) -> None:
    labels = [Label("tree", "disc/00.png", "yes"), Label("tree", "gone.png", "no", digest="d")]
    first = import_labels(workspace, labels)
    assert (first.new, first.known, first.absent, first.concepts) == (2, 0, 1, ("tree",))
    again = import_labels(workspace, [*labels, Label("tree", "disc/01.png", "yes")])
    assert (again.new, again.known, again.absent, again.concepts) == (1, 2, 0, ())
    assert workspace.labels.count("tree") == 3


def test_an_import_that_cannot_be_placed_is_refused_whole(workspace: Workspace) -> None:
    labels = [Label("tree", "disc/00.png", "yes"), Label("tree", "gone.png", "no")]
    with pytest.raises(NotFoundError, match="'gone.png' .* has no digest .* nothing was recorded"):
        import_labels(workspace, labels)
    import_labels(workspace, labels[:1])
    changed = Label("tree", "disc/00.png", "no", event=labels[0].event)
    with pytest.raises(BadInputError, match="is in the log as"):
        import_labels(workspace, [Label("oak", "disc/01.png", "yes"), changed])
    assert workspace.labels.concepts() == ["tree"]
    assert workspace.concepts.names() == ["tree"]


def test_a_hidden_concept_is_not_brought_back_by_an_import(workspace: Workspace) -> None:
    label = Label("tree", "disc/00.png", "yes")
    import_labels(workspace, [label])
    workspace.concepts.remove("tree")
    assert import_labels(workspace, [label]).concepts == ()
    assert workspace.concepts.names() == []


def test_answers_say_which_rule_showed_the_images(workspace: Workspace) -> None:
    fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"])
    rule, version = learn_concept(workspace, "disc", "mean")
    record_labels(workspace, "disc", [("disc/02.png", "yes")], shown_by=version)
    record_labels(workspace, "disc", [("disc/03.png", "yes")])
    shown, other = workspace.labels.history("disc")
    assert (shown.rule, other.rule, other.score) == (version.version, None, None)
    expected = rule.score(workspace.collection.vectors(["disc/02.png"], rule))
    assert shown.score == pytest.approx(float(expected[0]))
    known = verdicts(workspace, workspace.concepts.get("disc"))
    pages = answered_pages(workspace, "disc", known).pages
    assert [page.yes.tolist() for page in pages] == [[True]]


def test_answers_since_the_last_yes_are_counted_beyond_the_latest_pages(
    workspace: Workspace,
) -> None:
    """Ten pages of one image each, of which the estimates rest on the latest eight."""
    fill_basket(workspace, "disc", like=["disc/00.png", "disc/01.png"])
    _, version = learn_concept(workspace, "disc", "mean")
    others = [item for item in workspace.collection.ids() if not item.startswith("disc")][:10]
    for number, item in enumerate(["disc/02.png", *others]):
        verdict: Verdict = "no" if number else "yes"
        digest = workspace.collection.digests([item])[0]
        workspace.labels.record(
            [Label("disc", item, verdict, digest, rule=version.version, score=0.1,
                   action=f"alike.{number}.0")]
        )  # fmt: skip

    def answered() -> Answered:
        known = verdicts(workspace, workspace.concepts.get("disc"))
        return answered_pages(workspace, "disc", known)

    assert (len(answered().pages), answered().since_yes) == (8, 10)
    record_labels(workspace, "disc", [("disc/03.png", "yes")])  # a yes, however it came
    assert answered().since_yes == 0
