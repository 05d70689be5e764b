"""Search on the spot: by words and images, with nothing saved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from likewise.concepts.evidence import evidence_for
from likewise.concepts.labelling import remarks_on_words, require_images
from likewise.core.concept import Concept
from likewise.encoders._word_lists import find_words
from likewise.errors import BadInputError
from likewise.review.session import Batch
from likewise.rules.base import learn
from likewise.rules.product_search import search_by_product
from likewise.rules.query import absent_senses
from likewise.server.app_state import AppState, TheAppState
from likewise.server.routes.concepts import Basket, Combine
from likewise.server.routes.review import LONGEST, frame

router = APIRouter(tags=["search"])


class SearchQuery(Basket):
    """What to look for."""

    k: Annotated[int, Field(ge=1, le=LONGEST)] = 500
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    combine: Combine = Field(
        "sum", description="product: what is like both the words and the examples comes first."
    )


@router.post("/api/search", response_class=Response)
def search(app_state: TheAppState, body: SearchQuery) -> Response:
    """Images by words and examples, the best first, as a frame like a concept's ranking.

    Combined by "product", both are needed; a score is between 0 and 1, there is no threshold, and
    1 is nearest to both.
    """
    concept: Concept = body.to_concept("search")
    if not concept.examples and not concept.hints:
        raise BadInputError("there is nothing to look for; send examples or hints")
    workspace = app_state.workspace
    if body.combine == "product":
        return _by_product(app_state, body)
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


def _by_product(app_state: AppState, body: SearchQuery) -> Response:
    if not body.examples or not body.hints:
        raise BadInputError("a product needs words and an example; send both, or combine by sum")
    # What is neither an item nor a kept example could be the path of a file on this machine.
    require_images(app_state.workspace, [*body.examples, *body.counter_examples])
    found, remarks = search_by_product(
        app_state.workspace,
        body.examples,
        body.counter_examples,
        body.hints,
        body.counter_hints,
        body.k,
        body.where,
    )
    head = {"threshold": None, "searched": found.searched, "remarks": remarks}
    batch = Batch(found.ids, found.scores, None, "most_alike", 0)
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
