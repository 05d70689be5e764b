"""From class folders or a workspace to a classifier, and what is reported about it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from likewise.apply.scoring import classify_images
from likewise.classify.fewshot import (
    Gathered,
    gather_folder,
    gather_workspace,
    method_of,
    train_classifier,
)
from likewise.classify.report import next_to_label, report_on
from likewise.concepts.labelling import fill_basket
from likewise.core.classifier import NONE_OF_THESE, Classifier
from likewise.core.classifier_file import from_bytes, to_bytes
from likewise.core.concept import Concept
from likewise.core.references import References
from likewise.errors import BadInputError, MismatchError, NotFoundError
from likewise.workspace import Workspace


@pytest.fixture(scope="module")
def shapes(_indexed_once: Path) -> Path:
    return _indexed_once / "shapes"


@pytest.fixture(scope="module")
def gathered(shapes: Path) -> Gathered:
    return gather_folder(shapes)


@pytest.fixture(scope="module")
def trained(gathered: Gathered) -> Classifier:
    return train_classifier(gathered, "class_means")


def test_a_class_is_the_folder_below_the_root(gathered: Gathered) -> None:
    assert gathered.references.classes == ("disc", "square", "stripes")
    assert gathered.references.counts.tolist() == [8, 8, 8]
    assert gathered.references.ids[0] == "disc/00.png"
    assert set(gathered.digests) == set(gathered.files) == set(gathered.references.ids)


def test_deeper_folders_are_of_the_class_above(home: Path) -> None:
    (home / "shapes" / "disc" / "red").mkdir()
    (home / "shapes" / "disc" / "00.png").rename(home / "shapes" / "disc" / "red" / "a.png")
    deep = gather_folder(home / "shapes").references
    assert deep.labels[deep.ids.index("disc/red/a.png")] == "disc"


def test_new_images_are_classified(home: Path, trained: Classifier) -> None:
    answers = list(classify_images(home / "shapes", trained))
    right = [answer.label == answer.id.split("/")[0] for answer in answers]
    assert np.mean(right) > 0.9
    assert all(answer.likeliest != answer.runner_up for answer in answers)
    assert all(0 <= (answer.probability or 0) <= 1 for answer in answers)
    middle = float(np.median([answer.probability or 0 for answer in answers]))
    strict = list(classify_images(home / "shapes", trained, min_probability=middle))
    for answer in strict:
        sure = answer.probability is not None and answer.probability >= middle
        assert answer.label == (answer.likeliest if sure else NONE_OF_THESE)
    assert 10 <= sum(answer.label == NONE_OF_THESE for answer in strict) <= 14
    assert [answer.likeliest for answer in strict] == [answer.likeliest for answer in answers]


def test_it_says_where_it_is_from(gathered: Gathered, trained: Classifier) -> None:
    facts = from_bytes(to_bytes(trained)).provenance
    assert facts["encoder_name"] == "efficientnet_lite0"
    assert facts["digests"] == gathered.digests
    assert ["stripes/03.png", "stripes"] in facts["references"]


def test_what_cannot_be_read_is_left_out_and_told(home: Path) -> None:
    (home / "shapes" / "disc" / "broken.jpg").write_bytes(b"no image")
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "loose.png")
    got = gather_folder(home / "shapes")
    assert len(got.references.labels) == 24
    assert dict(got.refused)["loose.png"] == "lies in no class folder"
    assert "disc/broken.jpg" in dict(got.refused)
    told = train_classifier(got, "class_means").provenance["refused"]
    assert [entry[0] for entry in told] == ["disc/broken.jpg", "loose.png"]


@pytest.mark.parametrize("content", [None, b"no image"])
def test_a_class_without_a_readable_image_is_named(home: Path, content: bytes | None) -> None:
    (home / "shapes" / "ring").mkdir()
    if content is not None:
        (home / "shapes" / "ring" / "a.jpg").write_bytes(content)
    with pytest.raises(BadInputError, match=r"the class 'ring' has no image.*--hint 'ring=WORDS'"):
        gather_folder(home / "shapes")


def test_a_class_may_have_words_and_no_image(home: Path) -> None:
    got = gather_folder(home / "shapes", hints={"zebra": ["zebra"]})
    it = train_classifier(got)
    assert it.classes == ("disc", "square", "stripes", "zebra")
    assert it.provenance["counts"]["zebra"] == 0
    assert it.provenance["hints"] == {"zebra": ["zebra"]}


def test_words_nobody_knows_are_refused(shapes: Path) -> None:
    with pytest.raises(BadInputError, match="qwxyz"):
        gather_folder(shapes, hints={"disc": ["qwxyz"]})


@pytest.mark.parametrize("name", ["Überläufer ß", "推土机", "=1+1", "a|b", "D8 D10"])
def test_folders_of_any_name(home: Path, name: str) -> None:
    (home / "shapes" / "disc").rename(home / "shapes" / name)
    it = train_classifier(gather_folder(home / "shapes"), "class_means")
    assert name in it.classes
    assert f"| {name.replace('|', chr(92) + '|')} | 8 |" in report_on(it).markdown()


def test_one_class_folder_is_not_enough(home: Path) -> None:
    shutil.rmtree(home / "shapes" / "disc")
    shutil.rmtree(home / "shapes" / "stripes")
    with pytest.raises(BadInputError, match="there is one class"):
        gather_folder(home / "shapes")
    with pytest.raises(NotFoundError, match="does not exist"):
        gather_folder(home / "nowhere")


def test_the_same_image_in_two_classes_is_told(home: Path) -> None:
    shutil.copy(home / "shapes" / "disc" / "00.png", home / "shapes" / "square" / "x.png")
    it = train_classifier(gather_folder(home / "shapes"), "class_means")
    assert it.provenance["contradictions"] == [["disc/00.png", "square/x.png"]]
    told = report_on(it).markdown()
    assert "* The same image in two classes: disc/00.png, square/x.png." in told


def test_concepts_of_a_workspace_are_classes(workspace: Workspace) -> None:
    for name in ("disc", "square"):
        fill_basket(
            workspace, name, like=[f"{name}/0{number}.png" for number in range(4)], new=True
        )
    got = gather_workspace(workspace, ["disc", "square"])
    assert got.references.labels == ("disc",) * 4 + ("square",) * 4
    np.testing.assert_array_equal(got.references.space.mean, workspace.collection.space().mean)
    it = train_classifier(got, "class_means")
    assert it.encoder == workspace.fingerprint
    assert len(it.provenance["digests"]) == 8


def test_a_concept_without_anything_is_named(workspace: Workspace) -> None:
    workspace.concepts.save(Concept("disc"))
    with pytest.raises(BadInputError, match="the concept 'disc' has neither"):
        gather_workspace(workspace, ["disc"])


def test_the_report_without_references_is_what_training_found(trained: Classifier) -> None:
    made = report_on(trained)
    told = made.markdown()
    assert "Accuracy on held-out images:" in told
    assert "| disc | 8 | 8 |" in told
    assert "* Add an image first to:" in told
    assert made.to_json()["leave_one_out"] == []
    json.dumps(made.to_json())


def test_the_report_with_everything(
    gathered: Gathered, trained: Classifier, tmp_path: Path
) -> None:
    new = [f"new-{row}" for row in range(24)]
    made = report_on(trained, gathered, (new, gathered.references.vectors))
    answer = made.to_json()
    assert answer["self_similarity"]["before"]["overlap"] < 1
    assert len(answer["leave_one_out"]) == 24
    assert {row["id"] for row in answer["next_to_label"]} == set(new)
    assert "* Label next: " in made.markdown()
    files = made.save(tmp_path / "report")
    names = {path.name for path in files}
    assert {
        "report.md",
        "report.json",
        "confusion.png",
        "coverage.png",
        "self_similarity.png",
    } <= names
    for path in files:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert picture.width > 300


def test_selected_references_are_compared_to_all(gathered: Gathered) -> None:
    some = train_classifier(gathered, "low_centrality")
    made = report_on(some, gathered)
    assert made.after is not None
    assert made.after != made.before


def test_references_of_other_classes_or_another_encoder_are_refused(
    gathered: Gathered, trained: Classifier
) -> None:
    here = gathered.references
    other = References(here.vectors, ["x", *here.labels[1:]], encoder=here.encoder)
    with pytest.raises(BadInputError, match="give those it was trained on"):
        report_on(trained, Gathered(other, "efficientnet_lite0", "refs"))
    foreign = References(here.vectors, here.labels, encoder="other-99")
    with pytest.raises(MismatchError, match="'other-99'"):
        report_on(trained, Gathered(foreign, "other", "refs"))


def test_the_next_to_label_is_between_two_classes(trained: Classifier) -> None:
    middle = trained.space.mean + trained.rows[0] + trained.rows[1]
    clear = trained.space.mean + trained.rows[0]
    ranking = next_to_label(trained, ["clear", "middle"], np.stack([clear, middle]))
    assert ranking.ids == ("middle", "clear")
    assert len(next_to_label(trained, [], np.empty((0, 1280), np.float32))) == 0


def test_the_method_of_a_choice_is_what_was_chosen(gathered: Gathered) -> None:
    it = train_classifier(gathered, "best", methods="medoids,class_means")
    assert type(method_of(it)).__name__ == "Medoids"
    plain = train_classifier(gathered, "low_centrality", keep=0.25)
    assert method_of(plain).keep == 0.25  # type: ignore[attr-defined]


def test_foreign_images_are_none_of_these_by_default(gathered: Gathered) -> None:
    references = gathered.references
    labels = np.array(references.labels)
    own = labels != "stripes"
    train = own & (np.arange(len(labels)) % 4 != 0)
    part = replace(gathered, references=references.part(train))
    it = train_classifier(part, "class_means")
    assert it.abstention is not None
    assert it.abstention.by == "likeness"
    assert it.abstention.means is not None
    assert it.provenance["abstention"] == {"coverage": 0.9}
    foreign = it.predict(references.vectors[~own])
    assert np.mean(foreign == NONE_OF_THESE) > 0.8
    known = it.predict(references.vectors[own])
    assert np.mean(known == NONE_OF_THESE) <= 0.25
    always = train_classifier(part, "class_means", coverage=1)
    assert NONE_OF_THESE not in always.predict(references.vectors)
