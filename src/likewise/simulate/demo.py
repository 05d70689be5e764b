"""The main job on real images, end to end, with a reviewer who knows the answers."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from likewise.apply.scoring import score_images
from likewise.concepts.labelling import fill_basket, record_labels
from likewise.core.progress import Progress
from likewise.core.ranking import Ranking
from likewise.core.rule_file import open_rule, save_rule
from likewise.errors import BadInputError, NotFoundError
from likewise.export.concept import export_concept
from likewise.indexing.index import index
from likewise.rules.learn import learn_concept
from likewise.rules.retrieval import average_precision
from likewise.simulate.digits import digits
from likewise.sources.base import Item
from likewise.sources.folder import Folder
from likewise.workspace import Workspace
from likewise.workspace.contact_sheet import grid, thumbnails_of, titled_rows

_EXAMPLES = 5
_PAGE = 20
_HELD_OUT = 6  # every sixth image stays out of the index, to be classified at the end
_YES, _NO = (38, 145, 85), (205, 60, 50)


@dataclass
class Demo:
    """What the demonstration makes, and what it says on the way.

    Attributes:
        folder: where everything goes.
        say: prints a line.
        progress: told how far the indexing is.
        seed: of the choice of examples.
        seconds: how long each step took.
        figures: what came out, for scripts.
    """

    folder: Path
    say: Callable[[str], None]
    progress: Progress | None = None
    seed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started

    def run(self, images: Path | None = None, concept: str = "3", pages: int = 8) -> None:
        """Do it all; `seconds` and `figures` hold the outcome.

        Args:
            images: a folder of class folders; handwritten digits unless given.
            concept: name of the class to look for.
            pages: how many pages of 20 the reviewer looks at.

        Raises:
            NotFoundError: no such class.
            BadInputError: too few images of the class, or the folder is taken.
        """
        with self.step("lay out images"):
            indexed_count, new = self._lay_out(images, concept)
        self.say(f"images: {indexed_count} to index and {new} held out, in {self.folder}")
        self.figures.update(concept=concept, to_index=indexed_count, held_out=new, pages=[])
        with self.step("index"):
            report = index(
                self.folder / "images",
                self.folder / "demo.likewise",
                progress=self.progress,
            )
        speed = f"{report.images_per_second:.0f} a second"
        self.say(f"indexed {report.added + report.moved} images at {speed}")
        if report.graph is not None:
            self.say(f"neighbour graph: {report.graph.state}, in {report.graph.seconds:.1f} s")
        with Workspace(report.workspace) as workspace:
            self._review(workspace, concept, pages)
            rule_file = self._learn(workspace, concept)
            self._classify(rule_file, concept)
            self._export(workspace, concept)
        self.say("")
        for name, seconds in self.seconds.items():
            self.say(f"{name:<28}{seconds:8.1f} s")
        self.say("")
        self.say("next, on your own photos:")
        self.say("  likewise index ~/photos && likewise search --like ONE_OF_THEM.jpg -k 20")

    def _lay_out(self, images: Path | None, concept: str) -> tuple[int, int]:
        """Put five in six images under ``images`` and the rest under ``new``."""
        if images is not None and images.resolve().is_relative_to(self.folder.resolve()):
            raise BadInputError(
                f"{images} is inside {self.folder}, which is made anew; choose another folder "
                "with --to"
            )
        if self.folder.exists() and any(self.folder.iterdir()):
            if not (self.folder / ".likewise-demo").exists():
                raise BadInputError(
                    f"{self.folder} exists and was not made by likewise demo; "
                    "choose another folder with --to"
                )
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ".likewise-demo").touch()
        if images is None:
            return self._digits()
        return self._links(images, concept)

    def _path_of(self, number: int, name: str) -> Path:
        side = "new" if number % _HELD_OUT == _HELD_OUT - 1 else "images"
        path = self.folder / side / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _digits(self) -> tuple[int, int]:
        """The handwritten digits that come with scikit-learn."""
        held_out = count = 0
        for count, (digit, png) in enumerate(digits(), 1):
            path = self._path_of(count - 1, f"{digit}/{count - 1:04d}.png")
            path.write_bytes(png)
            held_out += path.is_relative_to(self.folder / "new")
        return count - held_out, held_out

    def _links(self, images: Path, concept: str) -> tuple[int, int]:
        """Links to the files of a folder of class folders; the originals are only read."""
        counts: dict[str, int] = {}
        total = held_out = 0
        for item in Folder(images).items():
            if not isinstance(item, Item) or "/" not in item.id:
                continue
            label = item.id.split("/")[0]
            number = counts[label] = counts.get(label, -1) + 1
            path = self._path_of(number, item.id)
            path.symlink_to(Path(item.uri).resolve())
            total += 1
            held_out += path.is_relative_to(self.folder / "new")
        if concept not in counts:
            raise NotFoundError(
                f"{images} has no folder '{concept}' with images in it; "
                f"its folders: {', '.join(sorted(counts)[:20]) or 'none'}"
            )
        if counts[concept] + 1 < 2 * _EXAMPLES:
            raise BadInputError(
                f"'{concept}' has {counts[concept] + 1} images and the demonstration needs "
                f"{2 * _EXAMPLES}; choose another class"
            )
        return total - held_out, held_out

    def _review(self, workspace: Workspace, concept: str, pages: int) -> None:
        """Page after page: learn, show the 20 best that were not shown yet, take the answers."""
        collection = workspace.collection
        relevant = {item for item in collection.ids() if item.split("/")[0] == concept}
        rng = np.random.default_rng(self.seed)
        examples = [str(item) for item in rng.choice(sorted(relevant), _EXAMPLES, replace=False)]
        fill_basket(workspace, concept, like=examples, new=True)
        shown = set(examples)
        rows = [("the five examples", self._tiles(workspace, examples, relevant))]
        self.say(
            f"\nconcept '{concept}' from {_EXAMPLES} examples; {len(relevant)} are to be found"
        )
        self.say("page   looked at   yes on page   found    average precision   learn + search")
        for page in range(1, pages + 1):
            started = time.perf_counter()
            with self.step("learn and search (all pages)"):
                rule, _ = learn_concept(workspace, concept)
                ranking = collection.search(rule, k=_PAGE, exclude=shown)
            waited = time.perf_counter() - started
            precision = _average_precision(collection.rank_all(rule), relevant)
            answers = [(item, "yes" if item in relevant else "no") for item in ranking.ids]
            record_labels(workspace, concept, answers, who="simulated", source="demo")
            shown.update(ranking.ids)
            if page in (1, 2, pages):
                rows.append((f"page {page}", self._tiles(workspace, ranking.ids, relevant)))
            yes = sum(verdict == "yes" for _, verdict in answers)
            self.say(
                f"{page:>4}   {page * _PAGE:>9}   {yes:>11}   {len(relevant & shown):>5}   "
                f"{precision:>19.3f}   {1000 * waited:>11.0f} ms"
            )
            self.figures["pages"].append(
                {"yes": yes, "found": len(relevant & shown), "average_precision": precision}
            )
        picture = self.folder / "pages.png"
        titled_rows(rows).save(picture)
        self.say(f"pages as a picture, right ones framed green: {picture}")

    def _tiles(self, workspace: Workspace, ids: Sequence[str], relevant: set[str]) -> Image.Image:
        tiles = thumbnails_of(workspace, ids)
        colours = [_YES if item in relevant else _NO for item in ids]
        return grid(tiles, [""] * len(tiles), colours, columns=_PAGE, tile=48)

    def _learn(self, workspace: Workspace, concept: str) -> Path:
        with self.step("learn the final rule"):
            rule, _ = learn_concept(workspace, concept)
        path = self.folder / f"{concept}.rule"
        save_rule(rule, path)
        because = rule.provenance.get("validation", {}).get("because", "")
        self.say(f"\nrule: {rule.learner}; {because}")
        self.figures.update(learner=rule.learner, rule=str(path))
        self.say(f"saved: {path} ({path.stat().st_size / 1024:.0f} KiB, opens without a workspace)")
        return path

    def _classify(self, rule_file: Path, concept: str) -> None:
        with self.step("classify the held-out images"):
            scored = list(score_images(self.folder / "new", open_rule(rule_file)))
        good = [x for x in scored if x.score is not None]
        right = [x.id.split("/")[0] == concept for x in good]
        hits = [truth for x, truth in zip(good, right, strict=True) if x.yes]
        scores = np.array([x.score for x in good], dtype=np.float32)
        precision = average_precision(scores, np.array(right))
        self.figures["new_images"] = {
            "average_precision": precision,
            "yes": len(hits),
            "right": sum(hits),
            "there_were": sum(right),
        }
        self.say(
            f"{len(good)} images that were never indexed: {len(hits)} yes, "
            f"{sum(hits)} of them right, {sum(right)} there were; average precision {precision:.3f}"
        )

    def _export(self, workspace: Workspace, concept: str) -> None:
        rule = workspace.rules.open(concept)
        least = 0.9 if rule.calibration else None
        with self.step("export the confident ones"):
            report = export_concept(
                workspace, concept, self.folder / "dataset", min_probability=least
            )
        files = list((self.folder / "dataset" / concept).iterdir())
        right = sum(file.name.startswith(f"{concept}__") for file in files)
        self.figures["exported"] = {"images": len(files), "right": right}
        threshold_text = "at 90 % or more" if least else "above the threshold"
        counts = ", ".join(f"{count} {label}" for label, count in sorted(report.counts.items()))
        self.say(
            f"exported what is sure ({threshold_text}): {counts}; {right} of {len(files)} are right"
        )


def _average_precision(ranking: Ranking, relevant: set[str]) -> float:
    truth = np.array([item in relevant for item in ranking.ids])
    return average_precision(ranking.scores, truth)
