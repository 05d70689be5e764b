"""Search on the spot: by words and images, with nothing saved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from likewise.concepts.evidence import evidence_for
from likewise.concepts.labelling import remarks_on_words
from likewise.core.concept import Concept
from likewise.encoders._word_lists import find_words
from likewise.errors import BadInputError
from likewise.review.session import Batch
from likewise.rules.base import learn
from likewise.rules.query import absent_senses
from likewise.server.app_state import TheAppState
from likewise.server.routes.concepts import Basket
from likewise.server.routes.review import LONGEST, frame

router = APIRouter(tags=["search"])


class SearchQuery(Basket):
    """What to look for."""

    k: Annotated[int, Field(ge=1, le=LONGEST)] = 500
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])


@router.post("/api/search", response_class=Response)
def search(app_state: TheAppState, body: SearchQuery) -> Response:
    """Images by words and examples, the best first, as a frame like a concept's ranking."""
    concept: Concept = body.to_concept("search")
    if not concept.examples and not concept.hints:
        raise BadInputError("there is nothing to look for; send examples or hints")
    workspace = app_state.workspace
    rule = learn(evidence_for(workspace, concept), "best")
    found = workspace.collection.search(rule, body.k, body.where)
    absent = absent_senses(workspace, concept, found, rule)
    head: dict[str, Any] = {
        "threshold": rule.threshold,
        "searched": found.searched,
        "remarks": [*remarks_on_words(workspace, concept), *absent],
    }
    batch = Batch(found.ids, found.scores, found.probabilities, "most_alike", 0)
    return frame(app_state, found.ids, head, batch, found.boxes)


@router.get("/api/words")
def words(
    app_state: TheAppState,
    text: Annotated[str, Query(max_length=200, examples=["handbag"])] = "",
    k: Annotated[int, Query(ge=1, le=LONGEST)] = 50,
) -> dict[str, Any]:
    """Words that the workspace's encoder reads and what they stand for, to complete a text.

    `names` begin with the text, have a word that does, or, where the text cannot be read, are
    near to it in meaning; `note` says what the text is read as, or why it is not.
    """
    return find_words(app_state.workspace.encoder, text, k).to_json()
