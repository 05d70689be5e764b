"""``likewise classify``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from likewise.cli._options import json_option, ray_options, ray_pool, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import (
    progress_bar,
    rule_facts,
    rule_named,
    rule_summary,
    workspace_if_any,
)
from likewise.cli._text import note
from likewise.core.classifier import NONE_OF_THESE
from likewise.core.escaping import cell, json_text
from likewise.core.output_files import complete_file
from likewise.core.progress import Progress
from likewise.core.rule import Rule
from likewise.errors import BadInputError

if TYPE_CHECKING:
    from likewise.apply.scoring import Classified, Scored
    from likewise.core.classifier import Classifier
    from likewise.encoders.base import Encoder

_OF_RULES = ("id", "path", "score", "probability", "yes", "error", "box")
_OF_CLASSIFIERS = (
    "id", "path", "label", "probability", "likeness", "likeliest", "runner_up", "error",
)  # fmt: skip


@click.command("classify")
@click.argument("images", nargs=-1, required=True)
@click.option("--rule", "rule_name", help="A .rule file, or a concept's name.")
@click.option("--classifier", "classifier_file", type=click.Path(path_type=Path),
              help="A .classifier file, as likewise fewshot train writes it.")  # fmt: skip
@click.option("--encoder", "encoder_name", metavar="NAME",
              help="Encoder, fetched if need be; the one that the rule or classifier names, if it "
              "is on this machine.")  # fmt: skip
@click.option("--min-probability", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Say yes from this probability on; not from the threshold on. With a "
              "classifier: say none of these below it.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv",
              show_default=True, help="Form of the answer.")  # fmt: skip
@output_option("--out", help="Write to this file.")
@ray_options
@workspace_option
@json_option
def command(
    images: tuple[str, ...],
    rule_name: str | None,
    classifier_file: Path | None,
    encoder_name: str | None,
    min_probability: float | None,
    form: str,
    out: Path | None,
    ray: str | None,
    gpus: float,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Score or classify IMAGES (files, folders, archives, buckets ...) that were never indexed.

    With --rule prints id, path, score, probability and yes for each; with --classifier the
    class, or "none of these", its probability and likeness, the likeliest class and the next.
    --json is JSON lines, with --rule each with the rule's version, aim and threshold. A file that
    cannot be read gets a line with the reason, and makes the exit code 1.

    On a Ray cluster (--ray) all machines must see the images under the same paths and have the
    same likewise; what is printed is the same, in the same order.

    Example: likewise classify new_photos/ --rule barn.rule
    """
    if (rule_name is None) == (classifier_file is None):
        raise BadInputError("give either --rule, for one concept, or --classifier, for several")
    lines = as_json or form == "jsonl"
    crew = ray_pool(ray, gpus=gpus)
    bad = done = refused = 0
    results: Iterator[Scored] | Iterator[Classified]
    learned: Rule | Classifier
    with progress_bar("img") as bar:
        # what cannot be is refused here, before a file is opened
        if classifier_file is not None:
            learned, results = classifier, _ = _with_classifier(
                images, classifier_file, encoder_name, min_probability, workspace_path, bar, crew
            )
            names: Sequence[str] = _OF_CLASSIFIERS
            missing = None if classifier.calibrated_on else _too_few(classifier)
        else:
            learned, results = rule, _ = _with_rule(
                images, str(rule_name), encoder_name, min_probability, workspace_path, bar, crew
            )
            why = rule.provenance.get("calibration", "too few labels")
            names, missing = _OF_RULES, None if rule.calibration else str(why)
        facts = {"rule": rule_facts(learned)} if isinstance(learned, Rule) else {}
        with ExitStack() as stack:
            file: TextIO = sys.stdout
            if out is not None:
                part = stack.enter_context(complete_file(out))
                file = stack.enter_context(part.open("w", newline="", encoding="utf-8"))
            writer = csv.writer(file)
            if not lines:
                writer.writerow(names)
            for result in results:
                done += 1
                bad += result.error is not None
                refused += getattr(result, "label", None) == NONE_OF_THESE
                if lines:
                    file.write(json_text({**result.to_json(), **facts}) + "\n")
                else:
                    writer.writerow(map(cell, result.to_json().values()))
    if isinstance(learned, Rule):
        note(rule_summary(learned))
    else:
        note(_none_of_these(learned, min_probability, refused, done - bad))
    if missing is not None:
        note(f"no probabilities: {missing}")
    if bad:
        note(f"{bad} file(s) could not be read; the column error says why")
        raise click.exceptions.Exit(1)


def _with_rule(
    images: tuple[str, ...],
    name: str,
    encoder_name: str | None,
    min_probability: float | None,
    workspace_path: Path | None,
    bar: Progress,
    crew: Any,
) -> tuple[Rule, Iterator[Scored]]:
    from likewise.apply.scoring import score_images

    rule = rule_named(name, workspace_path)
    if min_probability is not None:
        from likewise.export.concept import at_probability

        rule = at_probability(rule, min_probability, name)
    home = workspace_if_any(workspace_path)
    return rule, score_images(
        images,
        rule,
        _encoder(rule, encoder_name, home),
        progress=lambda done: bar(done, None),
        crew=crew,
        home=home,
    )


def _with_classifier(
    images: tuple[str, ...],
    file: Path,
    encoder_name: str | None,
    min_probability: float | None,
    workspace_path: Path | None,
    bar: Progress,
    crew: Any,
) -> tuple[Classifier, Iterator[Classified]]:
    from likewise.apply.scoring import classify_images
    from likewise.core.classifier_file import open_classifier

    classifier = open_classifier(file)
    if min_probability is not None and not classifier.calibrated_on:
        raise BadInputError(
            f"{file} gives no probabilities ({_too_few(classifier)}), so {min_probability} cannot "
            "be asked for; leave --min-probability out, or train with more images"
        )
    home = workspace_if_any(workspace_path)
    return classifier, classify_images(
        images,
        classifier,
        _encoder(classifier, encoder_name, home),
        min_probability=min_probability,
        progress=lambda done: bar(done, None),
        crew=crew,
        home=home,
    )


def _encoder(learned: Rule | Classifier, name: str | None, home: Path | None) -> Encoder:
    """The encoder that the person names, or that the file does if it is on this machine."""
    from likewise.encoders._learned import encoder_of
    from likewise.encoders.base import open_encoder

    return encoder_of(learned, home) if name is None else open_encoder(name, home)


def _none_of_these(
    classifier: Classifier, min_probability: float | None, refused: int, done: int
) -> str:
    """How many images got no class, and what that rests on."""
    rest = classifier.abstention
    if min_probability is not None:
        why = f"their probability is below {min_probability:g}"
    elif rest is None:
        return (
            "the classifier was trained to always answer one of its classes, also for images of "
            "anything else"
        )
    else:
        coverage = classifier.provenance.get("abstention", {}).get("coverage")
        why = f"their {rest.by} is below {rest.least:.3f}"
        if coverage is not None:
            why += f", set so that {100 * coverage:g} % of images of its classes get an answer"
    return f"{refused} of {done} image(s) are {NONE_OF_THESE}: {why}"


def _too_few(classifier: Classifier) -> str:
    facts = classifier.provenance.get("validation", {})
    return str(facts.get("because", "no image was held out"))
