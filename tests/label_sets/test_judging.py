"""Judges of a label set: asked over HTTP, kept apart, audited, and then learned from."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
from PIL import Image
from stand_in_model import StandIn, pictures_of, send, stand_in, text_of

from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError, NotFoundError, StorageError
from likewise.label_sets.answers import answers_of, record_classes
from likewise.label_sets.exporting import plan_label_set
from likewise.label_sets.judge_endpoint import Endpoint
from likewise.label_sets.judging import (
    Judging,
    Question,
    ask_judge,
    audit_of,
    judge_rounds,
    judged_labels,
    open_questions,
    record_table,
)
from likewise.label_sets.learning import learn_label_set
from likewise.review.session import Session
from likewise.workspace import Workspace


def class_of(item: str) -> str:
    return item.split("/")[0]


def looks_like(image: Image.Image) -> str:
    """What a picture of the test shows, by its strongest colour."""
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB"), int), 2, 0)
    counts = {
        "disc": int(((red > 150) & (green < 90) & (blue < 90)).sum()),
        "square": int(((blue > 150) & (red < 90) & (green < 90)).sum()),
        "stripes": int(((green > red + 30) & (green > blue + 30)).sum()),
    }
    return max(counts, key=lambda name: counts[name])


def honest(text: str, candidate: Image.Image) -> str:
    """The truth, between other words."""
    name = text.partition("The class is: ")[2].partition(".")[0]
    answer = "yes" if looks_like(candidate) == name else "no"
    return f"Sure. {json.dumps({'answer': answer, 'reason': 'by its colour'})} Anything else?"


def questions(workspace: Workspace, answered: LabelSet, wrong: bool = False) -> list[Question]:
    """Whether each image that nobody answered is of its class, or of another one."""
    open_ = [
        x for x in workspace.collection.ids() if x not in answers_of(workspace, answered).answered
    ]
    names = answered.classes
    return [
        Question(x, names[(names.index(class_of(x)) + wrong) % len(names)]) for x in sorted(open_)
    ]


def ask(workspace: Workspace, answered: LabelSet, model: StandIn, seconds: float = 60) -> Judging:
    endpoint = Endpoint(model.url, "stand-in", seconds=seconds)
    return ask_judge(
        workspace, answered, questions(workspace, answered), endpoint.ask, {"judge": "stand-in"}
    )


def test_its_answers_are_kept_apart(workspace: Workspace, answered: LabelSet) -> None:
    with stand_in(honest) as model:
        found = ask(workspace, answered, model)
        (sheet, candidate), text = pictures_of(model.asked[0]), text_of(model.asked[0])
    assert (found.verdicts["yes"], found.not_understood, found.stopped) == (15, 0, "")
    assert sheet.width > candidate.width
    assert not candidate.getexif()
    assert "The class is: disc" in text
    assert model.asked[0]["model"] == "stand-in"
    assert "authorization" not in model.headers[0]
    (round_,) = judge_rounds(workspace, "shapes")
    labels = workspace.machine_labels.of_round(round_.round)
    assert {x.because["reason"] for x in labels} == {"by its colour"}
    assert workspace.machine_labels.current("disc") == {}
    assert all(row.decided_by == "person" for row in plan_label_set(workspace, "shapes").chosen)
    with Session(workspace, "disc") as session:
        assert session.accepted == frozenset()
    assert workspace.machine_labels.undo(round_.round)
    assert judge_rounds(workspace, "shapes") == []


def test_nothing_is_learned_before_the_audit(workspace: Workspace, answered: LabelSet) -> None:
    with pytest.raises(BadInputError, match="no judge has answered"):
        learn_label_set(workspace, "shapes", judged=True)
    wrong = {"disc/07.png": "stripes"}
    rest = [x.item for x in questions(workspace, answered)]
    said = {item: wrong.get(item, class_of(item)) for item in rest}
    found = record_table(workspace, answered, said.items(), {"judge": "other.csv"})
    assert found.round is not None
    with pytest.raises(BadInputError, match="0 of the 15 images of its audit are answered"):
        learn_label_set(workspace, "shapes", judged=True)
    audit = audit_of(workspace, answered, found.round)
    assert {one.item for one in audit.images} == set(rest)  # fewer than 40
    assert len(open_questions(workspace, answered)) == 15
    record_classes(workspace, answered, {item: class_of(item) for item in rest}, "ana")
    audit = audit_of(workspace, answered, found.round)
    assert (audit.answered, audit.wrong, audit.complete) == (15, 1, True)
    assert open_questions(workspace, answered) == []
    assert judged_labels(workspace, answers_of(workspace, answered)) == {}  # people come first


def test_a_model_learns_from_an_audited_judge(
    workspace: Workspace, answered: LabelSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("likewise.label_sets.judging.AUDIT", 6)
    rest = [x.item for x in questions(workspace, answered)]
    found = record_table(workspace, answered, [(x, class_of(x)) for x in rest], {"judge": "x"})
    assert found.round is not None
    drawn = audit_of(workspace, answered, found.round).images
    assert len(drawn) == 6
    record_classes(workspace, answered, {x.item: class_of(x.item) for x in drawn}, "ana")
    model = learn_label_set(workspace, "shapes", judged=True)
    judged = {x: (class_of(x), 1.0) for x in rest if x not in {one.item for one in drawn}}
    assert model.judged == judged
    assert {x.item: x.name for x in model.accepted if x.item in judged} == {
        item: name for item, (name, _) in judged.items()
    }
    assert learn_label_set(workspace, "shapes").judged == {}


def test_a_liar_is_found_out(workspace: Workspace, answered: LabelSet) -> None:
    with stand_in(lambda text, image: '{"answer": "yes", "reason": "trust me"}') as model:
        endpoint = Endpoint(model.url, "liar")
        asked = questions(workspace, answered, wrong=True)
        found = ask_judge(workspace, answered, asked, endpoint.ask, {"judge": "liar"})
    assert found.round is not None
    record_classes(workspace, answered, {x.item: class_of(x.item) for x in asked}, "ana")
    audit = audit_of(workspace, answered, found.round)
    assert audit.error is not None
    assert audit.error[0] == 1.0


def test_nonsense_is_counted_and_recorded_as_nothing(
    workspace: Workspace, answered: LabelSet
) -> None:
    said = iter(
        ["", "maybe", '{"answer": 7}', "{" * 9000, '{"answer": "yes"', "\x1b no, never",
         "Unsure, it is dark", '{"answer": "YES", "reason": "' + "long " * 500 + '"}']
    )  # fmt: skip
    with stand_in(lambda text, image: next(said, "what?")) as model:
        found = ask(workspace, answered, model)
    assert dict(found.verdicts) == {"yes": 1, "no": 1, "unsure": 1}
    assert found.not_understood == 12
    assert found.round is not None
    reasons = [x.because["reason"] for x in workspace.machine_labels.of_round(found.round)]
    assert all(len(reason) <= 300 and reason.isprintable() for reason in reasons)


def refuse(handler: BaseHTTPRequestHandler) -> bool:
    send(handler, b'{"error": "no \x1b[31mcredit"}', 402)
    return True


def redirect(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(307)
    handler.send_header("location", "http://127.0.0.1:9/v1/chat/completions")
    handler.send_header("content-length", "0")
    handler.end_headers()
    return True


def flood(handler: BaseHTTPRequestHandler) -> bool:
    send(handler, b" " * (2 << 20))
    return True


def break_off(handler: BaseHTTPRequestHandler) -> bool:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\ncontent-length: 500\r\n\r\n{")
    return True


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (refuse, "refuses with 402"),
        (redirect, "307"),
        (flood, "more than"),
        (break_off, "breaks off"),
    ],
)
def test_a_refusal_is_one_sentence(
    workspace: Workspace, answered: LabelSet, behave: object, message: str
) -> None:
    with stand_in(honest) as model:
        model.behave = behave  # type: ignore[assignment]
        found = ask(workspace, answered, model)
    assert (found.round, len(model.asked)) == (None, 3)  # it is not asked for ever
    assert message in found.stopped
    assert "\n" not in found.stopped
    assert found.stopped.isprintable()


def test_what_was_answered_before_a_failure_is_kept(
    workspace: Workspace, answered: LabelSet
) -> None:
    with stand_in(honest) as model:
        model.behave = lambda handler: len(model.asked) > 4 and refuse(handler)
        found = ask(workspace, answered, model)
    assert (sum(found.verdicts.values()), "402" in found.stopped) == (4, True)
    assert found.round is not None


@pytest.mark.parametrize("drips", [False, True], ids=["silent", "a byte now and then"])
def test_an_answer_that_hangs_ends(workspace: Workspace, answered: LabelSet, drips: bool) -> None:
    def hang(handler: BaseHTTPRequestHandler) -> bool:
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        while not model.released.wait(0.05):
            if drips:
                try:
                    handler.wfile.write(b" ")
                except OSError:
                    return True
        return True

    with stand_in(honest) as model:
        model.behave = hang
        found = ask(workspace, answered, model, seconds=0.5)
    assert found.round is None
    assert "within 0.5 s" in found.stopped


def test_nobody_is_there(workspace: Workspace, answered: LabelSet) -> None:
    with stand_in(honest) as model:
        url = model.url
    with pytest.raises(StorageError, match=r"127\.0\.0\.1.* does not answer"):
        Endpoint(url, "gone").ask("?", [])


@pytest.mark.parametrize("url", ["ftp://x/v1", "127.0.0.1:80/v1", "http://me:secret@host/v1", ""])
def test_what_is_no_address_is_named_without_secrets(url: str) -> None:
    with pytest.raises(BadInputError, match="cannot be asked") as error:
        Endpoint(url, "model")
    assert "secret" not in str(error.value)


def test_a_table_names_what_it_does_not_know(workspace: Workspace, answered: LabelSet) -> None:
    with pytest.raises(NotFoundError, match="nix"):
        record_table(workspace, answered, [("nix.png", "disc")], {})
    with pytest.raises(BadInputError, match="no class"):
        record_table(workspace, answered, [("disc/05.png", "disk")], {})
