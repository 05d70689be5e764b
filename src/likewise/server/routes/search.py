"""Search on the spot: by words and images, with nothing saved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from likewise.concepts.evidence import evidence_for
from likewise.concepts.labelling import remarks_on_words
from likewise.core.concept import Concept
from likewise.errors import BadInputError
from likewise.review.session import Batch
from likewise.rules.base import learn
from likewise.server.app_state import TheAppState
from likewise.server.routes.concepts import Basket
from likewise.server.routes.review import LONGEST, frame

router = APIRouter(tags=["search"])


class Query(Basket):
    """What to look for."""

    k: Annotated[int, Field(ge=1, le=LONGEST)] = 500
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])


@router.post("/api/search", response_class=Response)
def search(app_state: TheAppState, body: Query) -> Response:
    """Images by words and examples, the best first, as a frame like a concept's ranking."""
    concept: Concept = body.to_concept("search")
    if not concept.examples and not concept.hints:
        raise BadInputError("there is nothing to look for; send examples or hints")
    workspace = app_state.workspace
    rule = learn(evidence_for(workspace, concept), "best")
    found = workspace.collection.search(rule, body.k, body.where)
    head: dict[str, Any] = {
        "threshold": rule.threshold,
        "searched": found.searched,
        "remarks": remarks_on_words(workspace, concept),
    }
    batch = Batch(found.ids, found.scores, found.probabilities, "most_alike", 0)
    return frame(app_state, found.ids, head, batch, found.boxes)
