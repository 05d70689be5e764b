"""What is known about a classifier: tables, pictures, and what would help it most."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from likewise.classify.fewshot import Gathered, method_of
from likewise.classify.leave_one_out import Effect, leave_one_out
from likewise.classify.self_similarity import SelfSimilarity, self_similarity
from likewise.core.classifier import Classifier
from likewise.core.classifier_file import check_encoder
from likewise.core.output_files import complete_folder
from likewise.core.progress import Progress
from likewise.core.ranking import Ranking
from likewise.core.vectors import Vectors
from likewise.errors import BadInputError
from likewise.images.decode import read_image
from likewise.images.drawing import confusion_picture, line_plot, save_picture
from likewise.workspace.contact_sheet import grid

_MOST_LEFT_OUT = 40
_SHOWN = 10
_TILE = 140


@dataclass(frozen=True, eq=False)
class FewShotReport:
    """What a classifier's training found, and what its references show when they are at hand.

    Attributes:
        classifier: what it is about.
        before: likenesses of all references; None without references.
        after: likenesses of the classifier's own rows, where they are references it selected.
        effects: what leaving out each of the most doubtful references does.
        next_to_label: unlabelled images, the one whose label would say most first.
        files: paths of references by id.
    """

    classifier: Classifier
    before: SelfSimilarity | None = None
    after: SelfSimilarity | None = None
    effects: tuple[Effect, ...] = ()
    next_to_label: Ranking | None = None
    files: Mapping[str, str] | None = None

    @property
    def validation(self) -> Mapping[str, Any]:
        """What images that were held out in training said."""
        return dict(self.classifier.provenance.get("validation", {}))

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        facts, rest = self.classifier.provenance, self.classifier.abstention
        return {
            "method": self.classifier.method,
            "classes": list(self.classifier.classes),
            "rows": len(self.classifier.rows),
            "counts": facts.get("counts", {}),
            "abstention": None
            if rest is None
            else {**facts.get("abstention", {}), "by": rest.by, "least": rest.least},
            "choice": facts.get("choice"),
            "unlabelled": facts.get("unlabelled"),
            "validation": dict(self.validation),
            "contradictions": facts.get("contradictions", []),
            "calibrated_on": self.classifier.calibrated_on,
            "self_similarity": {
                name: None if pairs is None else asdict(pairs)
                for name, pairs in (("before", self.before), ("after", self.after))
            },
            "leave_one_out": [asdict(effect) for effect in self.effects],
            "next_to_label": None if self.next_to_label is None else self.next_to_label.rows(),
        }

    def markdown(self) -> str:
        """The figures as tables."""
        lines = [*self._headline(), ""]
        if self.validation.get("images"):
            lines += [*self._classes(), "", *self._matrix(), ""]
        lines += self._advice()
        return "\n".join(lines).rstrip() + "\n"

    def save(self, folder: Path) -> list[Path]:
        """Write the tables, the figures as JSON, and pictures; answers the files.

        Raises:
            StorageError: the folder cannot be written.
        """
        with complete_folder(folder):
            files = [folder / "report.md", folder / "report.json"]
            files[0].write_text(self.markdown(), encoding="utf-8")
            files[1].write_text(json.dumps(self.to_json(), indent=2) + "\n", encoding="utf-8")
            for name, picture in self.pictures().items():
                files.append(folder / f"{name}.png")
                save_picture(picture, files[-1])
        return files

    def pictures(self) -> dict[str, Image.Image]:
        """The pictures by name, those for which there is something to draw."""
        drawn = {}
        if self.validation.get("images"):
            counts = np.array(self.validation["confusion"])
            title = "What held-out images were taken for"
            drawn["confusion"] = confusion_picture(counts, self.classifier.classes, title)
            drawn["coverage"] = line_plot(
                {"held-out images": [(x, y) for x, y in self.validation["coverage"]["curve"]]},
                "Accuracy of the surest images", "share of images that get an answer", "accuracy",
            )  # fmt: skip
        if self.before is not None:
            drawn["self_similarity"] = _histogram(self.before, self.after)
        doubtful = [s for s in self._suspects() if s["id"] in (self.files or {})]
        if doubtful:
            tiles = [_tile((self.files or {})[s["id"]]) for s in doubtful]
            captions = [f"{s['label']}: {s['looks_like']}?" for s in doubtful]
            drawn["suspects"] = grid(tiles, captions, columns=5, tile=_TILE)
        return drawn

    def _headline(self) -> list[str]:
        facts, validation = self.classifier.provenance, self.validation
        total = sum(facts.get("counts", {}).values())
        lines = [
            f"{len(self.classifier.classes)} classes, {total} references, "
            f"method {self.classifier.method}, {len(self.classifier.rows)} rows."
        ]
        choice = facts.get("choice") or {}
        if choice:
            lines.append(f"Chosen: {choice['chosen']}, because {choice['because']}.")
        if "margin" in choice:
            low, high = choice["margin_interval"]
            lines.append(
                f"Its margin over {choice['over']}: {100 * choice['margin']:+.1f} points of "
                f"accuracy, 95 % interval {100 * low:+.1f} to {100 * high:+.1f}."
            )
        if "unlabelled" in facts:
            lines.append(_of_unlabelled(facts["unlabelled"]))
        if validation.get("images"):
            low, high = validation["accuracy_interval"]
            lines.append(
                f"Accuracy on held-out images: {100 * validation['accuracy']:.1f} % (95 % interval "
                f"{100 * low:.1f} to {100 * high:.1f}, {validation['images']} images; nested "
                f"cross-validation), weighted F1 {validation['weighted_f1']:.3f}."
            )
            gain = validation["coverage"]["gain_at_90"]
            lines.append(
                f"Answering for the surest 90 % only would raise it by {100 * gain:.1f} points."
            )
        else:
            because = validation.get("because", "no image was held out")
            lines.append(f"Accuracy: not known, for {because}.")
        rest = self.classifier.abstention
        lines.append(
            "Always answers one of the classes, even for images of anything else."
            if rest is None
            else f"Answers 'none of these' below a {rest.by} of {rest.least:.3f}{_kept(facts)}."
        )
        return lines

    def _classes(self) -> list[str]:
        lines = ["| class | references | held out | precision | recall | F1 |"]
        lines.append("|---|---|---|---|---|---|")
        counts = self.classifier.provenance.get("counts", {})
        for row in self.validation["classes"]:
            cells = [_share(row[key]) for key in ("precision", "recall", "f1")]
            cells_of_class = [str(counts.get(row["name"], 0)), str(row["images"]), *cells]
            lines.append(f"| {_plain(row['name'])} | {' | '.join(cells_of_class)} |")
        return lines

    def _matrix(self) -> list[str]:
        names = [_plain(name) for name in self.classifier.classes]
        lines = [f"| is \\ called | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
        for name, row in zip(names, self.validation["confusion"], strict=True):
            cells = [f"{count:.3g}" if count else "" for count in row]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        return lines

    def _advice(self) -> list[str]:
        lines = []
        for pair in (self.validation.get("confused_pairs") or [])[:3]:
            lines.append(
                f"* Often confused: {pair['pair'][0]} and {pair['pair'][1]} "
                f"({100 * pair['share']:.0f} % of their images)."
            )
        if self.validation.get("most_in_need"):
            lines.append(f"* Add an image first to: {self.validation['most_in_need'][0]}.")
        for suspect in self._suspects():
            lines.append(
                f"* Labelled wrong? {suspect['id']} is given as {suspect['label']} and looks like "
                f"{suspect['looks_like']}."
            )
        for twins in self.classifier.provenance.get("contradictions", []):
            lines.append(f"* The same image in two classes: {', '.join(twins)}.")
        for effect in [effect for effect in self.effects if effect.gain > 0][:5]:
            lines.append(
                f"* Hurts: {effect.id} ({effect.label}); without it {effect.righted:+d} of the "
                "others right."
            )
        if self.next_to_label is not None and len(self.next_to_label):
            lines.append(f"* Label next: {', '.join(self.next_to_label.ids[:5])}.")
        return lines

    def _suspects(self) -> list[Mapping[str, Any]]:
        return list(self.validation.get("suspects", []))[:_SHOWN]


def report_on(
    classifier: Classifier,
    gathered: Gathered | None = None,
    unlabelled: tuple[Sequence[str], Vectors] | None = None,
    progress: Progress = lambda done, total: None,
) -> FewShotReport:
    """Put together what is known of a classifier.

    Args:
        classifier: a trained one.
        gathered: the references it was trained on; without them there are no likenesses and
            nothing is left out in turn.
        unlabelled: ids and vectors (n, dim) of images, to say which to label next.
        progress: told how many of the leave-one-out fits are done.

    Raises:
        MismatchError: references or images of another encoder.
        BadInputError: references of other classes.
    """
    before = after = None
    effects: list[Effect] = []
    if gathered is not None:
        references = gathered.references
        check_encoder(classifier, references.encoder)
        if references.classes != classifier.classes:
            raise BadInputError(
                f"the references in {gathered.origin} are of {list(references.classes)} and the "
                f"classifier is of {list(classifier.classes)}; give those it was trained on"
            )
        before = self_similarity(references.rows, references.owners)
        if len(classifier.rows) > len(classifier.classes):
            after = self_similarity(classifier.rows, classifier.owners)
        doubtful = [s["id"] for s in classifier.provenance["validation"].get("suspects", [])]
        rest = [item for item in references.ids if item not in set(doubtful)]
        only = [*doubtful, *rest][:_MOST_LEFT_OUT]
        effects = leave_one_out(method_of(classifier), references, classifier.slope, only, progress)
    return FewShotReport(
        classifier,
        before,
        after,
        tuple(effects),
        None if unlabelled is None else next_to_label(classifier, *unlabelled),
        None if gathered is None else gathered.files,
    )


def next_to_label(classifier: Classifier, ids: Sequence[str], vectors: Vectors) -> Ranking:
    """Unlabelled images, those between two classes first.

    The score is one less the lead of the likeliest class over the next in probability (margin
    sampling; Scheffer, Decomain and Wrobel 2001).

    Args:
        classifier: a trained one.
        ids: of the images.
        vectors: (n, dim).
    """
    if not ids:
        return Ranking((), np.empty(0, np.float32))
    probabilities = np.sort(classifier.predict_proba(vectors), axis=1)
    doubt = 1 - (probabilities[:, -1] - probabilities[:, -2])
    order = np.argsort(-doubt, kind="stable")
    named = tuple(ids[row] for row in order.tolist())
    return Ranking(named, np.asarray(doubt[order], np.float32), searched=len(named))


def _histogram(before: SelfSimilarity, after: SelfSimilarity | None) -> Image.Image:
    """Both histograms as curves, each scaled to its own highest bin."""
    pairs = {"same class": before.same, "other classes": before.other}
    if after is not None:
        pairs |= {"same, selected": after.same, "other, selected": after.other}
    curves = {
        name: [(x, y / max(max(shares), 1e-9)) for x, y in zip(before.middles, shares, strict=True)]
        for name, shares in pairs.items()
    }
    return line_plot(
        curves, "How alike references are", "cosine of two references", "pairs, by the highest bin"
    )


def _tile(path: str) -> Image.Image:
    try:
        return read_image(path, _TILE).image
    except BadInputError:  # gone or damaged since
        return Image.new("RGB", (_TILE, _TILE), (225, 225, 222))


def _of_unlabelled(facts: Mapping[str, Any]) -> str:
    """What the unlabelled images were used for, and why."""
    total, images = facts.get("total", facts["images"]), facts["images"]
    which = f"{images:,} unlabelled images"
    if total > images:
        which += f" (drawn from {total:,})"
    if not facts["share"]:
        return f"The {which} are not used: {facts['because']}."
    without, with_them = facts["compared"]["0"], facts["compared"][f"{facts['share']:g}"]
    return (
        f"Smoothed over {which}: {facts['because']} (mean log-likelihood "
        f"{without['log_likelihood']:.3f} to {with_them['log_likelihood']:.3f}; accuracy "
        f"{100 * without['accuracy']:.1f} % to {100 * with_them['accuracy']:.1f} %)."
    )


def _kept(facts: Mapping[str, Any]) -> str:
    """How many images of the classes should get an answer, where the classifier's file says so."""
    coverage = facts.get("abstention", {}).get("coverage")
    return (
        ""
        if coverage is None
        else (f", set so that {100 * coverage:g} % of images of these classes get an answer")
    )


def _plain(name: str) -> str:
    """A class's name as a table's cell can hold it."""
    return " ".join(name.replace("|", "\\|").split())


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
