"""Tools of a review: the next page to look at, and answers that a person is to accept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from likewise.errors import BadInputError, command_line
from likewise.review import proposals
from likewise.review.typed_answers import read_verdicts
from likewise.server.mcp.pages import Page, sheet_of
from likewise.server.mcp.tool import Answer, Call, OfConcept, Tool, rows_of

Order = Literal["mixed", "most_alike", "unsure", "varied", "random_audit"]


class NextPage(OfConcept):
    """Which images to show."""

    count: Annotated[int, Field(ge=1, le=60)] = 20
    order: Order = "mixed"
    where: str | None = Field(None, max_length=1000, description="SQL condition on columns.")


class Proposal(OfConcept):
    """Answers to a page."""

    page: int = Field(description="Number of a page that next_page or search showed.")
    answers: str = Field(
        max_length=2000,
        description="Numbers on the sheet that show the concept, such as '1 3-7 ?9': ? is unsure, "
        "every other image of the page is a no. Or 'all', or 'none'.",
    )


def next_page(call: Call, arguments: NextPage) -> Answer:
    """Images that nobody has answered and nobody has proposed an answer to."""
    workspace, session = call.state.workspace, call.state.session(arguments.concept)
    proposed = proposals.open_proposals(workspace, arguments.concept)
    may_keep = call.caller.may("reviewer")
    batch = session.order(
        arguments.order, arguments.count + len(proposed), arguments.where, save_rule=may_keep
    )
    rows = [row for row, item in enumerate(batch.ids) if item not in proposed][: arguments.count]
    ids, scores = tuple(batch.ids[row] for row in rows), batch.scores[rows].tolist()
    probabilities = None if batch.probabilities is None else batch.probabilities[rows]
    shown = {item: (score, batch.rule) for item, score in zip(ids, scores, strict=True)}
    page = call.shared.pages.add(
        Page(workspace.path, ids, arguments.concept, shown if batch.rule else {})
    )
    facts = {"page": page, **rows_of(ids, scores, probabilities), "proposed": len(proposed)}
    if not ids:
        facts["note"] = "every image is answered, accepted or proposed"
    return Answer(facts, sheet_of(workspace, ids, scores, session.boxes(ids)))


def propose(call: Call, arguments: Proposal) -> Answer:
    """Record answers as a round of proposals."""
    workspace = call.state.workspace
    page = call.shared.pages.get(arguments.page, workspace.path)
    if page.concept not in (None, arguments.concept):
        raise BadInputError(
            f"page {arguments.page} was shown for '{page.concept}'; propose answers about that, "
            f"or ask next_page for '{arguments.concept}'"
        )
    verdicts = read_verdicts(arguments.answers.strip(), len(page.ids))
    made = proposals.propose(
        workspace,
        arguments.concept,
        zip(page.ids, verdicts, strict=True),
        call.caller.name,
        page.shown,
    )
    look = command_line(
        "labels", "accept", arguments.concept, "--dry-run", "--sheet", "proposed.png",
        "--workspace", workspace.path,
    )  # fmt: skip
    return Answer({
        "round": made.round,
        "counts": made.counts,
        "left_out": made.decided,
        "proposed": len(proposals.open_proposals(workspace, arguments.concept)),
        "person": f"A person looks with: {look} and then runs it without --dry-run",
    })  # fmt: skip


TOOLS = (
    Tool(
        "next_page",
        "Show images that are to be answered for a concept, as a numbered contact sheet. Orders: "
        "mixed, most_alike, unsure, varied, random_audit (a fair sample).",
        NextPage,
        next_page,
        ("GET", "/api/concepts/{name}/ranking"),
        reads_only=True,
    ),
    Tool(
        "propose",
        "Propose answers to a page that you looked at. They count for nothing until a person "
        "accepts them, and can be taken back as a round.",
        Proposal,
        propose,
        ("POST", "/api/concepts/{name}/range"),
        reads_only=False,
    ),
)
