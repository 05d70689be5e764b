"""Facets: what is known of the images, to choose from in place of writing a condition."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from likewise.errors import BadInputError
from likewise.search.facets.choice import Choice, seconds_of
from likewise.search.facets.counts import (
    FacetQuery,
    check_choices,
    condition,
    count_facets,
    matching,
)
from likewise.server.app_state import TheAppState

router = APIRouter(tags=["facets"])

_LONGEST = 980  # characters: with parentheses, less than a filter may have

Name = Annotated[str, Field(max_length=1000)]
End = Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(max_length=40)]


class ChosenOf(BaseModel):
    """What of one facet is chosen."""

    values: list[Name | None] = Field(
        [], max_length=1000, description="Of a list; null stands for images without a value."
    )
    low: End | None = Field(None, description="Of a range; a moment as 2020-07-31T18:04:05.")
    high: End | None = None

    def to_choice(self) -> Choice:
        """The same with times in seconds."""
        low, high = (seconds_of(x) if isinstance(x, str) else x for x in (self.low, self.high))
        return Choice(tuple(self.values), low, high)


class Facets(BaseModel):
    """What is chosen, and what to count."""

    chosen: dict[Name, ChosenOf] = Field(
        {}, max_length=100, examples=[{"folder": {"values": ["barn"]}, "width": {"low": 800}}]
    )
    where: str | None = Field(None, max_length=1000, examples=["width >= 800"])
    search: dict[Name, Name] = Field(
        {}, max_length=100, description="A text that is in the values of a facet, by its name."
    )
    k: Annotated[int, Field(ge=1, le=1000)] = Field(12, description="Values of each facet.")


@router.post("/api/facets")
def facets(app_state: TheAppState, body: Facets) -> dict[str, Any]:
    """Columns and metadata of the images: values with counts, ranges with histograms.

    Each is counted among the images that `where` and the other choices leave. `condition` is the
    same choice for the `filter` and `where` of other routes; "" where nothing is chosen.
    """
    collection = app_state.workspace.collection
    found, allowed = collection.facets(body.where or None)
    chosen = {name: choice.to_choice() for name, choice in body.chosen.items()}
    query = FacetQuery(chosen, body.search, body.k)
    check_choices(found, query)
    written = condition(found, chosen)
    if len(written) + len(body.where or "") > _LONGEST:
        raise BadInputError(
            f"what is chosen makes a condition of {len(written):,} characters, and "
            f"{_LONGEST:,} are allowed; choose fewer values"
        )
    if written:
        rows = matching(found, chosen, len(allowed))
        collection.remember_matching(found.version, written, rows)
    left, counted = count_facets(found, query, allowed)
    return {
        "generation": found.version,
        "images": left,
        "of": len(allowed),
        "condition": written,
        "facets": counted,
        "left_out": list(found.left_out),
    }
