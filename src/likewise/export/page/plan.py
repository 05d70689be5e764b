"""What a page holds: which images, what they are filtered by, its text and its size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import likewise
from likewise.core.escaping import escaped
from likewise.core.html import script_page
from likewise.core.rule import Rule
from likewise.errors import BadInputError, NotFoundError
from likewise.export.manifest import holds_export
from likewise.export.page.facets import COLUMNS, facets_of
from likewise.export.writing import refuse_to_destroy, target_of
from likewise.maps.collection_map import open_map
from likewise.registry import names
from likewise.workspace import Workspace
from likewise.workspace.database import now

MOST_IMAGES = 2_000
"""Images on a page unless another number is asked for."""

_BLOCK = 500
_FROM = "'self' file:"  # where pictures may come from: the page's own server, or its own folder


@dataclass(frozen=True)
class PageReport:
    """What a page holds, and whether it was written.

    Attributes:
        target: the folder.
        images: how many images are on it.
        matching: how many meet the condition.
        without_picture: ids that are left out because the workspace has no thumbnail of them.
        bytes: of the page and its pictures.
        facets: names of what it can be filtered by.
        map: kind of its map; None without one.
        rule: name of the rule that ranks its images; None without one.
        written: whether files were written now.
        complete: the target held this very page before; nothing was written.
    """

    target: Path
    images: int
    matching: int
    without_picture: tuple[str, ...]
    bytes: int
    facets: tuple[str, ...]
    map: str | None
    rule: str | None
    written: bool = False
    complete: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            **vars(self),
            "target": str(self.target),
            "files": self.images + 1,
            "without_picture": list(self.without_picture),
            "facets": list(self.facets),
        }


@dataclass(frozen=True, eq=False)
class PagePlan:
    """What is to be written.

    Attributes:
        workspace: where the pictures are.
        report: what it comes to.
        ids: of the images, in order.
        html: the page.
        about: how it came to be, in JSON's types.
        digest: names the content.
    """

    workspace: Workspace
    report: PageReport
    ids: tuple[str, ...]
    html: str = field(repr=False)
    about: dict[str, Any]
    digest: str


def plan_page(
    workspace: Workspace,
    to: str | os.PathLike[str],
    *,
    rule: Rule | None = None,
    where: str | None = None,
    k: int = MOST_IMAGES,
    facets: Sequence[str] = (),
    overwrite: bool = False,
) -> PagePlan:
    """Choose the images of a page and make its text; nothing is written.

    The pictures are the workspace's thumbnails: at most 240 pixels on a side, without EXIF. No
    answer is on the page, no path, and nothing of the metadata but the facets.

    Args:
        workspace: whose images.
        to: the folder to make.
        rule: ranks the images; the best `k` are on the page, with score and probability.
        where: a SQL condition on the items' columns.
        k: images at most; without a rule they are drawn at random where there are more.
        facets: names of columns and keys of the metadata to filter by; a few that have a few
            values unless given.
        overwrite: replace a page or another export of likewise that is there.

    Raises:
        BadInputError: no image meets the condition, an unknown facet, or a folder that holds
            something else.
        MismatchError: a rule over another encoder's vectors.
    """
    collection = workspace.collection
    scores: dict[str, tuple[float, float | None]] = {}
    if rule is not None:
        ranking = collection.search(rule, k=k, where=where)
        probabilities = ranking.probabilities
        for index, (item, score) in enumerate(ranking):
            probability = None if probabilities is None else float(probabilities[index])
            scores[item] = score, probability
        ids, matching = ranking.ids, ranking.searched
    else:
        matching = len(collection.sample(len(collection), where=where))
        ids = tuple(sorted(collection.sample(k, where=where)))
    pictures = dict(_pictures(workspace, ids))
    without = tuple(item for item in ids if item not in pictures)
    ids = tuple(item for item in ids if item in pictures)
    if not ids:
        raise BadInputError(
            "no image is there to show: none meets the condition, or the workspace has no "
            "thumbnails; look with: likewise info"
        )
    found = facets_of(collection.facts(ids, COLUMNS), facets)
    kind, points = _map(workspace, ids)
    name = workspace.path.stem
    rule_name = None if rule is None else str(rule.provenance.get("concept", rule.learner))
    data = {
        "name": name,
        "items": list(ids),
        "matching": matching,
        "facets": [facet.to_json() for facet in found],
        "map": points,
        "rule": None
        if rule is None
        else {"name": rule_name, "threshold": round(rule.threshold, 4)},
        "scores": [round(scores[item][0], 4) for item in ids] if scores else None,
        "probabilities": _rounded([scores[item][1] for item in ids]) if scores else None,
        "likewise": likewise.__version__,
    }
    text = script_page(f"{escaped(name)} - likewise", data, "likewise.export.page", _FROM)
    content = hashlib.sha256(text.encode())
    for item in ids:
        content.update(pictures[item][1])
    report = PageReport(
        target_of(to),
        len(ids),
        matching,
        without,
        len(text.encode()) + sum(size for size, _ in pictures.values()),
        tuple(facet.name for facet in found),
        kind,
        rule_name,
    )
    about = {
        "page": name,
        "rule": rule_name,
        "version": None if rule is None else rule.provenance.get("version"),
        "where": where,
        "images": len(ids),
        "facets": list(report.facets),
        "map": kind,
        "digest": content.hexdigest(),
        "made_at": now(),
        "likewise": likewise.__version__,
    }
    if holds_export(report.target, about, lambda done, total: None):
        report = replace(report, complete=True)
    else:
        refuse_to_destroy(report.target, overwrite)
    return PagePlan(workspace, report, ids, text, about, content.hexdigest())


def _pictures(workspace: Workspace, ids: Sequence[str]) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """Size and digest of the thumbnails that there are, by id."""
    for start in range(0, len(ids), _BLOCK):
        block = ids[start : start + _BLOCK]
        for item, jpeg in zip(block, workspace.pictures(block), strict=True):
            if jpeg is not None:
                yield item, (len(jpeg), hashlib.sha256(jpeg).digest())


def _map(workspace: Workspace, ids: Sequence[str]) -> tuple[str | None, list[list[int]] | None]:
    """Kind and points of the newest-made map that fits the collection; None where there is none."""
    for kind in sorted(names("project"), reverse=True):  # umap and t-SNE group better than PCA
        try:
            points = open_map(workspace, kind).points
        except NotFoundError:
            continue
        found: list[list[int]] = points[workspace.collection.positions(ids)].tolist()
        return kind, found
    return None, None


def _rounded(probabilities: Sequence[float | None]) -> list[float] | None:
    if any(x is None for x in probabilities):
        return None
    return [round(x, 3) for x in probabilities if x is not None]
