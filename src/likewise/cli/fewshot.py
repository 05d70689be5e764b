"""``likewise fewshot train|report|onnx``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
import numpy as np

from likewise.cli._options import json_option, set_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError, command_line

if TYPE_CHECKING:
    from likewise.classify.fewshot import Gathered
    from likewise.concepts.class_labels import ClassLabels
    from likewise.core.classifier import Classifier
    from likewise.core.vectors import Vectors

_CLASSIFIER = click.argument("classifier_file", metavar="CLASSIFIER",
                             type=click.Path(path_type=Path))  # fmt: skip


@click.group("fewshot")
def command() -> None:
    """Train classifiers on a few images a class, and see how good they are."""


@command.command("train")
@click.argument("refs", required=False, type=click.Path(path_type=Path))
@output_option("--out", required=True,
               help="Write the classifier to this file, NAME.classifier.")  # fmt: skip
@click.option("--concept", "concepts", multiple=True, metavar="NAME",
              help="A concept of a workspace as a class, in place of REFS. Repeat it.")  # fmt: skip
@click.option("--labels", type=click.Path(path_type=Path), metavar="FILE",
              help="CSV of id,label of items of a workspace, in place of REFS.")  # fmt: skip
@click.option("--hint", "hints", multiple=True, metavar="CLASS=WORDS",
              help="Words for a class, which may be without images. May be repeated.")  # fmt: skip
@click.option("--encoder", help="Encoder of REFS; efficientnet_lite0 unless given.")
@click.option("--method", default="best", show_default=True, help="Method.")
@set_option("An option of the method, such as ridge=0.1.")
@click.option("--unlabelled", type=click.Path(path_type=Path), metavar="FOLDER|WORKSPACE",
              help="Images without labels, such as those to classify. They smooth a linear head "
              "where held-out images show that it helps.")  # fmt: skip
@click.option("--coverage", type=click.FloatRange(0, 1, min_open=True),
              help="Share of images of these classes that get an answer; the least sure ones, and "
              "most images of anything else, are none of these. 1 always answers.  "
              "[default: 0.9 where images can be held out]")  # fmt: skip
@click.option("--abstain-by", type=click.Choice(["probability", "likeness"]),
              default="likeness", show_default=True, help="What sureness is: probability is "
              "low between classes, likeness far from all.")  # fmt: skip
@workspace_option
@json_option
def train(
    refs: Path | None,
    out: Path,
    concepts: tuple[str, ...],
    labels: Path | None,
    hints: tuple[str, ...],
    encoder: str | None,
    method: str,
    settings: dict[str, Any],
    unlabelled: Path | None,
    coverage: float | None,
    abstain_by: Literal["probability", "likeness"],
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Train a classifier on REFS, a folder with a folder of images for each class.

    Says which method was chosen, why, and how good it is on images that it did not see.

    Example: likewise fewshot train refs/ --out machines.classifier
    """
    from likewise.classify.fewshot import train_classifier
    from likewise.classify.report import report_on
    from likewise.classify.unlabelled import gather_unlabelled
    from likewise.core.classifier_file import check_classifier_path, save_classifier

    check_classifier_path(out)
    options = dict(settings)
    if labels is None:
        gathered, read = _gathered(refs, concepts, hints, encoder, workspace_path, as_json), None
    elif refs or concepts or hints or encoder:
        raise BadInputError("--labels names the items of a workspace; give it with -w alone")
    else:
        gathered, read = _labelled(labels, workspace_path)
    without_labels = None
    if unlabelled is not None:
        with progress_bar("img", quiet=as_json) as bar:
            without_labels = gather_unlabelled(
                unlabelled, gathered.encoder, gathered.references.encoder, progress=bar
            )
    with progress_bar("fit", quiet=as_json) as bar:
        trained = train_classifier(
            gathered, method, coverage=coverage, abstain_by=abstain_by,
            unlabelled=without_labels, progress=bar, **options,
        )  # fmt: skip
    save_classifier(trained, out)
    for item, reason in (*gathered.refused, *(without_labels.refused if without_labels else ())):
        note(f"{item}: {reason}, left out")
    for line in read.notes() if read else ():
        note(line)
    if as_json:
        counts = {"labels": read.to_json()} if read else {}
        answer({"file": str(out), **counts, **report_on(trained).to_json()})
        return
    say(report_on(trained).markdown(), nl=False)
    say(f"file: {out}")
    say(f"next: {command_line('classify', 'NEW_IMAGES', '--classifier', out)}")


@command.command("report")
@_CLASSIFIER
@click.option("--refs", type=click.Path(path_type=Path),
              help="References it was trained on, to find those that hurt it.")  # fmt: skip
@click.option("--unlabelled", type=click.Path(path_type=Path),
              help="Images without labels, to choose which to label next.")  # fmt: skip
@output_option("--out", kind="folder", help="Write tables and pictures here.")
@json_option
def report(
    classifier_file: Path,
    refs: Path | None,
    unlabelled: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say how good CLASSIFIER is, what it confuses, and what would help it.

    Accuracy is that of images held out in training. --out writes the confusion matrix, the
    suspects and the likenesses as pictures, too.

    Example: likewise fewshot report machines.classifier --refs refs/ --out report/
    """
    from likewise.classify.fewshot import gather_folder
    from likewise.classify.report import report_on
    from likewise.core.classifier_file import open_classifier
    from likewise.encoders._learned import encoder_of

    classifier = open_classifier(classifier_file)
    gathered = None
    if refs is not None:
        encoder = encoder_of(classifier)
        hints = classifier.provenance.get("hints", {})
        with progress_bar("img", quiet=as_json) as bar:
            gathered = gather_folder(refs, encoder, hints=hints, progress=bar)
    images = None if unlabelled is None else _encoded(classifier, unlabelled, as_json)
    with progress_bar("fit", quiet=as_json) as bar:
        made = report_on(classifier, gathered, images, bar)
    if as_json:
        answer(made.to_json())
    else:
        say(made.markdown(), nl=False)
    if out is not None:
        note("\n".join(str(path) for path in made.save(out)))


@command.command("onnx")
@_CLASSIFIER
@output_option("--out", required=True, help="The file to write.")
@click.option("--vectors", is_flag=True, help="Without the encoder: from its vectors to classes.")
@json_option
def onnx(classifier_file: Path, out: Path, vectors: bool, as_json: bool) -> None:
    """Write CLASSIFIER and its encoder as one ONNX graph, from pixels to classes.

    Example: likewise fewshot onnx machines.classifier --out machines.onnx
    """
    from likewise.classify.onnx import save_onnx
    from likewise.core.classifier_file import open_classifier
    from likewise.encoders._learned import encoder_of

    classifier = open_classifier(classifier_file)
    save_onnx(classifier, out, None if vectors else encoder_of(classifier))
    if as_json:
        answer({"file": str(out), "classes": list(classifier.classes)})
    else:
        say(f"file: {out}")


def _labelled(labels: Path, workspace_path: Path | None) -> tuple[Gathered, ClassLabels]:
    from likewise.classify.fewshot import gather_labels
    from likewise.concepts.class_labels import read_class_labels

    with opened(workspace_path) as workspace:
        read = read_class_labels(workspace, labels)
        return gather_labels(workspace, read.classes, str(labels)), read


def _gathered(
    refs: Path | None,
    concepts: tuple[str, ...],
    hints: tuple[str, ...],
    encoder: str | None,
    workspace_path: Path | None,
    quiet: bool,
) -> Gathered:
    from likewise.classify.fewshot import gather_folder, gather_workspace
    from likewise.encoders.base import open_encoder

    if (refs is None) == (not concepts):
        raise BadInputError(
            "give either REFS, a folder with a folder for each class, or --concept for each "
            "class, or --labels FILE"
        )
    if refs is not None:
        with progress_bar("img", quiet=quiet) as bar:
            chosen = None if encoder is None else open_encoder(encoder)
            return gather_folder(refs, chosen, hints=_by_class(hints), progress=bar)
    if hints or encoder:
        raise BadInputError(
            "concepts bring their own hints and their workspace's encoder; leave --hint and "
            "--encoder out, or add a hint with: likewise concept add NAME --hint WORDS"
        )
    with opened(workspace_path) as workspace:
        return gather_workspace(workspace, concepts)


def _by_class(hints: tuple[str, ...]) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for hint in hints:
        name, equals, phrase = hint.partition("=")
        if not equals or not name.strip() or not phrase.strip():
            raise BadInputError(f"'{hint}' is not of the form CLASS=WORDS")
        words.setdefault(name, []).append(phrase)
    return words


def _encoded(classifier: Classifier, images: Path, quiet: bool) -> tuple[list[str], Vectors]:
    from likewise.apply.scoring import encoded_images

    ids, rows = [], [np.empty((0, classifier.space.dim_in), np.float32)]
    with progress_bar("img", quiet=quiet) as bar:
        for image in encoded_images(images, classifier, progress=lambda done: bar(done, None)):
            if image.vector is None:
                note(f"{image.id}: {image.error}, left out")
            else:
                ids.append(image.id)
                rows.append(image.vector[None])
    return ids, np.concatenate(rows)
