"""Tools that look: workspaces, what is in one, and a search."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from likewise.concepts.labelling import require_images
from likewise.core.concept import Concept
from likewise.registry import names
from likewise.review.proposals import open_proposals
from likewise.rules.query import absent_senses, judged, rule_to_search_with
from likewise.server.mcp.pages import Page, sheet_of
from likewise.server.mcp.tool import Answer, Arguments, Call, InWorkspace, Tool, rows_of
from likewise.server.routes import state as state_routes

Texts = Annotated[list[str], Field(max_length=200)]


class Search(InWorkspace):
    """What to look for."""

    words: Texts = Field([], description="What it looks like, such as 'red barn'.")
    not_words: Texts = Field([], description="What it does not look like.")
    like: Texts = Field([], description="Ids of examples.")
    unlike: Texts = Field([], description="Ids of counter-examples.")
    concept: str | None = Field(
        None, max_length=1000, description="Search with its rule, without what is decided for it."
    )
    where: str | None = Field(
        None, max_length=1000, description="SQL condition, such as width >= 800."
    )
    k: Annotated[int, Field(ge=1, le=100)] = 20


def overview(call: Call, _: Arguments) -> Answer:
    """One line about a workspace."""
    workspace = call.state.workspace
    return Answer({
        "name": call.shared.workspaces.name_of(call.state),
        "images": len(workspace.collection),
        "concepts": workspace.concepts.names(),
        "your_role": call.caller.role,
    })  # fmt: skip


def info(call: Call, _: InWorkspace) -> Answer:
    """What a workspace holds, and what may be done with it."""
    facts = state_routes.state(call.state, call.caller)
    workspace = call.state.workspace
    concepts: list[dict[str, Any]] = [
        {**concept, "proposed": len(open_proposals(workspace, concept["name"]))}
        for concept in facts["concepts"]
    ]
    about = ("name", "items", "missing", "failed", "encoder", "columns")
    return Answer({
        **{key: facts["workspace"][key] for key in about},
        "metadata": workspace.collection.store.metadata_keys(),
        "concepts": concepts,
        "you": {"name": call.caller.name, "role": call.caller.role},
        "roots": facts["roots"],
        "curators": names("curate"),
        "formats": names("export"),
    })  # fmt: skip


def search(call: Call, arguments: Search) -> Answer:
    """Images by words and examples, the best first, as a page."""
    workspace = call.state.workspace
    require_images(workspace, [*arguments.like, *arguments.unlike])  # never a path of this machine
    rule, notes = rule_to_search_with(
        workspace,
        arguments.concept,
        None,
        arguments.like,
        arguments.unlike,
        arguments.words,
        arguments.not_words,
    )
    exclude: set[str] = set()
    if arguments.concept is not None:
        exclude = (
            judged(workspace, arguments.concept)
            | open_proposals(workspace, arguments.concept).keys()
        )
    found = workspace.collection.search(rule, arguments.k, arguments.where, exclude)
    if arguments.concept is None:
        query = Concept("search", tuple(arguments.like), hints=tuple(arguments.words))
        notes = [*notes, *absent_senses(workspace, query, found, rule)]
    page = call.shared.pages.add(Page(workspace.path, found.ids))
    scores = found.scores.tolist()
    facts = {
        "page": page, **rows_of(found.ids, scores, found.probabilities),
        "threshold": round(rule.threshold, 3), "notes": notes,
    }  # fmt: skip
    return Answer(facts, sheet_of(workspace, found.ids, scores, found.boxes))


TOOLS = (
    Tool(
        "workspaces",
        "List the image collections that you may use. Begin here.",
        Arguments,
        overview,
        ("GET", "/api/state"),
        reads_only=True,
    ),
    Tool(
        "info",
        "Say what a workspace holds: images, columns, concepts with answers and proposals, your "
        "role, curators, export formats.",
        InWorkspace,
        info,
        ("GET", "/api/state"),
        reads_only=True,
    ),
    Tool(
        "search",
        "Find images by words, by example or by a concept's rule. Answers ids with scores and a "
        "contact sheet whose numbers are those of the ids. Look at the sheet.",
        Search,
        search,
        ("POST", "/api/search"),
        reads_only=True,
    ),
)
