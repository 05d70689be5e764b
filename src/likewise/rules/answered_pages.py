"""Reads what was answered on pages that rules picked; calibration and estimates rest on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from likewise.rules.prevalence_curves import Answered, Shown
from likewise.rules.score_levels import levels_of, scale_in
from likewise.workspace import Workspace
from likewise.workspace.label import page_of
from likewise.workspace.labels import Verdict

AUDIT = "audit"
"""The source of answers that were given in an audit, to images drawn at random."""

_MOST_PAGES = 8  # an older one counts for less than a tenth of the last


def answered_pages(
    workspace: Workspace, concept: str, known: Mapping[str, Verdict], most: int = _MOST_PAGES
) -> Answered:
    """Answers to what was picked for its score lately, page by page as people saw them.

    Answers that do not say on which page they were given are of one page for each rule that picked.

    Args:
        workspace: where the concept is.
        concept: its name.
        known: what people said of each image.
        most: how many pages, at most.

    Raises:
        NotFoundError: no such concept.
    """
    by_page: dict[str, list[tuple[int, float, bool]]] = {}
    since_yes, is_yes, is_full = 0, False, False
    for item, label in reversed(workspace.labels.current(concept).items()):
        if label.source == AUDIT or known.get(item) != label.verdict:
            continue
        is_yes = is_yes or label.verdict == "yes"
        if label.rule is None or label.score is None or label.verdict not in ("yes", "no"):
            continue
        since_yes += not is_yes
        page = page_of(label) or f"rule {label.rule}"
        is_full = is_full or (page not in by_page and len(by_page) == most)
        if is_full and is_yes:
            break
        if not is_full:
            answer = (label.rule, label.score, label.verdict == "yes")
            by_page.setdefault(page, []).append(answer)
    pages = []
    for answers in reversed(by_page.values()):
        versions, scores, yes = (np.array(each) for each in zip(*reversed(answers), strict=True))
        levels = np.full(len(scores), np.nan)
        for version in np.unique(versions).tolist():
            scale = scale_in(workspace.rules.version(version).provenance)
            if scale is not None:
                of_it = versions == version
                levels[of_it] = levels_of(scores[of_it], *scale)
        pages.append(Shown(levels, yes))
    examples = frozenset(workspace.concepts.get(concept).examples)
    return Answered(pages, examples, since_yes)
