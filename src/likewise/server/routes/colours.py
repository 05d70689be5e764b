"""Colours of all images by a facet, a basket or the answers of a label set, with their legend."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi import APIRouter, Response
from numpy.typing import NDArray

from likewise.core.classifier import NONE_OF_THESE
from likewise.label_sets.answers import answers_of
from likewise.maps.colouring import Colouring, colour_by_facet, colour_by_groups
from likewise.server.app_state import TheAppState
from likewise.server.payloads import MEDIA_TYPE, encode_frame
from likewise.server.routes.review import Filter
from likewise.workspace import Workspace

router = APIRouter(tags=["colours"])

BASKET, SET = "basket:", "set:"
"""Before the name of a concept, or of a label set."""


@router.get("/api/colours", response_class=Response)
def colours(app_state: TheAppState, by: str, where: Filter = None) -> Response:
    """Colours of all images, as a frame.

    By a facet, by "basket:" and a concept, or by "set:" and a label set; of a range by five parts.
    Head: `legend` with a name for each class, `counts` of the images that pass the filter, and
    which of the classes are the `others` together and those with `none`, -1 where there are none.
    Array: `classes` (u1, of each image in the order of a ranking's `places`).
    """
    workspace = app_state.workspace
    colouring = colour_items(workspace, by)
    shown = workspace.collection.meeting(where) if where else None
    head = {"by": by, **legend_of(colouring, shown), "generation": workspace.collection.version}
    body = encode_frame(head, {"classes": colouring.classes})
    return Response(body, media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})


def colour_items(workspace: Workspace, by: str) -> Colouring:
    """Colours as categories; the parts of a range are some, too.

    Raises:
        NotFoundError: no such concept or label set.
        BadInputError: no such facet.
    """
    if is_of_answers(by):
        return colour_by_answers(workspace, by)
    return colour_by_facet(workspace, by, parts=True)


def is_of_answers(by: str) -> bool:
    """Whether colours are those of a basket or of a label set's answers."""
    return by.startswith((BASKET, SET))


def colour_by_answers(workspace: Workspace, by: str) -> Colouring:
    """Colours of a concept's basket, or of what people answered of a label set.

    Raises:
        NotFoundError: no such concept or label set.
    """
    collection = workspace.collection
    if by.startswith(BASKET):
        concept = workspace.concepts.get(by.removeprefix(BASKET))
        groups = {"example": concept.examples, "counter-example": concept.counter_examples}
        rest = "not in the basket"
    else:
        label_set = workspace.label_sets.get(by.removeprefix(SET))
        answers = answers_of(workspace, label_set)
        groups = {
            name: tuple(item for item, classes in answers.yes.items() if name in classes)
            for name in label_set.classes
        }
        groups[NONE_OF_THESE] = tuple(answers.none_of_these)
        rest = "not answered"
    found = {name: collection.positions(ids) for name, ids in groups.items()}
    return colour_by_groups(len(collection), found, rest)


def legend_of(colouring: Colouring, shown: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """The legend of colours for a frame's head, with how many images each has.

    Args:
        colouring: of all images.
        shown: which images count; all unless given.
    """
    legend = list(colouring.legend)
    counts: list[int] = []
    if colouring.scale == "categories":
        classes = colouring.classes if shown is None else colouring.classes[shown]
        counts = np.bincount(classes, minlength=len(legend)).tolist()
    return {
        "scale": colouring.scale,
        "legend": legend,
        "counts": counts,
        "others": colouring.others,
        "none": colouring.none,
    }
