"""A label set in every format, opened by the format's own library: every label is there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import dataset_readers as readers
import numpy as np
import pytest
from dataset_readers import Found

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.label_set import LabelSet
from likewise.core.selection import Selection
from likewise.curate.workspace import save_tag
from likewise.label_sets.answers import record_classes
from likewise.label_sets.exporting import export_label_set
from likewise.label_sets.making import create_label_set
from likewise.label_sets.rounds import METHOD
from likewise.registry import names
from likewise.workspace import Workspace
from likewise.workspace.machine_labels import MachineLabel

Reader: TypeAlias = Callable[[Path], Iterator[Found]]

FORMATS: list[tuple[str, dict[str, Any], Reader]] = [
    ("folder", {}, readers.class_folders),
    ("csv", {}, readers.pandas_table),
    ("jsonl", {}, readers.pandas_table),
    ("parquet", {}, readers.pandas_table),
    ("coco", {}, readers.pycocotools_instances),
    ("yolo", {}, readers.class_folders),
    ("yolo", {"task": "detect"}, readers.yolo_boxes),
    ("huggingface", {}, readers.hugging_face),
    ("huggingface", {"embed": True}, readers.hugging_face),
    ("webdataset", {}, readers.webdataset_shards),
    ("label_studio", {}, readers.label_studio_interface),
    ("label_studio", {}, readers.label_studio_json),
    ("fiftyone", {}, readers.fiftyone_importer),
    ("croissant", {}, readers.croissant_records),
    ("embedding_atlas", {}, readers.duckdb_table),
    ("xmp", {}, readers.exiv2_sidecars),
]
IDS = [f"{form}-{'-'.join([*map(str, options.values()), reader.__name__])}"
       for form, options, reader in FORMATS]  # fmt: skip
LABEL_ALONE = {"folder", "yolo", "xmp"}  # formats that keep no confidence
NO_SPLITS = {"xmp"}

EXCLUSIVE = ("disc", "square", "red and wide stripes")
TAGS = ("red", "artist's round", "wide")


def _accept(workspace: Workspace, labels: Mapping[tuple[str, str], float]) -> None:
    """Machine labels of the set as one round, as a model's are kept."""
    digests = dict(
        zip(items := sorted({item for item, _ in labels}), workspace.collection.digests(items),
            strict=True)
    )  # fmt: skip
    given = [
        MachineLabel(name, item, "yes", confidence, digests[item])
        for (item, name), confidence in labels.items()
    ]
    workspace.machine_labels.add_round(METHOD, {"set": "shapes"}, given, source="shapes")


def _divide(workspace: Workspace) -> dict[str, str]:
    """A kept split of all images: each image is in one of three parts."""
    items = sorted(workspace.collection.sample(100))
    parts = tuple(("train", "val", "test")[number % 3] for number in range(len(items)))
    selection = Selection(tuple(items), (), (), (), np.empty(0, np.float32), parts, method="split")
    save_tag(workspace, selection, "thirds")
    return dict(zip(items, parts, strict=True))


@pytest.fixture
def exclusive(workspace: Workspace) -> set[Found]:
    """People's answers, one of them also the model's; a model's; and "none of these" twice."""
    kinds = dict(zip(("disc", "square", "stripes"), EXCLUSIVE, strict=True))
    create_label_set(workspace, "shapes", EXCLUSIVE)
    said = {f"{kind}/{n:02d}.png": name for kind, name in kinds.items() for n in range(3)}
    label_set: LabelSet = workspace.label_sets.get("shapes")
    record_classes(workspace, label_set, said | {"disc/07.png": NONE_OF_THESE}, "ana")
    accepted = {
        (f"{kind}/{n:02d}.png", name): 0.5 + n / 16
        for kind, name in kinds.items()
        for n in range(2, 7)
    } | {("square/07.png", NONE_OF_THESE): 0.75}
    _accept(workspace, accepted)
    part_of = _divide(workspace)
    every = {*said.items(), *accepted} - {("square/07.png", NONE_OF_THESE)}
    return {Found(item, name, part_of[item], accepted.get((item, name))) for item, name in every}


@pytest.fixture
def multi(workspace: Workspace) -> set[Found]:
    """Images with one tag, with several by people, by a model, and by both."""
    red, round_, wide = TAGS
    create_label_set(workspace, "shapes", TAGS, exclusive=False)
    said = [
        *((f"disc/{n:02d}.png", name) for n in range(4) for name in (red, round_)),
        *((f"stripes/{n:02d}.png", wide) for n in range(3)),
    ]
    label_set: LabelSet = workspace.label_sets.get("shapes")
    record_classes(workspace, label_set, [*said, ("square/07.png", NONE_OF_THESE)], "ana")
    accepted = {
        **{(f"disc/{n:02d}.png", wide): 0.5 + n / 16 for n in range(2)},
        **{(f"disc/{n:02d}.png", name): 0.5 + n / 16 for n in range(4, 8) for name in (red, wide)},
        **{(f"disc/{n:02d}.png", red): 0.5 + n / 16 for n in range(3)},
        **{(f"square/{n:02d}.png", wide): 0.5 + n / 16 for n in range(2)},
    }
    _accept(workspace, accepted)
    part_of = _divide(workspace)
    every = {*said, *accepted}
    return {Found(item, name, part_of[item], accepted.get((item, name))) for item, name in every}


def _as_kept(found: Iterable[Found], form: str) -> list[Found]:
    """What a format keeps of it, in one order."""
    kept = [
        one._replace(
            split=None if form in NO_SPLITS else one.split,
            confidence=None
            if form in LABEL_ALONE or one.confidence is None
            else round(one.confidence, 5),
        )
        for one in found
    ]
    return sorted(kept, key=lambda one: one[:2])


@pytest.mark.parametrize("kind", ["exclusive", "multi"])
@pytest.mark.parametrize(("form", "options", "reader"), FORMATS, ids=IDS)
def test_its_own_library_finds_every_label(
    workspace: Workspace,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    form: str,
    options: dict[str, Any],
    reader: Reader,
    kind: str,
) -> None:
    labels: set[Found] = request.getfixturevalue(kind)
    report = export_label_set(
        workspace, "shapes", tmp_path / "out", form, split="thirds", **options
    )
    assert report.not_chosen["none of these, by people"] == 1
    found = [*reader(tmp_path / "out")]
    assert _as_kept(found, form) == _as_kept(labels, form)
    assert not any(math.isnan(one.confidence or 0) for one in found)


def test_every_format_is_opened() -> None:
    assert {form for form, _, _ in FORMATS} == set(names("export"))
