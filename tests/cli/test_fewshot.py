"""``likewise fewshot`` and ``likewise classify --classifier`` over 24 drawn pictures."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from commands import Run

from likewise.core.classifier_file import open_classifier, save_classifier
from likewise.core.space import Space

QUICK = ("--method", "class_means")


def test_train_report_classify(run: Run, home: Path) -> None:
    made = run("fewshot", "train", "shapes", "--out", "shapes.classifier")
    assert made.code == 0, made.err
    assert "method best" in made.out
    assert "Chosen: " in made.out
    assert "Accuracy on held-out images: " in made.out
    assert "Answers 'none of these' below a likeness of " in made.out
    assert "set so that 90 % of images of these classes get an answer." in made.out
    assert "file: shapes.classifier" in made.out

    told = run("fewshot", "report", "shapes.classifier", "--refs", "shapes",
               "--unlabelled", "shapes/disc", "--out", "report")  # fmt: skip
    assert told.code == 0, told.err
    assert "* Label next: " in told.out
    assert (home / "report" / "report.md").read_text() == told.out
    assert (home / "report" / "confusion.png").is_file()

    answers = run("classify", "shapes", "--classifier", "shapes.classifier")
    assert answers.code == 0, answers.err
    rows = list(csv.DictReader(answers.out.splitlines()))
    assert len(rows) == 24
    right = [row["label"] == row["id"].split("/")[0] for row in rows]
    assert np.mean(right) > 0.9
    assert all(0 < float(row["probability"]) <= 1 for row in rows)
    refused = sum(row["label"] == "none of these" for row in rows)
    assert f"{refused} of 24 image(s) are none of these: their likeness is below " in answers.err
    assert "set so that 90 % of images of its classes get an answer" in answers.err


def test_json_of_each(run: Run) -> None:
    train = run("fewshot", "train", "shapes", "--out", "a.classifier", *QUICK, "--json")
    made = json.loads(train.out)
    assert made["classes"] == ["disc", "square", "stripes"]
    assert made["file"] == "a.classifier"
    assert json.loads(run("fewshot", "report", "a.classifier", "--json").out)["counts"] == {
        "disc": 8, "square": 8, "stripes": 8,
    }  # fmt: skip
    lines = run("classify", "shapes/disc", "--classifier", "a.classifier", "--json").out
    assert {json.loads(line)["likeliest"] for line in lines.splitlines()} <= set(made["classes"])


def test_sure_answers_only(run: Run) -> None:
    run("fewshot", "train", "shapes", "--out", "a.classifier", *QUICK)
    classify = ("classify", "shapes", "--classifier", "a.classifier")
    first = list(csv.DictReader(run(*classify).out.splitlines()))
    middle = sorted(float(row["probability"]) for row in first)[12]
    ran = run(*classify, "--min-probability", repr(middle))
    for row in csv.DictReader(ran.out.splitlines()):
        sure = float(row["probability"]) >= middle
        assert row["label"] == (row["likeliest"] if sure else "none of these")
    assert 8 <= ran.out.count("none of these") <= 14


def test_abstaining_is_trained_in(run: Run, home: Path) -> None:
    run("fewshot", "train", "shapes", "--out", "a.classifier", *QUICK,
        "--coverage", "0.8", "--abstain-by", "likeness")  # fmt: skip
    rest = open_classifier(home / "a.classifier").abstention
    assert rest is not None
    assert rest.by == "likeness"
    ran = run("classify", "shapes", "--classifier", "a.classifier")
    assert "set so that 80 % of images of its classes get an answer" in ran.err
    for row in csv.DictReader(ran.out.splitlines()):
        assert (row["label"] == "none of these") == (float(row["likeness"]) < rest.least)
    run("fewshot", "train", "shapes", "--out", "b.classifier", *QUICK, "--coverage", "1")
    ran = run("classify", "shapes", "--classifier", "b.classifier")
    assert "none of these" not in ran.out
    assert "the classifier was trained to always answer one of its classes" in ran.err


def test_unlabelled_images_of_a_folder_or_a_workspace(run: Run, home: Path) -> None:
    train = ("fewshot", "train", "shapes", "--out", "a.classifier")
    (home / "new").mkdir()
    for number, picture in enumerate(sorted((home / "shapes").rglob("*.png"))):
        shutil.copy(picture, home / "new" / f"{number}.png")
    (home / "new" / "broken.jpg").write_bytes(b"no image")
    for source in ("new", "shapes.likewise"):
        made = run(*train, "--unlabelled", source, "--overwrite")
        assert made.code == 0, made.err
        assert "24 unlabelled images" in made.out
        assert ("broken.jpg: " in made.err) == (source == "new")
        facts = open_classifier(home / "a.classifier").provenance["unlabelled"]
        assert (facts["origin"], facts["total"]) == (source, 24 + (source == "new"))
    told = run("fewshot", "report", "a.classifier", "--json").out
    assert json.loads(told)["unlabelled"]["images"] == 24
    refused = run(*train, "--unlabelled", "new", "--overwrite", *QUICK)
    assert refused.code == 2
    assert "unlabelled images help a linear head, and the method is 'class_means'" in refused.err


def test_a_bad_file_costs_itself_only(run: Run, home: Path) -> None:
    (home / "shapes" / "disc" / "broken.jpg").write_bytes(b"no image")
    made = run("fewshot", "train", "shapes", "--out", "a.classifier", *QUICK)
    assert made.code == 0
    assert "disc/broken.jpg: " in made.err
    ran = run("classify", "shapes/disc", "--classifier", "a.classifier")
    assert ran.code == 1
    assert "1 file(s) could not be read" in ran.err
    rows = {row["id"]: row for row in csv.DictReader(ran.out.splitlines())}
    assert rows["broken.jpg"]["label"] == ""
    assert "not an image" in rows["broken.jpg"]["error"]


def test_words_for_a_class_without_images(run: Run, home: Path) -> None:
    made = run("fewshot", "train", "shapes", "--hint", "animal=zebra", "--hint", "animal=tiger",
               "--out", "a.classifier", *QUICK)  # fmt: skip
    assert made.code == 0, made.err
    assert "animal" in open_classifier(home / "a.classifier").classes
    again = run("fewshot", "report", "a.classifier", "--refs", "shapes")
    assert again.code == 0, again.err


def test_concepts_as_classes(run: Run) -> None:
    for name in ("disc", "square"):
        likes = [part for n in range(3) for part in ("--like", f"{name}/0{n}.png")]
        assert run("concept", "create", name, *likes).code == 0
    made = run("fewshot", "train", "--concept", "disc", "--concept", "square",
               "--out", "a.classifier", *QUICK)  # fmt: skip
    assert made.code == 0, made.err
    assert "2 classes, 6 references" in made.out


def test_one_graph_for_everything(run: Run, home: Path) -> None:
    run("fewshot", "train", "shapes", "--out", "a.classifier", *QUICK)
    ran = run("fewshot", "onnx", "a.classifier", "--out", "a.onnx", "--json")
    assert json.loads(ran.out)["classes"] == ["disc", "square", "stripes"]
    session = onnxruntime.InferenceSession(str(home / "a.onnx"))
    assert session.get_inputs()[0].name == "pixels"
    run("fewshot", "onnx", "a.classifier", "--out", "head.onnx", "--vectors")
    head = onnxruntime.InferenceSession(str(home / "head.onnx"))
    assert head.get_inputs()[0].name == "vectors"


def test_one_image_a_class_gives_answers_without_probabilities(run: Run, home: Path) -> None:
    for kind in ("disc", "square"):
        (home / "one" / kind).mkdir(parents=True)
        shutil.copy(home / "shapes" / kind / "00.png", home / "one" / kind)
    made = run("fewshot", "train", "one", "--out", "a.classifier")
    assert made.code == 0, made.err
    assert "Accuracy: not known, for no class has a second image" in made.out
    assert "Always answers one of the classes" in made.out
    ran = run("classify", "shapes/disc", "--classifier", "a.classifier")
    assert "no probabilities: no class has a second image" in ran.err
    assert {row["probability"] for row in csv.DictReader(ran.out.splitlines())} == {""}
    asked = run("classify", "shapes", "--classifier", "a.classifier", "--min-probability", ".5")
    assert asked.code == 2
    assert "gives no probabilities" in asked.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["fewshot", "train", "nowhere", "--out", "a.classifier"], 3, "does not exist"),
        (["fewshot", "train", "shapes/disc", "--out", "a.classifier"], 2, "no reference image"),
        (["fewshot", "train", "shapes", "--out", "a.pkl"], 2, "does not end in .classifier"),
        (["fewshot", "train", "--out", "a.classifier"], 2, "give either REFS"),
        (["fewshot", "train", "shapes", "--concept", "x", "--out", "a.classifier"], 2,
         "give either REFS"),
        (["fewshot", "train", "shapes", "--method", "bset", "--out", "a.classifier"], 2,
         "did you mean 'best'"),
        (["fewshot", "train", "shapes", "--method", "class_means", "--set", "keep=1",
          "--out", "a.classifier"], 2, "has no option 'keep'"),
        (["fewshot", "train", "shapes", "--hint", "zebra", "--out", "a.classifier"], 2,
         "not of the form CLASS=WORDS"),
        (["fewshot", "train", "shapes", "--hint", "disc=qwxyz", "--out", "a.classifier"], 2,
         "qwxyz"),
        (["fewshot", "train", "--concept", "nobody", "--concept", "x", "--out", "a.classifier"],
         3, "nobody"),
        (["fewshot", "train", "shapes", "--encoder", "efficientnet", "--out", "a.classifier"], 2,
         "did you mean 'efficientnet_lite0'"),
        (["fewshot", "train", "--concept", "a", "--hint", "a=b", "--out", "a.classifier"], 2,
         "concepts bring their own hints"),
        (["fewshot", "report", "nothing.classifier"], 3, "there is no classifier file"),
        (["fewshot", "report", "junk.classifier"], 6, "is not a classifier file"),
        (["classify", "shapes"], 2, "give either --rule"),
        (["classify", "shapes", "--rule", "a", "--classifier", "b"], 2, "give either --rule"),
        (["classify", "nowhere", "--classifier", "ok.classifier"], 3, "does not exist"),
        (["classify", "shapes", "--classifier", "other.classifier"], 4, "other-99"),
    ],
)  # fmt: skip
def test_one_sentence(run: Run, home: Path, arguments: list[str], code: int, told: str) -> None:
    (home / "junk.classifier").write_bytes(b"junk")
    assert run("fewshot", "train", "shapes", "--out", "ok.classifier", *QUICK).code == 0
    it = open_classifier(home / "ok.classifier")
    foreign = type(it)(
        it.method, Space("other-99", it.space.mean), it.classes, it.rows, it.owners,
        provenance={"encoder_name": "efficientnet_lite0"},
    )  # fmt: skip
    save_classifier(foreign, home / "other.classifier")
    ran = run(*arguments)
    assert ran.code == code, ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err
